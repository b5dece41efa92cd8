/** Fences added to a reservation without a reserved slot, or as a container. */

import { check, reportsOf } from './check.ts';
import page from './fence-published-wrongly.md?raw';
import { addedInLoop } from './fenceLoops.ts';
import { addedWithoutSlot } from './fenceReads.ts';

export default check(page, {
  ...reportsOf(['resv-slot-missing', 'resv-fence-container', 'fence-released-unsignalled']),
  inspect: (document) => [...addedWithoutSlot(document), ...addedInLoop(document)],
});
