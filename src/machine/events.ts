/**
 * What happens in a run, in order: the one record that checks, hovers, the replay panel, the debugger and the cost counters read.
 * A closed union: a subsystem that has something new to say adds its event here. Events are plain data (they cross to the panel).
 */
import type { Span } from '../c/source.ts';

/** A place in the run: where in the source, and the frames above it (innermost first). */
export interface Site {
  readonly span: Span;
  readonly function: string;
}

interface Base {
  /** Position in the trace, from 0. */
  readonly seq: number;
  readonly task: number;
  /** Call depth, for indentation. */
  readonly depth: number;
  /** Null: done by the scenario itself, outside any C code. */
  readonly at: Site | null;
}

/** A lock as a reader knows it. */
export interface LockName {
  /** Address of the lock object; 0 for pseudo locks (`fs_reclaim`, the mmu-notifier map). */
  readonly address: number;
  /** lockdep class: `reservation_ww_class_mutex`, `&vm->lock`. */
  readonly class: string;
}

export interface HeldLock extends LockName {
  readonly mode: 'exclusive' | 'shared' | 'recursive-shared';
  readonly trylock: boolean;
  readonly at: Site | null;
}

export type Event = Base &
  (
    | { readonly kind: 'call'; readonly function: string; readonly model: boolean; readonly args: readonly string[] }
    | { readonly kind: 'return'; readonly function: string; readonly value: string | null }
    | {
        readonly kind: 'op-enter';
        readonly table: string;
        readonly op: string;
        readonly function: string;
        readonly context: string;
        readonly held: readonly HeldLock[];
      }
    | {
        readonly kind: 'op-exit';
        readonly table: string;
        readonly op: string;
        readonly function: string;
        readonly held: readonly HeldLock[];
        readonly result: string | null;
        readonly failed: boolean;
      }
    | {
        readonly kind: 'lock';
        readonly lock: LockName;
        readonly mode: HeldLock['mode'];
        readonly trylock: boolean;
        readonly function: string;
      }
    /** A lock was asked for and not got: it is contended, the wait was interrupted, or the transaction has to back off. */
    | { readonly kind: 'trylock-failed'; readonly lock: LockName; readonly function: string }
    | { readonly kind: 'unlock'; readonly lock: LockName; readonly function: string }
    | {
        readonly kind: 'task-switch';
        readonly from: number;
        readonly to: number;
        /** Of the task that runs now. */
        readonly name: string;
        readonly why: string;
      }
    | {
        readonly kind: 'alloc';
        readonly function: string;
        readonly address: number;
        /** Bytes; null: nobody knows how many. */
        readonly size: number | null;
        readonly gfp: number | null;
        readonly failed: boolean;
        readonly injected: boolean;
      }
    | { readonly kind: 'free'; readonly function: string; readonly address: number }
    | {
        readonly kind: 'decision';
        readonly question: string;
        readonly option: string;
        readonly options: readonly string[];
      }
    /** A rule of the C machine was broken: null or freed or out-of-bounds access, uninitialised read, write to a const object, ... */
    | {
        readonly kind: 'fault';
        readonly fault: FaultKind;
        readonly message: string;
        readonly related: readonly Related[];
        readonly fatal: boolean;
      }
    /** A rule of the simulated kernel was broken; `rule` is the closed set that checks map to codes. */
    | {
        readonly kind: 'report';
        readonly rule: string;
        readonly message: string;
        readonly related: readonly Related[];
        readonly held: readonly HeldLock[];
        readonly data: Readonly<Record<string, string | number | boolean>>;
      }
    | {
        readonly kind: 'map';
        readonly api: string;
        readonly device: string;
        readonly address: string;
        readonly size: string;
        readonly result: string;
        readonly failed: boolean;
      }
    | {
        readonly kind: 'unmap';
        readonly api: string;
        readonly device: string;
        readonly address: string;
        readonly size: string;
      }
    | {
        readonly kind: 'sync';
        readonly api: string;
        readonly device: string;
        readonly size: string;
        readonly failed: boolean;
      }
    | { readonly kind: 'flush'; readonly what: string; readonly count: number }
    | { readonly kind: 'print'; readonly text: string }
    /** Something was done whose effect is not known: a function without body and model was called, a hole was crossed. */
    | {
        readonly kind: 'assumption';
        readonly about: string;
        readonly message: string;
        /** What an unseen function was given to work on; absent: nobody can say what it was about. */
        readonly handed?: readonly Handed[];
        /** Lines that nobody sees may have kept what was handed, whatever came of it. */
        readonly unseenLines?: true;
        /** The function is one of the kernel, and was called as another version of it is. */
        readonly otherVersion?: true;
      }
    | { readonly kind: 'unsupported'; readonly construct: string; readonly message: string }
    | { readonly kind: 'limit'; readonly limit: 'steps' | 'memory' | 'depth' | 'time'; readonly message: string }
    | {
        readonly kind: 'note';
        readonly message: string;
        /** A lock that is held from here on because a comment says so. */
        readonly documented?: { readonly address: number; readonly at: Site };
      }
  );

/** An object that an unseen function was given a pointer to. */
export interface Handed {
  readonly address: number;
  readonly size: number;
  /** Name of the variable, when it is one of a function's own. */
  readonly local: string | null;
  /**
   * Addresses that such a variable held: who gets the description of a thing (`&exp_info`) may keep what it describes. Of an object that was
   * handed to what ends it, by its name: what hung on it, and may be ended with it.
   */
  readonly inside?: readonly number[];
}

/** A second place that a report speaks of, with what happened there: `allocated here`, `lock was taken here`. */
export interface Related {
  readonly message: string;
  readonly at: Site | null;
  /** Of a lock order: the class that was held, and the class that was taken under it. */
  readonly order?: { readonly held: string; readonly taken: string };
}

export type FaultKind =
  | 'null-dereference'
  | 'error-pointer-dereference'
  | 'wild-pointer'
  | 'out-of-bounds'
  | 'use-after-free'
  | 'use-after-scope'
  | 'uninitialised-read'
  | 'write-to-const'
  | 'double-free'
  | 'invalid-free'
  | 'misaligned'
  | 'bad-call'
  | 'divide-by-zero'
  | 'signed-overflow'
  | 'shift-out-of-range'
  | 'unreachable'
  | 'bug';

/** An event without what the machine fills in. Distributes over the union. */
export type EventBody = Event extends infer E ? (E extends Event ? Omit<E, keyof Base> : never) : never;
