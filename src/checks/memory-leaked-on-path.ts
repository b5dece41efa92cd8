/** Memory that became unreachable while an op ran: shown where the op returned. Which memory is reachable is the machine's to say. */
import { check, dataText, eventsOf, type Judge, opDuring, opWords, type RunView, returnOf } from './check.ts';
import page from './memory-leaked-on-path.md?raw';
import { undoBeforeReturn } from './repair.ts';

/**
 * Where the memory was lost: a core may call several ops before its caller can look, and what freed the last thing that pointed to the memory
 * lost it. Without such, where it was looked.
 */
function loser(run: RunView, report: number): number {
  const { trace } = run;
  const depth = trace[report]?.depth ?? 0;
  for (let i = report - 1; i >= 0; i--) {
    const event = trace[i];
    if (event === undefined || event.task !== trace[report]?.task) continue;
    if (event.kind === 'free') return i;
    if (event.kind === 'call' && event.depth <= depth) break;
  }
  return report;
}

const judge: Judge = (run) => {
  const reports = [];
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'memory-leak') continue;
    const op = opDuring(run, loser(run, index));
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
