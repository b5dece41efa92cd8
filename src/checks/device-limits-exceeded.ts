/** Mappings and scatterlist segments that the device cannot address, and IOVA of impossible sizes. */
import { check, reportsOf } from './check.ts';
import page from './device-limits-exceeded.md?raw';

export default check(page, reportsOf(['dma-mask', 'dma-segment-size', 'dma-segment-boundary', 'iova-alloc-size']));
