/** An IOVA that is freed while parts of it are still linked. */
import { check, reportsOf } from './check.ts';
import page from './iova-freed-while-linked.md?raw';
import { freedWhileLinked } from './iovaReads.ts';

export default check(page, {
  ...reportsOf(['iova-free-while-linked', 'fabric-free-while-linked']),
  inspect: freedWhileLinked,
});
