/** Recursion on a lock, or on its class without an order. Recursion into reclaim belongs to the allocation check. */

import { check, cycleKind, dataText, opWords, reportsOf } from './check.ts';
import { documentedTwice } from './documentedLocks.ts';
import { signalledUnderOwnLock } from './fenceReads.ts';
import { putUnderReservation } from './importerOrder.ts';
import page from './lock-taken-twice.md?raw';

const twice = reportsOf(['recursive-locking'], (event, op) =>
  cycleKind(event) === 'allocation'
    ? null
    : `${opWords(op)} takes \`${dataText(event, 'lock')}\` while one of its class is held`,
);

export default check(page, {
  ...twice,
  judge: (run) => twice.judge?.(run).filter(({ event }) => documentedTwice(run, event) === null) ?? [],
  inspect: (document) => [...putUnderReservation(document), ...signalledUnderOwnLock(document)],
});
