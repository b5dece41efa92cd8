/** The checks, in order of their codes. */
import acquireContextMisuse from './acquire-context-misuse.ts';
import activeObjectFreed from './active-object-freed.ts';
import addressOfWrongKind from './address-of-wrong-kind.ts';
import addressSpaceWithoutMmapLock from './address-space-without-mmap-lock.ts';
import alignmentPassedAsPhys from './alignment-passed-as-phys.ts';
import allocationScopeNotClosed from './allocation-scope-not-closed.ts';
import arithmeticOutOfRange from './arithmetic-out-of-range.ts';
import assertedLockNotHeld from './asserted-lock-not-held.ts';
import assertionFails from './assertion-fails.ts';
import attachmentMisuse from './attachment-misuse.ts';
import blockingAllocationInReclaimSafeOp from './blocking-allocation-in-reclaim-safe-op.ts';
import callOfWrongFunction from './call-of-wrong-function.ts';
import type { Check } from './check.ts';
import containerCorrupted from './container-corrupted.ts';
import conventionNotKept from './convention-not-kept.ts';
import coreFieldMisused from './core-field-misused.ts';
import cpuAccessUnbalanced from './cpu-access-unbalanced.ts';
import deviceLimitsExceeded from './device-limits-exceeded.ts';
import deviceReachesNothing from './device-reaches-nothing.ts';
import documentedLockNotHeld from './documented-lock-not-held.ts';
import documentedLockTaken from './documented-lock-taken.ts';
import documentedNotToSleep from './documented-not-to-sleep.ts';
import errorTestMismatched from './error-test-mismatched.ts';
import errorValueUnmapped from './error-value-unmapped.ts';
import fencePublishedWrongly from './fence-published-wrongly.ts';
import fenceUsageConfused from './fence-usage-confused.ts';
import fenceWaitWhileSignalling from './fence-wait-while-signalling.ts';
import fileDescriptorMisuse from './file-descriptor-misuse.ts';
import heldLockFreed from './held-lock-freed.ts';
import interconnectMatchUnsound from './interconnect-match-unsound.ts';
import interconnectRangesWrong from './interconnect-ranges-wrong.ts';
import interruptStateNotRestored from './interrupt-state-not-restored.ts';
import intervalSequenceMisuse from './interval-sequence-misuse.ts';
import invalidAllocationFlags from './invalid-allocation-flags.ts';
import invalidDmaDirection from './invalid-dma-direction.ts';
import invalidOrDoubleFree from './invalid-or-double-free.ts';
import iovaFreedWhileLinked from './iova-freed-while-linked.ts';
import iovaStateWithoutRange from './iova-state-without-range.ts';
import kernelDocIncomplete from './kernel-doc-incomplete.ts';
import linkBreaksGranule from './link-breaks-granule.ts';
import lockHeldAtReturn from './lock-held-at-return.ts';
import lockNotInitialised from './lock-not-initialised.ts';
import lockOrderInversion from './lock-order-inversion.ts';
import lockTakenTwice from './lock-taken-twice.ts';
import lockUnsafeAgainstInterrupts from './lock-unsafe-against-interrupts.ts';
import malformedBufferMapping from './malformed-buffer-mapping.ts';
import mappingErrorUnchecked from './mapping-error-unchecked.ts';
import mappingLeaked from './mapping-leaked.ts';
import mappingNotAsAsked from './mapping-not-as-asked.ts';
import mappingUsedWithoutSync from './mapping-used-without-sync.ts';
import mappingsShareCacheLine from './mappings-share-cache-line.ts';
import memoryCannotBeMapped from './memory-cannot-be-mapped.ts';
import memoryFreedWhileMapped from './memory-freed-while-mapped.ts';
import memoryLeakedOnPath from './memory-leaked-on-path.ts';
import migrationContractIgnored from './migration-contract-ignored.ts';
import nestedLockMisuse from './nested-lock-misuse.ts';
import nullHandedToDmaBuf from './null-handed-to-dma-buf.ts';
import nullOrErrorPointerDereference from './null-or-error-pointer-dereference.ts';
import orderOrSizeConfused from './order-or-size-confused.ts';
import outOfBoundsAccess from './out-of-bounds-access.ts';
import peerNotReachable from './peer-not-reachable.ts';
import rangeLinkedTwice from './range-linked-twice.ts';
import rangeOutsideState from './range-outside-state.ts';
import rcuReaderMisuse from './rcu-reader-misuse.ts';
import reclaimWaitsForOrdinaryWork from './reclaim-waits-for-ordinary-work.ts';
import referenceCountMisuse from './reference-count-misuse.ts';
import referenceGivenToNobody from './reference-given-to-nobody.ts';
import referenceKeptOnFailure from './reference-kept-on-failure.ts';
import removedDeviceIgnored from './removed-device-ignored.ts';
import requiredOpMissing from './required-op-missing.ts';
import reservationLockInReclaimSafeOp from './reservation-lock-in-reclaim-safe-op.ts';
import resultAgainstConvention from './result-against-convention.ts';
import resultIgnored from './result-ignored.ts';
import revocationIncomplete from './revocation-incomplete.ts';
import revocationRaced from './revocation-raced.ts';
import signallingSectionUnbalanced from './signalling-section-unbalanced.ts';
import sizeOrEndConfused from './size-or-end-confused.ts';
import sleepingAfterTaskStateSet from './sleeping-after-task-state-set.ts';
import sleepingInAtomicContext from './sleeping-in-atomic-context.ts';
import stateDestroyedInPart from './state-destroyed-in-part.ts';
import syncOfRangeNotLinked from './sync-of-range-not-linked.ts';
import syncOutsideMapping from './sync-outside-mapping.ts';
import syntaxError from './syntax-error.ts';
import taskWaitsForItself from './task-waits-for-itself.ts';
import undeclaredIdentifier from './undeclared-identifier.ts';
import undoMissingOnExit from './undo-missing-on-exit.ts';
import uninitialisedValue from './uninitialised-value.ts';
import unlinkOfRangeNotLinked from './unlink-of-range-not-linked.ts';
import unlockOfLockNotHeld from './unlock-of-lock-not-held.ts';
import unmapDoesNotMatchMap from './unmap-does-not-match-map.ts';
import useAfterFree from './use-after-free.ts';
import userMemoryInWrongContext from './user-memory-in-wrong-context.ts';
import virtualFunctionConfused from './virtual-function-confused.ts';
import writeToConstant from './write-to-constant.ts';
import wrongDevice from './wrong-device.ts';

