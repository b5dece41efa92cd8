/** A link whose inner edges do not lie on the granule of the IOMMU. */
import { check, reportsOf } from './check.ts';
import page from './link-breaks-granule.md?raw';

export default check(page, reportsOf(['iova-unaligned']));
