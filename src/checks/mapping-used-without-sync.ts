/** A linked IOVA range that the device was given, or that was left, before `dma_iova_sync()`. */
import { check, eventsOf } from './check.ts';
import page from './mapping-used-without-sync.md?raw';

export default check(page, (run) => {
  const reports = [];
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'iova-not-synced') continue;
    reports.push({ event: index, at: event.at, message: event.message, related: event.related, held: event.held });
  }
  return reports;
});
