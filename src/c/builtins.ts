/** `__builtin_*` and `va_*`: which there are, their types, and those that are decided while lowering. */
import { isAtomicBuiltin, lowerAtomic, type OverflowForm, overflowForm, scratch } from './atomicBuiltins.ts';
import {
  BOOL,
  builtinType,
  CHAR,
  DOUBLE,
  FLOAT,
  INT,
  LDOUBLE,
  LLONG,
  LONG,
  pointerTo,
  UINT,
  ULLONG,
  ULONG,
  USHORT,
  unprototyped,
  VOID,
} from './basicTypes.ts';
import { callSymbol } from './calls.ts';
import type { Context } from './context.ts';
import { defaultPromotion, lowerExpression, lowerOperand, type Operand } from './expressions.ts';
import { fold, foldFloat } from './fold.ts';
import type { BuiltinName, Expr, Place } from './ir.ts';
import { constant, convert, unknown } from './operators.ts';
import type { Span } from './source.ts';
import type { SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import { changesNothing } from './variableArrays.ts';

interface Shape {
  readonly name: BuiltinName;
  readonly result: CType;
  /** Types of the arguments; the rest are promoted. */
  readonly parameters: readonly CType[];
}

const MEMORY = pointerTo(VOID);
const TEXT = pointerTo(CHAR, true);

function family(name: string, one: CType, result: CType): [string, Shape][] {
  const kinds: [string, CType][] = [
    ['', one],
    ['l', one.kind === 'int' && one.signed ? LONG : ULONG],
    ['ll', one.kind === 'int' && one.signed ? LLONG : ULLONG],
  ];
  return kinds.map(([suffix, parameter]) => [
    `__builtin_${name}${suffix}`,
    { name: builtinName(`${name}${suffix}`), result, parameters: [parameter] },
  ]);
}

const NAMES = [
  'clz',
  'clzl',
  'clzll',
  'ctz',
  'ctzl',
  'ctzll',
  'ffs',
  'ffsl',
  'ffsll',
  'popcount',
  'popcountl',
  'popcountll',
  'parity',
  'parityl',
  'parityll',
] as const;

function builtinName(name: string): BuiltinName {
  return NAMES.find((each) => each === name) ?? 'trap';
}

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ...family('clz', UINT, INT),
  ...family('ctz', UINT, INT),
  ...family('ffs', INT, INT),
  ...family('popcount', UINT, INT),
  ...family('parity', UINT, INT),
  ['__builtin_expect', { name: 'expect', result: LONG, parameters: [LONG, LONG] }],
  ['__builtin_expect_with_probability', { name: 'expect', result: LONG, parameters: [LONG, LONG] }],
  // Ours: whether this run, not the compiler, knows the value.
  ['__builtin_known_p', { name: 'known_p', result: INT, parameters: [ULLONG] }],
  ['__builtin_unreachable', { name: 'unreachable', result: VOID, parameters: [] }],
  ['__builtin_trap', { name: 'trap', result: VOID, parameters: [] }],
  ['__builtin_abort', { name: 'abort', result: VOID, parameters: [] }],
  ['__builtin_alloca', { name: 'alloca', result: MEMORY, parameters: [ULONG] }],
  ['__builtin_prefetch', { name: 'prefetch', result: VOID, parameters: [MEMORY] }],
  ['__builtin_bswap16', { name: 'bswap16', result: USHORT, parameters: [USHORT] }],
  ['__builtin_bswap32', { name: 'bswap32', result: UINT, parameters: [UINT] }],
  ['__builtin_bswap64', { name: 'bswap64', result: ULONG, parameters: [ULONG] }],
  ['__builtin_memcpy', { name: 'memcpy', result: MEMORY, parameters: [MEMORY, MEMORY, ULONG] }],
  ['__builtin_memmove', { name: 'memmove', result: MEMORY, parameters: [MEMORY, MEMORY, ULONG] }],
  ['__builtin_memset', { name: 'memset', result: MEMORY, parameters: [MEMORY, INT, ULONG] }],
  ['__builtin_memcmp', { name: 'memcmp', result: INT, parameters: [MEMORY, MEMORY, ULONG] }],
  ['__builtin_strlen', { name: 'strlen', result: ULONG, parameters: [TEXT] }],
  ['__builtin_strcmp', { name: 'strcmp', result: INT, parameters: [TEXT, TEXT] }],
  ['__builtin_abs', { name: 'abs', result: INT, parameters: [INT] }],
  ['__builtin_labs', { name: 'labs', result: LONG, parameters: [LONG] }],
  ['__builtin_llabs', { name: 'llabs', result: LLONG, parameters: [LLONG] }],
  ['__builtin_return_address', { name: 'return_address', result: MEMORY, parameters: [UINT] }],
  ['__builtin_frame_address', { name: 'frame_address', result: MEMORY, parameters: [UINT] }],
  ['__builtin_fabs', { name: 'fabs', result: DOUBLE, parameters: [DOUBLE] }],
  ['__builtin_isnan', { name: 'isnan', result: INT, parameters: [DOUBLE] }],
  ['alloca', { name: 'alloca', result: MEMORY, parameters: [ULONG] }],
  ['__builtin_alloca_with_align', { name: 'alloca', result: MEMORY, parameters: [ULONG] }],
  ['__sync_synchronize', { name: 'sync_synchronize', result: VOID, parameters: [] }],
]);

