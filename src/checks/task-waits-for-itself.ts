/** Tasks that wait for each other, work that waits for its own end, and locks held over a wait for their taker. */

import type { Related } from '../machine/events.ts';
import { type CheckReport, check, eventsOf, passingOn, type RunView, reportsOf } from './check.ts';
import { waitsForCompleters } from './completionsUnderLock.ts';
import page from './task-waits-for-itself.md?raw';
import { waitsForHolders } from './waitsUnderLock.ts';

const waits = reportsOf(['deadlock', 'wait-for-itself', 'irq-sync-in-handler']);

export default check(page, {
  ...waits,
  inspect: (document) => [...waitsForHolders(document), ...waitsForCompleters(document)],
  judge: passingOn((run) => waits.judge?.(run).filter((report) => !saidAsOrder(run, report)) ?? []),
});

/** Where the order of locks is wrong is told with both its legs (IL0102); that tasks really meet there is the same mistake. */
function saidAsOrder(run: RunView, report: CheckReport): boolean {
  const waits = run.trace[report.event];
  const lock = waits?.kind === 'report' && waits.rule === 'deadlock' ? waits.data['lock'] : undefined;
  if (lock === undefined) return false;
  for (const [earlier, index] of eventsOf(run, 'report'))
    if (index < report.event && earlier.rule === 'circular-locking' && earlier.related.some(speaksOf(lock)))
      return true;
  return false;
}

function speaksOf(lock: string | number | boolean): (related: Related) => boolean {
  return ({ order }) => order !== undefined && (order.held === lock || order.taken === lock);
}
