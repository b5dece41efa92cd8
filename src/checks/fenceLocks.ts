/**
 * The lock of a fence that work takes with interrupts on: a fence is signalled from interrupts too, and its lock is to be taken with them off
 * (drivers/dma-buf/dma-fence.c:dma_fence_init, "the irqsafe spinlock"). Read, not run: who else signals, the document need not show.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf, underLock } from './flowSides.ts';
import { calleeName } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';

const LOCKS = /^spin_lock$/;
const UNLOCKS = /^spin_unlock/;
/** Ask for the fence's lock to be held (drivers/dma-buf/dma-fence.c). */
const UNDER_LOCK = /^dma_fence_signal(?:_timestamp)?_locked$/;
/** Turn interrupts off, by themselves or with a lock. */
const OFF = /_irqsave$|_irq$|^local_irq_(?:save|disable)$/;

/** Work runs with interrupts on (kernel/workqueue.c:process_one_work). */
function isWork({ symbol }: ReadFunction): boolean {
  const [first] = symbol.type.parameters;
  const given = first?.kind === 'pointer' && first.to.kind === 'struct' ? first.to.tag : null;
  return given === null || given === undefined ? /_work(?:_func|_fn)?$/.test(symbol.name) : given === 'work_struct';
}

/** Work that signals fences under a lock it took with interrupts on. */
export function fenceLocksWithInterrupts(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    if (!isWork(read) || callsOf(read, OFF).length > 0) return [];
    return underLock(read, LOCKS, UNLOCKS).flatMap(({ nodes, lock }) => {
      const signal = nodes.flatMap(({ calls }) => calls).find((each) => UNDER_LOCK.test(calleeName(each.callee)));
      if (signal === undefined) return [];
      return [
        told(
          read,
          lock.at,
          'the lock of fences is taken with interrupts on: a signal from an interrupt waits for it',
          'the lock is that of the fences that are signalled under it',
          [{ message: 'signalled under it here', at: signal.at }],
        ),
      ];
    });
  });
}