const OVERFLOW: ReadonlyMap<string, BuiltinName> = new Map<string, BuiltinName>([
  ['__builtin_add_overflow', 'add_overflow'],
  ['__builtin_sub_overflow', 'sub_overflow'],
  ['__builtin_mul_overflow', 'mul_overflow'],
]);

const VARIADIC: ReadonlyMap<string, BuiltinName> = new Map<string, BuiltinName>([
  ['__builtin_va_start', 'va_start'],
  ['__builtin_va_end', 'va_end'],
  ['__builtin_va_copy', 'va_copy'],
  ['va_start', 'va_start'],
  ['va_end', 'va_end'],
  ['va_copy', 'va_copy'],
]);

/** `__builtin_classify_type`: the numbers gcc gives to classes of types. */
function classOf(type: CType): number {
  switch (type.kind) {
    case 'void':
      return 0;
    case 'int':
      return 1;
    case 'pointer':
    case 'array':
    case 'function':
      return 5;
    case 'float':
      return 8;
    case 'struct':
      return type.union ? 13 : 12;
    case 'unknown':
      return 1;
  }
}

/** True for names that mean a compiler builtin when nothing declares them. */
export function isBuiltin(name: string): boolean {
  return name.startsWith('__builtin_') || SHAPES.has(name) || VARIADIC.has(name) || isAtomicBuiltin(name);
}

function node(name: BuiltinName, args: readonly Expr[], places: readonly Place[], type: CType, at: Span): Expr {
  return { kind: 'builtin', name, args, places, typeArg: null, type, at };
}

/** The value that is expected is mostly a constant; if it is not, it is calculated all the same. */
function expected(expr: Expr, value: Expr | undefined, at: Span): Expr {
  if (value === undefined || changesNothing(value)) return expr;
  return { kind: 'comma', left: convert(value, VOID), right: expr, type: expr.type, at };
}

/** Lowers a call of a builtin. */
export function lowerBuiltin(context: Context, name: string, nodes: readonly SyntaxNode[], at: Span): Operand {
  return { value: builtin(context, name, nodes, at) };
}

/** `__builtin_uadd_overflow` and `__builtin_add_overflow_p` as the general form. */
function special(context: Context, form: OverflowForm, args: readonly Expr[], at: Span): Expr {
  const [left, right, third] = args;
  const general = OVERFLOW.get(form.general);
  if (general === undefined || left === undefined || right === undefined || third === undefined)
    return unknown(`${form.general} needs three arguments`, at);
  const type = form.operands === null ? null : builtinType(form.operands);
  const result = type === null ? scratch(context, third, at) : third;
  if (result === null) return unknown(`${form.general} outside of a function`, at);
  const operands = type === null ? [left, right] : [convert(left, type), convert(right, type)];
  return node(general, [...operands, result], [], BOOL, at);
}

