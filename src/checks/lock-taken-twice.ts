/** Recursion on a lock, or on its class without an order. Recursion into reclaim belongs to the allocation check. */

import { check, cycleKind, dataText, opWords, reportsOf } from './check.ts';
import { signalledUnderOwnLock } from './fenceReads.ts';
import { putUnderReservation } from './importerOrder.ts';
import page from './lock-taken-twice.md?raw';

export default check(page, {
  ...reportsOf(['recursive-locking'], (event, op) =>
    cycleKind(event) === 'allocation'
      ? null
      : `${opWords(op)} takes \`${dataText(event, 'lock')}\` while one of its class is held`,
  ),
  inspect: (document) => [...putUnderReservation(document), ...signalledUnderOwnLock(document)],
});
