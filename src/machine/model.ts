/**
 * The contract between the machine and the simulated kernel: what a modelled kernel function gets and may do. Models never see frames,
 * registers or bytes of the machine; the machine knows no kernel function by name.
 */

import type { FunctionSymbol, GlobalSymbol, Program } from '../c/ir.ts';
import type { CType, FunctionType, StructType } from '../c/types.ts';
import type { Event, EventBody, FaultKind, Related, Site } from './events.ts';

/**
 * A C scalar in a register. Integers are canonical for their type: a number when its magnitude is below 2^53, else a bigint; unsigned values
 * are never negative. A pointer is its address (a number; 0 is NULL; objects live from `OBJECT_BASE` up; ERR_PTR values are bigints just
 * below 2^64, as the kernel encodes them). Floats are numbers. `Unknown` stands for a value nobody has decided yet.
 */
export type Scalar = number | bigint | Unknown;

/** A value that the document does not determine. Facts learnt about it (by branching on it) stay true for the rest of the run. */
export interface Unknown {
  readonly unknown: true;
  /** Numbered in order of creation within a run, so that it is the same in each replay. */
  readonly id: number;
  readonly type: CType;
  /** Where it came from, for messages: `parameter dev`, `result of foo()`, `xe->info.flags`. */
  readonly source: string;
}

/** One call of a model. */
export interface ModelCall {
  readonly machine: MachineServices;
  readonly name: string;
  readonly args: readonly Scalar[];
  readonly argTypes: readonly CType[];
  /** Type as declared or, for an undeclared function, as implied by the call. */
  readonly signature: FunctionType;
  readonly at: Site;
}

/** What a model asks of the machine while it runs; it gets the answer from `yield`. */
export type ModelRequest =
  /** Run a C function (or a model) to its return; the answer is its result. */
  | {
      readonly kind: 'call';
      readonly target: Scalar | FunctionSymbol;
      readonly args: readonly Scalar[];
      readonly why: string;
    }
  /** Put this task to sleep until `ready()`; other tasks run meanwhile. If none can, the run is a deadlock. */
  | { readonly kind: 'block'; readonly ready: () => boolean; readonly on: string }
  /** A point where another task may be chosen to run (lock operations, accesses to shared state). */
  | { readonly kind: 'yield'; readonly at: string };

/** `undefined` for void. A generator when the model calls back into C or may block. */
export type ModelResult = Scalar | undefined;
export type ModelBody = (call: ModelCall) => ModelResult | Generator<ModelRequest, ModelResult, Scalar>;

/** A modelled kernel function. `name` is the kernel's name, so that grep lands on the model. */
export interface Model {
  readonly name: string;
  readonly run: ModelBody;
  /** The model stands for all functions without a body whose names are like this, unless they have one of their own. */
  readonly family?: RegExp;
  /** No kernel has it: the simulator's own bodies ask it, and that they ask is no event of the run. */
  readonly inner?: true;
}

/** Life of an object in simulated memory. */
export interface ObjectInfo {
  readonly address: number;
  readonly size: number;
  /** `kzalloc(24)`, `struct device dev0`, `local cookie of foo()`. */
  readonly label: string;
  readonly storage: 'heap' | 'stack' | 'global' | 'function' | 'string' | 'world';
  readonly readOnly: boolean;
  /** Made up for a pointer of unknown value: the pointer may as well lead to an object that is known. */
  readonly viaPointer?: boolean;
  /** Of a global: what tells it from all others. Addresses are given in the order of use, which differs from run to run. */
  readonly symbol?: string;
  readonly freed: boolean;
  /** A local whose scope was left. */
  readonly dead?: boolean;
  /** An object of the world that the code freed. */
  readonly ended?: object | null;
  readonly allocatedAt: Site | null;
  readonly freedAt: Site | null;
  /** Type given at creation or by first typed use; null: raw bytes. */
  readonly type: CType | null;
  /** Owner's tag: the allocator that made it (`slab`, `vmalloc`, `page`), for mismatched frees. */
  readonly tag: string;
}

export interface AllocateOptions {
  readonly label: string;
  readonly storage?: ObjectInfo['storage'];
  readonly tag?: string;
  readonly type?: CType;
  readonly readOnly?: boolean;
  /** Content at birth: `zero`, `uninitialised` (reads are faults), or `unknown` (each read makes a typed unknown value once). */
  readonly content: 'zero' | 'uninitialised' | 'unknown';
  readonly at: Site | null;
}

/** A member of an object: where it starts, and for a bit-field which bits of what lies there. */
export interface FieldAddress {
  readonly address: number;
  readonly type: CType;
  readonly bits: { readonly offset: number; readonly width: number } | null;
}

/** What models, scenarios and checks may ask of a running machine. All of it is deterministic and undone between runs. */
export interface MachineServices {
  readonly program: Program;
  readonly currentTask: number;

