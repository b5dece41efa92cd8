/** What an operation on unknown values gives once its operands are known. Knows no facts. */
import { compute, type Integer, rangeOf, wrap } from '../integers.ts';
import type { Kind } from '../kinds.ts';
import type { Node } from './value.ts';

/** The result of an operation on known operands; null when it has none. */
export function fold(node: Node, kind: Kind, left: Integer, right: Integer): Integer | null {
  switch (node.op) {
    case '==':
      return left === right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case 'not':
      return left === 0 ? 1 : 0;
    case 'neg':
      return wrap(typeof left === 'number' ? 0 - left : -left, kind);
    case 'complement':
      return wrap(-BigInt(left) - 1n, kind);
    case 'convert':
      return wrap(left, kind);
    case 'extract':
      return field(left, node.shift, node.width, kind);
    case 'insert': {
      const mask = ((1n << BigInt(node.width)) - 1n) << BigInt(node.shift);
      return wrap((BigInt(left) & ~mask) | ((BigInt(right) << BigInt(node.shift)) & mask), kind);
    }
    case 'bytes':
      return null;
    default: {
      const result = compute(node.op, left, right, node.kind);
      return typeof result === 'string' ? null : result;
    }
  }
}

/** A bit-field's value out of its storage unit. */
export function field(unit: Integer, shift: number, width: number, kind: Kind): Integer {
  const raw = (BigInt(unit) >> BigInt(shift)) & ((1n << BigInt(width)) - 1n);
  return wrap(rangeOf(kind)[0] === 0 ? raw : BigInt.asIntN(width, raw), kind);
}
