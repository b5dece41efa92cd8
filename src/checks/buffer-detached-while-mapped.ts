/** An attachment or a buffer that goes while it is mapped or pinned. */

import page from './buffer-detached-while-mapped.md?raw';
import { check, reportsOf } from './check.ts';

export default check(page, reportsOf(['dma-buf-detach-mapped', 'dma-buf-release-mapped', 'dma-buf-pin-left']));
