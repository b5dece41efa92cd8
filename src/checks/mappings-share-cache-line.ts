/** Two mappings in one cache line that devices may write, on a device without coherency. */
import { check, reportsOf } from './check.ts';
import page from './mappings-share-cache-line.md?raw';

export default check(page, reportsOf(['dma-cacheline-overlap']));
