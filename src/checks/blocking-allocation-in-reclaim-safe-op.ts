/** An allocation that may wait for reclaim, in a place that reclaim may be waiting for: lockdep's cycle through `fs_reclaim` or the notifier map. */
import page from './blocking-allocation-in-reclaim-safe-op.md?raw';
import { check, dataText, eventsOf, opDuring, opWords } from './check.ts';

export default check(page, (run) => {
  const reports = [];
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'circular-locking' && event.rule !== 'recursive-locking') continue;
    const gfp = dataText(event, 'gfp');
    if (gfp === '') continue;
    reports.push({
      event: index,
      at: event.at,
      message: `\`${dataText(event, 'what')}\` with ${gfp} in ${opWords(opDuring(run, index))} can wait for reclaim, which can wait for it`,
      related: event.related,
      held: event.held,
    });
  }
  return reports;
});
