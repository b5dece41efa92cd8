/**
 * Calling context, as other subsystems use it: may this task sleep, may it allocate, what does it hold, and the ways into and out of
 * atomic sections, interrupts and reclaim scopes. Lock primitives for C code are in their own files; scenarios use `enterContext`.
 */
import type { HeldLock, Related } from '../../machine/events.ts';
import { __GFP_FS, __GFP_IO, __GFP_NOLOCKDEP, gfpflags_allow_blocking, gfpText } from '../memory/gfp.ts';
import { type LockKey, type ReadKind, WAIT_SLEEP, type WaitType } from './lockdep/types.ts';
import { memberIdentity } from './naming.ts';
import { here, type LockingHost, locking } from './state.ts';
import { type AtomicReason, PF_MEMALLOC, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO, PF_MEMALLOC_PIN } from './taskContext.ts';
import { FS_RECLAIM, MMU_NOTIFIER_MAP } from './teach.ts';

export { DMA_FENCE_MAP, FS_RECLAIM, MMU_NOTIFIER_MAP } from './teach.ts';

export type LockMode = HeldLock['mode'];

// ------------------------------------------------------------------------------------------------------------------ sleeping

/** `might_sleep()`: reports when the task is atomic. True when it reported. `what`: the function that may sleep. */
export function might_sleep(machine: LockingHost, what: string): boolean {
  return checkSleep(machine, what, {});
}

function checkSleep(
  machine: LockingHost,
  what: string,
  data: Readonly<Record<string, string | number | boolean>>,
): boolean {
  const state = locking(machine);
  const context = state.context();
  if (context.state !== 0) {
    state.report(
      'blocking-when-not-running',
      `\`${what}\` may sleep, but the task state was set to sleeping before`,
      [{ message: 'task state set here', at: context.stateSite }],
      { what, ...data },
    );
  }
  const reason = context.noSleepReason;
  if (reason === null) return false;
  state.report(
    'sleeping-in-atomic',
    `\`${what}\` may sleep, but the task is ${reasonText(reason)}`,
    [{ message: `atomic since \`${reason.what}\` here`, at: reason.site }],
    { what, context: reason.kind, since: reason.what, ...data },
  );
  return true;
}

/** Why the task is atomic, in words for a message. */
export function reasonText(reason: AtomicReason): string {
  switch (reason.kind) {
    case 'preempt':
      return `in atomic context (\`${reason.what}\`)`;
    case 'bh':
      return `in a section with bottom halves off (\`${reason.what}\`)`;
    case 'irqs-off':
      return `running with interrupts off (\`${reason.what}\`)`;
    case 'nmi':
      return 'in a non-maskable interrupt';
    case 'hardirq':
      return 'in a hardware interrupt';
    case 'softirq':
      return 'in a softirq';
    case 'rcu':
    case 'rcu-bh':
    case 'rcu-sched':
      return `in an RCU reader (\`${reason.what}\`)`;
    case 'non-block':
      return `in a section that must not block (\`${reason.what}\`)`;
  }
}

/** `in_atomic()` and the like: whether the task must not sleep. */
export function in_atomic(machine: LockingHost): boolean {
  return locking(machine).context().noSleepReason !== null;
}

/** Why the task must not sleep, for messages; null when it may. */
export function atomicReason(machine: LockingHost): AtomicReason | null {
  return locking(machine).context().noSleepReason;
}

// ------------------------------------------------------------------------------------------------------------------- reclaim

/** The flags an allocation really has, after the task's reclaim scopes (include/linux/sched/mm.h). */
export function current_gfp_context(machine: LockingHost, gfp: number): number {
  const flags = locking(machine).context().flags;
  if ((flags & PF_MEMALLOC_NOIO) !== 0) return gfp & ~(__GFP_IO | __GFP_FS);
  if ((flags & PF_MEMALLOC_NOFS) !== 0) return gfp & ~__GFP_FS;
  return gfp;
}

/** Whether an allocation with these (effective) flags takes part in reclaim ordering (mm/page_alloc.c:__need_reclaim). */
function needsReclaim(machine: LockingHost, gfp: number): boolean {
  if (!gfpflags_allow_blocking(gfp)) return false;
  if ((locking(machine).context().flags & PF_MEMALLOC) !== 0) return false;
  return (gfp & __GFP_NOLOCKDEP) === 0;
}

