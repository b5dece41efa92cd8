/** The closed set of rules that this subsystem reports, with one line on what each means. Checks map them to codes. */
import type { Rule } from '../subsystem.ts';

const RULES = {
  'circular-locking': 'A new lock order closes a cycle with orders seen before or taught at boot.',
  'recursive-locking': 'A task takes a lock of a class that it already holds, with nothing that orders the two.',
  'inconsistent-lock-state': 'A lock is used in interrupt context and elsewhere with that interrupt enabled.',
  'irq-inversion': 'A lock used in interrupts depends on one that is taken with interrupts enabled.',
  'irq-lock-order': 'A new order leads from an interrupt-safe lock to one that is interrupt-unsafe.',
  'invalid-wait-context': 'A lock is taken where a lock of its kind must not wait.',
  'bad-unlock-balance': 'A lock is released that the task does not hold.',
  'held-lock-freed': 'Memory that contains a held lock is freed or the lock is initialised again.',
  'lock-held-at-exit': 'A task returns to its caller with a lock it took still held.',
  'nest-lock-not-held': 'A nested lock is taken while the lock that serialises the nesting is not held.',
  'pinned-lock-released': 'A pinned lock is released, or a lock is unpinned that was not pinned.',
  'lock-depth-exceeded': 'A task holds more locks than lockdep can track.',
  'lock-not-initialised': 'A lock is used that was never initialised.',
  'sleeping-in-atomic': 'Something that may sleep is called in atomic context.',
  'blocking-when-not-running': 'Something that may sleep is called after the task state was set to sleeping.',
  'lock-assertion': 'A `lockdep_assert_*` does not hold.',
  'documented-lock': 'A function is called without a lock that its comment says its caller holds.',
  'ww-misuse': 'The rules of wound/wait mutexes and their acquire contexts are broken.',
  'suspicious-rcu': 'RCU-protected data is used outside a reader, or a reader does what readers must not.',
  'memalloc-scope-imbalance': 'A `memalloc_*` scope is left in the wrong order, twice, or never.',
  'irq-state-imbalance':
    'Interrupts, bottom halves, preemption or a reader section are left more often than entered, or kept.',
  'mutex-misuse':
    'A mutex is unlocked by a task that does not own it, destroyed while locked, or used in interrupt context.',
  deadlock: 'Tasks wait for each other in a circle.',
  'fence-signalling-imbalance': 'A fence signalling section is ended twice or never.',
  'fence-wait-in-signalling': 'A fence is waited for inside a fence signalling section.',
  'static-key-missing': 'A lockdep key that is neither static nor registered is used.',
} as const satisfies Record<string, string>;

export type LockingRule = keyof typeof RULES;

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));
