/** Dereferences of NULL and of error pointers. */
import { check, faultsOf } from './check.ts';
import page from './null-or-error-pointer-dereference.md?raw';

export default check(page, faultsOf(['null-dereference', 'error-pointer-dereference', 'wild-pointer']));
