/**
 * Building typed expressions: conversions made explicit, promotions, the arithmetic and pointer operators. Pure functions on IR;
 * names and syntax are somebody else's.
 */
import {
  canonical,
  commonInt,
  INT,
  LDOUBLE,
  LONG,
  pointerTo,
  promoted,
  ULONG,
  unknownType,
  VOID,
} from './basicTypes.ts';
import { sameType } from './compare.ts';
import { fold, foldFloat, fromConstantFloat } from './fold.ts';
import type { BinaryOp, CompareOp, Expr, Place } from './ir.ts';
import { sizeOf } from './layout.ts';
import { opaqueName } from './opaqueTypes.ts';
import type { Span } from './source.ts';
import type { CType, FloatType, IntType } from './types.ts';
import { unseenLocal } from './unseenLocal.ts';
import { hasVariableSize, sizeExpression } from './variableArrays.ts';

/** An integer constant. */
export function constant(value: number | bigint, type: CType, at: Span): Expr {
  return { kind: 'constant', value: type.kind === 'int' ? canonical(value, type) : value, type, at };
}

/** An expression that could not be lowered. */
export function unknown(reason: string, at: Span, type: CType = unknownType(reason)): Expr {
  return { kind: 'unknown', reason, type, at };
}

/** Width of the bit-field that a value was loaded from (or stored to), if it was. */
export function bitWidth(value: Expr): number | undefined {
  if (value.kind === 'load' || value.kind === 'assign' || value.kind === 'update')
    return value.place.kind === 'member' ? value.place.member.bits?.width : undefined;
  return undefined;
}

/** Why nothing can be calculated with values of this type. */
export function unsupportedType(type: CType): string | null {
  const name = opaqueName(type);
  return name === null ? null : `calculation with '${name}' is not supported`;
}

/** Converts a value to a type; no node when it has it already. Constants are converted on the spot. */
export function convert(value: Expr, type: CType, explicit = false): Expr {
  if (value.type === type) return value;
  if (!explicit) unseenLocal(value)?.learn(type);
  if (type.kind === 'struct' || type.kind === 'array' || type.kind === 'function') {
    if (value.kind === 'unknown') return { ...value, type };
    if (sameType(value.type, type)) return value;
    if (value.type.kind === 'unknown') return { kind: 'convert', value, explicit, type, at: value.at };
    return type.kind === 'struct' && (value.type.kind !== 'struct' || opaqueName(type) !== opaqueName(value.type))
      ? unknown(unsupportedType(type) ?? unsupportedType(value.type) ?? 'a struct is needed here', value.at, type)
      : value;
  }
  if (value.type.kind === 'struct' && value.kind !== 'unknown' && type.kind !== 'void')
    return unknown(unsupportedType(value.type) ?? 'a struct is used as a number', value.at, type);
  if (value.kind === 'unknown') return type.kind === 'void' ? value : { ...value, type };
  if (value.kind === 'constant') {
    if (type.kind === 'int') return { ...value, value: canonical(value.value, type), type };
    if (type.kind === 'pointer' || type.kind === 'unknown')
      return { ...value, value: canonical(value.value, ULONG), type };
    if (type.kind === 'float') return { kind: 'float', value: round(Number(value.value), type), type, at: value.at };
  }
  if (value.type.kind === 'float' && type.kind === 'int') {
    const known = foldFloat(value);
    if (known !== null) return constant(fromConstantFloat(known, type), type, value.at);
  }
  if (value.kind === 'float' && type.kind === 'float') return { ...value, value: round(value.value, type), type };
  if (
    value.type.kind === type.kind &&
    type.kind !== 'pointer' &&
    sameType(value.type, type) &&
    type.kind !== 'unknown' &&
    !isNarrower(type, value.type)
  ) {
    if (!explicit || type.kind !== 'int') return value;
  }
  if (!explicit && type.kind === 'pointer' && value.type.kind === 'pointer' && sameType(value.type, type)) return value;
  return cut({ kind: 'convert', value, explicit, type, at: value.at });
}

/** Bits are lost on the way from one type to another of the same size. */
function isNarrower(type: CType, from: CType): boolean {
  if (type.kind !== 'int' || from.kind !== 'int' || type.precision === undefined) return false;
  return from.precision === undefined || from.precision > type.precision;
}

function round(value: number, type: FloatType): number {
  return type.size === 4 ? Math.fround(value) : value;
}

/** Integer promotion of a value, with the bit-field rule. */
export function promote(value: Expr): Expr {
  if (value.type.kind !== 'int') return value;
  const type = promoted(value.type, bitWidth(value));
  return type.precision === undefined || value.type.precision !== undefined
    ? convert(value, type)
    : retyped(value, type);
}

/** The same value in the narrower arithmetic of a wide bit-field. */
function retyped(value: Expr, type: IntType): Expr {
  switch (value.kind) {
    case 'load':
    case 'assign':
    case 'update':
      return { ...value, type };
    default:
      return value;
  }
}

