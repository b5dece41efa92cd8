/** An unlink that covers bytes which are not linked. */
import { check, reportsOf } from './check.ts';
import page from './unlink-of-range-not-linked.md?raw';

export default check(page, reportsOf(['iova-hole', 'iova-double-unlink', 'fabric-hole']));
