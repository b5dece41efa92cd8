/** A write to an object that is declared `const`. */
import { check, faultsOf } from './check.ts';
import page from './write-to-constant.md?raw';

export default check(page, faultsOf(['write-to-const']));