  // memory -------------------------------------------------------------------------------------------------------------
  allocate(size: number, options: AllocateOptions): number;
  /** Marks freed. A bad address is a fault reported at `at`; returns false then. */
  free(address: number, at: Site | null): boolean;
  /** An object of the world outside was freed, and frames of this task at this depth and below know it; all others find it alive. */
  end(address: number, depth: number, at: Site | null): void;
  /** The object that contains `address` (freed ones too), or null. */
  objectAt(address: Scalar): ObjectInfo | null;
  /** Typed access with all checks; faults are reported as events and give an unknown value. */
  read(address: Scalar, type: CType): Scalar;
  write(address: Scalar, type: CType, value: Scalar): void;
  copy(to: Scalar, from: Scalar, bytes: number): void;
  fill(address: Scalar, byte: number, bytes: number): void;
  readString(address: Scalar, max?: number): string | null;
  /** Makes the object behind an unknown pointer on first use (typed by the pointer's type), and returns its address. */
  materialise(pointer: Scalar, pointee: CType): number | null;
  /** Member access by name for models: `field(addr, 'struct drm_pagemap', 'ops')`. Problems if the program has no such type or member. */
  fieldAddress(address: Scalar, struct: StructType | string, member: string): FieldAddress | null;
  readField(address: Scalar, struct: StructType | string, member: string): Scalar;
  writeField(address: Scalar, struct: StructType | string, member: string, value: Scalar): void;
  /** Address of a global object or function of the program (made on first use), or null. */
  addressOf(symbolName: string): number | null;
  /** Asks to be told, in this run, of each global that comes to be used, when its initialiser has filled it. */
  onGlobal(made: (symbol: GlobalSymbol, address: number) => void): void;
  /** Whether the run found a pointer that nobody set equal to this address: somebody unseen keeps it, and whatever goes with keeping it. */
  metByOpen(address: Scalar): boolean;
  /** The function at this address, or null. */
  functionAt(address: Scalar): FunctionSymbol | null;
  /** All live heap objects and pages reachable from the given roots are kept; the rest are returned: what leaked. */
  unreachable(roots: readonly number[]): readonly ObjectInfo[];
  /** Whether this number stands in memory that lives on when the functions that run now have returned. */
  standsSomewhere(value: number): boolean;
  /** Live objects, other than itself, in which a pointer into the object at `address` stands. */
  referrers(address: number): readonly ObjectInfo[];

  // values -------------------------------------------------------------------------------------------------------------
  /** @param content it stood in memory before the code began, whenever it is first looked at */
  unknown(type: CType, source: string, content?: boolean): Unknown;
  /** Decides a condition on an unknown value once: facts first, else `choose`. */
  truth(value: Scalar, at: Site | null): boolean;
  /** The concrete value if the facts leave only one, else null. */
  concrete(value: Scalar): number | bigint | null;
  /** `value == constant`, decided as by a branch. */
  equals(value: Scalar, constant: number | bigint, at: Site | null): boolean;
  /** Learns that an open value lies in this range; what contradicts the facts is not learnt. */
  narrow(value: Scalar, least: number, most: number): void;
  /**
   * Gives what an open number is made of the first of these values that contradicts no fact and makes it one that fits: the number, from now
   * on a fact; null, and nothing is learnt, when there is none.
   */
  settle(value: Scalar, offered: readonly number[], fits: (result: number) => boolean): number | null;

  // exploration --------------------------------------------------------------------------------------------------------
  /**
   * The one source of non-determinism. `options[0]` is what happens when nobody has asked for anything else.
   * `kind` groups questions for strategies: `alloc-fails`, `branch`, `deadlk`, `trylock`, `schedule`, ...
   */
  choose(kind: string, question: string, options: readonly string[], at: Site | null): number;

  // trace --------------------------------------------------------------------------------------------------------------
  emit(event: EventBody): void;
  fault(kind: FaultKind, message: string, related?: readonly Related[]): void;
  readonly trace: readonly Event[];
  site(): Site;
  /**
   * Who is to be shown as the doer: most kernel functions run as bundled C, and a reader wants the line of the code that called into it. The
   * innermost frame that is not bundled text; the innermost of all when everything is bundled (a scenario called the kernel itself).
   */
  callerSite(): Site | null;
  /** Call stack of the current task, innermost first. */
  stack(): readonly Site[];

  // tasks --------------------------------------------------------------------------------------------------------------
  /** Starts another task at a C function; it runs when the scheduler picks it. */
  spawn(name: string, target: Scalar | FunctionSymbol, args: readonly Scalar[]): number;
  /** Starts another task that is a script, as a scenario is. */
  start(name: string, script: () => Generator<ModelRequest, ModelResult, Scalar>): number;
  /** All tasks but this one, when they wait for something that does not happen, so that none goes on; null: some can, or all are done. */
  deadlocked(watcher: number): readonly StuckTask[] | null;

  // per-run state of subsystems ------------------------------------------------------------------------------------------
  /** State of one subsystem in this run, made on first use. Models keep all their state here, never in module variables. */
  state<T>(key: StateKey<T>): T;
}

/** A task that cannot go on by itself. */
export interface StuckTask {
  readonly task: number;
  readonly name: string;
  /** What it waits for. */
  readonly on: string;
  /** Innermost first. */
  readonly stack: readonly Site[];
}

/** Names a subsystem's per-run state. */
export interface StateKey<T> {
  readonly name: string;
  readonly create: (machine: MachineServices) => T;
  /** State made before the world was sealed: what a run starts from. Without it every run shares the sealed state itself. */
  fork?(sealed: T, machine: MachineServices): T;
  /** Whether `fork` can copy all of it; absent: it always can. */
  forkable?(sealed: T): boolean;
}

/** Lowest address of any simulated object; smaller numbers are NULL, small integers, or addresses nobody owns. */
export const OBJECT_BASE = 2 ** 52;

/** True for values that nobody has decided. */
export function isUnknown(value: Scalar): value is Unknown {
  return typeof value === 'object';
}
