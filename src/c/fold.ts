/**
 * Values of constant expressions: what `case`, array sizes, enumerators and bit-field widths need. Anything whose value depends on the
 * run gives null.
 */
import { canonical } from './basicTypes.ts';
import type { BinaryOp, CompareOp, Expr, Place } from './ir.ts';
import type { CType, IntType } from './types.ts';

const DEPTH_LIMIT = 2000;

/** The integer (or null-pointer-based address) an expression always has, or null. */
export function fold(expr: Expr, depth = 0): number | bigint | null {
  if (depth > DEPTH_LIMIT) return null;
  switch (expr.kind) {
    case 'constant':
      return expr.value;
    case 'unary': {
      const value = fold(expr.operand, depth + 1);
      if (value === null) {
        const float = expr.op === '!' ? foldFloat(expr.operand) : null;
        return float === null ? null : float === 0 ? 1 : 0;
      }
      if (expr.op === '!') return BigInt(value) === 0n ? 1 : 0;
      return wrapTo(expr.op === '-' ? -BigInt(value) : ~BigInt(value), expr.type);
    }
    case 'binary': {
      const left = fold(expr.left, depth + 1);
      const right = left === null ? null : fold(expr.right, depth + 1);
      return left === null || right === null ? null : arithmetic(expr.op, left, right, expr.type);
    }
    case 'compare': {
      const left = fold(expr.left, depth + 1) ?? foldFloat(expr.left);
      const right = left === null ? null : (fold(expr.right, depth + 1) ?? foldFloat(expr.right));
      return left === null || right === null ? null : compareValues(expr.op, left, right) ? 1 : 0;
    }
    case 'logical': {
      const left = truth(expr.left, depth);
      if (left === null) return null;
      if (left === (expr.op === '||')) return left ? 1 : 0;
      const right = truth(expr.right, depth);
      return right === null ? null : right ? 1 : 0;
    }
    case 'conditional': {
      const chosen = truth(expr.condition, depth);
      if (chosen === null) return null;
      const branch = chosen ? (expr.then ?? expr.condition) : expr.otherwise;
      const value = fold(branch, depth + 1);
      return value === null ? null : wrapTo(BigInt(value), expr.type);
    }
    case 'convert': {
      const value = fold(expr.value, depth + 1);
      if (value !== null) return wrapTo(BigInt(value), expr.type);
      const float = expr.type.kind === 'int' ? foldFloat(expr.value) : null;
      return float === null || expr.type.kind !== 'int' ? null : fromConstantFloat(float, expr.type);
    }
    case 'offset': {
      const pointer = fold(expr.pointer, depth + 1);
      const index = pointer === null ? null : fold(expr.index, depth + 1);
      return pointer === null || index === null
        ? null
        : wrapTo(BigInt(pointer) + BigInt(index) * BigInt(expr.scale), expr.type);
    }
    case 'difference': {
      const left = fold(expr.left, depth + 1);
      const right = left === null ? null : fold(expr.right, depth + 1);
      return left === null || right === null
        ? null
        : wrapTo((BigInt(left) - BigInt(right)) / BigInt(expr.scale), expr.type);
    }
    case 'address':
      return placeAddress(expr.place, depth + 1);
    case 'builtin':
      return foldBuiltin(expr.name, expr.args, expr.type, depth);
    default:
      return null;
  }
}

/** A floating constant as an integer, as gcc has it while compiling: what does not fit is the nearest that does, NaN is 0. */
export function fromConstantFloat(value: number, type: IntType): number | bigint {
  if (type.bool) return value === 0 ? 0 : 1;
  if (Number.isNaN(value)) return 0;
  const bits = BigInt(type.precision ?? type.size * 8);
  const low = type.signed ? -(1n << (bits - 1n)) : 0n;
  const high = (1n << (type.signed ? bits - 1n : bits)) - 1n;
  if (!Number.isFinite(value)) return canonical(value < 0 ? low : high, type);
  const whole = BigInt(Math.trunc(value));
  return canonical(whole < low ? low : whole > high ? high : whole, type);
}

function truth(expr: Expr, depth: number): boolean | null {
  const value = fold(expr, depth + 1);
  if (value !== null) return BigInt(value) !== 0n;
  if (expr.kind === 'string' || expr.kind === 'function') return true;
  if (expr.kind === 'address' && expr.place.kind !== 'deref' && expr.place.kind !== 'member') return true;
  const float = foldFloat(expr);
  return float === null ? null : float !== 0;
}

