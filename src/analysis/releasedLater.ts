/**
 * A lock left behind of which another way of the same function says who lets go of it. An unseen function that was handed an object might have
 * let go of a lock; it did not, when a way that parts from this one only afterwards finds the lock held and lets go of it in the document's
 * own code. Judges nothing.
 */
import type { RunView } from '../checks/check.ts';
import type { DecisionRecord } from '../explore/search.ts';
import type { LockName } from '../machine/events.ts';
import type { Assumed } from './reliance.ts';

/** Most other ways that are looked at. */
const MAX_WAYS = 8;

/** The lock with which the last op of a run leaves though it did not come with it. */
export function lockLeft(run: RunView): LockName | null {
  const op = run.ops.findLast(({ heldAfter }) => heldAfter !== null);
  if (op?.heldAfter == null) return null;
  const before = new Set(op.heldBefore.map(({ address }) => address));
  return op.heldAfter.find(({ address }) => !before.has(address)) ?? null;
}

/**
 * What remains of the assumptions of a run that ended with `lock` held.
 * @param asked decisions of the run, each of which is a `decision` event of it
 * @param other the run with these decisions, as far as it can be had
 */
export function notAnsweredLater(
  assumed: readonly Assumed[],
  run: RunView,
  lock: LockName,
  asked: readonly DecisionRecord[],
  other: (decisions: readonly number[]) => RunView | null,
): readonly Assumed[] {
  const decided = run.trace.flatMap((event, index) => (event.kind === 'decision' ? [index] : []));
  if (decided.length !== asked.length) return assumed;
  const chosen = asked.map((record) => record.chosen);
  let ways = 0;
  for (let i = asked.length - 1; i >= 0; i--) {
    const record = asked[i];
    const index = decided[i];
    if (record === undefined || index === undefined) continue;
    const remaining = assumed.filter(
      ({ last, names }) => last > index || names.some((name) => record.question.includes(name)),
    );
    if (remaining.length === assumed.length) return assumed;
    for (const option of record.options.keys()) {
      if (option === record.chosen) continue;
      if (ways++ >= MAX_WAYS) return assumed;
      const view = other([...chosen.slice(0, i), option]);
      if (view !== null && letsGo(view, lock, index)) return remaining;
    }
  }
  return assumed;
}

function letsGo(run: RunView, lock: LockName, after: number): boolean {
  return run.trace.some(
    (event, index) =>
      index > after &&
      event.kind === 'unlock' &&
      event.lock.address === lock.address &&
      event.lock.class === lock.class &&
      event.at !== null &&
      run.inDocument(event.at),
  );
}
