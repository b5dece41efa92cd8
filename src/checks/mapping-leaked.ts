/** IOVA space, a DMA mapping or a cookie that is still there after the last op of its life, or that a function loses when it returns. */
import type { Event } from '../machine/events.ts';
import { check, opDuring, passingOn, reportsOf } from './check.ts';
import page from './mapping-leaked.md?raw';
import { partlyMapped } from './mappingReads.ts';

const { rules, judge: all } = reportsOf(['iova-leak', 'dma-mapping-leak', 'fabric-leak', 'pagemap-cookie-leaked']);

/** What was to take it down has run. */
function isOver(event: Event | undefined): boolean {
  return event?.kind === 'report' && event.data['over'] === true;
}

/** A function that nobody visible calls may map for its caller: only what its other runs show to be a mistake counts. */
const judge = passingOn((run) =>
  (all?.(run) ?? []).filter(
    ({ event }) =>
      opDuring(run, event)?.contract.caller !== 'unseen' || run.mistakes?.mappings === true || isOver(run.trace[event]),
  ),
);

export default check(page, { ...(rules ? { rules } : {}), judge, inspect: partlyMapped });
