/** A linked IOVA range that the device was given, or that was left, before `dma_iova_sync()`. */
import { check, reportsOf } from './check.ts';
import page from './mapping-used-without-sync.md?raw';

export default check(page, reportsOf(['iova-not-synced', 'fabric-not-synced']));
