/**
 * `__atomic_*` and `__sync_*` of gcc as expressions on the memory their first argument points to. Each is one expression, which nothing comes
 * between: a task is left before statements only. Memory orders say nothing here.
 */
import { BOOL, INT, pointerTo, UCHAR, ULONG, VOID } from './basicTypes.ts';
import type { Context } from './context.ts';
import { lowerExpression } from './expressions.ts';
import type { BinaryOp, Expr, Place } from './ir.ts';
import { binary, compare, constant, convert, read, unary, unknown } from './operators.ts';
import type { Span } from './source.ts';
import type { SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';

const OPERATIONS: ReadonlyMap<string, BinaryOp | 'nand'> = new Map<string, BinaryOp | 'nand'>([
  ['add', '+'],
  ['sub', '-'],
  ['and', '&'],
  ['or', '|'],
  ['xor', '^'],
  ['nand', 'nand'],
]);

const OTHERS: ReadonlySet<string> = new Set([
  '__atomic_load_n',
  '__atomic_load',
  '__atomic_store_n',
  '__atomic_store',
  '__atomic_exchange_n',
  '__atomic_exchange',
  '__atomic_compare_exchange_n',
  '__atomic_compare_exchange',
  '__atomic_test_and_set',
  '__atomic_clear',
  '__atomic_thread_fence',
  '__atomic_signal_fence',
  '__atomic_always_lock_free',
  '__atomic_is_lock_free',
  '__sync_lock_test_and_set',
  '__sync_lock_release',
  '__sync_bool_compare_and_swap',
  '__sync_val_compare_and_swap',
]);

/** `fetch_add` and `sync_fetch_and_add` give the value before, the others the one after. */
const FETCH = /^__(?:atomic|sync)_(fetch_)?(?:and_)?(add|sub|and|or|xor|nand)(?:_and)?(_fetch)?$/;

/** The operation of a read-modify-write builtin. */
function operationOf(name: string): { readonly op: BinaryOp | 'nand'; readonly before: boolean } | null {
  const match = FETCH.exec(name);
  const op = OPERATIONS.get(match?.[2] ?? '');
  if (match === null || op === undefined || (match[1] === undefined) === (match[3] === undefined)) return null;
  return { op, before: match[1] !== undefined };
}

/** True for the names of these builtins. */
export function isAtomicBuiltin(name: string): boolean {
  return name.startsWith('__') && (OTHERS.has(name) || operationOf(name) !== null);
}

/** Expressions one after the other; the last gives the value. */
class Sequence {
  private before: Expr | null = null;

  constructor(
    private readonly context: Context,
    private readonly at: Span,
  ) {}

  add(value: Expr): void {
    this.before = this.before === null ? value : this.comma(this.before, value);
  }

  /** Keeps a value for what follows. */
  keep(value: Expr): Expr {
    const { at } = this;
    const variable = this.context.fn?.local('', value.type, at, false);
    if (variable === undefined) return value;
    const place: Place = { kind: 'local', variable, type: value.type, at };
    this.add(this.assign(place, value));
    return read(place, at);
  }

  assign(place: Place, value: Expr): Expr {
    return { kind: 'assign', place, value: convert(value, place.type), type: place.type, at: this.at };
  }

  comma(left: Expr, right: Expr): Expr {
    return { kind: 'comma', left: convert(left, VOID), right, type: right.type, at: this.at };
  }

  /** `then` is done only when the condition holds. */
  conditional(condition: Expr, then: Expr, otherwise: Expr): Expr {
    return { kind: 'conditional', condition, then, otherwise, type: then.type, at: this.at };
  }

  end(value: Expr): Expr {
    return this.before === null ? value : this.comma(this.before, value);
  }
}

/** Lowers a call of one of them. */
export function lowerAtomic(context: Context, name: string, nodes: readonly SyntaxNode[], at: Span): Expr {
  const args = nodes.map((each) => lowerExpression(context, each));
  if (name.endsWith('_fence'))
    return { kind: 'builtin', name: 'sync_synchronize', args: [], places: [], typeArg: null, type: VOID, at };
  const [pointer, second, third] = args;
  if (name.endsWith('_lock_free')) return constant(1, BOOL, at);
  if (pointer?.type.kind !== 'pointer') return unknown(`${name} needs a pointer`, at);
  if (context.fn === null) return unknown(`${name} outside of a function`, at);
  const bytes = name === '__atomic_test_and_set' || name === '__atomic_clear';
  const type: CType = bytes ? UCHAR : pointer.type.to;
  if (type.kind !== 'int' && type.kind !== 'pointer' && type.kind !== 'unknown')
    return unknown(`${name} on this type`, at);
  const sequence = new Sequence(context, at);
  const there: Place = { kind: 'deref', pointer: sequence.keep(convert(pointer, pointerTo(type), true)), type, at };
  /** The value an argument is, or points to. */
  const value = (arg: Expr | undefined, byPointer: boolean): Expr => {
    if (arg === undefined) return constant(0, INT, at);
    return byPointer ? read({ kind: 'deref', pointer: arg, type, at }, at) : arg;
  };
  const byPointer = /(?:load|store|exchange)$/.test(name);
  const operation = operationOf(name);
  if (operation !== null) {
    const { op, before } = operation;
    const operand = value(second, false);
    const old = sequence.keep(read(there, at));
    // A pointer moves by bytes here.
    const number = type.kind === 'pointer' ? convert(old, ULONG, true) : old;
    const result = op === 'nand' ? unary('~', binary('&', number, operand, at), at) : binary(op, number, operand, at);
    const stored = sequence.assign(there, result);
    return sequence.end(before ? sequence.comma(stored, old) : stored);
  }
  switch (name) {
    case '__atomic_load_n':
      return sequence.end(read(there, at));
    case '__atomic_load': {
      if (second === undefined) return unknown(`${name} needs a place for the result`, at);
      return sequence.end(
        convert(sequence.assign({ kind: 'deref', pointer: second, type, at }, read(there, at)), VOID),
      );
    }
    case '__atomic_store':
    case '__atomic_store_n':
      return sequence.end(convert(sequence.assign(there, value(second, byPointer)), VOID));
    case '__atomic_clear':
    case '__sync_lock_release':
      return sequence.end(convert(sequence.assign(there, constant(0, INT, at)), VOID));
    case '__atomic_test_and_set': {
      const old = sequence.keep(read(there, at));
      return sequence.end(sequence.comma(sequence.assign(there, constant(1, INT, at)), convert(old, BOOL)));
    }
    case '__atomic_exchange':
    case '__atomic_exchange_n':
    case '__sync_lock_test_and_set': {
      const fresh = sequence.keep(convert(value(second, byPointer), type));
      const old = sequence.keep(read(there, at));
      sequence.add(sequence.assign(there, fresh));
      if (!byPointer) return sequence.end(old);
      if (third === undefined) return unknown(`${name} needs a place for the result`, at);
      return sequence.end(convert(sequence.assign({ kind: 'deref', pointer: third, type, at }, old), VOID));
    }
    case '__atomic_compare_exchange':
    case '__atomic_compare_exchange_n': {
      if (second === undefined) return unknown(`${name} needs the value expected`, at);
      const expected: Place = { kind: 'deref', pointer: sequence.keep(second), type, at };
      const fresh = sequence.keep(convert(value(third, byPointer), type));
      const old = sequence.keep(read(there, at));
      const done = sequence.comma(sequence.assign(there, fresh), constant(1, BOOL, at));
      const not = sequence.comma(sequence.assign(expected, old), constant(0, BOOL, at));
      return sequence.end(sequence.conditional(compare('==', old, read(expected, at), at), done, not));
    }
    default: {
      const expected = sequence.keep(convert(value(second, false), type));
      const fresh = sequence.keep(convert(value(third, false), type));
      const old = sequence.keep(read(there, at));
      const same = compare('==', old, expected, at);
      if (name === '__sync_bool_compare_and_swap') {
        const done = sequence.comma(sequence.assign(there, fresh), constant(1, BOOL, at));
        return sequence.end(sequence.conditional(same, done, constant(0, BOOL, at)));
      }
      return sequence.end(sequence.comma(sequence.conditional(same, sequence.assign(there, fresh), old), old));
    }
  }
}

const TYPED = /^__builtin_([su])(add|sub|mul)(l{0,2})_overflow$/;
const NAMED = /^__builtin_(add|sub|mul)_overflow_p$/;

/** A check for overflow by its general form; `operands`: the words of the type both operands have, null: their own types. */
export interface OverflowForm {
  readonly general: string;
  readonly operands: readonly string[] | null;
}

/** `__builtin_uadd_overflow` and the like, and those that only ask: as the general builtin on converted operands. */
export function overflowForm(name: string): OverflowForm | null {
  const typed = TYPED.exec(name);
  if (typed !== null) {
    const long = Array.from(typed[3] ?? '', () => 'long');
    return {
      general: `__builtin_${typed[2]}_overflow`,
      operands: [typed[1] === 's' ? 'signed' : 'unsigned', ...long, 'int'],
    };
  }
  const asked = NAMED.exec(name);
  return asked === null ? null : { general: `__builtin_${asked[1]}_overflow`, operands: null };
}

/** Memory for a result that nobody reads, of the type of a value. */
export function scratch(context: Context, like: Expr, at: Span): Expr | null {
  const { type } = like;
  const variable = context.fn?.local('', type, at, false);
  if (variable === undefined) return null;
  variable.addressTaken = true;
  return { kind: 'address', place: { kind: 'local', variable, type, at }, type: pointerTo(type), at };
}