/** Address of a place that stands on a constant pointer: `&((struct s *)0)->m`. */
function placeAddress(place: Place, depth: number): number | bigint | null {
  if (depth > DEPTH_LIMIT) return null;
  if (place.kind === 'deref') return fold(place.pointer, depth + 1);
  if (place.kind !== 'member' || place.member.bits !== undefined) return null;
  const base = placeAddress(place.base, depth + 1);
  return base === null ? null : wrapTo(BigInt(base) + BigInt(place.member.offset), place.type);
}

function wrapTo(value: bigint, type: CType): number | bigint {
  if (type.kind === 'int') return canonical(value, type);
  const wrapped = BigInt.asUintN(64, value);
  return wrapped <= 9007199254740991n ? Number(wrapped) : wrapped;
}

function arithmetic(op: BinaryOp, left: number | bigint, right: number | bigint, type: CType): number | bigint | null {
  const a = BigInt(left);
  const b = BigInt(right);
  const bits = type.kind === 'int' ? BigInt(type.size * 8) : 64n;
  switch (op) {
    case '+':
      return wrapTo(a + b, type);
    case '-':
      return wrapTo(a - b, type);
    case '*':
      return wrapTo(a * b, type);
    case '/':
      return b === 0n ? null : wrapTo(a / b, type);
    case '%':
      return b === 0n ? null : wrapTo(a % b, type);
    case '&':
      return wrapTo(a & b, type);
    case '|':
      return wrapTo(a | b, type);
    case '^':
      return wrapTo(a ^ b, type);
    case '<<':
      return b < 0n || b >= bits ? null : wrapTo(a << b, type);
    case '>>':
      return b < 0n || b >= bits ? null : wrapTo(a >> b, type);
  }
}

function compareValues(op: CompareOp, a: number | bigint, b: number | bigint): boolean {
  switch (op) {
    case '==':
      return a >= b && a <= b;
    case '!=':
      return !compareValues('==', a, b);
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** A floating constant expression's value, or null. */
export function foldFloat(expr: Expr): number | null {
  switch (expr.kind) {
    case 'float':
      return expr.value;
    case 'unary': {
      const value = foldFloat(expr.operand);
      return value !== null && expr.op === '-' ? -value : null;
    }
    case 'convert': {
      if (expr.type.kind !== 'float') return null;
      const value = foldFloat(expr.value) ?? fold(expr.value);
      return value === null ? null : expr.type.size === 4 ? Math.fround(Number(value)) : Number(value);
    }
    case 'binary': {
      const left = foldFloat(expr.left);
      const right = left === null ? null : foldFloat(expr.right);
      if (left === null || right === null) return null;
      const value =
        expr.op === '+'
          ? left + right
          : expr.op === '-'
            ? left - right
            : expr.op === '*'
              ? left * right
              : expr.op === '/'
                ? left / right
                : null;
      return value !== null && expr.type.kind === 'float' && expr.type.size === 4 ? Math.fround(value) : value;
    }
    default:
      return null;
  }
}

function countBits(value: bigint, bits: number): { leading: number; trailing: number; ones: number } {
  const digits = BigInt.asUintN(bits, value).toString(2).padStart(bits, '0');
  const ones = digits.replaceAll('0', '').length;
  return { leading: digits.indexOf('1'), trailing: bits - 1 - digits.lastIndexOf('1'), ones };
}

function foldBuiltin(name: string, args: readonly Expr[], type: CType, depth: number): number | bigint | null {
  const [first, second] = args;
  if (first === undefined) return null;
  const value = fold(first, depth + 1);
  if (name === 'expect') return value;
  if (name === 'strlen' && first.kind === 'string')
    return first.bytes.indexOf(0) < 0 ? first.bytes.length : first.bytes.indexOf(0);
  if (value === null || second !== undefined) return null;
  const big = BigInt(value);
  const match = /^(clz|ctz|ffs|popcount|parity)(l*)$/.exec(name);
  if (match !== null) {
    const bits = match[2] === '' ? 32 : 64;
    const count = countBits(big, bits);
    switch (match[1]) {
      case 'clz':
        return count.ones === 0 ? null : count.leading;
      case 'ctz':
        return count.ones === 0 ? null : count.trailing;
      case 'ffs':
        return count.ones === 0 ? 0 : count.trailing + 1;
      case 'popcount':
        return count.ones;
      default:
        return count.ones % 2;
    }
  }
  const swap = /^bswap(\d+)$/.exec(name);
  if (swap !== null) {
    const bytes = Number(swap[1]) / 8;
    let out = 0n;
    for (let i = 0; i < bytes; i++) out = (out << 8n) | ((big >> BigInt(8 * i)) & 255n);
    return wrapTo(out, type);
  }
  if (name === 'abs' || name === 'labs' || name === 'llabs') return wrapTo(big < 0n ? -big : big, type);
  return null;
}
