/** Accesses outside the object. */

import { check, faultsOf } from './check.ts';
import { loopsTooLong } from './loopBounds.ts';
import page from './out-of-bounds-access.md?raw';
import { unboundedIndices } from './userCounts.ts';

export default check(page, {
  ...faultsOf(['out-of-bounds']),
  inspect: (document) => [...unboundedIndices(document), ...loopsTooLong(document)],
});
