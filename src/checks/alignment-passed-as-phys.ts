/** A size that is passed to `dma_iova_try_alloc()` as `phys`. */

import page from './alignment-passed-as-phys.md?raw';
import { check, reportsOf } from './check.ts';

export default check(page, reportsOf(['iova-alignment-argument']));
