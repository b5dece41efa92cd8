/** `lockdep_assert_*` that fails in the context in which the kernel calls the op, and fields that belong to a lock, without it. */
import page from './asserted-lock-not-held.md?raw';
import { check, reportsOf } from './check.ts';
import { flagsWithoutLock } from './pagesFlags.ts';

export default check(page, { ...reportsOf(['lock-assertion']), inspect: flagsWithoutLock });
