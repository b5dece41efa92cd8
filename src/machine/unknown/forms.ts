/** Normal forms of operations on unknown values, so that equal conditions are found to be equal. */
import type { CompareOp } from '../../c/ir.ts';
import type { CType } from '../../c/types.ts';
import type { Integer } from '../integers.ts';
import { BITS, Kind, typeOfKind, withoutFacts } from '../kinds.ts';
import type { Scalar } from '../model.ts';
import { add, multiply } from './ranges.ts';
import { UnknownValue } from './value.ts';

/** `x + c` as x and c; anything else as itself and 0. */
export function base(value: Scalar): readonly [Scalar, Integer] {
  const node = value instanceof UnknownValue ? value.node : null;
  return node?.op === '+' && typeof node.right !== 'object' ? [node.left, node.right as Integer] : [value, 0];
}

/**
 * What `ALIGN()` rounds up to an alignment nobody knows, as `(x + mask) & ~mask` says it; null for other values. The sum is taken not to wrap.
 */
export function roundedUp(left: Scalar, right: Scalar): Scalar | null {
  const rest = right instanceof UnknownValue ? right.node : null;
  if (rest?.op !== 'complement') return null;
  const [sum, by] = base(left);
  const [mask, less] = base(rest.left);
  if (sum === mask) return add(by, multiply(less, -1));
  const node = left instanceof UnknownValue ? left.node : null;
  if (node?.op !== '+') return null;
  return node.right === rest.left ? node.left : node.left === rest.left ? node.right : null;
}

/** All comparisons are `==` or `<`, with operands in a fixed order where that is free. */
export function normal(
  op: CompareOp,
  left: Scalar,
  right: Scalar,
): { base: '==' | '<'; left: Scalar; right: Scalar; negated: boolean } {
  switch (op) {
    case '==':
    case '!=': {
      const swap =
        typeof left !== 'object' ||
        (left instanceof UnknownValue && right instanceof UnknownValue && left.id > right.id);
      return { base: '==', left: swap ? right : left, right: swap ? left : right, negated: op === '!=' };
    }
    case '<':
      return { base: '<', left, right, negated: false };
    case '>=':
      return { base: '<', left, right, negated: true };
    case '>':
      return { base: '<', left: right, right: left, negated: false };
    case '<=':
      return { base: '<', left: right, right: left, negated: true };
  }
}

export function except(low: Integer, high: Integer, value: Integer): (readonly [Integer, Integer])[] {
  const parts: (readonly [Integer, Integer])[] = [
    [low, add(value, -1)],
    [add(value, 1), high],
  ];
  return parts.filter(([from, to]) => from <= to);
}

export function typeOfResult(type: CType): string {
  return type.kind === 'pointer' ? 'p' : type.kind === 'int' ? `${type.size}${type.signed}${type.bool}` : type.kind;
}

export function pointerType(value: Scalar, kind: Kind): CType {
  return kind === Kind.Pointer && typeof value === 'object' ? value.type : typeOfKind(kind);
}

/** Bits of value: 1 for _Bool. */
export function bitsOf(kind: Kind): number {
  return kind === Kind.Bool ? 1 : (BITS[kind] ?? 0);
}

export function sameSize(a: Kind, b: Kind): boolean {
  return bitsOf(a) === bitsOf(b);
}

export function sizeAtLeast(a: Kind, b: Kind): boolean {
  return !withoutFacts(a) && !withoutFacts(b) && bitsOf(a) >= bitsOf(b);
}
