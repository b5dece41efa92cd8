/** A range outside the IOVA that is linked, synced or unlinked. */
import { check, reportsOf } from './check.ts';
import { offsetsNotReset } from './iovaReads.ts';
import page from './range-outside-state.md?raw';

export default check(page, { ...reportsOf(['iova-range', 'fabric-range']), inspect: offsetsNotReset });
