/**
 * The typed intermediate form of C that `c/lower` makes and `machine/compile` reads. It is C with everything implicit made explicit:
 * names resolved, types attached, every conversion a `convert` node, every lvalue a `Place`, array decay an `address`, initialisers
 * flattened to stores. Nothing here knows the kernel. What could not be lowered is an explicit `unknown` node, never left out.
 */

import type { Problem } from '../patch/problem.ts';
import type { SourceUnit, Span } from './source.ts';
import type { Bits, CType, FunctionType, Member } from './types.ts';

// ---------------------------------------------------------------------------------------------------------------- symbols

/** A function by name. Calls refer to symbols; linking gives the symbol its definition, or leaves it to a model, or to nobody. */
export interface FunctionSymbol {
  readonly kind: 'function';
  readonly name: string;
  /** Type of the declaration; `declared` false: implicitly declared by a call. */
  type: FunctionType;
  declared: boolean;
  readonly isStatic: boolean;
  /** Lowered lazily: asking for the body of a function that is never reached costs nothing. null: no body in this program. */
  readonly body: () => FunctionIr | null;
  /**
   * How a call (or a declaration of the code at hand) differs from what is known of the function here: `called with 5 arguments, not 6`. It is
   * of another version, of which nobody here has a body; absent: it fits, or nothing is known to differ.
   */
  readonly otherwise?: string;
  /** Our own texts that the body may stand in; absent: it stands in the document, or in a tree. */
  readonly ours?: readonly string[];
  readonly at: Span | null;
  /** `__must_hold(x)`, `__acquires(x)`, `__releases(x)`, `__guarded_by(x)`, `__must_check`, `noreturn`, ... */
  readonly attributes: readonly Attribute[];
}

export interface GlobalSymbol {
  readonly kind: 'global';
  readonly name: string;
  type: CType;
  readonly isStatic: boolean;
  /** A store to a const object is a fault. */
  readonly isConst: boolean;
  /** extern declaration without a definition here: the object's content is unknown. */
  isExtern: boolean;
  /** Lines of its initialiser are not shown: what no shown line gives a value is unknown. */
  readonly partial?: true;
  readonly init: () => Init | null;
  readonly at: Span | null;
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  readonly name: string;
  readonly args: string;
  readonly at: Span;
}

/** A variable or parameter of one function. */
export interface LocalVariable {
  /** Index in `FunctionIr.locals`. */
  readonly id: number;
  readonly name: string;
  readonly type: CType;
  readonly at: Span;
  readonly isParameter: boolean;
  /** True if `&x` is taken, or it is an aggregate: it then needs memory; otherwise it may live in a register. */
  addressTaken: boolean;
  /** `__attribute__((cleanup(f)))`, `__free()`, `guard()`: called with the variable's address when its scope is left, on every path. */
  readonly cleanup: FunctionSymbol | null;
  /** No visible line declares it: its content is unknown from the start, not uninitialised. */
  readonly unseen?: boolean;
}

export interface FunctionIr {
  readonly symbol: FunctionSymbol;
  readonly parameters: readonly LocalVariable[];
  /** All parameters and block variables, hidden ones included. */
  readonly locals: readonly LocalVariable[];
  readonly body: Block;
  readonly at: Span;
  /** True when part of the body was not visible (cut at either end, or holes between hunks). */
  readonly partial: boolean;
  /** True when the lines before the closing brace were not visible. */
  readonly endUnseen?: boolean;
  readonly problems: readonly Problem[];
}

// ------------------------------------------------------------------------------------------------------------- statements

