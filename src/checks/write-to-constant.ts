/** A write to an object that is declared `const`, or that is shared by all calls of an op. */
import { check, faultsOf } from './check.ts';
import { staticsOfOps } from './staticState.ts';
import page from './write-to-constant.md?raw';

export default check(page, { ...faultsOf(['write-to-const']), inspect: staticsOfOps });
