/** A call through a pointer that leads to no function, or to one of another type. */

import page from './call-of-wrong-function.md?raw';
import { check, faultsOf } from './check.ts';

export default check(page, faultsOf(['bad-call']));
