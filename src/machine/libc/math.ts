/** Numbers: stdlib's conversions and absolute values, and questions about bits. math.h is in `floats.ts`. */
import type { Core } from '../core.ts';
import { wrap } from '../integers.ts';
import { Kind } from '../kinds.ts';
import type { Model, ModelCall, Scalar } from '../model.ts';
import { coreOf } from './core.ts';

const arg = (call: ModelCall, i: number): Scalar => call.args[i] ?? 0;

function model(name: string, run: (m: Core, call: ModelCall) => Scalar | undefined): Model {
  return { name, run: (call) => run(coreOf(call.machine), call) };
}

export function mathModels(): readonly Model[] {
  const absolute = (['abs', 'labs', 'llabs'] as const).map((name) =>
    model(name, (m, call) => {
      const value = m.unknowns.resolve(arg(call, 0));
      if (typeof value === 'object') return m.unknowns.fresh(call.signature.result, `${name}()`);
      return wrap(value < 0 ? -BigInt(value) : value, name === 'abs' ? Kind.I32 : Kind.I64);
    }),
  );
  const numbers = (['atoi', 'atol', 'atoll', 'strtol', 'strtoul', 'strtoll', 'strtoull'] as const).map((name) =>
    model(name, (m, call) => {
      const text = call.machine.readString(arg(call, 0)) ?? '';
      const base = name.startsWith('strto') ? Number(call.machine.concrete(arg(call, 2)) ?? 10) : 10;
      const { value, length } = readInteger(text, base);
      if (name.startsWith('strto') && arg(call, 1) !== 0) {
        const start = m.unknowns.resolve(arg(call, 0));
        m.access.store(arg(call, 1), Kind.Pointer, typeof start === 'number' ? start + length : start, null);
      }
      return wrap(value, name === 'atoi' ? Kind.I32 : name.startsWith('strtou') ? Kind.U64 : Kind.I64);
    }),
  );
  return [...absolute, ...numbers, ...decimals(), ...bits()];
}

const DECIMAL =
  /^\s*([-+]?)(?:(inf(?:inity)?)|(nan)|0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([-+]?\d+))?|((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?))/i;

/** strtod and its kin. */
function decimals(): readonly Model[] {
  return (['atof', 'strtod', 'strtof', 'strtold'] as const).map((name) =>
    model(name, (m, call) => {
      const match = DECIMAL.exec(call.machine.readString(arg(call, 0)) ?? '');
      if (name !== 'atof' && arg(call, 1) !== 0) {
        const start = m.unknowns.resolve(arg(call, 0));
        const end = typeof start === 'number' ? start + (match?.[0].length ?? 0) : start;
        m.access.store(arg(call, 1), Kind.Pointer, end, null);
      }
      if (match === null) return 0;
      const [, sign, inf, nan, whole, part = '', power, digits] = match;
      let value = Number(digits ?? 0);
      if (inf !== undefined) value = Number.POSITIVE_INFINITY;
      else if (nan !== undefined) value = Number.NaN;
      else if (whole !== undefined)
        value = Number.parseInt(`${whole}${part}` || '0', 16) * 2 ** (Number(power ?? 0) - 4 * part.length);
      if (name === 'strtof') value = Math.fround(value);
      return sign === '-' ? -value : value;
    }),
  );
}

/** Names by width: `ffs`, `ffsl`; the sign bits above the value. */
function bits(): readonly Model[] {
  const of = (name: string, width: number, value: bigint): number => {
    const raw = BigInt.asUintN(width, value).toString(2).padStart(width, '0');
    if (name === 'ffs') return raw.includes('1') ? width - raw.lastIndexOf('1') : 0;
    const other = raw.indexOf(raw.startsWith('1') ? '0' : '1');
    return (other < 0 ? width : other) - 1;
  };
  return (['ffs', 'clrsb'] as const).flatMap((name) =>
    ['', 'l', 'll'].map((suffix) =>
      model(`${name}${suffix}`, (m, call) => {
        const value = m.unknowns.resolve(arg(call, 0));
        if (typeof value === 'object') return m.unknowns.fresh(call.signature.result, `${name}()`);
        return of(name, suffix === '' ? 32 : 64, BigInt(value));
      }),
    ),
  );
}

/** As strtol reads: blanks, sign, prefix by base, digits. */
function readInteger(text: string, base: number): { value: bigint; length: number } {
  const head = /^\s*([-+]?)(0[xX](?=[0-9a-fA-F]))?/.exec(text);
  const sign = head?.[1] ?? '';
  let at = head?.[0].length ?? 0;
  if (head?.[2] !== undefined && base !== 0 && base !== 16) at -= 2;
  const radix = base !== 0 ? base : head?.[2] !== undefined ? 16 : text[at] === '0' ? 8 : 10;
  let value = 0n;
  const start = at;
  for (; at < text.length; at++) {
    const digit = Number.parseInt(text[at] ?? '', 36);
    if (Number.isNaN(digit) || digit >= radix) break;
    value = value * BigInt(radix) + BigInt(digit);
  }
  if (at === start) return { value: 0n, length: 0 };
  return { value: sign === '-' ? -value : value, length: at };
}
