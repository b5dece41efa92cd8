/** Read-write semaphores (kernel/locking/rwsem.c), also under the percpu variant and mmap_lock: sleeping, shared or exclusive, fair to writers. */
import { askOrder } from './compare.ts';
import { might_sleep } from './context.ts';
import type { LockKind, LockObject } from './objects.ts';
import { here, type LockingHost, locking } from './state.ts';
import { validateAcquire, validateRelease } from './validated.ts';
import {
  contended,
  EINTR,
  emitLock,
  emitTrylockFailed,
  emitUnlock,
  interrupted,
  preemptionPoint,
  type Routine,
  waitUntil,
} from './waiting.ts';

export interface RwsemLock {
  readonly name: string;
  readonly write: boolean;
  readonly kind?: LockKind;
  readonly subclass?: number;
  readonly nest?: number;
  readonly interruptible?: boolean;
  /** `down_read_non_owner`: another task will release it, so nobody is recorded as holding it. */
  readonly nonOwner?: boolean;
}

function free(lock: LockObject, write: boolean): boolean {
  if (lock.owner !== null) return false;
  return write ? lock.readers.size === 0 : lock.waitingWriters.length === 0;
}

/** Reader count of a lock that nobody in particular holds. */
const NOBODY = -1;

function take(host: LockingHost, lock: LockObject, how: RwsemLock, trylock: boolean): void {
  if (how.write) {
    lock.owner = host.currentTask;
    lock.ownerSite = here(host);
  } else {
    const who = how.nonOwner === true ? NOBODY : host.currentTask;
    lock.readers.set(who, (lock.readers.get(who) ?? 0) + 1);
  }
  emitLock(host, lock, how.write ? 'exclusive' : 'shared', trylock, how.name);
}

/** 0, or -EINTR. */
export function* downLock(host: LockingHost, address: number, how: RwsemLock): Routine<number> {
  const slept = might_sleep(host, how.name);
  const lock = locking(host).objects.at(address, how.kind ?? 'rwsem');
  const tracked = how.nonOwner !== true;
  yield* askOrder(host, lock, how.subclass ?? 0);
  if (tracked)
    validateAcquire(host, lock, {
      subclass: how.subclass ?? 0,
      nest: how.nest ?? 0,
      read: how.write ? 0 : 1,
      slept,
    });
  yield* preemptionPoint(how.name);
  if (how.interruptible === true && interrupted(host, how.name)) {
    if (tracked) validateRelease(host, lock);
    emitTrylockFailed(host, lock, how.name);
    return -EINTR;
  }
  const me = host.currentTask;
  if (how.write) lock.waitingWriters.push(me);
  yield* waitUntil(host, lock, () => free(lock, how.write));
  if (how.write) lock.waitingWriters.splice(lock.waitingWriters.indexOf(me), 1);
  take(host, lock, how, false);
  return 0;
}

/** 1: taken. */
export function* downTrylock(host: LockingHost, address: number, how: RwsemLock): Routine<number> {
  const lock = locking(host).objects.at(address, how.kind ?? 'rwsem');
  yield* preemptionPoint(how.name);
  const busy = lock.owner !== null || (how.write && lock.readers.size > 0);
  if (busy || contended(host, how.name)) {
    emitTrylockFailed(host, lock, how.name);
    return 0;
  }
  take(host, lock, how, true);
  validateAcquire(host, lock, { trylock: true, read: how.write ? 0 : 1 });
  return 1;
}

export function upLock(host: LockingHost, address: number, how: RwsemLock): void {
  const state = locking(host);
  const lock = state.objects.at(address, how.kind ?? 'rwsem');
  const tracked = how.nonOwner !== true;
  if (tracked) {
    const read = state.lockdep.isHeld(state.task(), address);
    if (read !== null && (read === 0) !== how.write)
      state.report(
        'lock-assertion',
        `\`${how.name}\` on \`${lock.identity.name}\`, which is held ${read === 0 ? 'for write' : 'for read'}`,
        [],
        { lock: lock.identity.name, what: how.name },
      );
    validateRelease(host, lock);
  }
  const who = tracked ? host.currentTask : NOBODY;
  if (lock.owner === host.currentTask) {
    lock.owner = null;
    lock.ownerSite = null;
  } else {
    const count = lock.readers.get(who) ?? 0;
    if (count > 1) lock.readers.set(who, count - 1);
    else lock.readers.delete(who);
  }
  emitUnlock(host, lock, how.name);
}

/** `downgrade_write`: a writer becomes a reader without letting another writer in. */
export function downgrade(host: LockingHost, address: number, name: string): void {
  const state = locking(host);
  const lock = state.objects.at(address, 'rwsem');
  if (state.lockdep.isHeld(state.task(), address) !== null && lock.owner !== host.currentTask)
    state.report('lock-assertion', `\`${name}\` on \`${lock.identity.name}\`, which is not held for write`, [], {
      lock: lock.identity.name,
      what: name,
    });
  state.lockdep.downgrade(state.task(), address, here(host), state.objects.classId(lock));
  if (lock.owner === host.currentTask) {
    lock.owner = null;
    lock.readers.set(host.currentTask, (lock.readers.get(host.currentTask) ?? 0) + 1);
  }
}
