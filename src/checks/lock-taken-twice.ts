/** Recursion on a lock, or on its class without an order. Recursion into reclaim belongs to the allocation check. */

import { check, cycleKind, dataText, type OpCall, opWords, passingOn, reportsOf } from './check.ts';
import { documentedTwice } from './documentedLocks.ts';
import type { EventOf } from './eventIndex.ts';
import { signalledUnderOwnLock } from './fenceReads.ts';
import { putUnderReservation } from './importerOrder.ts';
import page from './lock-taken-twice.md?raw';

/** Who the caller is, is assumed: then only what it holds itself is taken twice, not another lock of the class, of an object nobody shows. */
function ofAnother(event: EventOf<'report'>, op: OpCall | null): boolean {
  if (op?.contract.assumed === undefined) return false;
  const held = op.heldBefore.filter((lock) => lock.class === dataText(event, 'lock'));
  return held.length > 0 && held.every(({ address }) => address !== event.data['address']);
}

const twice = reportsOf(['recursive-locking'], (event, op) =>
  cycleKind(event) === 'allocation' || ofAnother(event, op)
    ? null
    : `${opWords(op)} takes \`${dataText(event, 'lock')}\` while one of its class is held`,
);

export default check(page, {
  ...twice,
  judge: passingOn((run) => twice.judge?.(run).filter(({ event }) => documentedTwice(run, event) === null) ?? []),
  inspect: (document) => [...putUnderReservation(document), ...signalledUnderOwnLock(document)],
});
