/**
 * Fences and reservations whose objects no run knows: a fence signalled under the lock it was initialised with, a fence added where no slot
 * was reserved. Read, not run.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames, stretch, underLock } from './flowSides.ts';
import { bare, calleeName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** `struct orca_tl.lock` of `&tl->lock`; null for what is no member. */
function memberKey(expr: Expr | undefined): string | null {
  const value = expr === undefined ? null : bare(expr);
  if (value?.kind !== 'address' || value.place.kind !== 'member') return null;
  const { base, member } = value.place;
  return base.type.kind === 'struct' && member.name !== null ? `${base.type.tag}.${member.name}` : null;
}

/** Take the fence's lock themselves (drivers/dma-buf/dma-fence.c). */
const TAKES = /^dma_fence_(?:signal|signal_timestamp|add_callback|remove_callback|enable_sw_signaling|get_status)$/;
const LOCKS = /^spin_lock(?:_irq|_irqsave|_bh|_nested)?$|^_+(?:raw_)?spin_lock(?:_irqsave)?$/;
const UNLOCKS = /^_*(?:raw_)?spin_unlock(?:_irq|_irqrestore|_bh)?$/;

/** A fence is signalled inside the lock that the document initialises such fences with. */
export function signalledUnderOwnLock(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const locks = new Map<string, Set<string>>();
  for (const read of reads)
    for (const { call } of callsOf(read, /^(?:__)?dma_fence_init(?:64)?$/)) {
      const [fence, , lock] = call.args;
      const [of, by] = [memberKey(fence), memberKey(lock)];
      if (of !== null && by !== null) locks.set(by, (locks.get(by) ?? new Set()).add(of));
    }
  if (locks.size === 0) return [];
  return reads.flatMap((read) =>
    underLock(read, LOCKS, UNLOCKS).flatMap(({ nodes, lock }) => {
      const fences = locks.get(memberKey(lock.args[0]) ?? '');
      if (fences === undefined) return [];
      return nodes.flatMap(({ calls }) =>
        calls.flatMap((inner) =>
          TAKES.test(calleeName(inner.callee)) && fences.has(memberKey(inner.args[0]) ?? '')
            ? [
                told(
                  read,
                  inner.at,
                  `\`${calleeName(inner.callee)}()\` takes the fence's lock, which is held here`,
                  null,
                  [{ message: 'taken here', at: lock.at }],
                ),
              ]
            : [],
        ),
      );
    }),
  );
}

const RESERVES = /reserve|prepare|drm_exec|_exec_|validate/;

function reservesIn(node: ReadNode): boolean {
  return node.calls.some(({ callee }) => RESERVES.test(calleeName(callee)));
}

/** Adds a fence, in a function that takes the reservation's lock itself, and neither reserves a slot. */
export function addedWithoutSlot(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const adders = new Map<FunctionSymbol, ReadonlyArray<{ read: ReadFunction; call: ReadNode['calls'][number] }>>();
  for (const read of reads) {
    const adds = callsOf(read, /^dma_resv_add_fence$/);
    const whole = !read.ir.partial && !read.nodes.some(reservesIn);
    const locks = callsOf(read, /^dma_resv_\w*lock\w*$/).length > 0;
    if (adds.length > 0 && whole && !locks)
      adders.set(
        read.symbol,
        adds.map(({ call }) => ({ read, call })),
      );
  }
  const found = new Map<number, DocumentReport>();
  for (const read of reads) {
    if (read.ir.partial || read.nodes.some(reservesIn)) continue;
    for (const { at, call } of callsOf(read, /^dma_resv_lock(?:_interruptible)?$/)) {
      const lock = argument(call, 0);
      if (lock === null) continue;
      const held = stretch(
        read,
        at,
        call,
        (node) =>
          renames(node, lock) ||
          node.calls.some((each) => calleeName(each.callee) === 'dma_resv_unlock' && argument(each, 0) === lock),
      );
      for (const { calls } of held)
        for (const inner of calls) {
          const through = inner.callee.kind === 'direct' ? (adders.get(inner.callee.symbol) ?? []) : [];
          const direct = calleeName(inner.callee) === 'dma_resv_add_fence' && argument(inner, 0) === lock;
          for (const add of direct ? [{ read, call: inner }] : through)
            found.set(
              add.call.at.start,
              told(add.read, add.call.at, 'a fence is added, and no slot was reserved since the lock was taken', null, [
                { message: 'the lock is taken here', at: call.at },
              ]),
            );
        }
    }
  }
  return [...found.values()];
}
