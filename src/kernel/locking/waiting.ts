/**
 * Really waiting for a lock: puts the task to sleep until the lock is free, and recognises tasks that wait for each other. The validator has
 * its own opinion before that; this file is about what happens in this very run.
 */
import type { Related } from '../../machine/events.ts';
import type { ModelRequest, Scalar } from '../../machine/model.ts';
import type { LockObject } from './objects.ts';
import { here, type LockingHost, type LockingState, locking } from './state.ts';

/** A lock function while it runs: it may wait and let others run. */
export type Routine<T> = Generator<ModelRequest, T, Scalar>;

export const EINTR = 4;

/** Lets another task run here, if the exploration wants that. */
export function* preemptionPoint(at: string): Routine<void> {
  yield { kind: 'yield', at };
}

/** Waits until `free()`; the other side calls nothing, it just changes the lock. */
export function* waitUntil(host: LockingHost, lock: LockObject, free: () => boolean): Routine<void> {
  if (free()) return;
  const state = locking(host);
  const me = host.currentTask;
  state.waiting.set(me, { lock: lock.address, site: here(host), free });
  const circle = circleOf(state, me, lock);
  if (circle !== null) reportCircle(state, circle, me, lock);
  yield { kind: 'block', ready: free, on: lock.identity.name };
  state.waiting.delete(me);
}

/** Tasks in a circle of waiting that starts and ends at `me`; null when somebody in the row can still run. */
function circleOf(state: LockingState, me: number, lock: LockObject): readonly number[] | null {
  const visited = new Set<number>();
  const stack = holders(lock).map((task) => [task]);
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const task = path[path.length - 1];
    if (task === undefined) continue;
    if (task === me) return path;
    if (visited.has(task)) continue;
    visited.add(task);
    const wanted = state.waiting.get(task);
    // One that could go on now (a wounded ww transaction, a lock just freed) is not stuck.
    const next = wanted === undefined || wanted.free() ? null : state.objects.known(wanted.lock);
    if (next !== null) for (const holder of holders(next)) stack.push([...path, holder]);
  }
  return null;
}

function holders(lock: LockObject): number[] {
  return [...(lock.owner === null ? [] : [lock.owner]), ...lock.readers.keys()];
}

function reportCircle(state: LockingState, circle: readonly number[], me: number, lock: LockObject): void {
  const name = lock.identity.name;
  // A task that waits for itself was already told by the validator, unless it does not look at this class.
  if (circle.length === 1 && !lock.novalidate && !lock.untracked) return;
  const related: Related[] = [];
  for (const task of circle) {
    const wanted = state.waiting.get(task);
    if (task === me || wanted === undefined) continue;
    const other = state.objects.known(wanted.lock)?.identity.name ?? 'a lock';
    related.push({ message: `task ${task} waits for \`${other}\` here`, at: wanted.site });
  }
  // The validator counts a lock as held from where it is asked for: what a task waits for it has not got.
  for (const task of circle)
    for (const held of state.held(task))
      if (circle.length === 1 || held.address !== state.waiting.get(task)?.lock)
        related.push({ message: `task ${task} took \`${held.class}\` here`, at: held.at });
  state.report(
    'deadlock',
    circle.length === 1
      ? `the task waits for \`${name}\`, which it holds itself`
      : `tasks wait for each other at \`${name}\``,
    related,
    { lock: name, address: lock.address, tasks: circle.length },
  );
}

/** `_interruptible` and `_killable` locks may return early: asks whether this one does. */
export function interrupted(host: LockingHost, what: string): boolean {
  return (
    host.choose(
      'interrupted',
      `is \`${what}\` interrupted by a signal?`,
      ['not interrupted', 'interrupted'],
      here(host),
    ) === 1
  );
}

/** A trylock may meet a holder outside the simulated world: asks whether it does. */
export function contended(host: LockingHost, what: string): boolean {
  return host.choose('trylock', `does \`${what}\` get the lock?`, ['taken', 'contended'], here(host)) === 1;
}

/** Tells the trace. */
export function emitLock(
  host: LockingHost,
  lock: LockObject,
  mode: 'exclusive' | 'shared' | 'recursive-shared',
  trylock: boolean,
  name: string,
): void {
  host.emit({
    kind: 'lock',
    lock: { address: lock.address, class: lock.identity.name },
    mode,
    trylock,
    function: name,
  });
}

export function emitTrylockFailed(host: LockingHost, lock: LockObject, name: string): void {
  host.emit({ kind: 'trylock-failed', lock: { address: lock.address, class: lock.identity.name }, function: name });
}

export function emitUnlock(host: LockingHost, lock: LockObject, name: string): void {
  host.emit({ kind: 'unlock', lock: { address: lock.address, class: lock.identity.name }, function: name });
}
