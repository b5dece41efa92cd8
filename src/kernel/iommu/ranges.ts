/**
 * Sorted sets of half-open number ranges with a value each. Adjacent ranges with the same value are one range. Appending at the end, which
 * is what mapping code does, takes constant time.
 */

export interface ValuedRange<V> {
  start: number;
  end: number;
  readonly value: V;
}

export class RangeMap<V> {
  private readonly ranges: ValuedRange<V>[] = [];
  private readonly same: (a: V, b: V) => boolean;

  /** `same` says which values may be merged when their ranges touch. */
  constructor(same: (a: V, b: V) => boolean = (a, b) => a === b) {
    this.same = same;
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** All ranges in ascending order. */
  all(): readonly Readonly<ValuedRange<V>>[] {
    return this.ranges;
  }

  /** Sum of all ranges' sizes. */
  total(): number {
    return this.ranges.reduce((sum, range) => sum + range.end - range.start, 0);
  }

  /** Gives `[start, end)` this value, whatever was there. */
  set(start: number, end: number, value: V): void {
    if (end <= start) return;
    const last = this.ranges.at(-1);
    if (last === undefined || last.end < start) {
      this.ranges.push({ start, end, value });
      return;
    }
    if (last.end === start) {
      if (this.same(last.value, value)) last.end = end;
      else this.ranges.push({ start, end, value });
      return;
    }
    this.delete(start, end);
    const at = this.firstEndingAfter(start - 1);
    const before = this.ranges[at];
    if (before !== undefined && before.end === start && this.same(before.value, value)) {
      const after = this.ranges[at + 1];
      before.end = end;
      if (after !== undefined && after.start === end && this.same(after.value, value)) {
        before.end = after.end;
        this.ranges.splice(at + 1, 1);
      }
      return;
    }
    const index = before !== undefined && before.end === start ? at + 1 : at;
    const after = this.ranges[index];
    if (after !== undefined && after.start === end && this.same(after.value, value)) after.start = start;
    else this.ranges.splice(index, 0, { start, end, value });
  }

  /** Removes whatever lies in `[start, end)`. */
  delete(start: number, end: number): void {
    if (end <= start) return;
    let at = this.firstEndingAfter(start);
    const first = this.ranges[at];
    if (first === undefined || first.start >= end) return;
    if (first.start < start) {
      if (first.end > end) {
        this.ranges.splice(at + 1, 0, { start: end, end: first.end, value: first.value });
        first.end = start;
        return;
      }
      first.end = start;
      at++;
    }
    let until = at;
    while ((this.ranges[until]?.end ?? Number.POSITIVE_INFINITY) <= end) until++;
    if (until > at) this.ranges.splice(at, until - at);
    const last = this.ranges[at];
    if (last !== undefined && last.start < end) last.start = end;
  }

  clear(): void {
    this.ranges.length = 0;
  }

  /** The range that contains `point`. */
  at(point: number): Readonly<ValuedRange<V>> | null {
    const range = this.ranges[this.firstEndingAfter(point)];
    return range !== undefined && range.start <= point ? range : null;
  }

  /** The parts of ranges that lie in `[start, end)`. */
  within(start: number, end: number): ValuedRange<V>[] {
    const found: ValuedRange<V>[] = [];
    for (let at = this.firstEndingAfter(start); at < this.ranges.length; at++) {
      const range = this.ranges[at];
      if (range === undefined || range.start >= end) break;
      found.push({ start: Math.max(start, range.start), end: Math.min(end, range.end), value: range.value });
    }
    return found;
  }

  /** True if any part of `[start, end)` is in the set. */
  overlaps(start: number, end: number): boolean {
    const range = this.ranges[this.firstEndingAfter(start)];
    return range !== undefined && range.start < end && start < end;
  }

  /** The first part of `[start, end)` that is not in the set. */
  firstGap(start: number, end: number): { readonly start: number; readonly end: number } | null {
    let at = start;
    for (const range of this.within(start, end)) {
      if (range.start > at) return { start: at, end: range.start };
      at = range.end;
    }
    return at < end ? { start: at, end } : null;
  }

  private firstEndingAfter(point: number): number {
    let low = 0;
    let high = this.ranges.length;
    const last = this.ranges[high - 1];
    if (last === undefined || last.end <= point) return high;
    if (last.start <= point) return high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ranges[middle]?.end ?? 0) <= point) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
