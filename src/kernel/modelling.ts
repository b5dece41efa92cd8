/**
 * How models of kernel functions are written: making one with its documentation, reading its arguments, and the scalar types it reads and
 * writes memory with. Knows no kernel function.
 */
import type { IntType, PointerType, VoidType } from '../c/types.ts';
import type { Related, Site } from '../machine/events.ts';
import {
  isUnknown,
  type MachineServices,
  type ModelBody,
  type ModelCall,
  type ModelRequest,
  type ModelResult,
  type Scalar,
  type StateKey,
} from '../machine/model.ts';
import { heldLocks } from './locking/context.ts';
import type { DocumentedModel, Effects } from './subsystem.ts';

const integer = (size: IntType['size'], signed: boolean, rank: number, name: string): IntType => ({
  kind: 'int',
  size,
  signed,
  bool: false,
  rank,
  name,
});

export const U8: IntType = integer(1, false, 1, 'unsigned char');
export const U32: IntType = integer(4, false, 3, 'unsigned int');
export const S32: IntType = integer(4, true, 3, 'int');
export const U64: IntType = integer(8, false, 4, 'unsigned long');
export const S64: IntType = integer(8, true, 4, 'long');
export const VOID: VoidType = { kind: 'void' };
export const POINTER: PointerType = { kind: 'pointer', to: VOID, toConst: false };

/** No effect on the calling context. */
export const PURE: Effects = { sleeps: 'no', allocates: 'none', locks: '', fails: 'never' };

/** `{ ...PURE, ... }` with what differs. */
export function effects(differs: Partial<Effects>): Effects {
  return { ...PURE, ...differs };
}

/** A body that may call back into C or wait. */
export type Routine<T = ModelResult> = Generator<ModelRequest, T, Scalar>;

export function model(name: string, what: Effects, source: string, run: ModelBody): DocumentedModel {
  return { name, effects: what, source, run };
}

/** A model of a function without a result, or whose result nobody reads. */
export function action(name: string, what: Effects, source: string, run: (call: ModelCall) => void): DocumentedModel {
  return model(name, what, source, (call) => {
    run(call);
    return undefined;
  });
}

/** Models that no kernel has, as bundled bodies ask them: calls of them leave no event. */
export function inner(models: readonly DocumentedModel[]): readonly DocumentedModel[] {
  return models.map((each) => ({ ...each, inner: true }));
}

/** Argument `index`; 0 when the call has fewer (a call that does not fit the prototype was reported by the front end). */
export function argument(call: ModelCall, index: number): Scalar {
  return call.args[index] ?? 0;
}

/** A decided argument as a number, or null while it is open. Values beyond 2^53 lose precision, never their magnitude. */
export function numeric(call: ModelCall, index: number): number | null {
  return settled(call.machine, argument(call, index));
}

/** A decided value as a number, or null while it is open. */
export function settled(machine: MachineServices, value: Scalar): number | null {
  const known = isUnknown(value) ? machine.concrete(value) : value;
  return known === null ? null : Number(known);
}

const ERROR_POINTERS = 2n ** 64n - 4095n;

/** True for what `ERR_PTR` makes. */
export function isErrorPointer(value: Scalar): boolean {
  return typeof value === 'bigint' && value >= ERROR_POINTERS;
}

/** `ERR_PTR(-errno)` */
export function errorPointer(errno: number): bigint {
  return 2n ** 64n - BigInt(errno);
}

/** `kzalloc()`, as messages and decisions name a call. */
export function called(call: ModelCall): string {
  return `${call.name}()`;
}

/** A broken rule of the simulated kernel, with the locks that the task holds. */
export function report(
  machine: MachineServices,
  rule: string,
  message: string,
  related: readonly Related[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  machine.emit({ kind: 'report', rule, message, related, held: heldLocks(machine), data });
}

/** Per-run state that is a map; what a world put in before it was sealed is copied for each run. */
export function mapState<K, V>(name: string, copy: (value: V) => V = (value) => value): StateKey<Map<K, V>> {
  return {
    name,
    create: () => new Map(),
    fork: (sealed) => new Map([...sealed].map(([key, value]) => [key, copy(value)])),
  };
}

/** The same for a set. */
export function setState<V>(name: string): StateKey<Set<V>> {
  return { name, create: () => new Set(), fork: (sealed) => new Set(sealed) };
}

/** The related places that are known. */
export function places(...list: readonly (readonly [string, Site | null])[]): Related[] {
  return list.filter(([, at]) => at !== null).map(([message, at]) => ({ message, at }));
}

/** Calls a C function by name if the program has it; the answer is its result. */
export function* callByName(
  machine: MachineServices,
  name: string,
  args: readonly Scalar[],
  why: string,
): Routine<Scalar> {
  const symbol = machine.program.function(name);
  if (symbol === null) return 0;
  return yield { kind: 'call', target: symbol, args, why };
}
