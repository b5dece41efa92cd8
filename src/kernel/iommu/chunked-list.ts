/**
 * Items sorted by a numeric start, in chunks, so that insertion and removal stay cheap with a million items. What the kernel keeps in a
 * red-black tree is kept here.
 */

export interface Ranged {
  readonly start: number;
  readonly end: number;
}

/** Chunks are split at this size. */
const CHUNK = 512;

export class ChunkedList<T extends Ranged> {
  /** Highest start first, in the list of chunks and in each chunk: addresses are handed out from the top, so most insertions are appends. */
  private readonly chunks: T[][] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  insert(item: T): void {
    this.count++;
    const index = this.chunkFor(item.start);
    const chunk = this.chunks[index];
    if (chunk === undefined) {
      this.chunks.push([item]);
      return;
    }
    const at = firstBelow(chunk, item.start);
    if (at === chunk.length && at >= CHUNK) {
      this.chunks.splice(index + 1, 0, [item]);
      return;
    }
    if (at === chunk.length) chunk.push(item);
    else chunk.splice(at, 0, item);
    if (chunk.length > CHUNK) this.chunks.splice(index + 1, 0, chunk.splice(CHUNK >> 1));
  }

  /** Removes and returns the item that starts exactly at `start`. */
  remove(start: number): T | null {
    const index = this.chunkFor(start);
    const chunk = this.chunks[index];
    if (chunk === undefined) return null;
    const at = firstBelow(chunk, start) - 1;
    const item = chunk[at];
    if (item === undefined || item.start !== start) return null;
    chunk.splice(at, 1);
    if (chunk.length === 0) this.chunks.splice(index, 1);
    this.count--;
    return item;
  }

  /** The item that contains `point`. */
  containing(point: number): T | null {
    const item = this.last(point + 1);
    return item !== null && point < item.end ? item : null;
  }

  /** The last item that starts before `point`. */
  last(point: number): T | null {
    const index = this.chunkFor(point);
    const chunk = this.chunks[index];
    if (chunk === undefined) return null;
    return chunk[firstBelow(chunk, point)] ?? this.chunks[index + 1]?.[0] ?? null;
  }

  /** The first item that starts at or after `point`. */
  first(point: number): T | null {
    const chunk = this.chunks[this.chunkFor(point)];
    return chunk?.[firstBelow(chunk, point) - 1] ?? null;
  }

  /** Items that start before `point`, from the last one down. */
  *downwards(point: number): Generator<T> {
    let index = this.chunkFor(point);
    let at = firstBelow(this.chunks[index] ?? [], point);
    for (; index < this.chunks.length; index++, at = 0)
      for (; at < (this.chunks[index]?.length ?? 0); at++) {
        const item = this.chunks[index]?.[at];
        if (item !== undefined) yield item;
      }
  }

  /** All items in ascending order. */
  *[Symbol.iterator](): Generator<T> {
    for (const chunk of this.chunks.toReversed()) yield* chunk.toReversed();
  }

  /** Index of the last chunk whose first item starts at or after `start`; 0 if there is none. */
  private chunkFor(start: number): number {
    let low = 0;
    let high = this.chunks.length;
    const last = this.chunks[high - 1]?.[0];
    if (last !== undefined && last.start >= start) return high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.chunks[middle]?.[0]?.start ?? 0) >= start) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** Index of the first item of the chunk that starts below `start`. */
function firstBelow<T extends Ranged>(chunk: readonly T[], start: number): number {
  const last = chunk.at(-1);
  if (last === undefined || last.start >= start) return chunk.length;
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle]?.start ?? 0) >= start) low = middle + 1;
    else high = middle;
  }
  return low;
}
