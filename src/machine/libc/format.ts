/** printf's format language: splits a format into pieces, and renders one number or text. Pure; where arguments come from is not here. */
import type { Integer } from '../integers.ts';
import { exactFixed, exactScientific, hexadecimalFloat } from './decimal.ts';

export interface Conversion {
  readonly flags: {
    readonly left: boolean;
    readonly plus: boolean;
    readonly space: boolean;
    readonly alternate: boolean;
    readonly zero: boolean;
  };
  /** `star`: taken from the arguments. */
  readonly width: number | 'star' | null;
  readonly precision: number | 'star' | null;
  /** hh, h, l, ll, z, j, t, L, or nothing. */
  readonly length: string;
  readonly letter: string;
  readonly text: string;
}

/** Text between conversions, and conversions, in order. */
export type Piece = string | Conversion;

/** Widths and precisions beyond this are cut: nobody wants a terabyte of blanks. */
export const WIDEST = 65536;

const PATTERN = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(hh|h|ll|l|z|j|t|L|q)?([a-zA-Z%])/y;

export function parseFormat(format: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < format.length) {
    const next = format.indexOf('%', at);
    if (next < 0) {
      pieces.push(format.slice(at));
      break;
    }
    if (next > at) pieces.push(format.slice(at, next));
    PATTERN.lastIndex = next;
    const found = PATTERN.exec(format);
    if (found === null) {
      pieces.push({ ...EMPTY, text: format.slice(next) });
      break;
    }
    const [text, flags = '', width, precision, length = '', letter = ''] = found;
    at = next + text.length;
    if (letter === '%') pieces.push('%');
    else
      pieces.push({
        flags: {
          left: flags.includes('-'),
          plus: flags.includes('+'),
          space: flags.includes(' '),
          alternate: flags.includes('#'),
          zero: flags.includes('0'),
        },
        width: width === undefined ? null : width === '*' ? 'star' : Math.min(WIDEST, Number(width)),
        precision: precision === undefined ? null : precision === '*' ? 'star' : Math.min(WIDEST, Number(precision)),
        length,
        letter,
        text,
      });
  }
  return pieces;
}

const EMPTY: Conversion = {
  flags: { left: false, plus: false, space: false, alternate: false, zero: false },
  width: null,
  precision: null,
  length: '',
  letter: '',
  text: '',
};

/** Width and precision after `*` has been resolved. */
export interface Shape {
  readonly width: number;
  readonly precision: number | null;
  readonly left: boolean;
}

export function pad(body: string, shape: Shape, zeroAfter: string | null): string {
  const missing = Math.min(shape.width, WIDEST) - body.length;
  if (missing <= 0) return body;
  if (shape.left) return body + ' '.repeat(missing);
  if (zeroAfter === null) return ' '.repeat(missing) + body;
  return zeroAfter + '0'.repeat(missing) + body.slice(zeroAfter.length);
}

/** d, i, u, x, X, o, b, c-less integers. */
export function formatInteger(c: Conversion, shape: Shape, value: Integer): string {
  const base =
    c.letter === 'x' || c.letter === 'X' || c.letter === 'p' ? 16 : c.letter === 'o' ? 8 : c.letter === 'b' ? 2 : 10;
  const negative = value < 0;
  let digits = (negative ? -BigInt(value) : BigInt(value)).toString(base);
  if (c.letter === 'X') digits = digits.toUpperCase();
  if (shape.precision === 0 && value === 0) digits = '';
  if (shape.precision !== null) digits = digits.padStart(Math.min(shape.precision, WIDEST), '0');
  if (c.flags.alternate && base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
  const signed = c.letter === 'd' || c.letter === 'i';
  let prefix = negative ? '-' : signed && c.flags.plus ? '+' : signed && c.flags.space ? ' ' : '';
  if (c.flags.alternate && base === 16 && value !== 0) prefix = c.letter === 'X' ? '0X' : '0x';
  const zero = c.flags.zero && !shape.left && shape.precision === null;
  return pad(prefix + digits, shape, zero ? prefix : null);
}

/** e, f, g, a and their capitals. */
export function formatFloat(c: Conversion, shape: Shape, value: number): string {
  const lower = c.letter.toLowerCase();
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? '-' : c.flags.plus ? '+' : c.flags.space ? ' ' : '';
  const magnitude = Math.abs(value);
  let body: string;
  let zero = c.flags.zero && !shape.left;
  if (!Number.isFinite(value)) {
    body = Number.isNaN(value) ? 'nan' : 'inf';
    zero = false;
  } else if (lower === 'f') body = exactFixed(magnitude, shape.precision ?? 6, c.flags.alternate);
  else if (lower === 'e') body = exactScientific(magnitude, shape.precision ?? 6, c.flags.alternate);
  else if (lower === 'a') body = hexadecimalFloat(magnitude, shape.precision);
  else body = general(magnitude, shape.precision ?? 6, c.flags.alternate);
  if (c.letter !== lower) body = body.toUpperCase();
  const prefix = lower === 'a' && Number.isFinite(value) ? sign + body.slice(0, 2) : sign;
  return pad(sign + body, shape, zero ? prefix : null);
}

function general(value: number, precision: number, alternate: boolean): string {
  const digits = precision === 0 ? 1 : precision;
  const scientific = exactScientific(value, digits - 1, false);
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (exponent < -4 || exponent >= digits)
    return alternate ? exactScientific(value, digits - 1, true) : trim(scientific);
  const fixed = exactFixed(value, digits - 1 - exponent, alternate);
  return alternate ? fixed : trim(fixed);
}

/** %g drops zeros at the end of the fraction. */
function trim(text: string): string {
  const at = text.indexOf('e');
  const mantissa = at < 0 ? text : text.slice(0, at);
  const rest = at < 0 ? '' : text.slice(at);
  return (mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa) + rest;
}
