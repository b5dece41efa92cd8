/**
 * Words of the validator: classes, kinds of acquire, reports. The validator is generic over nothing: a place is an opaque `Site`, a task
 * a number, a lock instance a number. No import from the machine.
 */

/** Where something happened, as the owner of the validator names places. Never looked into. */
export type Place = unknown;

/** 0 exclusive, 1 shared and not recursive, 2 recursive shared. */
export type ReadKind = 0 | 1 | 2;

/** Wait types (`enum lockdep_wait_type`): what a lock of this type lets its waiter do. */
export const WAIT_NONE = 0;
export const WAIT_FREE = 1;
export const WAIT_SPIN = 2;
export const WAIT_CONFIG = 3;
export const WAIT_SLEEP = 4;
export const WAIT_MAX = 5;
export type WaitType = 0 | 1 | 2 | 3 | 4 | 5;

export type LockType = 'normal' | 'percpu' | 'wait-override';

/** Identity of a class before subclassing: a static key's address, or a name for locks that the simulation makes up. */
export type LockKey = number | string;

export interface ClassSpec {
  readonly key: LockKey;
  readonly name: string;
  /** `struct.member` of the lock, where that is known: the same in every run. */
  readonly path?: string;
  /** 0..7 */
  readonly subclass?: number;
  readonly inner?: WaitType;
  /** Default: as `inner`. */
  readonly outer?: WaitType;
  readonly lockType?: LockType;
  /** `lockdep_set_novalidate_class`: held, but orders nothing. */
  readonly novalidate?: boolean;
  /** `lockdep_set_notrack_class`: as if there were no such lock. */
  readonly untracked?: boolean;
  /** Orders two instances of the class: below 0 when the first may be held while the second is taken. */
  readonly compare?: (held: number, next: number) => number;
}

export type ReportKind =
  | 'circular-locking'
  | 'recursive-locking'
  | 'inconsistent-lock-state'
  | 'irq-inversion'
  | 'irq-lock-order'
  | 'invalid-wait-context'
  | 'bad-unlock-balance'
  | 'held-lock-freed'
  | 'lock-held-at-exit'
  | 'nest-lock-not-held'
  | 'pinned-lock-released'
  | 'lock-depth-exceeded';

/** One step of the explanation: `from` was held when `to` was taken. */
export interface Leg {
  readonly from: string;
  readonly to: string;
  readonly site: Place | null;
  /** Who made this leg, when it was not the run itself: `taught by dma_resv_lockdep() at boot`. */
  readonly note: string | null;
}

export interface HeldInfo {
  readonly instance: number;
  readonly name: string;
  readonly read: ReadKind;
  readonly trylock: boolean;
  readonly site: Place | null;
}

export interface LockdepReport {
  readonly kind: ReportKind;
  /** As the kernel heads it: `possible circular locking dependency detected`. */
  readonly title: string;
  /** The lock being taken or released. */
  readonly lock: string;
  readonly instance: number;
  /** The other lock of the pair, if there is one. */
  readonly other: string | null;
  /** For a cycle: the new leg first, then those known before, back to its start. For irq reports: the path that connects both locks. */
  readonly legs: readonly Leg[];
  /** Other places that matter: `first used in hardirq context here`. */
  readonly places: readonly { readonly note: string; readonly site: Place | null }[];
  readonly held: readonly HeldInfo[];
  readonly task: number;
  readonly site: Place | null;
}
