/** Memory that became unreachable while an op ran. Which memory is reachable is the machine's to say (`memory-leak` reports). */
import { check, dataText, eventsOf, opDuring, opWords } from './check.ts';
import page from './memory-leaked-on-path.md?raw';

export default check(page, (run) => {
  const reports = [];
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'memory-leak') continue;
    const op = opDuring(run, index);
    const what = dataText(event, 'what') || 'memory';
    reports.push({
      event: index,
      at: event.at,
      message: `${opWords(op)} returns and nothing points to the memory of \`${what}\` any more`,
      related: event.related,
      held: event.held,
    });
  }
  return reports;
});
