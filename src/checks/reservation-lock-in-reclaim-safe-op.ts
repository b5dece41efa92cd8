/** A blocking reservation lock below something that reclaim takes: lockdep's cycle that ends in the reservation class. */
import { check, dataText, eventsOf, opDuring, opWords } from './check.ts';
import page from './reservation-lock-in-reclaim-safe-op.md?raw';

export default check(page, (run) => {
  const reports = [];
  const seen = new Set<string>();
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'circular-locking' || !dataText(event, 'lock').startsWith('reservation_ww_class')) continue;
    if (!/fs_reclaim|mmu_notifier|dma_fence_map/.test(dataText(event, 'cycle'))) continue;
    // The acquire context and the lock itself are two classes of one call: one report.
    const place = JSON.stringify(event.at);
    if (seen.has(place)) continue;
    seen.add(place);
    reports.push({
      event: index,
      at: event.at,
      message: `${opWords(opDuring(run, index))} waits for a reservation under \`${dataText(event, 'other')}\`, which reclaim takes`,
      related: event.related,
      held: event.held,
    });
  }
  return reports;
});
