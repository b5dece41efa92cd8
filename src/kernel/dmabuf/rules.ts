/** The closed set of rules that this subsystem reports, with one line on what each means. Checks map them to codes. */
import type { Rule } from '../subsystem.ts';

const RULES = {
  'dma-buf-null': 'The core is called with a NULL buffer, attachment or mapping; it WARNs.',
  'dma-buf-export-ops':
    'The ops table given to `dma_buf_export` is incomplete or contradicts itself; the export fails.',
  'dma-buf-no-move-notify': 'A dynamic importer has no `move_notify`; before 7.1 the attach fails.',
  'dma-buf-pin-static': 'An attachment without importer ops is pinned or unpinned by its importer.',
  'dma-buf-unpin-unbalanced': 'An attachment is unpinned more often than it was pinned.',
  'dma-buf-pin-left': 'An attachment is detached with its pin still in place.',
  'dma-buf-unmap-unknown': 'Something is unmapped that is not mapped through this attachment, or no longer.',
  'dma-buf-unmap-direction': 'A mapping is undone with another direction than it was made with.',
  'dma-buf-detach-mapped': 'An attachment is detached while a mapping made through it is live.',
  'dma-buf-release-mapped': 'A buffer is released while something of it is attached, mapped or vmapped.',
  'dma-buf-same-mapping-twice': 'An exporter returns a mapping that is already live for this attachment.',
  'dma-buf-cached-direction': 'A cached mapping is asked for in a direction it does not serve (`-EBUSY`).',
  'dma-buf-map-null': 'An exporter returns NULL where a table or an error pointer is due.',
  'dma-buf-map-bad-pointer': 'An exporter returns a pointer that is neither an object nor an error pointer.',
  'dma-buf-map-unaligned': 'A segment of a mapping does not start or end on a page boundary.',
  'dma-buf-map-empty': 'A mapping has no segments, or one without length.',
  'dma-buf-map-size': 'The segments of a mapping add up to another size than the buffer has.',
  'dma-buf-map-in-notify': 'An importer maps again from inside its own move notification.',
  'dma-buf-positive-result': 'An op returns a positive number where 0 or a negative error is due.',
  'dma-buf-vmap-null': '`vmap` reports success and leaves the map empty.',
  'dma-buf-vunmap': '`dma_buf_vunmap` of a map that is not live; the kernel stops there.',
  'dma-buf-cpu-access-left': 'CPU access was begun and never ended before the buffer went away.',
  'dma-buf-cpu-access-unbalanced': 'CPU access is ended that was not begun.',
  'dma-buf-map-revoked': 'A buffer is mapped although its exporter has marked it revoked.',
  'dma-buf-revoke-unwaited': 'A buffer is revoked, and nobody waits for what importers still do with it.',
  'dma-buf-revoke-unannounced': 'A buffer is revoked while a mapping is live whose importer was not told.',
  'dma-buf-interconnect-agreed': 'An interconnect may be mapped although the two sides agreed on none.',
  'dma-buf-interconnect-ranges':
    'Ranges of an interconnect lie outside the exporting function, or do not cover the buffer.',
  'dma-buf-wrong-type': 'A mapping is asked of an attachment that was matched to another mapping type.',
  'file-reference': 'A reference of a file is dropped that nobody holds.',
  'file-descriptor': 'A file descriptor is used out of order: installed without being reserved, or twice.',
} as const satisfies Record<string, string>;

export type DmaBufRule = keyof typeof RULES;

/** True for a name of the table: bundled C names its rules as strings. */
export function isDmaBufRule(name: string): name is DmaBufRule {
  return Object.hasOwn(RULES, name);
}

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));
