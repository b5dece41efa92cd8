/** Random C expressions without undefined behaviour (signed overflow wraps: both sides are built that way). */
import type { Random } from './random.ts';

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly writable: boolean;
  /** How it is read, when not by its name. */
  readonly read?: string;
}

/** What an expression may use. */
export interface Names {
  readonly variables: Variable[];
  /** Functions that take two longs and give a long. Called only as whole statements: they change what expressions read. */
  readonly functions: readonly string[];
  readonly prefix: string;
}

export const INTEGER_TYPES = [
  'int',
  'unsigned int',
  'long',
  'unsigned long',
  'short',
  'unsigned char',
  'signed char',
  'unsigned short',
  'long long',
  '_Bool',
] as const satisfies readonly [string, ...string[]];

const CONSTANTS = [
  '0',
  '1',
  '-1',
  '2',
  '7',
  '31',
  '100',
  '255',
  '256',
  '-128',
  '4095',
  '65535',
  '65536',
  '2147483647',
  '(-2147483647 - 1)',
  '4294967295u',
  '0x80000000u',
  '4294967296l',
  '9007199254740991l',
  '9007199254740993l',
  '9223372036854775807l',
  '(-9223372036854775807l - 1)',
  '0xffffffffffffffffull',
  '0x8000000000000000ull',
  '0xfffffffffffff001ul',
  "'a'",
] as const satisfies readonly [string, ...string[]];

/** An integer expression. */
export function expression(r: Random, names: Names, depth: number): string {
  if (depth <= 0 || r.chance(12)) return leaf(r, names);
  const inner = (): string => expression(r, names, depth - 1);
  switch (r.below(17)) {
    case 0:
    case 1:
    case 2:
      return `(${inner()} ${r.pick(['+', '-', '*'])} ${inner()})`;
    case 3:
    case 4:
      return `(${inner()} ${r.pick(['&', '|', '^'])} ${inner()})`;
    case 5:
      return `(${inner()} ${r.pick(['/', '%'])} ((${inner()} & 15) + 1))`;
    case 6:
      return `(${inner()} ${r.pick(['<<', '>>'])} (${inner()} & ${r.pick(['7', '15', '31'])}))`;
    case 7:
      return `((${r.pick(['long', 'unsigned long'])})${inner()} ${r.pick(['<<', '>>'])} (${inner()} & 63))`;
    case 8:
      return `(${inner()} ${r.pick(['==', '!=', '<', '<=', '>', '>='])} ${inner()})`;
    case 9:
      return `(${inner()} ${r.pick(['&&', '||'])} ${inner()})`;
    case 10:
      return `(${inner()} ? ${inner()} : ${inner()})`;
    case 11:
      return `(${inner()} ?: ${inner()})`;
    case 12:
      return `(${r.pick(['-', '~', '!'])} ${inner()})`;
    case 13:
      return `((${r.pick(INTEGER_TYPES)})${inner()})`;
    case 14:
      // No comma operator: gcc 12 crashes on some of constants.
      return `(${inner()} ${r.pick(['+', '^'])} ({ int q = (int)${inner()}; q * 3; }))`;
    case 15:
      return `({ long t = ${inner()}; t ${r.pick(['+', '^', '-'])} ${inner()}; })`;
    default:
      return fraction(r, names, depth - 1);
  }
}

/** Floating point in a range that converts back without undefined behaviour. */
function fraction(r: Random, names: Names, depth: number): string {
  const small = `(${expression(r, names, depth)} % 1000)`;
  const type = r.pick(['double', 'float']);
  const other = r.pick(['0.5', '3.25', '1e3', '0.1']);
  const body = `((${type})(int)${small} ${r.pick(['+', '-', '*', '/'])} ${other})`;
  return r.chance(50) ? `(${body} ${r.pick(['<', '>=', '=='])} 12.5)` : `((long)${body})`;
}

function leaf(r: Random, names: Names): string {
  if (r.chance(35) || names.variables.length === 0) return r.pick(CONSTANTS);
  const variable = names.variables[r.below(names.variables.length)];
  return variable?.read ?? variable?.name ?? '0';
}
