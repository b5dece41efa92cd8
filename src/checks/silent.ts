/**
 * Rules of the kernel's and the machine's models that no check speaks for, on purpose, each with the reason. Whatever is not here belongs
 * to exactly one check (`rules.test.ts`).
 */
import type { FaultKind } from '../machine/events.ts';

export const SILENT_RULES: Readonly<Record<string, string>> = {};

export const SILENT_FAULTS: Readonly<Partial<Record<FaultKind, string>>> = {
  'signed-overflow':
    'The kernel is built with -fno-strict-overflow: signed arithmetic wraps, and much code relies on it.',
  misaligned: 'The 64-bit architectures that DRM drivers run on take unaligned accesses.',
};

/** Rules that are several things to a reader: each report goes to exactly one of these checks, by `cycleKind`. */
export const SHARED_RULES: Readonly<Record<string, readonly string[]>> = {
  'circular-locking': ['IL0102', 'IL0201', 'IL0202'],
  'recursive-locking': ['IL0103', 'IL0201'],
};
