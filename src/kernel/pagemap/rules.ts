/** The closed set of rules that this subsystem reports, with one line on what each means. Checks map them to codes. */
import type { Rule } from '../subsystem.ts';

const RULES = {
  'mmu-invalidate-refused': 'An invalidation was refused although its range may block; the kernel WARNs.',
  'mmu-interval-seq-not-set': 'An interval `invalidate` did its work without `mmu_interval_set_seq`.',
  'mmu-interval-set-seq-unlocked': '`mmu_interval_set_seq` is called without the lock that readers check under.',
  'mmu-interval-set-seq-value': '`mmu_interval_set_seq` stores another sequence than the one it was given.',
  'mmu-interval-not-rechecked':
    'Pages of an interval are used after an invalidation, and nobody asked whether they are still good.',
  'mmu-interval-retry-unlocked': '`mmu_interval_read_retry` is called outside the lock that `invalidate` takes.',
  'mmu-interval-begin-in-notifier': '`mmu_interval_read_begin` waits for an invalidation that this very task runs.',
  'migrate-arguments': '`migrate_vma_setup` is called with arguments it refuses.',
  'pagemap-map-zero': '`device_map` succeeds with address 0, which the core takes for a hole.',
  'pagemap-map-order': '`device_map` returns another order than it was asked to map.',
  'pagemap-map-direction': '`device_map` returns another direction than it was asked for.',
  'pagemap-map-protocol':
    '`device_map` marks device memory as system memory, so the core unmaps it with `dma_unmap_page`.',
  'pagemap-map-address': '`device_map` returns a number that no device can be given as an address.',
  'pagemap-unmap-unknown': 'An address is unmapped that is not mapped, or no longer.',
  'pagemap-unmap-mismatch': 'A mapping is undone with another order, direction or protocol than it was made with.',
  'pagemap-op-missing': 'The core calls an op that the table leaves out.',
  'pagemap-cookie-leaked': 'A cookie of `device_iova_alloc` is still there at the end.',
} as const satisfies Record<string, string>;

export type PagemapRule = keyof typeof RULES;

/** True for a name of the table: bundled C names its rules as strings. */
export function isPagemapRule(name: string): name is PagemapRule {
  return Object.hasOwn(RULES, name);
}

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));
