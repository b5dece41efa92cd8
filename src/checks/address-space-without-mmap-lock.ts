/** An address space that is looked at without its `mmap_lock`. */

import page from './address-space-without-mmap-lock.md?raw';
import { check, reportsOf } from './check.ts';

export default check(page, reportsOf(['mmap-lock-missing', 'migrate-arguments']));