/** A result of arithmetic on wide bit-fields keeps only their bits. */
export function cut(value: Expr): Expr {
  const { type } = value;
  if (type.kind !== 'int' || type.precision === undefined) return value;
  const by = constant(type.size * 8 - type.precision, INT, value.at);
  const up: Expr = { kind: 'binary', op: '<<', left: value, right: by, type, at: value.at };
  return { kind: 'binary', op: '>>', left: up, right: by, type, at: value.at };
}

/** The type both operands of an arithmetic operator are brought to. */
export function commonType(left: Expr, right: Expr): CType {
  const a = left.type;
  const b = right.type;
  unseenLocal(left)?.suppose(b);
  unseenLocal(right)?.suppose(a);
  if (a.kind === 'unknown') return a;
  if (b.kind === 'unknown') return b;
  if (a.kind === 'float' || b.kind === 'float') {
    const size = Math.max(a.kind === 'float' ? a.size : 0, b.kind === 'float' ? b.size : 0);
    if (a.kind === 'float' && a.size === size) return a;
    return b.kind === 'float' ? b : LDOUBLE;
  }
  const x = promote(left).type;
  const y = promote(right).type;
  return x.kind === 'int' && y.kind === 'int' ? commonInt(x, y) : x.kind === 'pointer' ? x : y;
}

/** Whether a value can be tested, compared and passed as a scalar. */
export function isScalar(type: CType): boolean {
  return type.kind === 'int' || type.kind === 'float' || type.kind === 'pointer' || type.kind === 'unknown';
}

/** Bytes one step of pointer arithmetic moves. */
export function stride(pointer: CType): number {
  if (pointer.kind !== 'pointer') return 1;
  if (pointer.to.kind === 'void' || pointer.to.kind === 'function' || pointer.to.kind === 'unknown') return 1;
  return sizeOf(pointer.to);
}

/** How far a pointer of this type moves for an index: a number, and the bytes one of it stands for. */
export function steps(pointer: CType, index: Expr, at: Span): readonly [index: Expr, scale: number] {
  if (pointer.kind !== 'pointer' || !hasVariableSize(pointer.to)) return [promote(index), stride(pointer)];
  const size = convert(sizeExpression(pointer.to, at), LONG);
  return [{ kind: 'binary', op: '*', left: convert(promote(index), LONG), right: size, type: LONG, at }, 1];
}

/** `left - right` of two pointers. */
function difference(left: Expr, right: Expr, at: Span): Expr {
  if (left.type.kind !== 'pointer' || !hasVariableSize(left.type.to))
    return { kind: 'difference', left, right, scale: Math.max(stride(left.type), 1), type: LONG, at };
  const bytes: Expr = { kind: 'difference', left, right, scale: 1, type: LONG, at };
  const size = convert(sizeExpression(left.type.to, at), LONG);
  return { kind: 'binary', op: '/', left: bytes, right: size, type: LONG, at };
}

/** `left op right` for the arithmetic, shift, bit and pointer operators. */
export function binary(op: BinaryOp, left: Expr, right: Expr, at: Span): Expr {
  if (left.kind === 'unknown') return { ...left, at };
  if (right.kind === 'unknown') return { ...right, at };
  if (!isScalar(left.type) || !isScalar(right.type))
    return unknown(
      unsupportedType(left.type) ?? unsupportedType(right.type) ?? `operands of '${op}' are not numbers`,
      at,
    );
  const leftPointer = left.type.kind === 'pointer';
  const rightPointer = right.type.kind === 'pointer';
  if (leftPointer && rightPointer && op === '-') return difference(left, right, at);
  if ((leftPointer || rightPointer) && (op === '+' || op === '-') && leftPointer !== rightPointer) {
    if (op === '-' && rightPointer) return unknown(`a pointer is subtracted from a number`, at);
    const [pointer, index] = leftPointer ? [left, right] : [right, left];
    const [by, step] = steps(pointer.type, index, at);
    return { kind: 'offset', pointer, index: by, scale: op === '-' ? -step : step, type: pointer.type, at };
  }
  if (leftPointer || rightPointer) {
    // `ptr & mask` is no C, but macros of unseen definition lead here; the address is then taken as a number.
    return binary(op, leftPointer ? convert(left, ULONG) : left, rightPointer ? convert(right, ULONG) : right, at);
  }
  if (op === '<<' || op === '>>') {
    const value = promote(left);
    return cut({ kind: 'binary', op, left: value, right: promote(right), type: value.type, at });
  }
  const type = commonType(left, right);
  return cut({ kind: 'binary', op, left: convert(left, type), right: convert(right, type), type, at });
}

