/** A mapping of a dma-buf that is empty, not page aligned, or of another size than the buffer. */
import { check, reportsOf } from './check.ts';
import page from './malformed-buffer-mapping.md?raw';

export default check(page, reportsOf(['dma-buf-map-unaligned', 'dma-buf-map-empty', 'dma-buf-map-size']));
