/** A call that may sleep where the task must not, and a sleeping lock taken inside a spinning one. */
import { check, dataText, eventsOf } from './check.ts';
import page from './sleeping-in-atomic-context.md?raw';

export default check(page, (run) => {
  const reports = [];
  const seen = new Set<string>();
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'sleeping-in-atomic' && event.rule !== 'invalid-wait-context') continue;
    const place = JSON.stringify(event.at);
    if (seen.has(place)) continue;
    seen.add(place);
    const since = dataText(event, 'since');
    const what = dataText(event, 'what') || dataText(event, 'lock');
    reports.push({
      event: index,
      at: event.at,
      message: since === '' ? event.message : `\`${what}\` may sleep inside \`${since}\``,
      related: event.related,
      held: event.held,
    });
  }
  return reports;
});
