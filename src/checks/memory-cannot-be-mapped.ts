/** Memory that is not for DMA (stack, kernel text, vmalloc) given to a mapping function. */
import { check, reportsOf } from './check.ts';
import page from './memory-cannot-be-mapped.md?raw';

export default check(
  page,
  reportsOf(['dma-map-stack', 'dma-map-text', 'dma-map-vmalloc', 'dma-map-invalid', 'dma-map-beyond']),
);
