/** An interconnect that is mapped without an agreement, or ranges of one that are not the buffer's memory. */
import { check, reportsOf } from './check.ts';
import page from './interconnect-ranges-wrong.md?raw';
import { countsOfFailures } from './mappingReads.ts';

export default check(page, {
  ...reportsOf(['dma-buf-interconnect-agreed', 'dma-buf-interconnect-ranges']),
  inspect: countsOfFailures,
});
