/**
 * Wound/wait mutexes and their acquire contexts (kernel/locking/ww_mutex.h, include/linux/ww_mutex.h), wait-die and wound-wait, with the
 * debug rules of CONFIG_DEBUG_MUTEXES. -EDEADLK comes from real contention or, when it is legal, from a decision.
 */
import type { Related } from '../../machine/events.ts';
import { heldLocks, might_sleep } from './context.ts';
import { type ClassSpec, type LockKey, WAIT_NONE } from './lockdep/types.ts';
import { mutexUnlock, own } from './mutex.ts';
import type { LockObject } from './objects.ts';
import { here, type LockingHost, locking } from './state.ts';
import { validateAcquire, validateRelease } from './validated.ts';
import {
  contended,
  EINTR,
  emitLock,
  emitTrylockFailed,
  interrupted,
  preemptionPoint,
  type Routine,
  waitUntil,
} from './waiting.ts';
import type { WwContext } from './wwState.ts';

export const EALREADY = 114;
export const EDEADLK = 35;

/** Made-up -EDEADLK per acquire context: enough to try every back-off path, few enough that every loop ends. */
const MAX_INJECTED = 2;

/** A `struct ww_class`. */
export interface WwClass {
  readonly key: LockKey;
  readonly acquireName: string;
  readonly waitDie: boolean;
}

function misuse(
  host: LockingHost,
  rule: string,
  message: string,
  lock: string,
  related: readonly Related[] = [],
): void {
  locking(host).report('ww-misuse', message, related, { rule, lock });
}

// ------------------------------------------------------------------------------------------------------------ acquire context

function acquireSpec(wwClass: WwClass): ClassSpec {
  const key = typeof wwClass.key === 'string' ? wwClass.acquireName : `${wwClass.key}:acquire`;
  return { key, name: wwClass.acquireName, inner: WAIT_NONE };
}

export function wwAcquireInit(host: LockingHost, address: number, wwClass: WwClass, size: number): void {
  const state = locking(host);
  state.lockdep.freed(address, size, state.task(), here(host));
  state.wwContexts.set(address, {
    address,
    task: host.currentTask,
    stamp: ++state.wwStamp,
    acquired: 0,
    wounded: false,
    waitDie: wwClass.waitDie,
    wwClass: wwClass.key,
    acquireName: wwClass.acquireName,
    doneAt: null,
    done: false,
    contending: 0,
    contendingAt: null,
    injected: 0,
    finished: false,
    unseen: false,
  });
  const id = state.lockdep.classOf(acquireSpec(wwClass));
  state.lockdep.acquire(state.task(), address, id, 0, false, true, 0, here(host));
}

/** The context at an address; one that was initialised out of sight has no locks yet. */
export function wwContext(host: LockingHost, address: number): WwContext {
  const state = locking(host);
  const known = state.wwContexts.get(address);
  if (known !== undefined) return known;
  const fresh: WwContext = {
    address,
    task: host.currentTask,
    stamp: ++state.wwStamp,
    acquired: 0,
    wounded: false,
    waitDie: true,
    wwClass: null,
    acquireName: 'ww_acquire_ctx',
    doneAt: null,
    done: false,
    contending: 0,
    contendingAt: null,
    injected: 0,
    finished: false,
    unseen: host.objectAt?.(address)?.storage === 'world',
  };
  state.wwContexts.set(address, fresh);
  return fresh;
}

export function wwAcquireDone(host: LockingHost, address: number): void {
  const state = locking(host);
  const context = wwContext(host, address);
  if (state.lockdep.isHeld(state.task(), address) === null)
    state.report('lock-assertion', '`ww_acquire_done` outside the acquire context', [], { what: 'ww_acquire_done' });
  if (context.done)
    misuse(host, 'done-twice', '`ww_acquire_done` is called twice on one context', context.acquireName, [
      { message: 'first called here', at: context.doneAt },
    ]);
  context.done = true;
  context.doneAt = here(host);
}

