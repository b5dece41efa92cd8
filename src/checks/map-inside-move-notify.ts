/** An importer that maps the buffer again from inside its own move notification. */
import { check, reportsOf } from './check.ts';
import page from './map-inside-move-notify.md?raw';

export default check(page, reportsOf(['dma-buf-map-in-notify']));
