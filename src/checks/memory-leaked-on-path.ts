/** Memory that became unreachable while an op ran: shown where the op returned. Which memory is reachable is the machine's to say. */
import { check, dataText, eventsOf, type Judge, opDuring, opWords, returnOf } from './check.ts';
import page from './memory-leaked-on-path.md?raw';
import { undoBeforeReturn } from './repair.ts';

const judge: Judge = (run) => {
  const reports = [];
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'memory-leak') continue;
    const op = opDuring(run, index);
    // A function that nobody visible calls may leave a loop over nothing where its callers give it something.
    if (op?.contract.caller === 'unseen' && run.mistakes?.memory !== true) continue;
    const left = op ? returnOf(run, op) : null;
    reports.push({
      event: left ?? index,
      at: (left === null ? null : run.trace[left]?.at) ?? event.at,
      message: `${opWords(op)} returns and nothing points to the memory of \`${dataText(event, 'what')}\` any more`,
      related: event.related,
      held: event.held,
    });
  }
  return reports;
};

export default check(page, { rules: new Set(['memory-leak']), judge, repair: undoBeforeReturn });
