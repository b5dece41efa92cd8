/** A `device_map` that returns another order, direction or protocol than it was asked for. */
import { check, reportsOf } from './check.ts';
import page from './mapping-not-as-asked.md?raw';

export default check(page, reportsOf(['pagemap-map-order', 'pagemap-map-direction', 'pagemap-map-protocol']));
