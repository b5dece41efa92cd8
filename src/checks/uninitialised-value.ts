/** Reads of memory that nobody has written. */
import { check, faultsOf } from './check.ts';
import page from './uninitialised-value.md?raw';

export default check(page, faultsOf(['uninitialised-read']));
