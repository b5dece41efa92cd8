/** Memory with a held lock in it that is freed or initialised again. */
import { check, reportsOf } from './check.ts';
import page from './held-lock-freed.md?raw';

export default check(page, reportsOf(['held-lock-freed']));
