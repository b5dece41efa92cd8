/**
 * What a function that the kernel runs by itself (a work item, a timer, a thread) leaves behind when it returns: locks, sections, scopes.
 * The kernel looks after each (kernel/workqueue.c:process_one_work, kernel/time/timer.c:call_timer_fn, kernel/exit.c:do_exit).
 */
import type { MachineServices, Scalar } from '../../machine/model.ts';
import { heldLocks } from '../locking/context.ts';
import { type ContextSnapshot, contextSnapshot, reportContextLeft } from '../locking/contextLeft.ts';
import { mapState, report } from '../modelling.ts';

interface Start {
  /** Name of the function. */
  readonly what: string;
  readonly held: number;
  readonly context: ContextSnapshot;
}

const starts = mapState<number, Start>('sync.task-starts');

/** Called in the task, right before the function at `target`. */
export function runBegins(machine: MachineServices, target: Scalar): void {
  machine.state(starts).set(machine.currentTask, {
    what: machine.functionAt(target)?.name ?? 'the function',
    held: heldLocks(machine).length,
    context: contextSnapshot(machine),
  });
}

/** Called in the task, right after the function. */
export function runEnds(machine: MachineServices): void {
  const start = machine.state(starts).get(machine.currentTask);
  machine.state(starts).delete(machine.currentTask);
  if (start === undefined) return;
  for (const lock of heldLocks(machine).slice(start.held))
    report(
      machine,
      'lock-held-at-exit',
      `\`${lock.class}\` is still held when \`${start.what}\` returns`,
      lock.at === null ? [] : [{ message: 'taken here', at: lock.at }],
      { lock: lock.class, address: lock.address },
    );
  reportContextLeft(machine, start.context, start.what);
}
