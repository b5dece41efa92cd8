/** `dma_iova_sync()` over bytes that are not linked. */
import { check, reportsOf } from './check.ts';
import page from './sync-of-range-not-linked.md?raw';

export default check(page, reportsOf(['iova-sync-range']));
