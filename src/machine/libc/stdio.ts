/** printf and its family, puts, putchar. Output is bytes, one character each (latin-1) until it reaches the sink. */

import type { CType } from '../../c/types.ts';
import type { Core } from '../core.ts';
import { type Integer, wrap } from '../integers.ts';
import { Kind, kindOf } from '../kinds.ts';
import { CHAR, DOUBLE, INT, LONG, UNSIGNED_INT, UNSIGNED_LONG, VOID_POINTER } from '../layout.ts';
import type { Model, ModelCall, Scalar } from '../model.ts';
import { render } from '../unknown/render.ts';
import { argumentListOf, nextArgument } from '../varargs.ts';
import { coreOf } from './core.ts';
import { type Conversion, formatFloat, formatInteger, pad, parseFormat, type Shape, WIDEST } from './format.ts';

/** Receives what the program prints: characters 0..255. `error`: to stderr. */
export type Sink = (text: string, error: boolean) => void;

/** Gives the arguments of a format one by one; null: there are no more. */
type NextArgument = (type: CType) => Scalar | null;

/** All output of one call is cut here. */
const LONGEST = 2 ** 22;

export function stdioModels(sink: Sink): readonly Model[] {
  const write = (m: Core, text: string, error: boolean): void => {
    m.emit({ kind: 'print', text });
    sink(text, error);
  };
  const toStream = (m: Core, text: string, stream: Scalar): void => {
    const error = m.services?.addressOf('stderr');
    const known =
      typeof error === 'number' && error !== 0 ? m.unknowns.resolve(m.access.load(error, Kind.U64, null)) : null;
    write(m, text, known !== null && known === m.unknowns.resolve(stream));
  };
  const model = (name: string, run: (m: Core, call: ModelCall) => Scalar | undefined): Model => ({
    name,
    run: (call) => run(coreOf(call.machine), call),
  });
  const arg = (call: ModelCall, i: number): Scalar => call.args[i] ?? 0;
  return withUnlocked([
    model('printf', (m, call) => {
      const text = format(m, arg(call, 0), rest(m, call, 1));
      write(m, text, false);
      return text.length;
    }),
    model('fprintf', (m, call) => {
      const text = format(m, arg(call, 1), rest(m, call, 2));
      toStream(m, text, arg(call, 0));
      return text.length;
    }),
    model('sprintf', (m, call) => put(m, arg(call, 0), null, format(m, arg(call, 1), rest(m, call, 2)))),
    model('snprintf', (m, call) => put(m, arg(call, 0), arg(call, 1), format(m, arg(call, 2), rest(m, call, 3)))),
    model('vprintf', (m, call) => {
      const text = format(m, arg(call, 0), listed(m, arg(call, 1)));
      write(m, text, false);
      return text.length;
    }),
    model('vfprintf', (m, call) => {
      const text = format(m, arg(call, 1), listed(m, arg(call, 2)));
      toStream(m, text, arg(call, 0));
      return text.length;
    }),
    model('vsprintf', (m, call) => put(m, arg(call, 0), null, format(m, arg(call, 1), listed(m, arg(call, 2))))),
    model('vsnprintf', (m, call) =>
      put(m, arg(call, 0), arg(call, 1), format(m, arg(call, 2), listed(m, arg(call, 3)))),
    ),
    model('puts', (m, call) => {
      const text = text_(m, arg(call, 0), null);
      write(m, `${text}\n`, false);
      return text.length + 1;
    }),
    model('fputs', (m, call) => {
      toStream(m, text_(m, arg(call, 0), null), arg(call, 1));
      return 1;
    }),
    model('putchar', (m, call) => {
      write(m, character(m, arg(call, 0)), false);
      return arg(call, 0);
    }),
    ...['putc', 'fputc'].map((name) =>
      model(name, (m, call) => {
        toStream(m, character(m, arg(call, 0)), arg(call, 1));
        return arg(call, 0);
      }),
    ),
    model('fwrite', (m, call) => {
      const bytes = Number(m.services?.concrete(arg(call, 1)) ?? 0) * Number(m.services?.concrete(arg(call, 2)) ?? 0);
      toStream(m, raw(m, arg(call, 0), bytes), arg(call, 3));
      return arg(call, 2);
    }),
    model('write', (m, call) => {
      const bytes = Number(m.services?.concrete(arg(call, 2)) ?? 0);
      write(m, raw(m, arg(call, 1), bytes), m.services?.concrete(arg(call, 0)) === 2);
      return bytes;
    }),
    model('perror', (m, call) => {
      write(m, `${text_(m, arg(call, 0), null)}: Success\n`, true);
      return undefined;
    }),
    model('fflush', () => 0),
    ...['getchar', 'getc', 'fgetc'].map((name) => model(name, () => -1)),
  ]);
}

/** glibc's names for the same without the stream's lock. */
function withUnlocked(models: readonly Model[]): readonly Model[] {
  return [...models, ...models.map(({ name, run }) => ({ name: `${name}_unlocked`, run }))];
}

function character(m: Core, value: Scalar): string {
  const known = m.unknowns.resolve(value);
  return typeof known === 'object' ? '?' : String.fromCharCode(Number(wrap(known, Kind.U8)));
}

function rest(m: Core, call: ModelCall, from: number): NextArgument {
  let next = from;
  return (type) => {
    const value = call.args[next];
    const given = call.argTypes[next];
    next++;
    if (value === undefined) return null;
    const kind = kindOf(type);
    if (given?.kind === 'float' || type.kind === 'float' || given?.kind === 'struct') return value;
    return m.fit(value, type, kind);
  };
}

