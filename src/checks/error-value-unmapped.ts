/** The error value of a DMA mapping that is unmapped or synced. */
import { check, reportsOf } from './check.ts';
import page from './error-value-unmapped.md?raw';

export default check(page, reportsOf(['dma-unmap-invalid']));
