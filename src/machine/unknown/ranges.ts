/** Sets of integers as sorted, disjoint, non-adjacent intervals. Bounds are canonical (number or bigint); comparison mixes them exactly. */
import type { IntType } from '../../c/types.ts';
import { canonical, type Integer } from '../integers.ts';

export type Interval = readonly [Integer, Integer];
export type Ranges = readonly Interval[];

export function add(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return canonical(BigInt(a) + BigInt(b));
}

export function multiply(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return canonical(BigInt(a) * BigInt(b));
}

/** Not Math.max: the values may be bigints. */
export function larger(a: Integer, b: Integer): Integer {
  if (a > b) return a;
  return b;
}

export function smaller(a: Integer, b: Integer): Integer {
  if (a < b) return a;
  return b;
}

export const lowest = (ranges: Ranges): Integer | null => ranges[0]?.[0] ?? null;
export const highest = (ranges: Ranges): Integer | null => ranges[ranges.length - 1]?.[1] ?? null;

/** The one value left, or null. */
export function single(ranges: Ranges): Integer | null {
  const first = ranges[0];
  return ranges.length === 1 && first && first[0] === first[1] ? first[0] : null;
}

export function contains(ranges: Ranges, value: Integer): boolean {
  return ranges.some(([low, high]) => low <= value && value <= high);
}

export function intersect(a: Ranges, b: Ranges): Ranges {
  const result: Interval[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const left = a[i];
    const right = b[j];
    if (!left || !right) return result;
    const low = larger(left[0], right[0]);
    const high = smaller(left[1], right[1]);
    if (low <= high) result.push([low, high]);
    if (left[1] < right[1]) i++;
    else j++;
  }
}

/** `a` without one value. */
export function without(a: Ranges, value: Integer): Ranges {
  if (!contains(a, value)) return a;
  const result: Interval[] = [];
  for (const [low, high] of a) {
    if (value < low || value > high) result.push([low, high]);
    else {
      if (low < value) result.push([low, add(value, -1)]);
      if (value < high) result.push([add(value, 1), high]);
    }
  }
  return result;
}

/** Sorts and joins; at most 16 intervals are kept apart, the rest is rounded up to its hull. */
export function union(intervals: readonly Interval[]): Ranges {
  const sorted = [...intervals].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const result: [Integer, Integer][] = [];
  for (const [low, high] of sorted) {
    const last = result[result.length - 1];
    if (last && low <= add(last[1], 1)) {
      if (high > last[1]) last[1] = high;
    } else if (last && result.length >= 16) last[1] = high;
    else result.push([low, high]);
  }
  return result;
}

/** All values plus `by`, modulo the range `[low, high]` of a type. */
export function shifted(a: Ranges, by: Integer, low: Integer, high: Integer): Ranges {
  const modulus = add(add(high, multiply(low, -1)), 1);
  const result: Interval[] = [];
  for (const [from, to] of a) {
    const start = add(from, by);
    const end = add(to, by);
    for (const turn of [-1, 0, 1]) {
      const move = multiply(modulus, turn);
      const s = add(start, move);
      const e = add(end, move);
      const l = larger(s, low);
      const h = smaller(e, high);
      if (l <= h) result.push([l, h]);
    }
  }
  return union(result);
}

const enums = new WeakMap<ReadonlyMap<string, Integer>, Ranges | null>();

/** From the first to the last constant of an enum that counts without gaps; null for one of flags, or whose constants nobody shows. */
export function enumRange({ constants }: IntType): Ranges | null {
  if (constants === undefined || constants.size < 2) return null;
  let known = enums.get(constants);
  if (known === undefined) {
    const values = [...new Set(constants.values())].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const first = values[0];
    const dense = values.every((value, i) => typeof value === 'number' && value === Number(first) + i);
    known = dense && first !== undefined ? [[first, add(first, values.length - 1)]] : null;
    enums.set(constants, known);
  }
  return known;
}
