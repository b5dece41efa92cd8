/** A mapping with a direction that gives no access, and accesses against the direction. */
import { check, reportsOf } from './check.ts';
import { copiesAgainstDirection } from './copyDirections.ts';
import page from './invalid-dma-direction.md?raw';

export default check(page, {
  ...reportsOf(['dma-direction-invalid', 'iova-direction-none', 'device-permission']),
  inspect: copiesAgainstDirection,
});
