/** A sync of what is not mapped, of more than is mapped, or in a direction that moves nothing. */

import { check, reportsOf } from './check.ts';
import { wrongSyncs } from './mappingReads.ts';
import page from './sync-outside-mapping.md?raw';

export default check(page, {
  ...reportsOf(['dma-sync-unknown', 'dma-sync-range', 'dma-sync-direction']),
  inspect: wrongSyncs,
});
