/**
 * Exact integer arithmetic on canonical values: a number while its magnitude is below 2^53, else a bigint. The interpreter's fast
 * paths never come here; what leaves the safe range, or has a bigint on one side, does. Signed overflow wraps, as the kernel is built.
 */
import type { BinaryOp, CompareOp } from '../c/ir.ts';
import { BITS, isSigned, Kind } from './kinds.ts';

export type Integer = number | bigint;

const BIG_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** The one representation of an integer: small ones are numbers. */
export function canonical(value: bigint): Integer {
  return value <= BIG_SAFE && value >= -BIG_SAFE ? Number(value) : value;
}

/** Converts to an integer kind: modulo 2^n, or 0/1 for _Bool. */
export function wrap(value: Integer, kind: Kind): Integer {
  switch (kind) {
    case Kind.Bool:
      return value === 0 || value === 0n ? 0 : 1;
    case Kind.I8:
      return (small(value) << 24) >> 24;
    case Kind.U8:
      return small(value) & 255;
    case Kind.I16:
      return (small(value) << 16) >> 16;
    case Kind.U16:
      return small(value) & 65535;
    case Kind.I32:
      return small(value) | 0;
    case Kind.U32:
      return small(value) >>> 0;
    case Kind.I64:
      return typeof value === 'number' ? value : canonical(BigInt.asIntN(64, value));
    case Kind.I128:
      return typeof value === 'number' ? value : canonical(BigInt.asIntN(128, value));
    case Kind.U128:
      return typeof value === 'number' && value >= 0 ? value : canonical(BigInt.asUintN(128, BigInt(value)));
    default:
      if (typeof value === 'number' && value >= 0) return value;
      // A function that is called without its declaration may answer what is no integer.
      if (typeof value === 'number' && !Number.isInteger(value)) return fromFloat(value, Kind.U64);
      return canonical(BigInt.asUintN(64, BigInt(value)));
  }
}

/** Low 32 bits; ToInt32 of a safe integer is exact. */
function small(value: Integer): number {
  return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
}

/** A float to an integer kind, as x86-64 gcc does it: toward zero; what does not fit gives the lowest value of the type. */
export function fromFloat(value: number, kind: Kind): Integer {
  if (kind === Kind.Bool) return value === 0 ? 0 : 1;
  const whole = Math.trunc(value) + 0;
  // Narrow types go through int.
  if (kind <= Kind.U16) return wrap(fromFloat(value, Kind.I32), kind);
  if (Number.isSafeInteger(whole)) {
    if (kind === Kind.I32 && whole !== (whole | 0)) return -2147483648;
    return wrap(whole, kind);
  }
  if (kind === Kind.I128 || kind === Kind.U128) {
    const fits = Number.isFinite(whole) && Math.abs(whole) < 2 ** (isSigned(kind) ? 127 : 128);
    return wrap(fits ? BigInt(whole) : -(2n ** 127n), kind);
  }
  const wide = isSigned(kind) || (BITS[kind] ?? 0) < 64;
  // Values from 2^63 on are brought below it for the signed instruction and get their highest bit back.
  if (!wide && whole >= 2 ** 64 && BITS[kind] === 64) return 0;
  if (!Number.isFinite(whole) || Math.abs(whole) >= 2 ** 64 || (wide && Math.abs(whole) >= 2 ** 63))
    return kind === Kind.I32 ? -2147483648 : wrap(-(2n ** 63n), kind);
  return wrap(BigInt(whole), kind);
}

export function toFloat(value: Integer, kind: Kind): number {
  return kind === Kind.F32 ? roundToFloat(value) : Number(value);
}

/** A 64-bit integer to float directly: two roundings (to double, then to float) could differ from one. */
function roundToFloat(value: Integer): number {
  if (typeof value === 'number') return Math.fround(value);
  const negative = value < 0n;
  let magnitude = negative ? -value : value;
  const excess = magnitude.toString(2).length - 40;
  if (excess > 0) {
    const sticky = (magnitude & ((1n << BigInt(excess)) - 1n)) === 0n ? 0n : 1n;
    magnitude = ((magnitude >> BigInt(excess)) | sticky) << BigInt(excess);
  }
  const rounded = Math.fround(Number(magnitude));
  return negative ? -rounded : rounded;
}