function builtin(context: Context, name: string, nodes: readonly SyntaxNode[], at: Span): Expr {
  const args = (): Expr[] => nodes.map((each) => lowerExpression(context, each));
  const variadic = VARIADIC.get(name);
  if (variadic !== undefined) {
    const places: Place[] = [];
    for (const each of nodes.slice(0, variadic === 'va_copy' ? 2 : 1)) {
      const operand = lowerOperand(context, each);
      if (!('place' in operand)) return unknown(`${variadic} of what is no va_list`, at, VOID);
      places.push(operand.place);
    }
    return node(variadic, [], places, VOID, at);
  }
  const shape = SHAPES.get(name);
  if (shape !== undefined) {
    if (nodes.length < shape.parameters.length)
      return unknown(`${name} needs ${shape.parameters.length} arguments`, at);
    const converted = args().map((each, i) => {
      const type = shape.parameters[i];
      return type === undefined ? defaultPromotion(each) : convert(each, type);
    });
    const expr = node(shape.name, converted, [], shape.result, at);
    if (shape.name === 'expect') return expected(expr, converted[1], at);
    const value = fold(expr);
    return value === null ? expr : constant(value, shape.result, at);
  }
  if (isAtomicBuiltin(name)) return lowerAtomic(context, name, nodes, at);
  const form = overflowForm(name);
  if (form !== null) return special(context, form, args(), at);
  const overflow = OVERFLOW.get(name);
  if (overflow !== undefined) {
    const [left, right, result] = args();
    if (left === undefined || right === undefined || result === undefined)
      return unknown(`${name} needs three arguments`, at);
    return node(overflow, [left, right, result], [], BOOL, at);
  }
  switch (name) {
    case '__builtin_constant_p': {
      const [first] = args();
      const known =
        first !== undefined && (first.kind === 'string' || fold(first) !== null || foldFloat(first) !== null);
      return constant(known ? 1 : 0, INT, at);
    }
    case '__builtin_choose_expr': {
      const [test, yes, no] = nodes;
      if (test === undefined || yes === undefined || no === undefined) break;
      const value = fold(lowerExpression(context, test));
      if (value === null) return unknown('__builtin_choose_expr on what is not constant', at);
      return lowerExpression(context, BigInt(value) !== 0n ? yes : no);
    }
    case '__builtin_object_size':
    case '__builtin_dynamic_object_size': {
      // Nothing is known of any object's size, which is what a compiler may always answer.
      const kind = nodes[1] === undefined ? null : fold(lowerExpression(context, nodes[1]));
      return constant(kind !== null && (Number(kind) & 2) !== 0 ? 0 : 0xffffffffffffffffn, ULONG, at);
    }
    case '__builtin_classify_type': {
      const [first] = nodes;
      return first === undefined
        ? unknown(name, at, INT)
        : constant(classOf(lowerExpression(context, first).type), INT, at);
    }
    case '__builtin_inf':
    case '__builtin_huge_val':
      return { kind: 'float', value: Number.POSITIVE_INFINITY, type: DOUBLE, at };
    case '__builtin_inff':
    case '__builtin_huge_valf':
      return { kind: 'float', value: Number.POSITIVE_INFINITY, type: FLOAT, at };
    case '__builtin_infl':
    case '__builtin_huge_vall':
      return { kind: 'float', value: Number.POSITIVE_INFINITY, type: LDOUBLE, at };
    case '__builtin_nanf':
    case '__builtin_nansf':
      return { kind: 'float', value: Number.NaN, type: FLOAT, at };
    case '__builtin_nan':
    case '__builtin_nans':
      return { kind: 'float', value: Number.NaN, type: DOUBLE, at };
    case '__builtin_nanl':
    case '__builtin_nansl':
      return { kind: 'float', value: Number.NaN, type: LDOUBLE, at };
    case '__builtin_extract_return_addr':
    case '__builtin_frob_return_addr':
      return args()[0] ?? unknown(name, at, MEMORY);
    case '__builtin_has_attribute':
      return constant(0, INT, at);
    case '__builtin_assume_aligned': {
      const [pointer] = args();
      if (pointer !== undefined) return convert(pointer, MEMORY);
      break;
    }
    default:
  }
  // `__builtin_printf` and the like are the library function.
  const library = name.replace(/^__builtin_(?:___)?/, '').replace(/_chk$/, '');
  const meaning = context.scope.lookup(library);
  const values = args();
  if (meaning?.kind === 'function') return callSymbol(meaning, values, at);
  const symbol = context.file.implicitFunction(
    name,
    values.map((each) => each.type),
    unprototyped(INT).result,
    at,
  );
  return {
    kind: 'call',
    callee: { kind: 'direct', symbol },
    args: values.map(defaultPromotion),
    type: symbol.type.result,
    at,
  };
}
