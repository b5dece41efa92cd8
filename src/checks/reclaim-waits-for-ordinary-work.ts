/** A wait, on a path that reclaim takes, for work on a queue without `WQ_MEM_RECLAIM`. */

import { check, reportsOf } from './check.ts';
import page from './reclaim-waits-for-ordinary-work.md?raw';
import { waitsOfShrinkers } from './shrinkerWaits.ts';

export default check(page, { ...reportsOf(['flush-from-reclaim']), inspect: waitsOfShrinkers });
