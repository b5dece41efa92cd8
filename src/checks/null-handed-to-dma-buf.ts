/** NULL handed to the dma-buf core as buffer, attachment or mapping. */

import { check, reportsOf } from './check.ts';
import { testedAfterUse } from './importerReads.ts';
import page from './null-handed-to-dma-buf.md?raw';
import { errorPointerForNull } from './repair.ts';

export default check(page, { ...reportsOf(['dma-buf-null']), inspect: testedAfterUse, repair: errorPointerForNull });
