/** Interval notifiers whose sequence is read, set or retried outside the lock that orders them. */

import { check, reportsOf } from './check.ts';
import page from './interval-sequence-misuse.md?raw';
import { askedBeforeLock, pagesUsedUnchecked, sequenceSetBeforeLock } from './intervalReads.ts';
import { mappedPagesUnasked } from './mappedPages.ts';
import { pagesHandedOn } from './pagesHandedOn.ts';

export default check(page, {
  ...reportsOf([
    'mmu-interval-seq-not-set',
    'mmu-interval-set-seq-unlocked',
    'mmu-interval-set-seq-value',
    'mmu-interval-not-rechecked',
    'mmu-interval-retry-unlocked',
    'mmu-interval-begin-in-notifier',
    'mmu-invalidate-refused',
  ]),
  inspect: (document) => [
    ...pagesUsedUnchecked(document),
    ...sequenceSetBeforeLock(document),
    ...askedBeforeLock(document),
    ...mappedPagesUnasked(document),
    ...pagesHandedOn(document),
  ],
});
