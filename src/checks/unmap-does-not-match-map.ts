/** An unmap with another size, direction, attributes or function than the mapping was made with, or of what is not mapped. */

import { check, reportsOf } from './check.ts';
import { otherDirections } from './directionsOfMembers.ts';
import { mixedDirections } from './mappingReads.ts';
import page from './unmap-does-not-match-map.md?raw';
import { unmapsUnmapped } from './unmapsUnmapped.ts';

export default check(page, {
  ...reportsOf([
    'dma-unmap-unknown',
    'dma-unmap-size',
    'dma-unmap-direction',
    'dma-unmap-function',
    'dma-unmap-entries',
    'dma-unmap-cpu-address',
    'iova-wrong-direction',
    'iova-wrong-attrs',
    'pagemap-unmap-unknown',
    'pagemap-unmap-mismatch',
    'dma-buf-unmap-unknown',
    'dma-buf-unmap-direction',
  ]),
  inspect: (document) => [...mixedDirections(document), ...otherDirections(document), ...unmapsUnmapped(document)],
});
