/**
 * What the compiler makes of one function: flat instructions of four integers (`op | detail << 8`, `d`, `a`, `b`), and beside them,
 * by instruction, where each came from. Plain data; executed by `interpret.ts`. Opcodes of the common kind are in `interpret.ts`, the
 * others in `rare.ts`.
 */
import type { BuiltinName, FunctionIr, FunctionSymbol, LocalVariable } from '../../c/ir.ts';
import type { Span } from '../../c/source.ts';
import type { CType, FunctionType, StructType } from '../../c/types.ts';
import type { Site } from '../events.ts';
import type { Integer } from '../integers.ts';
import type { Kind } from '../kinds.ts';
import type { Model, Scalar } from '../model.ts';

/** Where a variable lives: its value in a register, or its address in one. */
export interface Variable {
  readonly variable: LocalVariable;
  readonly register: number;
  readonly memory: boolean;
  /** Instruction from which on it has been declared, for a debugger. */
  from: number;
  /** `local x of foo()`, for the object's label. */
  readonly label: string;
  readonly size: number;
}

/** One call in the source. `target` is resolved when it is first reached. */
export interface CallSite {
  readonly symbol: FunctionSymbol | null;
  readonly signature: FunctionType;
  readonly member: string | null;
  /** Struct of which `member` is read; null: the pointer stands elsewhere. */
  readonly owner: StructType | null;
  readonly count: number;
  readonly argTypes: readonly CType[];
  /** What arguments read as: a number as its parameter's type calls it, anything else as what was given. */
  readonly printTypes: readonly CType[];
  readonly resultKind: Kind;
  readonly resultType: CType;
  /** 1 when the first register of the arguments is the address for a struct result. */
  readonly lead: 0 | 1;
  target: Target | null;
}

export type Target =
  | { readonly kind: 'code'; readonly code: CompiledFunction }
  | { readonly kind: 'model'; readonly model: Model; readonly symbol: FunctionSymbol | null }
  | { readonly kind: 'nobody'; readonly symbol: FunctionSymbol | null };

export interface BuiltinSite {
  readonly name: BuiltinName;
  readonly argTypes: readonly CType[];
  readonly type: CType;
  readonly typeArg: CType | null;
}

export interface SwitchTable {
  readonly values: Map<Integer, number>;
  readonly ranges: readonly { readonly from: Integer; readonly to: Integer; readonly target: number }[];
  readonly otherwise: number;
  /** With the place of each label: which of them an open value is, is asked there. */
  readonly cases: readonly {
    readonly from: Integer;
    readonly to: Integer;
    readonly at: Span;
    readonly target: number;
  }[];
}

/** A bit-field: displacement, kind of the storage unit, position, width, kind of the value. */
export interface BitField {
  /** Of a packed field that no unit covers exactly: its pieces, lowest bits first. */
  readonly parts?: readonly BitField[];
  readonly displacement: number;
  readonly unit: Kind;
  readonly shift: number;
  readonly width: number;
  readonly kind: Kind;
}

export interface CompiledFunction {
  readonly symbol: FunctionSymbol | null;
  readonly name: string;
  readonly ir: FunctionIr | null;
  readonly code: Int32Array;
  /** Index into `places`, by instruction (pc / 4). */
  readonly placeOf: Int32Array;
  /** Each is made once: an event has nothing else that would have to be made for it. */
  readonly places: readonly Site[];
  /** C type of what an instruction makes, when a message or an unknown value may need it. */
  readonly types: readonly (CType | null)[];
  readonly constants: readonly Scalar[];
  readonly sites: readonly CallSite[];
  readonly builtins: readonly BuiltinSite[];
  readonly switches: readonly SwitchTable[];
  readonly fields: readonly BitField[];
  /** Places of labels, for computed gotos. */
  readonly labels: ReadonlyMap<string, number>;
  readonly variables: readonly Variable[];
  /** Texts that instructions refer to: reasons, labels. */
  readonly texts: readonly string[];
  readonly parameterCount: number;
  readonly parameterKinds: readonly Kind[];
  readonly registers: number;
  readonly lead: 0 | 1;
  readonly resultKind: Kind;
  readonly variadic: boolean;
  /** Spans of the statements, and which of them ran (in any run since the machine was made). */
  readonly statements: readonly Span[];
  readonly coverage: Uint8Array;
  /** Some run came to its end. */
  returned: boolean;
  /** Nobody watches calls of it. */
  unwatched: boolean;
  /** Some local lives in memory: leaving the frame must release it. */
  readonly hasMemory: boolean;
}
