/** References that are dropped twice, taken on a dead object, or counted down without anybody freeing. */
import { check, reportsOf } from './check.ts';
import page from './reference-count-misuse.md?raw';

export default check(
  page,
  reportsOf([
    'refcount-increment-on-zero',
    'refcount-overflow',
    'refcount-underflow',
    'refcount-leak',
    'page-refcount',
    'mm-refcount',
    'file-reference',
  ]),
);
