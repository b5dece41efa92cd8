/** Unknown values in C words, for questions and messages. */
import { OBJECT_BASE, type Scalar } from '../model.ts';
import { UnknownValue } from './value.ts';

/** Pointers from here up are errors (`include/linux/err.h`: the last 4095 values). */
export const FIRST_ERROR = 2n ** 64n - 4095n;

/** Source words to an expression: `parameter dev` → `dev`, `result of foo()` → `foo()`. */
export function asExpression(source: string): string {
  return source.replace(/^(parameter|result of|variable) /, '');
}

/** A value in words, as what something else is made of: an expression in parentheses where it is more than a name. */
export function sourceName(value: UnknownValue, nameOf: NameOf = () => null): string {
  return value.node === null ? asExpression(value.source) : operand(value, 0, nameOf);
}

/** Names an address that is known by now; null: it has no name. */
export type NameOf = (address: number) => string | null;

export function render(value: Scalar, depth = 0, nameOf: NameOf = () => null): string {
  if (typeof value !== 'object') return constant(value, nameOf);
  if (!(value instanceof UnknownValue) || value.node === null) return asExpression(value.source);
  if (depth > 6) return '…';
  const { op, left, right, shift, width } = value.node;
  const l = () => operand(left, depth, nameOf);
  switch (op) {
    case 'convert':
      return render(left, depth, nameOf);
    case 'not':
      return `!${l()}`;
    case 'neg':
      return `-${l()}`;
    case 'complement':
      return `~${l()}`;
    case 'extract':
      if (value.source !== 'extract') return value.source;
      return `bits ${shift}..${shift + width - 1} of ${l()}`;
    case 'insert':
    case 'bytes':
      return value.source;
    case '&':
    case '|':
    case '^':
      return `${l()} ${op} ${typeof right === 'object' ? operand(right, depth, nameOf) : hexadecimal(right)}`;
    case '<':
      if (right === FIRST_ERROR) return `!IS_ERR(${render(left, depth + 1, nameOf)})`;
      return `${l()} < ${operand(right, depth, nameOf)}`;
    case '==':
      if (right === 0 && left instanceof UnknownValue && left.type.kind === 'pointer') return `${l()} == NULL`;
      return `${l()} == ${operand(right, depth, nameOf)}`;
    default:
      return `${l()} ${op} ${operand(right, depth, nameOf)}`;
  }
}

function operand(value: Scalar, depth: number, nameOf: NameOf): string {
  const text = render(value, depth + 1, nameOf);
  const compound = value instanceof UnknownValue && value.node !== null && /\s/.test(text);
  return compound ? `(${text})` : text;
}

function constant(value: number | bigint, nameOf: NameOf): string {
  const name = typeof value === 'number' && value >= OBJECT_BASE ? nameOf(value) : null;
  if (name !== null) return name;
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value);
  if (value >= FIRST_ERROR) return `-${2n ** 64n - BigInt(value)}`;
  return value >= 65536 ? `0x${value.toString(16)}` : String(value);
}

function hexadecimal(value: number | bigint): string {
  return value < 10 ? String(value) : `0x${value.toString(16)}`;
}
