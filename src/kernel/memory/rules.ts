/** The closed set of rules that the memory models report, with one line on what each means. */

import type { Related } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { report as emit } from '../modelling.ts';
import type { Rule } from '../subsystem.ts';

const RULES = {
  'mismatched-free': 'Memory is freed by a function that does not belong to the one that allocated it.',
  'free-of-embedded-object': 'A pointer into the middle of an allocation is freed.',
  'invalid-gfp': 'Allocation flags that this allocator does not take.',
  'vmalloc-without-reclaim': 'A vmalloc-backed allocation is made with flags that must not sleep.',
  'allocation-too-large': 'An allocation is larger than its allocator can ever give.',
  'cache-destroyed-busy': 'A kmem cache is destroyed while objects of it are live.',
  'page-refcount': 'A page or folio reference is taken or dropped that does not exist.',
  'page-order': 'Pages are freed with another order than they were allocated with.',
  'page-not-mapped-here': 'A page without a kernel mapping (device-private) is accessed by the CPU.',
  'mm-refcount': 'A reference to an address space is dropped that was not taken.',
  'mmap-lock-missing': 'An address space is looked at without its mmap_lock.',
  'user-access-in-atomic': 'User memory is accessed where a page fault cannot be handled.',
  'user-access-deadlock': 'User memory is accessed with mmap_lock held for writing by the same task.',
  'devres-not-found': 'A device-managed resource is released that the device does not own.',
  'active-object-freed':
    'Memory with a queued work item, timer or tasklet, or a registered interval notifier in it is freed.',
  'memory-leak': 'Memory is no longer reachable and was never freed.',
} as const satisfies Record<string, string>;

export type MemoryRule = keyof typeof RULES;

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));

/** Reports a broken rule of this subsystem. */
export function report(
  machine: MachineServices,
  rule: MemoryRule,
  message: string,
  related: readonly Related[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  emit(machine, rule, message, related, data);
}
