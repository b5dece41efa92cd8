/**
 * The few representations a register can hold. Every scalar C type maps to one kind; the exact type is needed only for messages.
 * Not for values themselves (`integers.ts`) and not for memory.
 */
import type { CType } from '../c/types.ts';
import {
  BOOL,
  CHAR,
  DOUBLE,
  FLOAT,
  INT,
  INT128,
  LONG,
  SHORT,
  UNSIGNED_CHAR,
  UNSIGNED_INT,
  UNSIGNED_INT128,
  UNSIGNED_LONG,
  UNSIGNED_SHORT,
  VOID,
  VOID_POINTER,
} from './layout.ts';

export enum Kind {
  I8 = 0,
  U8 = 1,
  I16 = 2,
  U16 = 3,
  I32 = 4,
  U32 = 5,
  I64 = 6,
  U64 = 7,
  Bool = 8,
  Pointer = 9,
  I128 = 10,
  U128 = 11,
  F32 = 12,
  F64 = 13,
  Void = 14,
  /** A struct or array: the register holds the address of its bytes. */
  Aggregate = 15,
}

const SAFE = Number.MAX_SAFE_INTEGER;
/** Range in which a plain number needs no wrapping, by kind; 64-bit kinds stop at the safe range and go on in BigInt. */
export const LOW = Float64Array.of(-128, 0, -32768, 0, -2147483648, 0, -SAFE, 0, 0, 0, -SAFE, 0, 0, 0, 0, 0);
export const HIGH = Float64Array.of(
  127,
  255,
  32767,
  65535,
  2147483647,
  4294967295,
  SAFE,
  SAFE,
  1,
  SAFE,
  SAFE,
  SAFE,
  -1,
  -1,
  -1,
  -1,
);
export const BITS = Int32Array.of(8, 8, 16, 16, 32, 32, 64, 64, 8, 64, 128, 128, 32, 64, 0, 0);
/** Bytes, by kind. */
export const SIZES = BITS.map((bits) => bits >> 3);
/** Kinds without facts (`withoutFacts`), by kind. */
export const FACTLESS = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0);
/** 2^0 … 2^63, for shifts on doubles. */
export const POWER = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent);

const TYPES: readonly CType[] = [
  CHAR,
  UNSIGNED_CHAR,
  SHORT,
  UNSIGNED_SHORT,
  INT,
  UNSIGNED_INT,
  LONG,
  UNSIGNED_LONG,
  BOOL,
  VOID_POINTER,
  INT128,
  UNSIGNED_INT128,
  FLOAT,
  DOUBLE,
  VOID,
  VOID,
];

export function kindOf(type: CType): Kind {
  switch (type.kind) {
    case 'void':
      return Kind.Void;
    case 'int':
      if (type.bool) return Kind.Bool;
      if (type.size === 1) return type.signed ? Kind.I8 : Kind.U8;
      if (type.size === 2) return type.signed ? Kind.I16 : Kind.U16;
      if (type.size === 4) return type.signed ? Kind.I32 : Kind.U32;
      if (type.size === 16) return type.signed ? Kind.I128 : Kind.U128;
      return type.signed ? Kind.I64 : Kind.U64;
    case 'float':
      // long double is computed as double.
      return type.size === 4 ? Kind.F32 : Kind.F64;
    case 'pointer':
    case 'function':
      return Kind.Pointer;
    case 'unknown':
      return Kind.U64;
    case 'struct':
    case 'array':
      return Kind.Aggregate;
  }
}

/** A C type of this representation, when no better one is at hand. */
export function typeOfKind(kind: Kind): CType {
  return TYPES[kind] ?? VOID;
}

export function isFloat(kind: Kind): boolean {
  return kind === Kind.F32 || kind === Kind.F64;
}

export function isSigned(kind: Kind): boolean {
  return (kind <= Kind.I64 && (kind & 1) === 0) || kind === Kind.I128;
}

/** Nothing is concluded about unknown values of these kinds: they are compared and combined, and asked about, but have no ranges. */
export function withoutFacts(kind: Kind): boolean {
  return FACTLESS[kind] === 1;
}

export function is64(kind: Kind): boolean {
  return kind === Kind.I64 || kind === Kind.U64 || kind === Kind.Pointer;
}

export function sizeOfKind(kind: Kind): number {
  return SIZES[kind] ?? 0;
}
