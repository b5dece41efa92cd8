/** IOVA space, a DMA mapping or a cookie that is still there after the last op of its life, or that a function loses when it returns. */
import { check, type Judge, opDuring, reportsOf } from './check.ts';
import page from './mapping-leaked.md?raw';
import { partlyMapped } from './mappingReads.ts';

const { rules, judge: all } = reportsOf(['iova-leak', 'dma-mapping-leak', 'fabric-leak', 'pagemap-cookie-leaked']);

/** A function that nobody visible calls may map for its caller: only what its other runs show to be a mistake counts. */
const judge: Judge = (run) =>
  (all?.(run) ?? []).filter(
    ({ event }) => opDuring(run, event)?.contract.caller !== 'unseen' || run.mistakes?.mappings === true,
  );

export default check(page, { ...(rules ? { rules } : {}), judge, inspect: partlyMapped });
