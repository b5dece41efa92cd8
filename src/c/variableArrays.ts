/**
 * Arrays whose number of elements only the run tells. The type of such an array carries an expression for it: as written where the type is
 * named in an expression (`sizeof(int[n])`, a cast), the load of a hidden variable once a declaration has worked it out.
 */
import { ULONG } from './basicTypes.ts';
import type { Expr, LocalVariable, Place } from './ir.ts';
import { sizeOf } from './layout.ts';
import type { Span } from './source.ts';
import type { ArrayType, CType } from './types.ts';

const COUNTS = new WeakMap<CType, Expr>();
/** Counts that a declaration has worked out already. */
const SETTLED = new WeakSet<Expr>();

/** Structs with a member of such a type (GNU C): where what lies behind it only the run tells, and nothing here does. */
export const isOfVariableLayout = new WeakSet<CType>();

/** An array of `count` elements (a number of type unsigned long). */
export function variableArray(of: CType, count: Expr): ArrayType {
  const type: ArrayType = { kind: 'array', of, length: null };
  COUNTS.set(type, count);
  return type;
}

/** The size of an object of this type is known only when it runs. */
export function hasVariableSize(type: CType): boolean {
  let at = type;
  while (at.kind === 'array') {
    if (COUNTS.has(at)) return true;
    at = at.of;
  }
  return false;
}

/** Elements of an array in a struct whose constant length nobody shows: what is behind it must not lie in it. */
const ASSUMED_LENGTH = 1024;

/** Outside of functions a length is a constant, seen or not: an array of such a length in a struct is taken to be long. */
export function withAssumedLengths(type: CType): CType {
  if (type.kind !== 'array' || !hasVariableSize(type)) return type;
  return { kind: 'array', of: withAssumedLengths(type.of), length: COUNTS.has(type) ? ASSUMED_LENGTH : type.length };
}

/** Some part of the type, the type itself or what it points to, has such a size. */
export function isVariablyModified(type: CType): boolean {
  let at = type;
  for (;;) {
    if (at.kind === 'array') {
      if (COUNTS.has(at)) return true;
      at = at.of;
    } else if (at.kind === 'pointer') at = at.to;
    else return false;
  }
}

/** Size in bytes, of any type, as an unsigned long. */
export function sizeExpression(type: CType, at: Span): Expr {
  if (type.kind !== 'array' || !hasVariableSize(type))
    return { kind: 'constant', value: sizeOf(type), type: ULONG, at };
  const count = COUNTS.get(type) ?? { kind: 'constant', value: type.length ?? 0, type: ULONG, at };
  return { kind: 'binary', op: '*', left: count, right: sizeExpression(type.of, at), type: ULONG, at };
}

/** The type with every count in it worked out: `hold` declares a variable that is given the count. */
export function settle(type: CType, hold: (count: Expr) => LocalVariable): CType {
  if (!isVariablyModified(type)) return type;
  if (type.kind === 'pointer') return { ...type, to: settle(type.to, hold) };
  if (type.kind !== 'array') return type;
  const of = settle(type.of, hold);
  const count = COUNTS.get(type);
  if (count === undefined) return { ...type, of };
  if (SETTLED.has(count)) return of === type.of ? type : variableArray(of, count);
  const variable = hold(count);
  const { at } = count;
  const held: Expr = { kind: 'load', place: { kind: 'local', variable, type: ULONG, at }, type: ULONG, at };
  SETTLED.add(held);
  return variableArray(of, held);
}

/** Evaluating it changes nothing: only constants, variables and what is calculated from them. */
export function changesNothing(expr: Expr): boolean {
  switch (expr.kind) {
    case 'constant':
    case 'float':
    case 'string':
    case 'function':
    case 'unknown':
      return true;
    case 'load':
    case 'address':
      return placeChangesNothing(expr.place);
    case 'unary':
      return changesNothing(expr.operand);
    case 'convert':
      return changesNothing(expr.value);
    case 'binary':
    case 'compare':
      return changesNothing(expr.left) && changesNothing(expr.right);
    case 'offset':
      return changesNothing(expr.pointer) && changesNothing(expr.index);
    default:
      return false;
  }
}

function placeChangesNothing(place: Place): boolean {
  switch (place.kind) {
    case 'local':
    case 'global':
      return true;
    case 'member':
      return placeChangesNothing(place.base);
    case 'deref':
      return changesNothing(place.pointer);
    default:
      return false;
  }
}

/** What finding a place does besides: the pointer it is reached through; null when that changes nothing. */
export function effectOfPlace(place: Place): Expr | null {
  if (place.kind === 'member') return effectOfPlace(place.base);
  return place.kind === 'deref' && !changesNothing(place.pointer) ? place.pointer : null;
}

/** The counts of a type that nobody has worked out yet, outermost first. */
export function openCounts(type: CType): readonly Expr[] {
  const out: Expr[] = [];
  for (let at = type; ; ) {
    const count = COUNTS.get(at);
    if (count !== undefined && !SETTLED.has(count)) out.push(count);
    if (at.kind === 'array') at = at.of;
    else if (at.kind === 'pointer') at = at.to;
    else if (at.kind === 'function') at = at.result;
    else return out;
  }
}

/** The number of elements of an array of variable size, as it is written; null when the type is none, or its count is worked out. */
export function outermostCount(type: CType): Expr | null {
  const count = COUNTS.get(type);
  return count === undefined || SETTLED.has(count) ? null : count;
}
