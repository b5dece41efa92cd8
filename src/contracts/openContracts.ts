/**
 * Contracts of which the calling context is known and the state of the objects is not: short rows, spelt out to contracts. Nothing of a life
 * before the call is assumed, so what depends on one is not judged (`caller: 'open'`).
 */
import type { ContextId, OpContract, ParameterRole } from './contract.ts';

export type OpenRow = readonly [
  members: string,
  context: ContextId,
  source: string,
  roles?: readonly ParameterRole[],
  result?: OpContract['result'],
];

/** In these the task must not sleep. */
const ATOMIC: ReadonlySet<ContextId> = new Set(['atomic', 'hardirq', 'softirq', 'fence-callback', 'C7a']);
/** In these an allocation must not wait for reclaim. */
const RECLAIM: ReadonlySet<ContextId> = new Set(['signalling', 'fence-callback', 'notifier', 'shrinker', 'C7']);

/** One contract per member; a row may name several, with spaces between. */
export function openContracts(table: string, rows: readonly OpenRow[]): OpContract[] {
  return rows.flatMap(([members, context, source, roles = [], result = 'unknown']) =>
    members.split(' ').map((member) => ({
      table,
      member,
      contexts: [context],
      roles,
      result,
      reclaim: RECLAIM.has(context) ? ('safe' as const) : ('unspecified' as const),
      maySleep: !ATOMIC.has(context),
      required: 'no',
      caller: 'open' as const,
      source,
      documented: null,
    })),
  );
}
