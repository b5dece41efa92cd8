/**
 * Sleeping calls of a function of which only a part is shown, before the lock is let go of that lines above must have taken: the way from the
 * call to the unlock passes no lock, and nothing is asked on it but what the call answered. Read, not run: whole functions are run.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, numberOf, rootOf, valueName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** A kind of lock under which something is not to be done. */
export interface LockAbove {
  /** What must not be done under it: anything that sleeps, or only an allocation that waits for reclaim. */
  readonly forbids: 'sleeping' | 'reclaim';
  readonly unlocks: (call: CallExpr) => boolean;
  readonly locks: (call: CallExpr) => boolean;
  /** What is wrong with it, behind the name of the call. */
  readonly words: string;
}

const SPINS = /^(?:raw_)?(?:spin|read|write)_unlock(?:_irq|_irqrestore|_bh)?$/;
const SPIN_LOCKS = /^(?:raw_)?(?:spin|read|write)_(?:try)?lock(?:_irq|_irqsave|_bh|_nested)*$/;
const NOTIFIER = /(?:->|\.)notifier_lock$/;

export const SPINLOCK_ABOVE: LockAbove = {
  forbids: 'sleeping',
  unlocks: ({ callee }) => SPINS.test(calleeName(callee)),
  locks: ({ callee }) => SPIN_LOCKS.test(calleeName(callee)),
  words: 'may sleep, and a spinlock is held',
};

/** As `drm_gpusvm_notifier_unlock()` says it. */
export const NOTIFIER_LOCK_ABOVE: LockAbove = {
  forbids: 'reclaim',
  unlocks: ({ callee, args: [lock] }) => /^up_(?:read|write)$/.test(calleeName(callee)) && isNotifierLock(lock),
  locks: ({ callee, args: [lock] }) => /^down_(?:read|write)/.test(calleeName(callee)) && isNotifierLock(lock),
  words: 'can wait for reclaim, and the notifier lock is held',
};

function isNotifierLock(lock: CallExpr['args'][number] | undefined): boolean {
  return lock !== undefined && NOTIFIER.test(valueName(bare(lock)) ?? '');
}

const ALLOCATES = /^(?:kv?[mzc]alloc|kv?malloc_array|kvcalloc|kmemdup|kstrdup|kasprintf|kmem_cache_z?alloc|krealloc)/;
const SLEEPS =
  /^(?:mutex_lock(?:_interruptible|_killable)?|down_(?:read|write)|msleep|usleep_range|cond_resched|might_sleep|vmalloc|vzalloc|dma_fence_wait|dma_resv_lock|wait_for_completion|synchronize_rcu|flush_work|cancel_work_sync|kvfree_sensitive|copy_(?:from|to)_user|mmap_(?:read|write)_lock|mmput)$/;
const DIRECT_RECLAIM = 0x400;
/** Steps from the call to the unlock. */
const NEAR = 12;

/** Calls that such a lock of lines above does not allow. */
export function sleepsUnderLockAbove(document: DocumentView, lock: LockAbove): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    if (!read.ir.partial || !read.nodes.some(({ calls }) => calls.some(lock.unlocks))) return [];
    const ways = waysOf(read.graph);
    return read.nodes.flatMap((node) =>
      node.calls.flatMap((call) => {
        if (!forbidden(call, lock)) return [];
        const before = ways.leadingTo(node.node.id);
        const own = read.nodes.some(
          (each) =>
            each !== node &&
            before[each.node.id] === 1 &&
            (each.node.kind === 'hole' || each.calls.some((other) => lock.locks(other) || lock.unlocks(other))),
        );
        const unlock = own ? null : unlockBehind(read, node, call, lock);
        if (unlock === null) return [];
        return [
          told(
            read,
            call.at,
            `\`${calleeName(call.callee)}()\` ${lock.words} here, as \`${calleeName(unlock.callee)}()\` behind it says`,
            'the lock is taken above, on lines that are not shown',
            [{ message: 'let go of here', at: unlock.at }],
          ),
        ];
      }),
    );
  });
}

function forbidden({ callee, args }: CallExpr, { forbids }: LockAbove): boolean {
  const name = calleeName(callee);
  const flags = args.at(-1);
  if (ALLOCATES.test(name)) return flags !== undefined && ((numberOf(bare(flags)) ?? 0) & DIRECT_RECLAIM) !== 0;
  return forbids === 'sleeping' && SLEEPS.test(name);
}

/** The unlock that the way from the call comes to, whatever the call answered; null: something else is asked first. */
function unlockBehind(read: ReadFunction, from: ReadNode, call: CallExpr, lock: LockAbove): CallExpr | null {
  const answer = from.stores.find(({ value }) => bare(value) === call)?.to ?? null;
  const open = [...from.node.next];
  const seen = new Set<number>();
  for (let id = open.shift(); id !== undefined && seen.size < NEAR; id = open.shift()) {
    const at = read.nodes[id];
    if (at === undefined || seen.has(id) || at.node.kind === 'hole') continue;
    seen.add(id);
    const unlock = at.calls.find(lock.unlocks);
    if (unlock !== undefined) return unlock;
    if (at.calls.some((each) => lock.locks(each) || /lock/.test(calleeName(each.callee)))) continue;
    if (at.node.kind === 'branch' && !asksFor(at, answer)) continue;
    open.push(...at.node.next);
  }
  return null;
}

/** Nothing is asked but what the call answered. */
function asksFor({ node, calls }: ReadNode, answer: string | null): boolean {
  if (answer === null || calls.some(({ callee }) => !/^_*(?:IS_ERR|PTR_ERR|builtin_expect)/.test(calleeName(callee))))
    return false;
  const names = node.values.flatMap(within).flatMap((part) => (part.kind === 'load' ? [valueName(part)] : []));
  return names.includes(answer) && names.every((name) => name === answer || name === rootOf(answer));
}
