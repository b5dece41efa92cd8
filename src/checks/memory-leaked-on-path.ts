/** Memory that became unreachable while an op ran: shown where the op returned. Which memory is reachable is the machine's to say. */
import type { Site } from '../machine/events.ts';
import { check, dataText, eventsOf, opDuring, opWords, passingOn, type RunView, returnOf } from './check.ts';
import { destroysNothing } from './destroysNothing.ts';
import { losingPlace } from './losingPlace.ts';
import page from './memory-leaked-on-path.md?raw';
import { releasedNotPut } from './releasedNotPut.ts';
import { undoBeforeReturn } from './repair.ts';
import { unlinkedAndForgotten } from './takenOut.ts';

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

/** In the words of the document: memory that a function of the core allocated is that function's (`dma_buf_export()`). */
function lostThing(run: RunView, report: number, label: string, address: unknown, takenAt: Site | null): string {
  const made = run.trace.findLastIndex(
    (event, i) => i < report && event.kind === 'alloc' && event.address === address && !event.failed,
  );
  // What is counted rather than allocated is named for what it is: `the mapping of an attachment`.
  if (made < 0 && label.startsWith('the ')) {
    const taken = run.trace.findLast(
      (event, i) => i < report && event.kind === 'call' && takenAt !== null && sameSite(event.at, takenAt),
    );
    return taken?.kind === 'call' && !taken.function.startsWith('interlock_')
      ? `what \`${taken.function}()\` made`
      : label;
  }
  const at = run.trace[made]?.at ?? null;
  if (at === null || run.inDocument(at)) return `the memory of \`${label}\``;
  const task = run.trace[made]?.task;
  const call = run.trace.findLast(
    (event, i) =>
      i < made && event.kind === 'call' && event.task === task && event.at !== null && run.inDocument(event.at),
  );
  return call?.kind === 'call' ? `what \`${call.function}()\` made` : `the memory of \`${label}\``;
}

function sameSite(one: Site | null, other: Site): boolean {
  return one !== null && one.span.unit === other.span.unit && one.span.start === other.span.start;
}

const judge = passingOn((run) => {
  const reports = [];
  for (const [event, index] of eventsOf(run, 'report')) {
    if (event.rule !== 'memory-leak') continue;
    const op = opDuring(run, loser(run, index));
    // A function that nobody visible calls may leave a loop over nothing where its callers give it something.
    if (op?.contract.caller === 'unseen' && run.mistakes?.memory !== true) continue;
    const lost = op ? losingPlace(run, op, event.data['address']) : null;
    const left = lost?.index ?? (op ? returnOf(run, op) : null);
    const whose = lost === null ? `${opWords(op)} returns` : `\`${lost.function}\` fails`;
    const [first] = event.related;
    const thing = lostThing(run, index, dataText(event, 'what'), event.data['address'], first?.at ?? null);
    reports.push({
      event: left ?? index,
      at: (left === null ? null : run.trace[left]?.at) ?? event.at,
      message: `${whose} and nothing points to ${thing} any more`,
      // How the core's function allocates it is the core's affair.
      related: /^what .* made$/.test(thing)
        ? event.related.map(({ at }) => ({ message: 'made here', at }))
        : event.related,
      held: event.held,
    });
  }
  return reports;
});

export default check(page, {
  rules: new Set(['memory-leak']),
  judge,
  repair: undoBeforeReturn,
  inspect: (document) => [...unlinkedAndForgotten(document), ...destroysNothing(document), ...releasedNotPut(document)],
});
