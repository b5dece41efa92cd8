/** Pins that are dropped more often than taken, or taken on a static attachment. */
import { check, reportsOf } from './check.ts';
import page from './pin-unbalanced.md?raw';

export default check(page, reportsOf(['dma-buf-unpin-unbalanced', 'dma-buf-pin-static', 'bo-unpin-unbalanced']));
