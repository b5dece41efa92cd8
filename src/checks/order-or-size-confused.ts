/** Pages freed with another order, and page sizes, lengths and offsets given where another unit is due. */
import { check, reportsOf } from './check.ts';
import page from './order-or-size-confused.md?raw';
import { unitsConfused } from './unitReads.ts';

export default check(page, {
  ...reportsOf(['page-order', 'bo-addr-page-size', 'bo-addr-offset']),
  inspect: unitsConfused,
});