/** Result of an integer operation, or why there is none. */
export type Computed = Integer | 'divide-by-zero' | 'shift-out-of-range';

export function compute(op: BinaryOp, left: Integer, right: Integer, kind: Kind): Computed {
  switch (op) {
    case '+':
    case '-':
    case '*':
      // Exact modulo 2^32 without leaving numbers.
      if (
        op === '*' &&
        (kind === Kind.I32 || kind === Kind.U32) &&
        typeof left === 'number' &&
        typeof right === 'number'
      )
        return kind === Kind.I32 ? Math.imul(left, right) : Math.imul(left, right) >>> 0;
      return wrap(arithmetic(op, left, right), kind);
    case '/':
    case '%':
      return divide(op, left, right, kind);
    case '&':
    case '|':
    case '^':
      return bitwise(op, left, right, kind);
    case '<<':
    case '>>': {
      const bits = BITS[kind] ?? 0;
      if (right < 0 || right >= bits) return 'shift-out-of-range';
      if (typeof left === 'number' && op === '>>') return Math.floor(left / 2 ** Number(right));
      if (typeof left === 'number' && Number.isSafeInteger(left * 2 ** Number(right)))
        return wrap(left * 2 ** Number(right), kind);
      const by = BigInt(right);
      return wrap(op === '<<' ? BigInt(left) << by : canonical(BigInt(left) >> by), kind);
    }
  }
}

function arithmetic(op: '+' | '-' | '*', left: Integer, right: Integer): Integer {
  if (typeof left === 'number' && typeof right === 'number') {
    const value = op === '+' ? left + right : op === '-' ? left - right : left * right;
    if (Number.isSafeInteger(value)) return value + 0;
  }
  const a = BigInt(left);
  const b = BigInt(right);
  return op === '+' ? a + b : op === '-' ? a - b : a * b;
}

function divide(op: '/' | '%', left: Integer, right: Integer, kind: Kind): Computed {
  if (right === 0 || right === 0n) return 'divide-by-zero';
  if (typeof left === 'number' && typeof right === 'number') {
    const rest = left % right;
    return wrap((op === '%' ? rest : (left - rest) / right) + 0, kind);
  }
  const a = BigInt(left);
  const b = BigInt(right);
  return wrap(op === '%' ? a % b : a / b, kind);
}

function bitwise(op: '&' | '|' | '^', left: Integer, right: Integer, kind: Kind): Integer {
  if (typeof left === 'number' && typeof right === 'number' && left >= 0 && right >= 0) {
    // Both halves fit ToInt32 on their own.
    const highLeft = Math.floor(left / 4294967296);
    const highRight = Math.floor(right / 4294967296);
    const high = op === '&' ? highLeft & highRight : op === '|' ? highLeft | highRight : highLeft ^ highRight;
    const low = op === '&' ? left & right : op === '|' ? left | right : left ^ right;
    return high * 4294967296 + (low >>> 0);
  }
  const a = BigInt(left);
  const b = BigInt(right);
  return wrap(canonical(op === '&' ? a & b : op === '|' ? a | b : a ^ b), kind);
}

export function complement(value: Integer, kind: Kind): Integer {
  if (typeof value === 'number' && isSigned(kind)) return wrap(-value - 1, kind);
  return wrap(-BigInt(value) - 1n, kind);
}

export function negate(value: Integer, kind: Kind): Integer {
  return wrap(typeof value === 'number' ? 0 - value : -value, kind);
}

export function compare(op: CompareOp, left: Integer, right: Integer): boolean {
  switch (op) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function boundsOf(kind: Kind): readonly [Integer, Integer] {
  if (kind === Kind.Bool) return [0, 1];
  const bits = BigInt((BITS[kind] ?? 0) || 64);
  return isSigned(kind)
    ? [canonical(-(1n << (bits - 1n))), canonical((1n << (bits - 1n)) - 1n)]
    : [0, canonical((1n << bits) - 1n)];
}

const BOUNDS = Array.from({ length: BITS.length }, (_, kind) => boundsOf(kind));
const WIDEST = boundsOf(Kind.U64);

/** Lowest and highest value of an integer kind. */
export function rangeOf(kind: Kind): readonly [Integer, Integer] {
  return BOUNDS[kind] ?? WIDEST;
}
