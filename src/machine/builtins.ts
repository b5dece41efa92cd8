/** Compiler builtins (`__builtin_*`, va_list) on values; those that are plain C library functions go to the same code as the models. */

import type { BuiltinSite } from './compile/code.ts';
import type { Core } from './core.ts';
import { copyUpTo, fillUpTo } from './forget.ts';
import { canonical, type Integer, wrap } from './integers.ts';
import { isFloat, type Kind, kindOf } from './kinds.ts';
import { sizeOf } from './layout.ts';
import { compareBytes, compareStrings, stringLength } from './libc/strings.ts';
import { alloca, variableArray } from './locals.ts';
import type { Scalar } from './model.ts';
import type { Frame, Task } from './task.ts';
import { render } from './unknown/render.ts';
import { UnknownValue } from './unknown/value.ts';
import { argumentListOf, newArgumentList, nextArgument } from './varargs.ts';

export function builtin(m: Core, task: Task, frame: Frame, site: BuiltinSite, first: number, d: number): void {
  const arg = (i: number): Scalar => m.settled(task, first + i);
  const kind = kindOf(site.type);
  switch (site.name) {
    case 'va_start':
      task.set(d, newArgumentList(m, frame.varargs ?? [], 0));
      return;
    case 'va_copy': {
      const list = argumentListOf(m, arg(0));
      task.set(d, list ? newArgumentList(m, list.values, list.next) : 0);
      return;
    }
    case 'va_arg':
      task.set(d, nextArgument(m, arg(0), site.typeArg ?? site.type));
      return;
    case 'va_end':
    case 'prefetch':
    case 'sync_synchronize':
      return;
    case 'expect':
      task.set(d, arg(0));
      return;
    case 'unreachable':
      m.fault('unreachable', 'a place that is declared unreachable is reached', [], true);
      return;
    case 'trap':
    case 'abort':
      m.emit({ kind: 'note', message: `${site.name}() is called` });
      m.end('aborted');
      return;
    case 'alloca':
      task.set(d, site.typeArg === null ? alloca(m, frame, arg(0)) : variableArray(m, frame, site, arg(0)));
      return;
    case 'return_address':
    case 'frame_address':
      task.set(d, 0);
      return;
    case 'memcpy':
    case 'memmove':
      copyUpTo(m, arg(0), arg(1), arg(2));
      task.set(d, arg(0));
      return;
    case 'memset':
      fillUpTo(m, arg(0), arg(1), arg(2));
      task.set(d, arg(0));
      return;
    case 'memcmp':
      task.set(d, compareBytes(m, arg(0), arg(1), arg(2)));
      return;
    case 'strcmp':
      task.set(d, compareStrings(m, arg(0), arg(1), null));
      return;
    case 'strlen':
      task.set(d, stringLength(m, arg(0)));
      return;
    case 'add_overflow':
    case 'sub_overflow':
    case 'mul_overflow':
      task.set(d, overflow(m, site, [arg(0), arg(1), arg(2)]));
      return;
    case 'inf':
      task.set(d, Number.POSITIVE_INFINITY);
      return;
    case 'nan':
      task.set(d, Number.NaN);
      return;
    default:
      task.set(d, plain(m, site, arg(0), kind));
      return;
  }
}

/** Builtins of one number. */
function plain(m: Core, site: BuiltinSite, value: Scalar, kind: Kind): Scalar {
  const type = site.argTypes[0];
  if (typeof value === 'object') {
    const made = m.unknowns.bytes(`${site.name}#${value.id}`, site.type, `${site.name} of ${render(value)}`);
    const most = mostOf(site.name, type ? 8 * sizeOf(type) : 64);
    if (most !== null && made instanceof UnknownValue) m.unknowns.facts.constrain(made, [[0, most]]);
    return made;
  }
  if (site.name === 'fabs') return Math.abs(Number(value));
  if (site.name === 'isnan') return Number.isNaN(Number(value)) ? 1 : 0;
  if (type && isFloat(kindOf(type))) return Number(value);
  const result = ofInteger(m, site.name, value, type ? 8 * sizeOf(type) : 64);
  return wrap(result, kind);
}

const BITS = /^(clz|ctz|ffs|popcount|parity)(l*)$/;

/** What a count of bits is at most, whatever they are; null: it is none. */
function mostOf(name: string, width: number): number | null {
  const [, what, suffix] = BITS.exec(name) ?? [];
  if (what === undefined) return null;
  const bits = suffix === '' ? Math.min(width, 32) : 64;
  if (what === 'parity') return 1;
  return what === 'clz' || what === 'ctz' ? bits - 1 : bits;
}

function ofInteger(m: Core, name: string, value: Integer, width: number): Integer {
  const suffix = BITS.exec(name);
  const bits = suffix ? (suffix[2] === '' ? 32 : 64) : width;
  const raw = BigInt.asUintN(bits, BigInt(value));
  const text = raw.toString(2);
  const ones = text.split('1').length - 1;
  const trailing = raw === 0n ? bits : text.length - 1 - text.lastIndexOf('1');
  switch (suffix?.[1] ?? name) {
    case 'clz':
    case 'ctz':
      if (raw === 0n)
        m.fault('bug', `\`${m.sourceText() ?? name}\` looks for a set bit in 0: the result is not defined`, [], false);
      if (suffix?.[1] === 'ctz') return trailing;
      return raw === 0n ? bits : bits - text.length;
    case 'ffs':
      return raw === 0n ? 0 : trailing + 1;
    case 'popcount':
      return ones;
    case 'parity':
      return ones & 1;
    case 'bswap16':
    case 'bswap32':
    case 'bswap64':
      return swapBytes(value, Number(name.slice(5)));
    case 'abs':
    case 'labs':
    case 'llabs':
      return value < 0 ? (typeof value === 'number' ? -value : -value) : value;
    default:
      return value;
  }
}

function swapBytes(value: Integer, bits: number): Integer {
  let rest = BigInt.asUintN(bits, BigInt(value));
  let result = 0n;
  for (let i = 0; i < bits; i += 8) {
    result = (result << 8n) | (rest & 255n);
    rest >>= 8n;
  }
  return canonical(result);
}

/** `__builtin_add_overflow(a, b, &r)`: exact, then cut to the type of r. */
function overflow(m: Core, site: BuiltinSite, args: readonly Scalar[]): Scalar {
  const [a, b, to] = args;
  const pointer = site.argTypes[2];
  const type = pointer?.kind === 'pointer' ? pointer.to : site.type;
  const kind = kindOf(type);
  if (a === undefined || b === undefined || to === undefined) return 0;
  if (typeof a === 'object' || typeof b === 'object') {
    m.access.store(to, kind, m.unknowns.fresh(type, 'result of an arithmetic check'), type);
    return m.unknowns.fresh(site.type, `${site.name}`);
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  const exact = site.name === 'add_overflow' ? x + y : site.name === 'sub_overflow' ? x - y : x * y;
  const cut = wrap(canonical(exact), kind);
  m.access.store(to, kind, cut, type);
  return BigInt(cut) === exact ? 0 : 1;
}
