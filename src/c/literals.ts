/**
 * The value and type of number, character and string literals, by the rules of C11 on LP64: suffixes, the different type choice for
 * decimal and hexadecimal, escapes, prefixes, hexadecimal floats.
 */
import {
  CHAR,
  DOUBLE,
  FLOAT,
  INT,
  LDOUBLE,
  LLONG,
  LONG,
  narrow,
  UCHAR,
  UINT,
  ULLONG,
  ULONG,
  USHORT,
} from './basicTypes.ts';
import type { Token } from './token.ts';
import type { FloatType, IntType } from './types.ts';

export interface IntegerLiteral {
  readonly value: number | bigint;
  readonly type: IntType;
}

const INTEGER = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uUlL]*)$/;
const SUFFIXES = new Set(['', 'u', 'l', 'ul', 'lu', 'll', 'ull', 'llu']);

function integerType(value: bigint, decimal: boolean, suffix: string): IntType {
  const unsigned = suffix.includes('u');
  const longs = suffix.replace('u', '').length;
  const candidates: IntType[] = [];
  if (longs === 0) candidates.push(...(unsigned ? [UINT, ULONG] : decimal ? [INT, LONG] : [INT, UINT, LONG, ULONG]));
  else if (longs === 1) candidates.push(...(unsigned ? [ULONG] : decimal ? [LONG] : [LONG, ULONG]));
  else candidates.push(...(unsigned ? [ULLONG] : decimal ? [LLONG] : [LLONG, ULLONG]));
  for (const type of candidates) {
    const bits = BigInt(type.size * 8 - (type.signed ? 1 : 0));
    if (value < 1n << bits) return type;
  }
  return longs === 2 ? ULLONG : ULONG;
}

const ESCAPES: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  e: 27,
  E: 27,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
};

/** Code points and raw escape values of a literal's inside; `raw` values came from `\x` or octal and are never encoded. */
function characters(inside: string): { code: number; raw: boolean }[] {
  const out: { code: number; raw: boolean }[] = [];
  for (let i = 0; i < inside.length; ) {
    const code = inside.codePointAt(i) ?? 0;
    if (code !== 92) {
      out.push({ code, raw: false });
      i += code > 0xffff ? 2 : 1;
      continue;
    }
    const rest = inside.slice(i + 1);
    const splice = /^\s*\n/.exec(rest);
    const octal = /^[0-7]{1,3}/.exec(rest);
    const hex = /^x([0-9a-fA-F]+)/.exec(rest);
    const named = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
    if (splice !== null) i += 1 + splice[0].length;
    else if (octal !== null) {
      out.push({ code: Number.parseInt(octal[0], 8), raw: true });
      i += 1 + octal[0].length;
    } else if (hex !== null) {
      out.push({ code: Number.parseInt((hex[1] ?? '').slice(-8), 16), raw: true });
      i += 1 + hex[0].length;
    } else if (named !== null) {
      out.push({ code: Math.min(Number.parseInt(named[1] ?? named[2] ?? '0', 16), 0x10ffff), raw: false });
      i += 1 + named[0].length;
    } else {
      const letter = rest.charAt(0);
      out.push({ code: ESCAPES[letter] ?? letter.charCodeAt(0), raw: true });
      i += 2;
    }
  }
  return out;
}

