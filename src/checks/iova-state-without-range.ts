/** A `dma_iova_*` call on a state that holds no IOVA: never allocated, already freed, or freed twice. */
import { check, reportsOf } from './check.ts';
import page from './iova-state-without-range.md?raw';

export default check(
  page,
  reportsOf(['iova-stale-state', 'iova-double-free', 'iova-zero-state', 'fabric-stale-state', 'fabric-zero-state']),
);
