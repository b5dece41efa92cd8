/** `lockdep_assert_*` that fails in the context in which the kernel calls the op. */
import page from './asserted-lock-not-held.md?raw';
import { check, reportsOf } from './check.ts';

export default check(page, reportsOf(['lock-assertion']));
