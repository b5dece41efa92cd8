/** Memory that is freed while a device may still access it, or mapped after it was freed. */
import { check, reportsOf } from './check.ts';
import page from './memory-freed-while-mapped.md?raw';

export default check(page, reportsOf(['dma-map-freed']));