export type Stmt =
  | Block
  | { readonly kind: 'expr'; readonly value: Expr; readonly at: Span }
  /** The variable's life begins (its content is uninitialised until `init` is stored). A jump into the scope past it skips the init. */
  | { readonly kind: 'declare'; readonly variable: LocalVariable; readonly init: Init | null; readonly at: Span }
  | {
      readonly kind: 'if';
      readonly condition: Expr;
      readonly then: Stmt;
      readonly otherwise: Stmt | null;
      readonly at: Span;
    }
  | { readonly kind: 'while'; readonly condition: Expr; readonly body: Stmt; readonly at: Span }
  | { readonly kind: 'do'; readonly body: Stmt; readonly condition: Expr; readonly at: Span }
  /** `init` is its own scope that encloses the loop (with cleanup, as any block). */
  | {
      readonly kind: 'for';
      readonly init: readonly Stmt[];
      readonly condition: Expr | null;
      readonly step: Expr | null;
      readonly body: Stmt;
      readonly at: Span;
    }
  /** `value` is promoted; case labels are inside `body`, at any depth (Duff's device included). */
  | { readonly kind: 'switch'; readonly value: Expr; readonly body: Stmt; readonly at: Span }
  | { readonly kind: 'case'; readonly from: number | bigint; readonly to: number | bigint; readonly at: Span }
  | { readonly kind: 'default'; readonly at: Span }
  | { readonly kind: 'break'; readonly at: Span }
  | { readonly kind: 'continue'; readonly at: Span }
  | { readonly kind: 'return'; readonly value: Expr | null; readonly at: Span }
  | { readonly kind: 'goto'; readonly label: string; readonly at: Span }
  /** `goto *p` */
  | { readonly kind: 'gotoComputed'; readonly target: Expr; readonly at: Span }
  | { readonly kind: 'label'; readonly name: string; readonly at: Span }
  | { readonly kind: 'empty'; readonly at: Span }
  /** Lines of the real function that the document does not show. Executing it makes everything it could touch unknown. */
  | { readonly kind: 'hole'; readonly lines: number | null; readonly at: Span }
  /** A construct that could not be lowered. Executing it ends the run as *unsupported*. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly at: Span };

/** A scope. Variables declared directly in `body` die (and are cleaned up, last first) when it is left. */
export interface Block {
  readonly kind: 'block';
  readonly body: readonly Stmt[];
  readonly at: Span;
}

// ------------------------------------------------------------------------------------------------------------ expressions

