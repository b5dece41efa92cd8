/** Numbers: stdlib's conversions and absolute values, and the common functions of math.h on doubles. */
import type { Core } from '../core.ts';
import { wrap } from '../integers.ts';
import { Kind } from '../kinds.ts';
import type { Model, ModelCall, Scalar } from '../model.ts';
import { coreOf } from './core.ts';

const arg = (call: ModelCall, i: number): Scalar => call.args[i] ?? 0;

function model(name: string, run: (m: Core, call: ModelCall) => Scalar | undefined): Model {
  return { name, run: (call) => run(coreOf(call.machine), call) };
}

const FUNCTIONS: Readonly<Record<string, (x: number, y: number) => number>> = {
  fabs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: (x) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  atan: Math.atan,
  atan2: Math.atan2,
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  pow: (x, y) => x ** y,
  fmod: (x, y) => x % y,
};

export function mathModels(): readonly Model[] {
  const doubles = Object.entries(FUNCTIONS).map(([name, of]) =>
    model(name, (m, call) => {
      const [x, y] = [m.unknowns.resolve(arg(call, 0)), m.unknowns.resolve(arg(call, 1))];
      if (typeof x === 'object' || typeof y === 'object') return m.unknowns.fresh(call.signature.result, `${name}()`);
      return of(Number(x), Number(y));
    }),
  );
  const absolute = (['abs', 'labs', 'llabs'] as const).map((name) =>
    model(name, (m, call) => {
      const value = m.unknowns.resolve(arg(call, 0));
      if (typeof value === 'object') return m.unknowns.fresh(call.signature.result, `${name}()`);
      return wrap(value < 0 ? -BigInt(value) : value, name === 'abs' ? Kind.I32 : Kind.I64);
    }),
  );
  const numbers = (['atoi', 'atol', 'atoll', 'strtol', 'strtoul'] as const).map((name) =>
    model(name, (m, call) => {
      const text = call.machine.readString(arg(call, 0)) ?? '';
      const base = name.startsWith('strto') ? Number(call.machine.concrete(arg(call, 2)) ?? 10) : 10;
      const { value, length } = readInteger(text, base);
      if (name.startsWith('strto') && arg(call, 1) !== 0) {
        const start = m.unknowns.resolve(arg(call, 0));
        m.access.store(arg(call, 1), Kind.Pointer, typeof start === 'number' ? start + length : start, null);
      }
      return wrap(value, name === 'atoi' ? Kind.I32 : name === 'strtoul' ? Kind.U64 : Kind.I64);
    }),
  );
  return [...doubles, ...absolute, ...numbers];
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
