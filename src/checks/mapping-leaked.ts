/** IOVA space, a DMA mapping or a cookie that is still there after the last op of its life. */
import { check, reportsOf } from './check.ts';
import page from './mapping-leaked.md?raw';

export default check(page, reportsOf(['iova-leak', 'dma-mapping-leak', 'fabric-leak', 'pagemap-cookie-leaked']));
