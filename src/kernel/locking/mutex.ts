/** Mutexes (kernel/locking/mutex.c): sleeping, owned, exclusive. ww mutexes build on these in ww.ts. */
import { askOrder } from './compare.ts';
import { might_sleep } from './context.ts';
import type { LockObject } from './objects.ts';
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

export interface MutexLock {
  /** Function as called: for messages and the trace. */
  readonly name: string;
  readonly subclass?: number;
  readonly nest?: number;
  /** The wait may end with -EINTR. */
  readonly interruptible?: boolean;
}

/** 0, or -EINTR. */
export function* mutexLock(host: LockingHost, address: number, how: MutexLock): Routine<number> {
  const slept = might_sleep(host, how.name);
  const lock = locking(host).objects.at(address, 'mutex');
  yield* askOrder(host, lock, how.subclass ?? 0);
  validateAcquire(host, lock, { subclass: how.subclass ?? 0, nest: how.nest ?? 0, slept });
  yield* preemptionPoint(how.name);
  if (how.interruptible === true && interrupted(host, how.name)) {
    validateRelease(host, lock);
    emitTrylockFailed(host, lock, how.name);
    return -EINTR;
  }
  yield* waitUntil(host, lock, () => lock.owner === null);
  own(host, lock);
  emitLock(host, lock, 'exclusive', false, how.name);
  return 0;
}

export function own(host: LockingHost, lock: LockObject): void {
  lock.owner = host.currentTask;
  lock.ownerSite = here(host);
}

/** 1: taken. `nobodyElse`: only the caller knows the lock, so that nobody outside the simulated world can hold it. */
export function* mutexTrylock(host: LockingHost, address: number, name: string, nobodyElse = false): Routine<number> {
  const lock = locking(host).objects.at(address, 'mutex');
  checkContext(host, lock, name);
  yield* preemptionPoint(name);
  if (lock.owner !== null || (!nobodyElse && contended(host, name))) {
    emitTrylockFailed(host, lock, name);
    return 0;
  }
  own(host, lock);
  validateAcquire(host, lock, { trylock: true });
  emitLock(host, lock, 'exclusive', true, name);
  return 1;
}

/** Mutexes have an owner task; interrupt handlers are nobody. */
function checkContext(host: LockingHost, lock: LockObject, name: string): void {
  const state = locking(host);
  const context = state.context();
  if (context.depth('hardirq') + context.depth('softirq') > 0)
    state.report('mutex-misuse', `\`${name}\` on \`${lock.identity.name}\` in interrupt context`, [], {
      lock: lock.identity.name,
      what: name,
    });
}

export function mutexUnlock(host: LockingHost, address: number, name = 'mutex_unlock'): void {
  const lock = locking(host).objects.at(address, 'mutex');
  checkContext(host, lock, name);
  // A mutex is only let go by its owner; for anybody else the validator reports and the lock stays as it is.
  if (validateRelease(host, lock) || lock.owner === host.currentTask) {
    lock.owner = null;
    lock.ownerSite = null;
  }
  emitUnlock(host, lock, name);
}
