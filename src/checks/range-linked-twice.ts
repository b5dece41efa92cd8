/** A range that is linked while a link of it is in place. */

import { check, reportsOf } from './check.ts';
import { offsetsNotMovedOn } from './iovaReads.ts';
import { standingOffsets } from './mappingReads.ts';
import page from './range-linked-twice.md?raw';

export default check(page, {
  ...reportsOf(['iova-overlap', 'fabric-overlap']),
  inspect: (document) => [...standingOffsets(document), ...offsetsNotMovedOn(document)],
});
