/** Pages freed with another order, and page sizes and offsets given where another unit is due. */
import { check, reportsOf } from './check.ts';
import page from './order-or-size-confused.md?raw';

export default check(page, reportsOf(['page-order', 'bo-addr-page-size', 'bo-addr-offset']));