/** `-a`, `+a`, `~a`, `!a`. */
export function unary(operator: string, operand: Expr, at: Expr['at']): Expr {
  if (operand.kind === 'unknown') return { ...operand, at };
  if (operator === '!') return { kind: 'unary', op: '!', operand: condition(operand), type: INT, at };
  const value = promote(operand);
  if (value.type.kind !== 'int' && value.type.kind !== 'float' && value.type.kind !== 'unknown')
    return unknown(`'${operator}' on this type`, at);
  if (operator === '+') return value;
  if (operator === '-') {
    if (value.kind === 'constant') return constant(-BigInt(value.value), value.type, at);
    if (value.kind === 'float') return { ...value, value: -value.value, at };
    return cut({ kind: 'unary', op: '-', operand: value, type: value.type, at });
  }
  return cut({ kind: 'unary', op: '~', operand: value, type: value.type, at });
}

/** `left op right` for the six comparisons. */
export function compare(op: CompareOp, left: Expr, right: Expr, at: Span): Expr {
  if (left.kind === 'unknown') return { ...left, at, type: INT };
  if (right.kind === 'unknown') return { ...right, at, type: INT };
  if (!isScalar(left.type) || !isScalar(right.type))
    return unknown(
      unsupportedType(left.type) ?? unsupportedType(right.type) ?? `operands of '${op}' cannot be compared`,
      at,
      INT,
    );
  let type: CType;
  if (left.type.kind === 'pointer') type = left.type;
  else if (right.type.kind === 'pointer') type = right.type;
  else type = commonType(left, right);
  return { kind: 'compare', op, left: convert(left, type), right: convert(right, type), type: INT, at };
}

/** `(void *)0`, however the constant 0 is calculated: `(void *)((long)(3) * 0l)` is how the kernel asks for a constant. */
function isNullConstant(value: Expr): boolean {
  if (value.type.kind !== 'pointer' || value.type.to.kind !== 'void') return false;
  if (value.kind === 'constant') return BigInt(value.value) === 0n;
  if (value.kind !== 'convert' || value.value.type.kind !== 'int') return false;
  const known = isCalculable(value.value) ? fold(value.value) : null;
  return known !== null && BigInt(known) === 0n;
}

/** Also what is not evaluated, as the other side of `1 ? 2 : x`, is constant. */
function isCalculable(value: Expr): boolean {
  switch (value.kind) {
    case 'unary':
      return isCalculable(value.operand);
    case 'binary':
    case 'compare':
    case 'logical':
      return isCalculable(value.left) && isCalculable(value.right);
    case 'convert':
      return isCalculable(value.value);
    case 'conditional':
      return [value.condition, value.then ?? value.condition, value.otherwise].every(isCalculable);
    default:
      return fold(value) !== null || value.kind === 'float';
  }
}

/** The type of `c ? a : b`. */
export function conditionalType(a: Expr, b: Expr): CType {
  if (a.type.kind === 'void' || b.type.kind === 'void') return VOID;
  if (a.type.kind === 'struct') return a.type;
  if (b.type.kind === 'struct') return b.type;
  if (a.type.kind === 'pointer' && b.type.kind === 'pointer') {
    // A null pointer constant takes the other's type; a real `void *` makes the result `void *`.
    if (isNullConstant(a)) return b.type;
    if (isNullConstant(b)) return a.type;
    if (a.type.to.kind === 'void') return a.type;
    if (b.type.to.kind === 'void') return b.type;
    return a.type.toConst ? a.type : b.type.toConst ? pointerTo(a.type.to, true) : a.type;
  }
  if (a.type.kind === 'pointer') return a.type;
  if (b.type.kind === 'pointer') return b.type;
  return commonType(a, b);
}

/** Reads a place: arrays and functions decay to pointers, anything else is loaded. */
export function read(place: Place, at: Span): Expr {
  const type = place.type;
  if (type.kind === 'array') return { kind: 'address', place, type: pointerTo(type.of), at };
  if (type.kind === 'function') return addressOf(place, at);
  return { kind: 'load', place, type, at };
}

/** `&place`. */
export function addressOf(place: Place, at: Span): Expr {
  if (place.kind === 'deref') return convertPointer(place.pointer, pointerTo(place.type));
  markAddressTaken(place);
  return { kind: 'address', place, type: pointerTo(place.type), at };
}

function convertPointer(pointer: Expr, type: CType): Expr {
  return sameType(pointer.type, type) ? pointer : convert(pointer, type);
}

/** The variable under a place needs memory from now on. */
export function markAddressTaken(place: Place): void {
  let inner = place;
  while (inner.kind === 'member') inner = inner.base;
  if (inner.kind === 'local' || inner.kind === 'literal') inner.variable.addressTaken = true;
}

/** A truth value of a condition; pointers and numbers are tested against 0 by the machine. */
export function condition(value: Expr): Expr {
  if (isScalar(value.type) || value.kind === 'unknown') return value;
  return unknown(unsupportedType(value.type) ?? 'a condition must be a number or a pointer', value.at, INT);
}
