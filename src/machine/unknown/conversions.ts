/** What integer conversions make of sets of values, forwards and backwards. Single values: `integers.ts`. */
import { type Integer, rangeOf } from '../integers.ts';
import { Kind, withoutFacts } from '../kinds.ts';
import {
  add,
  highest,
  intersect,
  larger,
  lowest,
  multiply,
  type Ranges,
  shifted,
  single,
  smaller,
  union,
} from './ranges.ts';

const FULL: readonly Ranges[] = Array.from({ length: 16 }, (_, kind) => [rangeOf(kind)]);

/** Everything a value of a kind can be. */
export function fullRange(kind: Kind): Ranges {
  return FULL[kind] ?? [rangeOf(kind)];
}

/** Image of a set under an integer conversion. */
export function convertRanges(ranges: Ranges, from: Kind, to: Kind): Ranges {
  if (withoutFacts(from) || withoutFacts(to)) return fullRange(to);
  const [low, high] = rangeOf(to);
  if (to === Kind.Bool) return [[ranges.some(([a, b]) => a <= 0 && b >= 0) ? 0 : 1, single(ranges) === 0 ? 0 : 1]];
  const size = add(add(high, multiply(low, -1)), 1);
  const min = lowest(ranges);
  const max = highest(ranges);
  if (min === null || max === null) return ranges;
  if (min >= low && max <= high) return ranges;
  if (min >= add(low, multiply(size, -1)) && max <= add(high, size)) return shifted(ranges, 0, low, high);
  // A long that is less than zero, and goes on as an int, is an error number: none that lost its sign.
  return max < 0 && max >= low ? [[low, max]] : fullRange(to);
}

/** Values of kind `from` whose conversion to `to` lies in `ranges`, rounded up. */
export function preimage(ranges: Ranges, to: Kind, from: Kind): Ranges {
  const [low, high] = rangeOf(from);
  const [toLow, toHigh] = rangeOf(to);
  const size = add(add(toHigh, multiply(toLow, -1)), 1);
  if (low < add(toLow, multiply(size, -1)) || high > add(toHigh, size)) {
    // A size that is compared as an int is one that fits: nobody counts with what was cut off.
    const fits = single(ranges) === null ? intersect(ranges, fullRange(from)) : [];
    return fits.length > 0 ? fits : fullRange(from);
  }
  const result: [Integer, Integer][] = [];
  for (const [a, b] of ranges)
    for (const turn of [-1, 0, 1]) {
      const s = add(a, multiply(size, turn));
      const e = add(b, multiply(size, turn));
      const l = larger(s, low);
      const h = smaller(e, high);
      if (l <= h) result.push([l, h]);
    }
  return union(result);
}
