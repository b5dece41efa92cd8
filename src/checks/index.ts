/** The checks, in order of their codes. */
import blockingAllocation from './blocking-allocation-in-reclaim-safe-op.ts';
import type { Check } from './check.ts';
import lockHeld from './lock-held-at-return.ts';
import mappingWithoutSync from './mapping-used-without-sync.ts';
import memoryLeaked from './memory-leaked-on-path.ts';
import reservationLock from './reservation-lock-in-reclaim-safe-op.ts';
import sleepingInAtomic from './sleeping-in-atomic-context.ts';

export const checks: readonly Check[] = [
  lockHeld,
  blockingAllocation,
  reservationLock,
  sleepingInAtomic,
  memoryLeaked,
  mappingWithoutSync,
];
