/** Allocation flags or sizes that the allocator does not take. */

import { check, reportsOf } from './check.ts';
import page from './invalid-allocation-flags.md?raw';
import { unboundedSizes } from './userCounts.ts';

export default check(page, {
  ...reportsOf(['invalid-gfp', 'vmalloc-without-reclaim', 'allocation-too-large']),
  inspect: unboundedSizes,
});
