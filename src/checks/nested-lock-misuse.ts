/** Nested, pinned or too many locks against the rules of lockdep. */
import { check, reportsOf } from './check.ts';
import page from './nested-lock-misuse.md?raw';

export default check(page, reportsOf(['nest-lock-not-held', 'pinned-lock-released', 'lock-depth-exceeded']));
