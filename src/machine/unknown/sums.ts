/**
 * Sums of two unknown values: what the parts say of the whole, and the whole of a part. Counts and sizes are added up so that they fit:
 * a sum is taken not to wrap. So is a count and a few more; other sums with a known number are exact, and not looked at here.
 */
import { type Integer, rangeOf } from '../integers.ts';
import { type Kind, withoutFacts } from '../kinds.ts';
import type { Scalar } from '../model.ts';
import { add, highest, intersect, lowest, multiply, type Ranges, shifted } from './ranges.ts';
import { UnknownValue } from './value.ts';

/** A sum of two unknown values of one kind. */
export interface Sum {
  readonly left: UnknownValue;
  readonly right: UnknownValue;
  readonly kind: Kind;
}

/** The value as such a sum; null for everything else. */
export function sumOf({ node, kind }: UnknownValue): Sum | null {
  if (node?.op !== '+' || withoutFacts(kind)) return null;
  const { left, right } = node;
  if (!(left instanceof UnknownValue) || !(right instanceof UnknownValue)) return null;
  if (left.kind !== kind || right.kind !== kind || left.type.kind === 'pointer' || right.type.kind === 'pointer')
    return null;
  return isSigned(kind) || !(takesAway(left) || takesAway(right)) ? { left, right, kind } : null;
}

function isSigned(kind: Kind): boolean {
  return rangeOf(kind)[0] < 0;
}

/** What is added without a sign may stand for something negative. */
function takesAway({ node }: UnknownValue): boolean {
  switch (node?.op) {
    case 'neg':
    case 'complement':
    case '-':
      return true;
    case 'convert':
      return node.left instanceof UnknownValue && isSigned(node.left.kind);
    default:
      return false;
  }
}

/** What a sum can be; null: anything. */
export function wholeOf(left: Ranges, right: Ranges, kind: Kind): Ranges | null {
  return within(lowest(left), lowest(right), highest(left), highest(right), kind);
}

/** What one part of a sum can be, given the sum and the other part; null: anything. */
export function partOf(whole: Ranges, other: Ranges, kind: Kind): Ranges | null {
  const [least, most] = [lowest(other), highest(other)];
  return least === null || most === null
    ? null
    : within(lowest(whole), multiply(most, -1), highest(whole), multiply(least, -1), kind);
}

/**
 * What a count and a few more (`count + 1`) can be; null: this says nothing of it, and the sum is exact. Only of a count as it was found: what
 * was worked out may stand for something negative.
 */
export function oneMore(count: Scalar, ranges: Ranges, more: Integer, kind: Kind): Ranges | null {
  const [low, high] = rangeOf(kind);
  if (low < 0 || more <= 0 || more > A_FEW || !(count instanceof UnknownValue) || count.node !== null) return null;
  const least = lowest(ranges);
  if (count.kind !== kind || least === null || add(least, more) > high) return null;
  return shifted(intersect(ranges, [[least, add(high, multiply(more, -1))]]), more, low, high);
}

/** Elements behind the last, a header, room for an end. */
const A_FEW = 64;

/** What `c - x` can be, when no value of x makes it wrap (`63 - clz(n)`); null: anything. */
export function takenFrom(c: Integer, taken: Ranges, kind: Kind): Ranges | null {
  const [least, most] = [lowest(taken), highest(taken)];
  if (least === null || most === null) return null;
  const [low, high] = rangeOf(kind);
  const from = add(c, multiply(most, -1));
  const to = add(c, multiply(least, -1));
  return from >= low && to <= high ? [[from, to]] : null;
}

/** Of what can be converted to `to`, what fits there as it is: a sum of counts that becomes an int is no negative one. */
export function fitting(value: Scalar, ranges: Ranges, to: Kind): Ranges {
  if (!(value instanceof UnknownValue) || withoutFacts(to) || sumOf(value) === null) return ranges;
  const fits = intersect(ranges, [rangeOf(to)]);
  return fits.length > 0 ? fits : ranges;
}

type Bound = ReturnType<typeof lowest>;

function within(low: Bound, lowBy: Bound, high: Bound, highBy: Bound, kind: Kind): Ranges | null {
  if (low === null || lowBy === null || high === null || highBy === null) return null;
  const fits = intersect([[add(low, lowBy), add(high, highBy)]], [rangeOf(kind)]);
  return fits.length > 0 ? fits : null;
}
