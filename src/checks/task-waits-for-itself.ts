/** Tasks that wait for each other, work that waits for its own end, and locks held over a wait for their taker. */
import { type CheckReport, check, eventsOf, type RunView, reportsOf } from './check.ts';
import page from './task-waits-for-itself.md?raw';

const waits = reportsOf(['deadlock', 'wait-for-itself', 'irq-sync-in-handler']);

export default check(page, {
  ...waits,
  judge: (run) => waits.judge?.(run).filter((report) => !saidAsOrder(run, report)) ?? [],
});

/** Where the order of locks is wrong is told with both its legs (IL0102); that tasks really meet there is the same mistake. */
function saidAsOrder(run: RunView, { at, event }: CheckReport): boolean {
  for (const [earlier, index] of eventsOf(run, 'report'))
    if (index < event && earlier.rule === 'circular-locking' && at !== null && samePlace(earlier.at, at)) return true;
  return false;
}

function samePlace(one: CheckReport['at'], other: NonNullable<CheckReport['at']>): boolean {
  return one !== null && one.span.unit === other.span.unit && one.span.start === other.span.start;
}
