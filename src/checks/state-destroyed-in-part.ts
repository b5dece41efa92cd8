/** `dma_iova_destroy()` with less than the state was allocated with. */
import { check, reportsOf } from './check.ts';
import page from './state-destroyed-in-part.md?raw';

export default check(page, reportsOf(['iova-destroy-partial']));