/** A value. `type` is the C type of the value after all conversions; aggregates are values too (struct by value). */
export type Expr =
  /** Integer, enum or null-pointer constant, canonical for its type (a number when |value| < 2^53, else a bigint; unsigned never negative). */
  | { readonly kind: 'constant'; readonly value: number | bigint; readonly type: CType; readonly at: Span }
  | { readonly kind: 'float'; readonly value: number; readonly type: CType; readonly at: Span }
  /** Address of the first element of a string literal's array (bytes without the terminating 0). */
  | { readonly kind: 'string'; readonly bytes: Uint8Array; readonly type: CType; readonly at: Span }
  /** Address of a function. */
  | { readonly kind: 'function'; readonly symbol: FunctionSymbol; readonly type: CType; readonly at: Span }
  /** `&place`, and an array used as a pointer (type then points to the element). */
  | { readonly kind: 'address'; readonly place: Place; readonly type: CType; readonly at: Span }
  /** `&&label` */
  | {
      readonly kind: 'labelAddress';
      readonly label: string;
      /** The function the label is in: a static table of labels is initialised outside of it. */
      readonly in?: FunctionSymbol;
      readonly type: CType;
      readonly at: Span;
    }
  | { readonly kind: 'load'; readonly place: Place; readonly type: CType; readonly at: Span }
  | {
      readonly kind: 'unary';
      readonly op: '-' | '~' | '!';
      readonly operand: Expr;
      readonly type: CType;
      readonly at: Span;
    }
  /** Arithmetic on operands of `type`; for shifts the right operand has its own promoted type. */
  | {
      readonly kind: 'binary';
      readonly op: BinaryOp;
      readonly left: Expr;
      readonly right: Expr;
      readonly type: CType;
      readonly at: Span;
    }
  /** Operands share a type (`left.type`); result is int 0/1. Pointers compare by address. */
  | {
      readonly kind: 'compare';
      readonly op: CompareOp;
      readonly left: Expr;
      readonly right: Expr;
      readonly type: CType;
      readonly at: Span;
    }
  | {
      readonly kind: 'logical';
      readonly op: '&&' | '||';
      readonly left: Expr;
      readonly right: Expr;
      readonly type: CType;
      readonly at: Span;
    }
  /** `then` null: `a ?: b` (the condition is evaluated once and is the value if true; `type` converted). */
  | {
      readonly kind: 'conditional';
      readonly condition: Expr;
      readonly then: Expr | null;
      readonly otherwise: Expr;
      readonly type: CType;
      readonly at: Span;
    }
  /** `pointer + index * scale` (scale in bytes, negative for subtraction). `void *` has scale 1. */
  | {
      readonly kind: 'offset';
      readonly pointer: Expr;
      readonly index: Expr;
      readonly scale: number;
      readonly type: CType;
      readonly at: Span;
    }
  /** `(left - right) / scale`, both pointers. */
  | {
      readonly kind: 'difference';
      readonly left: Expr;
      readonly right: Expr;
      readonly scale: number;
      readonly type: CType;
      readonly at: Span;
    }
  /** Value of the assignment is the value of the place afterwards. Struct assignment copies bytes. */
  | { readonly kind: 'assign'; readonly place: Place; readonly value: Expr; readonly type: CType; readonly at: Span }
  /**
   * `place op= value`: load, convert to `operandType`, operate, convert to the place's type, store; the place is evaluated once.
   * Pointers: op '+' or '-' with `scale` bytes. Result: the stored value, or with `post` the value before (x++).
   */
  | {
      readonly kind: 'update';
      readonly op: BinaryOp;
      readonly place: Place;
      readonly value: Expr;
      readonly operandType: CType;
      readonly scale: number;
      readonly post: boolean;
      readonly type: CType;
      readonly at: Span;
    }
  | {
      readonly kind: 'call';
      readonly callee: Callee;
      readonly args: readonly Expr[];
      readonly type: CType;
      readonly at: Span;
    }
  /** `__builtin_*`, `va_start`, `va_arg`, ...: closed set `BuiltinName`; `typeArg` for va_arg. */
  | {
      readonly kind: 'builtin';
      readonly name: BuiltinName;
      readonly args: readonly Expr[];
      /** Places for builtins that need an lvalue (va_list, overflow result is a plain pointer arg and not here). */
      readonly places: readonly Place[];
      readonly typeArg: CType | null;
      readonly type: CType;
      readonly at: Span;
    }
  /** Any conversion, implicit or cast: int/bool/float/pointer/unknown in any combination, or to void. */
  | {
      readonly kind: 'convert';
      readonly value: Expr;
      readonly explicit: boolean;
      readonly type: CType;
      readonly at: Span;
    }
  | { readonly kind: 'comma'; readonly left: Expr; readonly right: Expr; readonly type: CType; readonly at: Span }
  /** `({ ...; result; })`: `block` without its last expression, then `result` evaluated inside the block's scope. */
  | {
      readonly kind: 'statement';
      readonly block: Block;
      readonly result: Expr | null;
      readonly type: CType;
      readonly at: Span;
    }
  /** A construct that could not be lowered; evaluating it ends the run as *unsupported*. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly type: CType; readonly at: Span };

export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Callee =
  | { readonly kind: 'direct'; readonly symbol: FunctionSymbol }
  /** Through a pointer; `member` names the ops member (`ops->map_dma_buf`) when the pointer is loaded from one. */
  | {
      readonly kind: 'indirect';
      readonly pointer: Expr;
      readonly signature: FunctionType;
      readonly member: string | null;
    };

