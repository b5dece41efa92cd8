/** The table from a part of the address space to bytes: one row per slot, plain integers so that a look-up allocates nothing. */
export class SlotTable {
  /** Arena index of the slot's offset 0 (may be negative: only offsets from `low` count). */
  base = new Int32Array(64);
  /** Readable offsets are `[low, high)`, freely writable ones `[low, write)`. */
  low = new Int32Array(64);
  high = new Int32Array(64);
  write = new Int32Array(64);
  /** Id of the object that owns the slot. */
  owner = new Int32Array(64).fill(-1);
  count = 0;

  /** First of `number` fresh consecutive slots. */
  take(number: number): number {
    const first = this.count;
    this.count += number;
    while (this.count > this.base.length) this.grow();
    return first;
  }

  set(slot: number, base: number, low: number, high: number, write: number): void {
    this.base[slot] = base;
    this.low[slot] = low;
    this.high[slot] = high;
    this.write[slot] = write;
  }

  /** Drops all slots from `count` on. */
  rewind(count: number): void {
    this.high.fill(0, count, this.count);
    this.write.fill(0, count, this.count);
    this.owner.fill(-1, count, this.count);
    this.count = count;
  }

  private grow(): void {
    const length = this.base.length * 2;
    const larger = (old: Int32Array, fill: number): Int32Array<ArrayBuffer> => {
      const wide = new Int32Array(length).fill(fill, old.length);
      wide.set(old);
      return wide;
    };
    this.base = larger(this.base, 0);
    this.low = larger(this.low, 0);
    this.high = larger(this.high, 0);
    this.write = larger(this.write, 0);
    this.owner = larger(this.owner, -1);
  }
}
