/** A `WARN_ON`, `BUG_ON` or driver assertion that fires on a path the kernel can take. */

import page from './assertion-fails.md?raw';
import { check, reportsAndFaultsOf } from './check.ts';

export default check(page, reportsAndFaultsOf(['warn-on', 'driver-assertion'], ['bug', 'unreachable']));
