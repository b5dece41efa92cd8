/** A DMA address that is used, kept or unmapped although nobody asked `dma_mapping_error()`. */
import { check, reportsOf } from './check.ts';
import page from './mapping-error-unchecked.md?raw';
import { entriesKeptUnasked } from './uncheckedAddresses.ts';

export default check(page, { ...reportsOf(['dma-error-unchecked']), inspect: entriesKeptUnasked });
