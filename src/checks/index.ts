/** The checks, in order of their codes. */
import assertedLock from './asserted-lock-not-held.ts';
import blockingAllocation from './blocking-allocation-in-reclaim-safe-op.ts';
import type { Check } from './check.ts';
import invalidFree from './invalid-or-double-free.ts';
import lockHeld from './lock-held-at-return.ts';
import lockOrder from './lock-order-inversion.ts';
import lockTwice from './lock-taken-twice.ts';
import mappingWithoutSync from './mapping-used-without-sync.ts';
import memoryLeaked from './memory-leaked-on-path.ts';
import nullDereference from './null-or-error-pointer-dereference.ts';
import outOfBounds from './out-of-bounds-access.ts';
import reservationLock from './reservation-lock-in-reclaim-safe-op.ts';
import sleepingInAtomic from './sleeping-in-atomic-context.ts';
import uninitialisedValue from './uninitialised-value.ts';
import unlockNotHeld from './unlock-of-lock-not-held.ts';
import useAfterFree from './use-after-free.ts';

export const checks: readonly Check[] = [
  lockHeld,
  lockOrder,
  lockTwice,
  unlockNotHeld,
  assertedLock,
  blockingAllocation,
  reservationLock,
  sleepingInAtomic,
  memoryLeaked,
  mappingWithoutSync,
  invalidFree,
  nullDereference,
  useAfterFree,
  uninitialisedValue,
  outOfBounds,
];
