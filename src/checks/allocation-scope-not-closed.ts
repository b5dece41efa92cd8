/** A `memalloc_*` scope that is left twice, in the wrong order, or never. */

import page from './allocation-scope-not-closed.md?raw';
import { check, reportsOf } from './check.ts';
import { toldAtReturn } from './leavingPlace.ts';
import { undoBeforeReturn } from './repair.ts';

export default check(page, { ...toldAtReturn(reportsOf(['memalloc-scope-imbalance'])), repair: undoBeforeReturn });
