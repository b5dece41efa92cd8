/** string.h and ctype.h on simulated memory. */

import type { Core } from '../core.ts';
import { copyUpTo, fillUpTo } from '../forget.ts';
import { Kind } from '../kinds.ts';
import { CHAR } from '../layout.ts';
import type { Model, ModelCall, Scalar } from '../model.ts';
import { coreOf } from './core.ts';
import { compareBytes, compareStrings, stringLength } from './strings.ts';

const LONGEST = 2 ** 26;

const arg = (call: ModelCall, i: number): Scalar => call.args[i] ?? 0;

function model(name: string, run: (m: Core, call: ModelCall) => Scalar | undefined): Model {
  return { name, run: (call) => run(coreOf(call.machine), call) };
}

function move(m: Core, base: Scalar, by: number): Scalar {
  return typeof base === 'number' ? base + by : m.unknowns.binary('+', base, by, Kind.Pointer);
}

function byteAt(m: Core, base: Scalar, offset: number): Scalar {
  return m.unknowns.resolve(m.access.load(move(m, base, offset), Kind.U8, null));
}

/** A length argument; an unknown one reads as 0. */
function count(m: Core, value: Scalar): number {
  const known = m.unknowns.resolve(value);
  return typeof known === 'object' ? 0 : Number(known);
}

/** Copies bytes up to and with the first 0; answers how many. */
function copyString(m: Core, to: Scalar, from: Scalar, most: number): number {
  for (let i = 0; i < most && m.ended === null; i++) {
    const byte = byteAt(m, from, i);
    m.access.store(move(m, to, i), Kind.U8, byte, CHAR);
    if (byte === 0) return i;
  }
  return most;
}

/** Position of a byte, going up to the end of the string; the terminating 0 counts. */
function find(m: Core, base: Scalar, wanted: number, last: boolean): number | null {
  let found: number | null = null;
  for (let i = 0; i < LONGEST && m.ended === null; i++) {
    const byte = byteAt(m, base, i);
    if (byte === wanted) {
      found = i;
      if (!last) return found;
    }
    if (byte === 0 || typeof byte === 'object') return found;
  }
  return found;
}

function textOf(m: Core, base: Scalar): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < LONGEST && m.ended === null; i++) {
    const byte = byteAt(m, base, i);
    if (typeof byte !== 'number' || byte === 0) break;
    bytes.push(byte);
  }
  return bytes;
}

