/** math.h: each function for double, float and long double (which is computed as double), and the questions about floats. */
import { type Integer, wrap } from '../integers.ts';
import { Kind, kindOf } from '../kinds.ts';
import { DOUBLE, FLOAT, INT } from '../layout.ts';
import type { Model, ModelCall, Scalar } from '../model.ts';
import { coreOf } from './core.ts';

const arg = (call: ModelCall, i: number): Scalar => call.args[i] ?? 0;

const FUNCTIONS: Readonly<Record<string, (x: number, y: number) => number>> = {
  fabs: Math.abs,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: (x) => {
    const whole = Math.trunc(x);
    return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
  },
  rint: toEven,
  nearbyint: toEven,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  atan2: Math.atan2,
  // C: one to any power is one.
  pow: (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y),
  fmod: (x, y) => x % y,
  hypot: Math.hypot,
  fmax: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y)),
  fmin: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y)),
  fdim: (x, y) => (x > y ? x - y : x <= y ? 0 : Number.NaN),
  copysign: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
  remainder: (x, y) => x - y * toEven(x / y),
};

function toEven(x: number): number {
  const low = Math.floor(x);
  const by = x - low;
  if (by === 0 || !Number.isFinite(x)) return x;
  const result = by < 0.5 || (by === 0.5 && low % 2 === 0) ? low : low + 1;
  return result === 0 && x < 0 ? -0 : result;
}

const SMALLEST_NORMAL = 2.2250738585072014e-308;

const QUESTIONS: Readonly<Record<string, (x: number, y: number) => boolean | number>> = {
  isnan: (x) => Number.isNaN(x),
  isnanf: (x) => Number.isNaN(x),
  isnanl: (x) => Number.isNaN(x),
  isinf: (x) => (x === Number.POSITIVE_INFINITY ? 1 : x === Number.NEGATIVE_INFINITY ? -1 : 0),
  isinff: (x) => (x === Number.POSITIVE_INFINITY ? 1 : x === Number.NEGATIVE_INFINITY ? -1 : 0),
  isinfl: (x) => (x === Number.POSITIVE_INFINITY ? 1 : x === Number.NEGATIVE_INFINITY ? -1 : 0),
  isinf_sign: (x) => (x === Number.POSITIVE_INFINITY ? 1 : x === Number.NEGATIVE_INFINITY ? -1 : 0),
  isfinite: (x) => Number.isFinite(x),
  finite: (x) => Number.isFinite(x),
  finitef: (x) => Number.isFinite(x),
  finitel: (x) => Number.isFinite(x),
  isnormal: (x) => Number.isFinite(x) && Math.abs(x) >= SMALLEST_NORMAL,
  fpclassify: (x) =>
    Number.isNaN(x) ? 0 : !Number.isFinite(x) ? 1 : x === 0 ? 2 : Math.abs(x) < SMALLEST_NORMAL ? 3 : 4,
  signbit: (x) => x < 0 || Object.is(x, -0),
  signbitf: (x) => x < 0 || Object.is(x, -0),
  signbitl: (x) => x < 0 || Object.is(x, -0),
  isunordered: (x, y) => Number.isNaN(x) || Number.isNaN(y),
  isgreater: (x, y) => x > y,
  isgreaterequal: (x, y) => x >= y,
  isless: (x, y) => x < y,
  islessequal: (x, y) => x <= y,
  islessgreater: (x, y) => x < y || x > y,
};

/** Numbers of a call, or null when one is not known. */
function known(call: ModelCall): number[] | null {
  const m = coreOf(call.machine);
  const out: number[] = [];
  for (let i = 0; i < call.args.length; i++) {
    const value = m.unknowns.resolve(arg(call, i));
    if (typeof value === 'object') return null;
    out.push(Number(value));
  }
  return out;
}

function answer(name: string, of: (values: readonly number[]) => Scalar): Model {
  return {
    name,
    run: (call) => {
      const values = known(call);
      return values === null ? coreOf(call.machine).unknowns.fresh(call.signature.result, `${name}()`) : of(values);
    },
  };
}

export function floatModels(): readonly Model[] {
  const models: Model[] = [];
  for (const [name, of] of Object.entries(FUNCTIONS))
    models.push(
      answer(name, ([x = 0, y = 0]) => of(x, y)),
      answer(`${name}f`, ([x = 0, y = 0]) => Math.fround(of(x, y))),
      answer(`${name}l`, ([x = 0, y = 0]) => of(x, y)),
    );
  for (const [name, of] of Object.entries(QUESTIONS)) models.push(answer(name, ([x = 0, y = 0]) => Number(of(x, y))));
  for (const suffix of ['', 'f', 'l']) {
    const cut = suffix === 'f' ? Math.fround : (x: number): number => x;
    for (const name of ['ldexp', 'scalbn'])
      models.push(answer(`${name}${suffix}`, ([x = 0, by = 0]) => cut(scale(x, by))));
    models.push(
      answer(`fma${suffix}`, ([x = 0, y = 0, z = 0]) => cut(x * y + z)),
      {
        name: `frexp${suffix}`,
        run: (call) => {
          const m = coreOf(call.machine);
          const [x = 0] = known(call) ?? [];
          const exponent = x === 0 || !Number.isFinite(x) ? 0 : exponentOf(x) + 1;
          m.access.store(arg(call, 1), Kind.I32, exponent, INT);
          return scale(x, -exponent);
        },
      },
      {
        name: `modf${suffix}`,
        run: (call) => {
          const m = coreOf(call.machine);
          const [x = 0] = known(call) ?? [];
          const whole = Math.trunc(x);
          const type = suffix === 'f' ? FLOAT : DOUBLE;
          m.access.store(arg(call, 1), kindOf(type), whole, type);
          return Number.isFinite(x) ? x - whole : 0;
        },
      },
    );
  }
  for (const name of ['lround', 'llround', 'lrint', 'llrint'])
    for (const suffix of ['', 'f'])
      models.push(
        answer(`${name}${suffix}`, ([x = 0]) => {
          const whole = name.endsWith('round') ? (FUNCTIONS['round']?.(x, 0) ?? x) : toEven(x);
          const value: Integer = Number.isFinite(whole) ? BigInt(whole) : -(2n ** 63n);
          return wrap(value, Kind.I64);
        }),
      );
  return models;
}

/** x times two to the power, without overflowing on the way. */
function scale(x: number, by: number): number {
  let value = x;
  for (let left = by; left !== 0 && value !== 0 && Number.isFinite(value); ) {
    const step = Math.max(-1000, Math.min(1000, left));
    value *= 2 ** step;
    left -= step;
  }
  return value;
}

function exponentOf(x: number): number {
  let exponent = Math.floor(Math.log2(Math.abs(x)));
  while (scale(Math.abs(x), -exponent) >= 2) exponent++;
  while (scale(Math.abs(x), -exponent) < 1) exponent--;
  return exponent;
}
