/** Accesses outside the object. */
import { check, faultsOf } from './check.ts';
import page from './out-of-bounds-access.md?raw';

export default check(page, faultsOf(new Set(['out-of-bounds'])));
