/** Wound/wait mutexes and acquire contexts that are used against their rules. */

import page from './acquire-context-misuse.md?raw';
import { openContexts } from './acquireExits.ts';
import { check, reportsOf } from './check.ts';

export default check(page, { ...reportsOf(['ww-misuse']), inspect: openContexts });