function listed(m: Core, handle: Scalar): NextArgument {
  const list = argumentListOf(m, handle);
  return (type) => (list === null || list.next >= list.values.length ? null : nextArgument(m, handle, type));
}

/** Writes a text with its terminating 0 into memory, at most `size` bytes in all; answers its whole length. */
function put(m: Core, to: Scalar, size: Scalar | null, text: string): number {
  const most = size === null ? Number.POSITIVE_INFINITY : Number(m.services?.concrete(size) ?? 0);
  if (most === 0) return text.length;
  const length = Math.min(text.length, most - 1);
  for (let i = 0; i <= length && m.ended === null; i++) {
    const at = m.unknowns.resolve(typeof to === 'number' ? to + i : m.unknowns.binary('+', to, i, Kind.Pointer));
    m.access.store(at, Kind.U8, i === length ? 0 : text.charCodeAt(i) & 255, CHAR);
  }
  return text.length;
}

/** Bytes as characters 0..255. */
function raw(m: Core, address: Scalar, bytes: number): string {
  let text = '';
  for (let i = 0; i < bytes && m.ended === null && text.length < LONGEST; i++) {
    const at = typeof address === 'number' ? address + i : m.unknowns.binary('+', address, i, Kind.Pointer);
    text += character(m, m.access.load(at, Kind.U8, null));
  }
  return text;
}

/** A C string as characters 0..255. */
function text_(m: Core, address: Scalar, most: number | null): string {
  let text = '';
  const base = m.unknowns.resolve(address);
  for (let i = 0; i < (most ?? LONGEST) && m.ended === null; i++) {
    const at = typeof base === 'number' ? base + i : m.unknowns.binary('+', base, i, Kind.Pointer);
    const byte = m.unknowns.resolve(m.access.load(at, Kind.U8, null));
    if (typeof byte === 'object') return `${text}?`;
    if (byte === 0) break;
    text += String.fromCharCode(Number(byte));
  }
  return text;
}

function format(m: Core, formatAddress: Scalar, next: NextArgument): string {
  let out = '';
  for (const piece of parseFormat(text_(m, formatAddress, null))) {
    if (m.ended !== null || out.length > LONGEST) break;
    out += typeof piece === 'string' ? piece : conversion(m, piece, next, out.length);
  }
  return out;
}

function conversion(m: Core, c: Conversion, next: NextArgument, written: number): string {
  const star = (): number => Number(m.services?.concrete(next(INT) ?? 0) ?? 0);
  let width = c.width === 'star' ? star() : (c.width ?? 0);
  let { left } = c.flags;
  if (width < 0) {
    left = true;
    width = -width;
  }
  let precision = c.precision === 'star' ? star() : c.precision;
  if (precision !== null && precision < 0) precision = null;
  const shape: Shape = {
    width: Math.min(width, WIDEST),
    precision: precision === null ? null : Math.min(precision, WIDEST),
    left,
  };
  const type = typeFor(c);
  if (type === null) return bad(m, `the conversion ${c.text}`, c.text);
  const value = next(type);
  if (value === null) return bad(m, `an argument for ${c.text}`, '');
  const known = m.unknowns.resolve(value);
  if (c.letter === 'n') {
    const pointee =
      c.length === 'l' || c.length === 'll'
        ? Kind.I64
        : c.length === 'hh'
          ? Kind.I8
          : c.length === 'h'
            ? Kind.I16
            : Kind.I32;
    m.access.store(known, pointee, written, null);
    return '';
  }
  if (typeof known === 'object' && c.letter !== 's') return pad(`<${render(known)}>`, shape, null);
  switch (c.letter) {
    case 's':
      return pad(known === 0 ? '(null)' : text_(m, known, shape.precision), shape, null);
    case 'c':
      return pad(character(m, known), shape, null);
    case 'p':
      if (known === 0) return pad('(nil)', shape, null);
      return formatInteger({ ...c, flags: { ...c.flags, alternate: true } }, shape, known as Integer);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      return formatFloat(c, shape, Number(known));
    default:
      return formatInteger(c, shape, narrow(c, known as Integer));
  }
}

function bad(m: Core, what: string, instead: string): string {
  m.fault('bug', `a printf format wants ${what}, which is not there`, [], false);
  return instead;
}

/** hh and h print what is left after the conversion back. */
function narrow(c: Conversion, value: Integer): Integer {
  const signed = c.letter === 'd' || c.letter === 'i';
  if (c.length === 'hh') return wrap(value, signed ? Kind.I8 : Kind.U8);
  if (c.length === 'h') return wrap(value, signed ? Kind.I16 : Kind.U16);
  return value;
}

function typeFor(c: Conversion): CType | null {
  const long =
    c.length === 'l' ||
    c.length === 'll' ||
    c.length === 'z' ||
    c.length === 'j' ||
    c.length === 't' ||
    c.length === 'q';
  switch (c.letter) {
    case 'd':
    case 'i':
      return long ? LONG : INT;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
    case 'b':
      return long ? UNSIGNED_LONG : UNSIGNED_INT;
    case 'c':
      return INT;
    case 's':
    case 'p':
    case 'n':
      return VOID_POINTER;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      return DOUBLE;
    default:
      return null;
  }
}