/** `fs_reclaim_acquire(gfp)`: takes `fs_reclaim` when FS is allowed, and always passes through the mmu-notifier map. */
export function fs_reclaim_acquire(machine: LockingHost, gfp: number): void {
  const effective = current_gfp_context(machine, gfp);
  if (!needsReclaim(machine, effective)) return;
  if ((effective & __GFP_FS) !== 0) lock_map_acquire(machine, FS_RECLAIM);
  lock_map_acquire(machine, MMU_NOTIFIER_MAP);
  lock_map_release(machine, MMU_NOTIFIER_MAP);
}

/** `fs_reclaim_release(gfp)` */
export function fs_reclaim_release(machine: LockingHost, gfp: number): void {
  const effective = current_gfp_context(machine, gfp);
  if (needsReclaim(machine, effective) && (effective & __GFP_FS) !== 0) lock_map_release(machine, FS_RECLAIM);
}

/** `might_alloc(gfp)`: what each allocation does before it does anything else. `what`: the allocating function. */
export function might_alloc(machine: LockingHost, gfp: number, what: string): boolean {
  const state = locking(machine);
  state.cause = { what, gfp: gfpText(gfp) };
  fs_reclaim_acquire(machine, gfp);
  fs_reclaim_release(machine, gfp);
  state.cause = null;
  if (!gfpflags_allow_blocking(gfp)) return false;
  return checkSleep(machine, what, { gfp: gfpText(gfp) });
}

/** `might_fault()`: a user access may fault pages in, and so takes mmap_lock for read and sleeps. */
export function might_fault(machine: LockingHost, what: string): boolean {
  const state = locking(machine);
  if (state.context().pagefaultDisabled > 0) return false;
  const slept = might_sleep(machine, what);
  const { key, name } = memberIdentity('mm_struct.mmap_lock');
  const address = state.pseudoInstance(name);
  lockAcquire(machine, { address, className: name, key, read: 1, inner: WAIT_SLEEP, slept });
  lockRelease(machine, address);
  return slept;
}

/** `memalloc_*_save()`: sets a flag of the task; the result is what restore wants back. */
export function memallocSave(machine: LockingHost, flag: number, what: string): number {
  const context = locking(machine).context();
  const before = (context.flags & flag) !== 0;
  context.scopes.push({ flag, before, what, site: here(machine) });
  context.flags |= flag;
  return before ? flag : 0;
}

/** `memalloc_*_restore(old)`: reports a scope that is left out of order, twice, or with a value that save did not give. */
export function memallocRestore(machine: LockingHost, flag: number, old: number, what: string): void {
  const state = locking(machine);
  const context = state.context();
  const at = context.scopes.findLastIndex((scope) => scope.flag === flag);
  const scope = context.scopes[at];
  if (scope === undefined) {
    state.report('memalloc-scope-imbalance', `\`${what}\` ends a scope that was never entered`, [], { what });
  } else {
    const related: Related[] = [{ message: 'scope entered here', at: scope.site }];
    const top = context.scopes[context.scopes.length - 1];
    if (top !== undefined && top !== scope)
      state.report(
        'memalloc-scope-imbalance',
        `\`${what}\` ends its scope before the inner one of \`${top.what}\``,
        [...related, { message: 'inner scope entered here', at: top.site }],
        { what },
      );
    else if (((old & flag) !== 0) !== scope.before)
      state.report(
        'memalloc-scope-imbalance',
        `\`${what}\` is given flags that its \`${scope.what}\` did not return`,
        related,
        { what },
      );
    context.scopes.splice(at, 1);
  }
  context.flags = (context.flags & ~flag) | (old & flag);
}

/** `memalloc_flags_restore(old)` of the scope that was entered last with `memalloc_flags_save`. */
export function memallocFlagsRestore(machine: LockingHost, old: number, what: string): void {
  const scope = locking(machine).context().scopes.at(-1);
  memallocRestore(machine, scope?.flag ?? old, old, what);
}