export function textModels(): readonly Model[] {
  return [
    ...['memcpy', 'memmove'].map((name) =>
      model(name, (m, call) => {
        copyUpTo(m, arg(call, 0), arg(call, 1), arg(call, 2));
        return arg(call, 0);
      }),
    ),
    model('memset', (m, call) => {
      fillUpTo(m, arg(call, 0), arg(call, 1), arg(call, 2));
      return arg(call, 0);
    }),
    model('memcmp', (m, call) => compareBytes(m, arg(call, 0), arg(call, 1), arg(call, 2))),
    model('memchr', (m, call) => {
      const wanted = count(m, arg(call, 1)) & 255;
      for (let i = 0; i < count(m, arg(call, 2)) && m.ended === null; i++)
        if (byteAt(m, arg(call, 0), i) === wanted) return move(m, arg(call, 0), i);
      return 0;
    }),
    model('strlen', (m, call) => stringLength(m, arg(call, 0))),
    model('strnlen', (m, call) => {
      const most = count(m, arg(call, 1));
      for (let i = 0; i < most && m.ended === null; i++) if (byteAt(m, arg(call, 0), i) === 0) return i;
      return most;
    }),
    model('strcmp', (m, call) => compareStrings(m, arg(call, 0), arg(call, 1), null)),
    model('strncmp', (m, call) => compareStrings(m, arg(call, 0), arg(call, 1), count(m, arg(call, 2)))),
    model('strcpy', (m, call) => {
      copyString(m, arg(call, 0), arg(call, 1), LONGEST);
      return arg(call, 0);
    }),
    model('strncpy', (m, call) => {
      const most = count(m, arg(call, 2));
      const length = copyString(m, arg(call, 0), arg(call, 1), most);
      for (let i = length; i < most && m.ended === null; i++)
        m.access.store(move(m, arg(call, 0), i), Kind.U8, 0, CHAR);
      return arg(call, 0);
    }),
    model('strcat', (m, call) => {
      const end = find(m, arg(call, 0), 0, false) ?? 0;
      copyString(m, move(m, arg(call, 0), end), arg(call, 1), LONGEST);
      return arg(call, 0);
    }),
    model('strncat', (m, call) => {
      const start = move(m, arg(call, 0), find(m, arg(call, 0), 0, false) ?? 0);
      const most = count(m, arg(call, 2));
      if (copyString(m, start, arg(call, 1), most) === most) m.access.store(move(m, start, most), Kind.U8, 0, CHAR);
      return arg(call, 0);
    }),
    ...(['strchr', 'strrchr'] as const).map((name) =>
      model(name, (m, call) => {
        const at = find(m, arg(call, 0), count(m, arg(call, 1)) & 255, name === 'strrchr');
        return at === null ? 0 : move(m, arg(call, 0), at);
      }),
    ),
    model('strstr', (m, call) => {
      const text = textOf(m, arg(call, 0));
      const part = textOf(m, arg(call, 1));
      for (let i = 0; i + part.length <= text.length; i++)
        if (part.every((byte, k) => text[i + k] === byte)) return move(m, arg(call, 0), i);
      return 0;
    }),
    model('strdup', (m, call) => {
      const length = textOf(m, arg(call, 0)).length;
      const to = call.machine.allocate(length + 1, {
        label: `strdup(${length + 1})`,
        content: 'uninitialised',
        at: call.at,
      });
      m.copy(to, arg(call, 0), length + 1);
      return to;
    }),
    ...characterModels(),
  ];
}

const CLASSES: Readonly<Record<string, (c: number) => boolean>> = {
  isdigit: (c) => c >= 48 && c <= 57,
  isupper: (c) => c >= 65 && c <= 90,
  islower: (c) => c >= 97 && c <= 122,
  isalpha: (c) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122),
  isalnum: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122),
  isspace: (c) => c === 32 || (c >= 9 && c <= 13),
  isblank: (c) => c === 32 || c === 9,
  isxdigit: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
  isprint: (c) => c >= 32 && c < 127,
  isgraph: (c) => c > 32 && c < 127,
  iscntrl: (c) => (c >= 0 && c < 32) || c === 127,
  ispunct: (c) => c > 32 && c < 127 && !((c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122)),
};

/** What glibc answers for yes: the bit of the class in its table. */
const MASKS: Readonly<Record<string, number>> = {
  isupper: 256,
  islower: 512,
  isalpha: 1024,
  isdigit: 2048,
  isxdigit: 4096,
  isspace: 8192,
  isprint: 16384,
  isgraph: 32768,
  isblank: 1,
  iscntrl: 2,
  ispunct: 4,
  isalnum: 8,
};

function characterModels(): readonly Model[] {
  const known = (m: Core, call: ModelCall, of: (c: number) => Scalar): Scalar => {
    const value = m.unknowns.resolve(arg(call, 0));
    return typeof value === 'object' ? m.unknowns.fresh(call.signature.result, `${call.name}()`) : of(Number(value));
  };
  return [
    ...Object.entries(CLASSES).map(([name, test]) =>
      model(name, (m, call) => known(m, call, (c) => (test(c) ? (MASKS[name] ?? 1) : 0))),
    ),
    model('toupper', (m, call) => known(m, call, (c) => (c >= 97 && c <= 122 ? c - 32 : c))),
    model('tolower', (m, call) => known(m, call, (c) => (c >= 65 && c <= 90 ? c + 32 : c))),
  ];
}
