/** RCU readers of the three flavours and SRCU, as context and as lock maps; what readers must not do is in context.ts (sleeping). */

import { might_sleep } from './context.ts';
import { type ClassSpec, WAIT_CONFIG, WAIT_FREE, WAIT_SPIN } from './lockdep/types.ts';
import { local_bh_disable, local_bh_enable, preempt_disable, preempt_enable } from './sections.ts';
import { here, type LockingHost, locking } from './state.ts';
import type { Routine } from './waiting.ts';

export type RcuFlavour = 'rcu' | 'rcu-bh' | 'rcu-sched';

/** Lock maps of kernel/rcu/update.c: outer type FREE, so that a reader may start anywhere. */
const MAPS: Readonly<Record<RcuFlavour, ClassSpec & { readonly lock: string; readonly unlock: string }>> = {
  rcu: {
    key: 'rcu_read_lock',
    name: 'rcu_read_lock',
    inner: WAIT_CONFIG,
    outer: WAIT_FREE,
    lock: 'rcu_read_lock()',
    unlock: 'rcu_read_unlock()',
  },
  'rcu-bh': {
    key: 'rcu_read_lock_bh',
    name: 'rcu_read_lock_bh',
    inner: WAIT_CONFIG,
    outer: WAIT_FREE,
    lock: 'rcu_read_lock_bh()',
    unlock: 'rcu_read_unlock_bh()',
  },
  'rcu-sched': {
    key: 'rcu_read_lock_sched',
    name: 'rcu_read_lock_sched',
    inner: WAIT_SPIN,
    outer: WAIT_FREE,
    lock: 'rcu_read_lock_sched()',
    unlock: 'rcu_read_unlock_sched()',
  },
};

export function rcuReadLock(host: LockingHost, flavour: RcuFlavour): void {
  const state = locking(host);
  const map = MAPS[flavour];
  if (flavour === 'rcu-bh') local_bh_disable(host, map.lock);
  if (flavour === 'rcu-sched') preempt_disable(host, map.lock);
  if (flavour === 'rcu') state.context().push('rcu', map.lock, here(host));
  const id = state.lockdep.classOf(map);
  state.lockdep.acquire(state.task(), state.pseudoInstance(map.name), id, 2, false, false, 0, here(host));
}

export function rcuReadUnlock(host: LockingHost, flavour: RcuFlavour): void {
  const state = locking(host);
  const map = MAPS[flavour];
  const instance = state.pseudoInstance(map.name);
  if (state.lockdep.isHeld(state.task(), instance) === null) {
    state.report('suspicious-rcu', `\`${map.unlock}\` outside a reader`, [], { what: map.unlock });
    return;
  }
  state.lockdep.release(state.task(), instance, here(host));
  if (flavour === 'rcu-bh') local_bh_enable(host, map.lock, map.unlock);
  if (flavour === 'rcu-sched') preempt_enable(host, map.lock, map.unlock);
  if (flavour === 'rcu') state.context().pop('rcu');
}

/** Whether the task is inside a reader of one of the flavours. */
export function inRcuReader(host: LockingHost, flavours: readonly RcuFlavour[]): boolean {
  const state = locking(host);
  return flavours.some(
    (flavour) => state.lockdep.isHeld(state.task(), state.pseudoInstance(MAPS[flavour].name)) !== null,
  );
}

/** Other tasks that are inside a reader of one of these instances now: what a grace period waits for. */
function readersElsewhere(host: LockingHost, instances: readonly number[]): readonly number[] {
  const state = locking(host);
  const inside = (task: number): boolean =>
    instances.some((instance) => state.lockdep.isHeld(state.task(task), instance) !== null);
  return state.tasks().filter((task) => task !== host.currentTask && inside(task));
}

/** Waits until the readers that run now have left; those that begin later may run on. */
function* gracePeriod(host: LockingHost, instances: readonly number[], what: string): Routine<void> {
  const readers = readersElsewhere(host, instances);
  if (readers.length === 0) return;
  const over = (): boolean => {
    const now = readersElsewhere(host, instances);
    return readers.every((task) => !now.includes(task));
  };
  yield { kind: 'block', ready: over, on: `the readers that \`${what}\` waits for` };
}

/** `synchronize_rcu()` and the like: waits for all readers, so it must not be one. */
export function* synchronizeRcu(host: LockingHost, what: string): Routine<void> {
  const state = locking(host);
  if (inRcuReader(host, ['rcu', 'rcu-bh', 'rcu-sched'])) {
    state.report('suspicious-rcu', `\`${what}\` inside an RCU reader waits for itself`, [], { what });
    return;
  }
  might_sleep(host, what);
  const flavours = [MAPS.rcu, MAPS['rcu-bh'], MAPS['rcu-sched']];
  yield* gracePeriod(
    host,
    flavours.map((map) => state.pseudoInstance(map.name)),
    what,
  );
}

// SRCU ------------------------------------------------------------------------------------------------------------------

export function srcuReadLock(host: LockingHost, address: number): number {
  const state = locking(host);
  const lock = state.objects.at(address, 'srcu');
  state.context();
  state.lockdep.acquire(state.task(), address, state.objects.classId(lock), 2, false, true, 0, here(host));
  return 0;
}

export function srcuReadUnlock(host: LockingHost, address: number): void {
  const state = locking(host);
  const lock = state.objects.at(address, 'srcu');
  state.lockdep.release(state.task(), address, here(host), state.objects.classId(lock), lock.identity.name);
}

/** `synchronize_srcu()`: orders like taking the domain for a moment. */
export function* synchronizeSrcu(host: LockingHost, address: number, what: string): Routine<void> {
  const state = locking(host);
  const lock = state.objects.at(address, 'srcu');
  might_sleep(host, what);
  if (state.lockdep.isHeld(state.task(), address) !== null) {
    state.report('suspicious-rcu', `\`${what}\` inside a reader of \`${lock.identity.name}\` waits for itself`, [], {
      what,
      lock: lock.identity.name,
    });
    return;
  }
  state.lockdep.sync(state.task(), address, state.objects.classId(lock), 0, here(host));
  yield* gracePeriod(host, [address], what);
}