export function memalloc_nofs_save(machine: LockingHost): number {
  return memallocSave(machine, PF_MEMALLOC_NOFS, 'memalloc_nofs_save()');
}
export function memalloc_nofs_restore(machine: LockingHost, old: number): void {
  memallocRestore(machine, PF_MEMALLOC_NOFS, old, 'memalloc_nofs_restore()');
}
export function memalloc_noio_save(machine: LockingHost): number {
  return memallocSave(machine, PF_MEMALLOC_NOIO, 'memalloc_noio_save()');
}
export function memalloc_noio_restore(machine: LockingHost, old: number): void {
  memallocRestore(machine, PF_MEMALLOC_NOIO, old, 'memalloc_noio_restore()');
}
export function memalloc_noreclaim_save(machine: LockingHost): number {
  return memallocSave(machine, PF_MEMALLOC, 'memalloc_noreclaim_save()');
}
export function memalloc_noreclaim_restore(machine: LockingHost, old: number): void {
  memallocRestore(machine, PF_MEMALLOC, old, 'memalloc_noreclaim_restore()');
}
export function memalloc_pin_save(machine: LockingHost): number {
  return memallocSave(machine, PF_MEMALLOC_PIN, 'memalloc_pin_save()');
}
export function memalloc_pin_restore(machine: LockingHost, old: number): void {
  memallocRestore(machine, PF_MEMALLOC_PIN, old, 'memalloc_pin_restore()');
}

// ---------------------------------------------------------------------------------------------------------------------- locks

/** Locks held by a task, outermost first. */
export function heldLocks(machine: LockingHost, task?: number): readonly HeldLock[] {
  return locking(machine).held(task);
}

/** `debug_check_no_locks_freed`: to be called before memory is freed. True when a held lock lies in it (and was reported). */
export function debug_check_no_locks_freed(machine: LockingHost, address: number, size: number): boolean {
  const state = locking(machine);
  const held = state.lockdep.freed(address, size, state.task(), here(machine));
  state.objects.forget(address, size);
  return held;
}

export interface LockAcquire {
  /** Address of the lock object; the same number must be given to `lockRelease`. */
  readonly address: number;
  /** Class name as lockdep prints it: `&fq->lock`. Also the class identity unless `key` is given. */
  readonly className: string;
  readonly key?: LockKey;
  readonly subclass?: number;
  /** 0 exclusive (default), 1 shared, 2 recursive shared. */
  readonly read?: ReadKind;
  readonly trylock?: boolean;
  /** False: held, but orders nothing (RCU). */
  readonly check?: boolean;
  /** Address of the lock that serialises the nesting. */
  readonly nest?: number;
  /** Inner and outer wait type; default: not checked. */
  readonly inner?: WaitType;
  readonly outer?: WaitType;
  /** `might_sleep` reported at this place already: do not say the same as an invalid wait context. */
  readonly slept?: boolean;
}

/** `lock_acquire`: tells the validator (only) that the current task now holds a lock. */
export function lockAcquire(machine: LockingHost, lock: LockAcquire): void {
  const state = locking(machine);
  const id = state.lockdep.classOf({
    key: lock.key ?? lock.className,
    name: lock.className,
    subclass: lock.subclass ?? 0,
    inner: lock.inner ?? 0,
    outer: lock.outer ?? lock.inner ?? 0,
  });
  state.lockdep.waitContextReported = state.options.sleepSaysAll && (lock.slept ?? false);
  state.lockdep.acquire(
    state.task(),
    lock.address,
    id,
    lock.read ?? 0,
    lock.trylock ?? false,
    lock.check ?? true,
    lock.nest ?? 0,
    here(machine),
  );
  state.lockdep.waitContextReported = false;
}

/** `lock_release`: reports a lock that is not held. False then. */
export function lockRelease(machine: LockingHost, address: number): boolean {
  const state = locking(machine);
  return state.lockdep.release(state.task(), address, here(machine));
}

/** `lock_map_acquire`: enters a region that behaves like a lock (reclaim, a work item, a notifier). */
export function lock_map_acquire(
  machine: LockingHost,
  className: string,
  mode: LockMode = 'exclusive',
  trylock = false,
): void {
  const read = mode === 'exclusive' ? 0 : mode === 'shared' ? 1 : 2;
  lockAcquire(machine, { address: locking(machine).pseudoInstance(className), className, read, trylock });
}

/** `lock_map_release` */
export function lock_map_release(machine: LockingHost, className: string): boolean {
  return lockRelease(machine, locking(machine).pseudoInstance(className));
}

/** True when the current task is inside the region `className`. */
export function lock_map_is_held(machine: LockingHost, className: string): boolean {
  const state = locking(machine);
  return state.lockdep.isHeld(state.task(), state.pseudoInstance(className)) !== null;
}
