/** CPU access or a kernel mapping of a buffer that is ended without being begun, or never ended. */
import { check, reportsOf } from './check.ts';
import page from './cpu-access-unbalanced.md?raw';

export default check(page, reportsOf(['dma-buf-cpu-access-left', 'dma-buf-cpu-access-unbalanced', 'dma-buf-vunmap']));
