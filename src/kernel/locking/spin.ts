/** Spinlocks, raw spinlocks, bit spinlocks and rwlocks: busy waiting with preemption, and by variant interrupts or bottom halves, off. */
import { askOrder } from './compare.ts';
import type { LockKind, LockObject } from './objects.ts';
import {
  local_bh_disable,
  local_bh_enable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
  preempt_disable,
  preempt_enable,
} from './sections.ts';
import { here, type LockingHost, locking } from './state.ts';
import { validateAcquire, validateRelease } from './validated.ts';
import {
  contended,
  emitLock,
  emitTrylockFailed,
  emitUnlock,
  preemptionPoint,
  type Routine,
  waitUntil,
} from './waiting.ts';

export type IrqVariant = 'none' | 'irq' | 'irqsave' | 'bh';
export type SpinMode = 'exclusive' | 'read';

export interface SpinLock {
  readonly name: string;
  readonly kind: LockKind;
  readonly mode: SpinMode;
  readonly irq: IrqVariant;
  readonly subclass?: number;
  readonly nest?: number;
}

/** Text under which the atomic section is known until the unlock. */
function sectionName(lock: LockObject, mode: SpinMode): string {
  const base =
    lock.kind === 'rwlock' ? (mode === 'read' ? 'read_lock' : 'write_lock') : `${lock.kind.replace('-', '_')}_lock`;
  return `${base}(${lock.identity.name})`;
}

function enter(host: LockingHost, lock: LockObject, how: SpinLock): number {
  const what = sectionName(lock, how.mode);
  const flags = how.irq === 'irq' || how.irq === 'irqsave' ? local_irq_save(host, what) : 0;
  if (how.irq === 'bh') local_bh_disable(host, what);
  preempt_disable(host, what);
  return flags;
}

function leave(host: LockingHost, lock: LockObject, how: SpinLock, flags: number): void {
  const what = sectionName(lock, how.mode);
  if (how.irq === 'irq') {
    reportOuterIrqs(host, what, how.name);
    local_irq_enable(host);
  }
  if (how.irq === 'irqsave') local_irq_restore(host, flags);
  preempt_enable(host, what, how.name);
  if (how.irq === 'bh') local_bh_enable(host, what, how.name);
}

/** Turning interrupts on unconditionally ends an outer section that had them off as well. `own`: the section that ends here anyway. */
export function reportOuterIrqs(host: LockingHost, own: string | null, name: string): void {
  const state = locking(host);
  const since = state.context().irqsOffSince;
  if (since === null || since.what === own || !/_lock\(/.test(since.what)) return;
  state.report(
    'irq-state-imbalance',
    `\`${name}\` turns interrupts on inside \`${since.what}\`, which had turned them off`,
    [{ message: 'turned off here', at: since.site }],
    { what: name, since: since.what },
  );
}

function readKind(host: LockingHost): 1 | 2 {
  const state = locking(host);
  // Queued rwlocks let a reader in past a waiting writer only in interrupt context (include/linux/lockdep.h:read_lock_is_recursive).
  return state.options.recursiveReads || state.context().inInterrupt ? 2 : 1;
}

function free(lock: LockObject, mode: SpinMode, passWriters: boolean): boolean {
  if (lock.owner !== null) return false;
  if (mode === 'read') return passWriters || lock.waitingWriters.length === 0;
  return lock.readers.size === 0;
}

function take(host: LockingHost, lock: LockObject, how: SpinLock, trylock: boolean): void {
  if (how.mode === 'read') lock.readers.set(host.currentTask, (lock.readers.get(host.currentTask) ?? 0) + 1);
  else {
    lock.owner = host.currentTask;
    lock.ownerSite = here(host);
  }
  emitLock(host, lock, how.mode === 'read' ? 'shared' : 'exclusive', trylock, how.name);
}

/** Returns the saved interrupt flags (for `irqsave`). */
export function* spinLock(host: LockingHost, address: number, how: SpinLock): Routine<number> {
  const lock = locking(host).objects.at(address, how.kind);
  const flags = enter(host, lock, how);
  const read = how.mode === 'read' ? readKind(host) : 0;
  yield* askOrder(host, lock, how.subclass ?? 0);
  validateAcquire(host, lock, { subclass: how.subclass ?? 0, nest: how.nest ?? 0, read });
  yield* preemptionPoint(how.name);
  const me = host.currentTask;
  if (how.mode === 'exclusive') lock.waitingWriters.push(me);
  yield* waitUntil(host, lock, () => free(lock, how.mode, read === 2));
  if (how.mode === 'exclusive') lock.waitingWriters.splice(lock.waitingWriters.indexOf(me), 1);
  take(host, lock, how, false);
  return flags;
}

/** 1 and the flags when taken; on failure interrupts and preemption are as before. */
export function* spinTrylock(
  host: LockingHost,
  address: number,
  how: SpinLock,
): Routine<{ readonly taken: boolean; readonly flags: number }> {
  const lock = locking(host).objects.at(address, how.kind);
  const flags = enter(host, lock, how);
  yield* preemptionPoint(how.name);
  if (!free(lock, how.mode, true) || contended(host, how.name)) {
    leave(host, lock, how, flags);
    emitTrylockFailed(host, lock, how.name);
    return { taken: false, flags };
  }
  validateAcquire(host, lock, { trylock: true, read: how.mode === 'read' ? readKind(host) : 0 });
  take(host, lock, how, true);
  return { taken: true, flags };
}

/** `flags`: what `irqsave` returned, for `irqrestore`. */
export function spinUnlock(host: LockingHost, address: number, how: SpinLock, flags = 0): void {
  const lock = locking(host).objects.at(address, how.kind);
  const held = validateRelease(host, lock);
  if (how.mode === 'read') {
    const count = lock.readers.get(host.currentTask) ?? 0;
    if (count > 1) lock.readers.set(host.currentTask, count - 1);
    else lock.readers.delete(host.currentTask);
  } else if (lock.owner === host.currentTask) {
    lock.owner = null;
    lock.ownerSite = null;
  }
  emitUnlock(host, lock, how.name);
  // An unlock of a lock that is not held was reported; its section was never entered, so there is none to leave.
  if (held) leave(host, lock, how, flags);
  else if (how.irq === 'irq') local_irq_enable(host);
}