export function wwAcquireFini(host: LockingHost, address: number): void {
  const state = locking(host);
  const context = wwContext(host, address);
  state.lockdep.release(state.task(), address, here(host), -1, context.acquireName);
  if (context.acquired > 0 && !context.finished)
    misuse(
      host,
      'fini-with-locks',
      `\`ww_acquire_fini\` with ${context.acquired} lock${context.acquired > 1 ? 's' : ''} of the context still held`,
      context.acquireName,
    );
  context.finished = true;
}

// --------------------------------------------------------------------------------------------------------------------- locking

export interface WwLock {
  readonly name: string;
  /** Address of the acquire context; 0: none, the lock is then a plain mutex. */
  readonly context: number;
  readonly interruptible?: boolean;
  readonly slow?: boolean;
}

/**
 * The lock that serialises the nesting: the context's acquire. Of a context that was initialised out of sight it is not on the list of held
 * locks; the first lock of the class that is held was then taken under the same acquire.
 */
function nestOf(host: LockingHost, lock: LockObject, context: WwContext | null): number {
  if (context === null) return 0;
  if (!context.unseen || locking(host).lockdep.isHeld(locking(host).task(), context.address) !== null)
    return context.address;
  const first = heldLocks(host).find((held) => held.class === lock.identity.name)?.address ?? 0;
  const state = locking(host);
  if (first !== 0) state.lockdep.nestedOutOfSight(state.task(), first);
  return first;
}

/** 0, -EALREADY, -EDEADLK, -EINTR. */
export function* wwLock(host: LockingHost, address: number, how: WwLock): Routine<number> {
  const state = locking(host);
  const lock = state.objects.at(address, 'mutex');
  const context = how.context === 0 ? null : wwContext(host, how.context);
  if (how.slow === true && context !== null) checkSlow(host, lock, context, how.name);
  const slept = might_sleep(host, how.name);
  if (context !== null) {
    if (lock.wwContext === context.address) return -EALREADY;
    if (context.acquired === 0) context.wounded = false;
  }
  validateAcquire(host, lock, { nest: nestOf(host, lock, context), slept });
  yield* preemptionPoint(how.name);
  if (how.interruptible === true && interrupted(host, how.name)) return giveUp(host, lock, how.name, -EINTR);
  if (context !== null && lock.owner === null && injected(host, lock, context, how)) {
    return giveUp(host, lock, how.name, backOff(host, lock, context));
  }
  if (lock.owner !== null) {
    if (context !== null) {
      if (mustDie(host, lock, context)) return giveUp(host, lock, how.name, backOff(host, lock, context));
      wound(host, lock, context);
    }
    const me = context;
    yield* waitUntil(host, lock, () => lock.owner === null || (me !== null && mustDie(host, lock, me)));
    if (lock.owner !== null && me !== null) return giveUp(host, lock, how.name, backOff(host, lock, me));
  }
  own(host, lock);
  if (context !== null) acquired(host, lock, context, how.name);
  emitLock(host, lock, 'exclusive', false, how.name);
  return 0;
}

function giveUp(host: LockingHost, lock: LockObject, name: string, result: number): number {
  validateRelease(host, lock);
  emitTrylockFailed(host, lock, name);
  return result;
}

/** Legal only when the context already holds a lock: one that holds nothing waits. */
function injected(host: LockingHost, lock: LockObject, context: WwContext, how: WwLock): boolean {
  if (how.slow === true || context.acquired === 0 || context.contending !== 0) return false;
  if (context.injected >= MAX_INJECTED) return false;
  const answer = host.choose(
    'deadlk',
    `does \`${how.name}\` on \`${lock.identity.name}\` have to back off?`,
    ['0', '-EDEADLK'],
    here(host),
  );
  if (answer !== 1) return false;
  context.injected++;
  return true;
}

