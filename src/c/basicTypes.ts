/**
 * The types every C program has on LP64 Linux, and the rules of integer arithmetic: promotion, usual arithmetic conversions, canonical
 * values. Not responsible for layout of structs (`layout.ts`).
 */
import { bitInt, complexOf } from './opaqueTypes.ts';
import type { CType, FloatType, FunctionType, IntType, PointerType, UnknownType, VoidType } from './types.ts';

function int(name: string, size: IntType['size'], signed: boolean, rank: number, bool = false): IntType {
  return { kind: 'int', size, signed, bool, rank, name };
}

export const VOID: VoidType = { kind: 'void' };
export const BOOL = int('_Bool', 1, false, 0, true);
export const CHAR: IntType = { ...int('char', 1, true, 1), plain: true };
export const SCHAR = int('signed char', 1, true, 1);
export const UCHAR = int('unsigned char', 1, false, 1);
export const SHORT = int('short', 2, true, 2);
export const USHORT = int('unsigned short', 2, false, 2);
export const INT = int('int', 4, true, 3);
export const UINT = int('unsigned int', 4, false, 3);
export const LONG = int('long', 8, true, 4);
export const ULONG = int('unsigned long', 8, false, 4);
export const LLONG = int('long long', 8, true, 5);
export const ULLONG = int('unsigned long long', 8, false, 5);
export const INT128 = int('__int128', 16, true, 6);
export const UINT128 = int('unsigned __int128', 16, false, 6);
export const FLOAT: FloatType = { kind: 'float', size: 4, name: 'float' };
export const DOUBLE: FloatType = { kind: 'float', size: 8, name: 'double' };
export const LDOUBLE: FloatType = { kind: 'float', size: 16, name: 'long double' };

/** A pointer type. */
export function pointerTo(to: CType, toConst = false): PointerType {
  return { kind: 'pointer', to, toConst };
}

/** The unknown type, with what was not found. */
export function unknownType(why: string): UnknownType {
  return { kind: 'unknown', why };
}

/** A function about whose parameters nothing is known: `T f()`. */
export function unprototyped(result: CType): FunctionType {
  return { kind: 'function', result, parameters: [], parameterNames: [], variadic: true };
}

/** Spelling of a combination of `int`, `long`, `unsigned`, ... to the type; null when C has no such combination. */
export function builtinType(words: readonly string[]): CType | null {
  let long = 0;
  let sign: 'signed' | 'unsigned' | null = null;
  let base: string | null = null;
  let complex = false;
  for (const word of words) {
    if (word === 'long') long++;
    else if (word === '_Complex' || word === '__complex__') complex = true;
    else if (word === 'signed' || word === 'unsigned') sign = word;
    else if (word === 'short' || word === 'char' || (base === null && word !== 'int')) base = word;
    else if (word === 'int') base ??= 'int';
    else return null;
  }
  const unsigned = sign === 'unsigned';
  if (complex) return complexOf(base === 'float' ? 4 : base === null || base === 'double' ? (long > 0 ? 16 : 8) : 4);
  if (base === '__int128' || base === '__int128_t') return unsigned ? UINT128 : INT128;
  if (base?.startsWith('_BitInt(') === true) {
    const bits = Number(base.slice(8, -1));
    return bits > 0 && bits < 65536 ? bitInt(bits) : null;
  }
  if (base === 'void') return VOID;
  if (base === '_Bool') return BOOL;
  if (base === 'float') return FLOAT;
  if (base === 'double') return long > 0 ? LDOUBLE : DOUBLE;
  if (base === 'char') return unsigned ? UCHAR : sign === 'signed' ? SCHAR : CHAR;
  if (base === 'short') return unsigned ? USHORT : SHORT;
  if (base === '_Float128' || base === '__float128' || base === '_Float64x') return { ...LDOUBLE, name: base };
  if (base === '_Float32') return FLOAT;
  if (base === '_Float64' || base === '_Float32x') return DOUBLE;
  if (base !== null && base !== 'int') return null;
  if (long >= 2) return unsigned ? ULLONG : LLONG;
  if (long === 1) return unsigned ? ULONG : LONG;
  return unsigned ? UINT : INT;
}

/** Integer promotion. A bit-field narrower than int promotes to int (`bits` is its width). */
export function promoted(type: IntType, bits?: number): IntType {
  if (bits !== undefined && bits <= 32) return bits === 32 && !type.signed ? UINT : INT;
  if (bits !== undefined && bits < type.size * 8) return { ...type, precision: bits, name: `${type.name}:${bits}` };
  if (type.rank < 3) return INT;
  if (type.name === INT.name || type.name === UINT.name || type.constants === undefined) return type;
  return type.size === 4 ? (type.signed ? INT : UINT) : type;
}

/** The common type of two promoted integer types. */
export function commonInt(a: IntType, b: IntType): IntType {
  const [widthA, widthB] = [a.precision ?? a.size * 8, b.precision ?? b.size * 8];
  if (widthA !== widthB && (a.precision !== undefined || b.precision !== undefined)) return widthA > widthB ? a : b;
  if (a.signed === b.signed) return a.rank >= b.rank ? a : b;
  const [unsigned, signed] = a.signed ? [b, a] : [a, b];
  if (unsigned.rank >= signed.rank) return unsigned;
  if (signed.size > unsigned.size) return signed;
  return signed.rank === 5 ? ULLONG : signed.rank === 4 ? ULONG : UINT;
}

/** The value an integer type holds after storing `value` in it: wrapped, and a number wherever that is exact. */
export function canonical(value: number | bigint, type: IntType): number | bigint {
  if (type.bool) return BigInt(value) === 0n ? 0 : 1;
  const bits = type.precision ?? type.size * 8;
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    if (type.size === 4) return type.signed ? value | 0 : value >>> 0;
    if (type.size === 8 && type.precision === undefined && (type.signed || value >= 0)) return value;
  }
  const big = BigInt(value);
  return narrow(type.signed ? BigInt.asIntN(bits, big) : BigInt.asUintN(bits, big));
}

/** A bigint as a number where that is exact. */
export function narrow(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}
