/** A lock object's acquire and release as the validator sees them: class by subclass, place, and the wait-context switch. */
import type { ReadKind } from './lockdep/types.ts';
import { isLocked, type LockIdentity, type LockKind, type LockObject } from './objects.ts';
import { here, type LockingHost, locking } from './state.ts';

export interface Validation {
  readonly subclass?: number;
  readonly read?: ReadKind;
  readonly trylock?: boolean;
  /** Instance (address) of the lock that serialises nesting. */
  readonly nest?: number;
  /** `might_sleep` has already reported at this place: the wait context would say the same again. */
  readonly slept?: boolean;
}

export function validateAcquire(host: LockingHost, lock: LockObject, how: Validation): void {
  const state = locking(host);
  const nest = how.nest ?? 0;
  const around = nest === 0 ? null : state.objects.known(nest);
  state.lockdep.waitContextReported = state.options.sleepSaysAll && (how.slept ?? false);
  state.lockdep.acquire(
    state.task(),
    lock.address,
    state.objects.classId(lock, how.subclass ?? 0),
    how.read ?? 0,
    how.trylock ?? false,
    true,
    nest,
    here(host),
    around === null ? -1 : state.objects.classId(around),
  );
  state.lockdep.waitContextReported = false;
}

/** False: it was not held (and was reported). */
export function validateRelease(host: LockingHost, lock: LockObject): boolean {
  const state = locking(host);
  return state.lockdep.release(state.task(), lock.address, here(host), state.objects.classId(lock), lock.identity.name);
}

/** `*_init`: a fresh lock. Initialising a held one is reported. `size`: of the lock object. */
export function initLock(
  host: LockingHost,
  address: number,
  kind: LockKind,
  identity: LockIdentity,
  size: number,
): LockObject {
  const state = locking(host);
  state.lockdep.freed(address, size, state.task(), here(host));
  return state.objects.init(address, kind, identity);
}

/** `mutex_destroy`: a lock that is held must not go. */
export function destroyLock(host: LockingHost, lock: LockObject, name: string): void {
  const state = locking(host);
  if (isLocked(lock))
    state.report(
      'mutex-misuse',
      `\`${name}\` on \`${lock.identity.name}\` while it is locked`,
      [{ message: 'locked here', at: lock.ownerSite }],
      { lock: lock.identity.name, what: name },
    );
}