/** Younger than the holder (wait-die), or wounded by somebody older (wound-wait): the transaction must let go of what it has. */
function mustDie(host: LockingHost, lock: LockObject, context: WwContext): boolean {
  if (context.acquired === 0) return false;
  if (!context.waitDie) return context.wounded;
  if (lock.wwContext === 0) return false;
  return context.stamp > wwContext(host, lock.wwContext).stamp;
}

function wound(host: LockingHost, lock: LockObject, context: WwContext): void {
  if (context.waitDie || lock.wwContext === 0) return;
  const holder = wwContext(host, lock.wwContext);
  if (holder.acquired > 0 && context.stamp < holder.stamp) holder.wounded = true;
}

function backOff(host: LockingHost, lock: LockObject, context: WwContext): number {
  if (context.contending !== 0)
    misuse(
      host,
      'second-edeadlk',
      `a second \`-EDEADLK\` on \`${lock.identity.name}\` before the first was answered by backing off`,
      lock.identity.name,
      [{ message: 'first `-EDEADLK` here', at: context.contendingAt }],
    );
  context.contending = lock.address;
  context.contendingAt = here(host);
  return -EDEADLK;
}

function checkSlow(host: LockingHost, lock: LockObject, context: WwContext, name: string): void {
  if (context.contending === 0)
    misuse(host, 'slow-without-edeadlk', `\`${name}\` without \`-EDEADLK\` before it`, lock.identity.name);
}

/** The lock now belongs to the context (ww_mutex_lock_acquired). */
function acquired(host: LockingHost, lock: LockObject, context: WwContext, name: string): void {
  const lockName = lock.identity.name;
  if (lock.wwContext !== 0)
    misuse(
      host,
      'stale-context',
      `\`${lockName}\` still carries an acquire context: was it unlocked as a plain mutex?`,
      lockName,
    );
  if (context.done)
    misuse(host, 'lock-after-done', `\`${name}\` after \`ww_acquire_done\``, lockName, [
      { message: '`ww_acquire_done` here', at: context.doneAt },
    ]);
  if (context.contending !== 0) {
    const related = [{ message: '`-EDEADLK` here', at: context.contendingAt }];
    if (context.contending !== lock.address)
      misuse(
        host,
        'wrong-lock-after-edeadlk',
        `after \`-EDEADLK\` another lock than the contended one is taken`,
        lockName,
        related,
      );
    if (context.acquired > 0)
      misuse(
        host,
        'locks-held-after-edeadlk',
        'after `-EDEADLK` other locks of the context are still held',
        lockName,
        related,
      );
    context.contending = 0;
  }
  if (lock.wwClass !== null && context.wwClass !== lock.wwClass && context.acquireName !== 'ww_acquire_ctx')
    misuse(host, 'class-mismatch', `\`${lockName}\` and the acquire context are of different ww classes`, lockName);
  context.acquired++;
  lock.wwContext = context.address;
}

/** 1: taken. */
export function* wwTrylock(host: LockingHost, address: number, contextAddress: number, name: string): Routine<number> {
  const lock = locking(host).objects.at(address, 'mutex');
  yield* preemptionPoint(name);
  if (lock.owner !== null || contended(host, name)) {
    emitTrylockFailed(host, lock, name);
    return 0;
  }
  own(host, lock);
  const context = contextAddress === 0 ? null : wwContext(host, contextAddress);
  validateAcquire(host, lock, { trylock: true, nest: nestOf(host, lock, context) });
  if (context !== null) acquired(host, lock, context, name);
  emitLock(host, lock, 'exclusive', true, name);
  return 1;
}

export function wwUnlock(host: LockingHost, address: number, name: string): void {
  const lock = locking(host).objects.at(address, 'mutex');
  if (lock.wwContext !== 0) {
    const context = wwContext(host, lock.wwContext);
    if (context.acquired === 0)
      misuse(
        host,
        'count-underflow',
        `\`${name}\`: the acquire context says that it holds no lock`,
        lock.identity.name,
      );
    else context.acquired--;
    lock.wwContext = 0;
  }
  mutexUnlock(host, address, name);
}