export const checks: readonly Check[] = [
  lockHeldAtReturn,
  lockOrderInversion,
  lockTakenTwice,
  unlockOfLockNotHeld,
  assertedLockNotHeld,
  lockUnsafeAgainstInterrupts,
  lockNotInitialised,
  heldLockFreed,
  nestedLockMisuse,
  acquireContextMisuse,
  taskWaitsForItself,
  interruptStateNotRestored,
  rcuReaderMisuse,
  addressSpaceWithoutMmapLock,
  documentedLockNotHeld,
  blockingAllocationInReclaimSafeOp,
  reservationLockInReclaimSafeOp,
  sleepingInAtomicContext,
  allocationScopeNotClosed,
  invalidAllocationFlags,
  sleepingAfterTaskStateSet,
  userMemoryInWrongContext,
  reclaimWaitsForOrdinaryWork,
  memoryLeakedOnPath,
  mappingUsedWithoutSync,
  invalidOrDoubleFree,
  iovaStateWithoutRange,
  iovaFreedWhileLinked,
  mappingLeaked,
  referenceCountMisuse,
  memoryFreedWhileMapped,
  activeObjectFreed,
  containerCorrupted,
  referenceKeptOnFailure,
  undoMissingOnExit,
  referenceGivenToNobody,
  mappingErrorUnchecked,
  errorValueUnmapped,
  resultAgainstConvention,
  assertionFails,
  errorTestMismatched,
  resultIgnored,
  addressOfWrongKind,
  rangeOutsideState,
  rangeLinkedTwice,
  unlinkOfRangeNotLinked,
  linkBreaksGranule,
  unmapDoesNotMatchMap,
  wrongDevice,
  alignmentPassedAsPhys,
  stateDestroyedInPart,
  syncOfRangeNotLinked,
  invalidDmaDirection,
  memoryCannotBeMapped,
  deviceLimitsExceeded,
  mappingsShareCacheLine,
  deviceReachesNothing,
  orderOrSizeConfused,
  syncOutsideMapping,
  mappingNotAsAsked,
  malformedBufferMapping,
  sizeOrEndConfused,
  requiredOpMissing,
  kernelDocIncomplete,
  documentedNotToSleep,
  conventionNotKept,
  migrationContractIgnored,
  removedDeviceIgnored,
  documentedLockTaken,
  attachmentMisuse,
  cpuAccessUnbalanced,
  nullHandedToDmaBuf,
  fileDescriptorMisuse,
  peerNotReachable,
  revocationIncomplete,
  coreFieldMisused,
  virtualFunctionConfused,
  revocationRaced,
  interconnectMatchUnsound,
  interconnectRangesWrong,
  signallingSectionUnbalanced,
  fenceWaitWhileSignalling,
  fencePublishedWrongly,
  intervalSequenceMisuse,
  fenceUsageConfused,
  nullOrErrorPointerDereference,
  useAfterFree,
  uninitialisedValue,
  outOfBoundsAccess,
  writeToConstant,
  arithmeticOutOfRange,
  callOfWrongFunction,
  undeclaredIdentifier,
  syntaxError,
];