/** Something that has an address (or a register). */
export type Place =
  | { readonly kind: 'local'; readonly variable: LocalVariable; readonly type: CType; readonly at: Span }
  | { readonly kind: 'global'; readonly symbol: GlobalSymbol; readonly type: CType; readonly at: Span }
  | { readonly kind: 'deref'; readonly pointer: Expr; readonly type: CType; readonly at: Span }
  /** Also for bit-fields (`member.bits`). Anonymous parents are already folded into the offset by nesting members. */
  | { readonly kind: 'member'; readonly base: Place; readonly member: Member; readonly type: CType; readonly at: Span }
  /** Compound literal: stores `init` into the hidden variable, then is that variable. */
  | {
      readonly kind: 'literal';
      readonly variable: LocalVariable;
      readonly init: Init;
      readonly type: CType;
      readonly at: Span;
    }
  /** A struct value that has no place of its own (`f().x`). */
  | { readonly kind: 'value'; readonly value: Expr; readonly type: CType; readonly at: Span };

/** What a definition stores. Aggregates: the whole object is zeroed first, then the stores happen in order. */
export type Init =
  | { readonly kind: 'scalar'; readonly value: Expr }
  | { readonly kind: 'aggregate'; readonly stores: readonly InitStore[] };

export interface InitStore {
  /** Bytes from the start of the object. */
  readonly offset: number;
  readonly type: CType;
  readonly bits?: Bits;
  readonly value: Expr;
  /** The member designator as written or implied (`.map_dma_buf`), for ops tables and messages. */
  readonly member: string | null;
  readonly at: Span;
}

export type BuiltinName =
  | 'va_start'
  | 'va_end'
  | 'va_copy'
  | 'va_arg'
  | 'expect'
  | 'known_p'
  | 'unreachable'
  | 'trap'
  | 'abort'
  | 'alloca'
  | 'prefetch'
  | 'clz'
  | 'clzl'
  | 'clzll'
  | 'ctz'
  | 'ctzl'
  | 'ctzll'
  | 'ffs'
  | 'ffsl'
  | 'ffsll'
  | 'popcount'
  | 'popcountl'
  | 'popcountll'
  | 'parity'
  | 'parityl'
  | 'parityll'
  | 'bswap16'
  | 'bswap32'
  | 'bswap64'
  | 'add_overflow'
  | 'sub_overflow'
  | 'mul_overflow'
  | 'memcpy'
  | 'memset'
  | 'memmove'
  | 'memcmp'
  | 'strlen'
  | 'strcmp'
  | 'abs'
  | 'labs'
  | 'llabs'
  | 'return_address'
  | 'frame_address'
  | 'fabs'
  | 'inf'
  | 'nan'
  | 'isnan'
  | 'sync_synchronize';

// ---------------------------------------------------------------------------------------------------------------- program

/** Everything that was read for one analysis: the document's units and the declarations they stand on. */
export interface Program {
  readonly units: readonly SourceUnit[];
  /** Functions of the document and tree units, in source order, per unit; a static name may occur in several units. */
  readonly functions: readonly FunctionSymbol[];
  readonly globals: readonly GlobalSymbol[];
  /** First non-static definition by name, else declaration; looks through all units. */
  function(name: string, unit?: number): FunctionSymbol | null;
  /**
   * The definition of a function that nothing at hand has a body for, from a source file of the tree; null: none is known. What it brings is
   * not in `functions` and `globals` any more once these were asked for.
   */
  definedInTree?(name: string): FunctionSymbol | null;
  /** Functions of one source file of the tree; they are not in `functions` once that was asked for. */
  functionsInTree?(path: string): readonly FunctionSymbol[];
  global(name: string, unit?: number): GlobalSymbol | null;
  /**
   * Reads all functions of the document, so that what one tells of a struct that nobody shows counts in the others (secondReading.ts). To be
   * called before the first body is asked for, by whoever executes them; who looks at one function alone has no need of it.
   */
  readTogether?(): void;
  /** A type by its spelling: `struct device`, `dma_addr_t`, `unsigned long`, `struct page *`. null when unknown. */
  type(spelling: string): CType | null;
  /** Value of an enum constant or of an object-like macro that expands to an integer constant expression. */
  constant(name: string): number | bigint | null;
  readonly problems: readonly (Problem & { readonly unit: number })[];
}
