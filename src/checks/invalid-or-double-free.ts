/** Frees of what is not allocated. */
import { check, faultsOf } from './check.ts';
import page from './invalid-or-double-free.md?raw';

export default check(page, faultsOf(new Set(['double-free', 'invalid-free'])));
