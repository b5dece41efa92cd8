/** A division by zero and a shift by more than the width of its type. */

import page from './arithmetic-out-of-range.md?raw';
import { check, faultsOf } from './check.ts';

export default check(page, faultsOf(['divide-by-zero', 'shift-out-of-range']));
