/** The rest of string.h: what scans for sets of characters, compares without case, and the older names. */
import type { Core } from '../core.ts';
import { copyUpTo, fillUpTo } from '../forget.ts';
import { Kind } from '../kinds.ts';
import { CHAR } from '../layout.ts';
import type { Model, ModelCall, Scalar, StateKey } from '../model.ts';
import { coreOf } from './core.ts';
import { compareBytes, compareStrings } from './strings.ts';

const LONGEST = 2 ** 26;

const arg = (call: ModelCall, i: number): Scalar => call.args[i] ?? 0;

function model(name: string, run: (m: Core, call: ModelCall) => Scalar | undefined): Model {
  return { name, run: (call) => run(coreOf(call.machine), call) };
}

function move(m: Core, base: Scalar, by: number): Scalar {
  return typeof base === 'number' ? base + by : m.unknowns.binary('+', base, by, Kind.Pointer);
}

function bytesOf(m: Core, base: Scalar, most: number): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < most && m.ended === null; i++) {
    const byte = m.unknowns.resolve(m.access.load(move(m, base, i), Kind.U8, null));
    if (typeof byte !== 'number' || byte === 0) break;
    bytes.push(byte);
  }
  return bytes;
}

function count(m: Core, value: Scalar | undefined): number {
  const known = m.unknowns.resolve(value ?? 0);
  return typeof known === 'object' ? 0 : Number(known);
}

function put(m: Core, to: Scalar, bytes: readonly number[]): void {
  bytes.forEach((byte, i) => {
    if (m.ended === null) m.access.store(move(m, to, i), Kind.U8, byte, CHAR);
  });
}

const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

/** Where strtok goes on. */
const TOKENS: StateKey<{ at: Scalar }> = { name: 'strtok', create: () => ({ at: 0 }) };

export function moreTextModels(): readonly Model[] {
  const span = (m: Core, call: ModelCall, inside: boolean): number => {
    const set = bytesOf(m, arg(call, 1), LONGEST);
    const text = bytesOf(m, arg(call, 0), LONGEST);
    const end = text.findIndex((byte) => set.includes(byte) !== inside);
    return end < 0 ? text.length : end;
  };
  const withoutCase = (m: Core, call: ModelCall, most: number): number => {
    const [a, b] = [bytesOf(m, arg(call, 0), most), bytesOf(m, arg(call, 1), most)];
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const by = lower(a[i] ?? 0) - lower(b[i] ?? 0);
      if (by !== 0) return by;
    }
    return 0;
  };
  return [
    model('mempcpy', (m, call) => {
      copyUpTo(m, arg(call, 0), arg(call, 1), arg(call, 2));
      return move(m, arg(call, 0), count(m, arg(call, 2)));
    }),
    model('stpcpy', (m, call) => {
      const text = bytesOf(m, arg(call, 1), LONGEST);
      put(m, arg(call, 0), [...text, 0]);
      return move(m, arg(call, 0), text.length);
    }),
    model('stpncpy', (m, call) => {
      const most = count(m, arg(call, 2));
      const text = bytesOf(m, arg(call, 1), most);
      put(m, arg(call, 0), [...text, ...Array.from({ length: most - text.length }, () => 0)]);
      return move(m, arg(call, 0), text.length);
    }),
    model('strndup', (m, call) => {
      const text = bytesOf(m, arg(call, 0), count(m, arg(call, 1)));
      const label = `strndup(${text.length + 1})`;
      const to = call.machine.allocate(text.length + 1, { label, content: 'uninitialised', at: call.at });
      put(m, to, [...text, 0]);
      return to;
    }),
    model('strspn', (m, call) => span(m, call, true)),
    model('strcspn', (m, call) => span(m, call, false)),
    model('strpbrk', (m, call) => {
      const at = span(m, call, false);
      return at === bytesOf(m, arg(call, 0), LONGEST).length ? 0 : move(m, arg(call, 0), at);
    }),
    model('strtok', (m, call) => {
      const state = call.machine.state(TOKENS);
      const from = arg(call, 0) === 0 ? state.at : arg(call, 0);
      if (from === 0) return 0;
      const set = bytesOf(m, arg(call, 1), LONGEST);
      const text = bytesOf(m, from, LONGEST);
      const start = text.findIndex((byte) => !set.includes(byte));
      if (start < 0) {
        state.at = 0;
        return 0;
      }
      const length = text.slice(start).findIndex((byte) => set.includes(byte));
      if (length < 0) state.at = 0;
      else {
        put(m, move(m, from, start + length), [0]);
        state.at = move(m, from, start + length + 1);
      }
      return move(m, from, start);
    }),
    model('strcasecmp', (m, call) => withoutCase(m, call, LONGEST)),
    model('strncasecmp', (m, call) => withoutCase(m, call, count(m, arg(call, 2)))),
    model('strcoll', (m, call) => compareStrings(m, arg(call, 0), arg(call, 1), null)),
    ...(['index', 'rindex'] as const).map((name) =>
      model(name, (m, call) => {
        const wanted = count(m, arg(call, 1)) & 255;
        const text = [...bytesOf(m, arg(call, 0), LONGEST), 0];
        const at = name === 'index' ? text.indexOf(wanted) : text.lastIndexOf(wanted);
        return at < 0 ? 0 : move(m, arg(call, 0), at);
      }),
    ),
    model('bcmp', (m, call) => compareBytes(m, arg(call, 0), arg(call, 1), arg(call, 2))),
    model('bcopy', (m, call) => {
      copyUpTo(m, arg(call, 1), arg(call, 0), arg(call, 2));
      return undefined;
    }),
    model('bzero', (m, call) => {
      fillUpTo(m, arg(call, 0), 0, arg(call, 1));
      return undefined;
    }),
    model('getenv', () => 0),
    model('time', (m, call) => {
      if (arg(call, 0) !== 0) m.access.store(arg(call, 0), Kind.I64, 0, null);
      return 0;
    }),
    model('clock', () => 0),
  ];
}