function split(text: string): { prefix: string; inside: string } {
  const quote = text.search(/["']/);
  const last = text.charAt(text.length - 1);
  const closed = text.length > quote + 1 && last === text.charAt(quote);
  return { prefix: text.slice(0, quote), inside: text.slice(quote + 1, closed ? -1 : undefined) };
}

/** The value of a short decimal literal without a suffix, which is nearly every literal and always an `int`; -1 for anything else. */
function plainDecimal(text: string): number {
  const { length } = text;
  if (length === 0 || length > 9 || (length > 1 && text.charCodeAt(0) === 48)) return -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** An integer or character constant; null when the token is neither. */
export function parseInteger(token: Token): IntegerLiteral | null {
  const plain = plainDecimal(token.text);
  if (plain >= 0) return { value: plain, type: INT };
  if (token.kind === 'char') {
    const { prefix, inside } = split(token.text);
    const parts = characters(inside);
    if (parts.length === 0) return null;
    if (prefix === '') {
      let value = 0;
      for (const part of parts) {
        const bytes = part.raw ? [part.code & 255] : utf8(part.code);
        for (const byte of bytes) value = (value << 8) | byte;
      }
      return { value: parts.length === 1 ? (value << 24) >> 24 : value | 0, type: INT };
    }
    const code = parts[parts.length - 1]?.code ?? 0;
    const type = prefix === 'u' ? USHORT : prefix === 'U' ? UINT : prefix === 'u8' ? UCHAR : INT;
    return { value: code, type };
  }
  const match = INTEGER.exec(token.text.replaceAll("'", ''));
  if (match === null) return null;
  const digits = match[1] ?? '0';
  const suffix = (match[2] ?? '').toLowerCase();
  if (!SUFFIXES.has(suffix)) return null;
  const octal = /^0[0-7]+$/.test(digits);
  const hex = /^0[xXbB]/.test(digits);
  if (/^0[0-9]+$/.test(digits) && !octal) return null;
  if (digits.length > 400) return null;
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const type = integerType(value, !octal && !hex, suffix);
  return { value: narrow(BigInt.asUintN(64, value)), type };
}

/** A floating constant; null when the token is none. */
export function parseFloatLiteral(token: Token): { value: number; type: FloatType } | null {
  const text = token.text.replaceAll("'", '');
  const match = /^(.*?)([fFlLqQwW]?)$/.exec(text);
  const suffix = (match?.[2] ?? '').toLowerCase();
  const hex = /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([-+]?\d+)([fFlL]?)$/.exec(text);
  if (hex !== null) {
    const whole = hex[1] ?? '';
    const part = hex[2] ?? '';
    const mantissa = Number.parseInt(`${whole}${part}` || '0', 16);
    const type = hex[4] === '' ? DOUBLE : hex[4] === 'f' || hex[4] === 'F' ? FLOAT : LDOUBLE;
    const value = mantissa * 2 ** (Number(hex[3]) - 4 * part.length);
    return { value: type === FLOAT ? Math.fround(value) : value, type };
  }
  const digits = suffix === '' ? text : text.slice(0, -1);
  if (!/^(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?$/.test(digits) || /^\d+$/.test(text)) return null;
  const type = suffix === 'f' ? FLOAT : suffix === '' ? DOUBLE : LDOUBLE;
  const value = Number(digits);
  return { value: type === FLOAT ? Math.fround(value) : value, type };
}

function utf8(code: number): number[] {
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), 0x80 | (code & 63)];
  if (code < 0x10000) return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
}

/** Bytes (without the terminating 0) and element type of adjacent string literals put together. */
export function joinStrings(tokens: readonly Token[]): { bytes: Uint8Array; element: IntType } {
  const parts = tokens.map((token) => split(token.text));
  const prefix = parts.find((part) => part.prefix !== '' && part.prefix !== 'u8')?.prefix ?? '';
  const element = prefix === 'L' ? INT : prefix === 'U' ? UINT : prefix === 'u' ? USHORT : CHAR;
  const bytes: number[] = [];
  const unit = (value: number): void => {
    for (let i = 0; i < element.size; i++) bytes.push((value >>> (8 * i)) & 255);
  };
  for (const part of parts)
    for (const { code, raw } of characters(part.inside)) {
      if (raw) unit(code);
      else if (element.size === 1) bytes.push(...utf8(code));
      else if (element.size === 2 && code > 0xffff) {
        unit(0xd800 + ((code - 0x10000) >> 10));
        unit(0xdc00 + ((code - 0x10000) & 1023));
      } else unit(code);
    }
  return { bytes: Uint8Array.from(bytes), element };
}
