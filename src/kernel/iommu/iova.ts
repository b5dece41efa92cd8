/**
 * The IOVA allocator (`drivers/iommu/iova.c`): top-down, aligned to the size rounded up to a power of two, with per-CPU caches for ranges of
 * up to 32 pages. Works in page frame numbers. One simulated CPU; the depot of full magazines never shrinks by itself (the kernel trims
 * it by delayed work), which only changes which free address comes next.
 */
import { ChunkedList } from './chunked-list.ts';
import type { Costs } from './costs.ts';

/** Range sizes of `2^0 ... 2^5` pages are cached. */
const CACHED_ORDERS = 6;
const MAGAZINE = 127;

/** A node of the allocator's tree: handed out, or parked in a cache. */
interface Node {
  readonly start: number;
  readonly end: number;
}

/** Caches of one size: two magazines in use and the depot of full ones. */
interface Cache {
  loaded: number[];
  previous: number[];
  depot: number[][];
}

export class IovaAllocator {
  private readonly nodes = new ChunkedList<Node>();
  private readonly caches: Cache[] = Array.from({ length: CACHED_ORDERS }, () => ({
    loaded: [],
    previous: [],
    depot: [],
  }));
  /** Where the search for a gap begins: below the most recent allocation. */
  private cached: number;
  readonly start: number;
  readonly end: number;
  private readonly costs: Costs;

  /** Hands out page frames in `[start, end)`. */
  constructor(start: number, end: number, costs: Costs) {
    this.start = start;
    this.end = end;
    this.cached = end;
    this.costs = costs;
  }

  /** `alloc_iova_fast`: the first page frame of a free range, or null. `limit`: the range ends at or below it. */
  allocate(pages: number, limit: number = this.end): number | null {
    const size = pages < 1 << (CACHED_ORDERS - 1) ? roundUpToPowerOfTwo(pages) : pages;
    const order = orderOf(size);
    if (order < CACHED_ORDERS) {
      const found = this.fromCache(order, limit - size);
      if (found !== null) {
        this.costs.iovaAllocations++;
        this.costs.iovaCacheHits++;
        return found;
      }
    }
    let found = this.fromTree(size, Math.min(limit, this.end));
    if (found === null) {
      this.flushCaches();
      found = this.fromTree(size, Math.min(limit, this.end));
    }
    if (found !== null) {
      this.costs.iovaAllocations++;
      this.costs.iovaTreeAllocations++;
    }
    return found;
  }

  /** `free_iova_fast`. `pages` chooses the cache; the tree frees what was allocated at `pfn`, whatever its size. */
  free(pfn: number, pages: number): void {
    this.costs.iovaFrees++;
    const order = orderOf(pages);
    if (order < CACHED_ORDERS) this.intoCache(order, pfn);
    else this.freeNode(pfn);
  }

  /** Ranges in the tree: handed out or parked in caches. */
  get nodeCount(): number {
    return this.nodes.size;
  }

  /** Page frames parked in caches, for tests. */
  parked(): readonly number[] {
    return this.caches.flatMap((cache) => [...cache.loaded, ...cache.previous, ...cache.depot.flat()]);
  }

  private fromCache(order: number, limit: number): number | null {
    const cache = this.caches[order];
    if (cache === undefined) return null;
    if (cache.loaded.length === 0) {
      if (cache.previous.length > 0) [cache.loaded, cache.previous] = [cache.previous, cache.loaded];
      else {
        const full = cache.depot.pop();
        if (full === undefined) return null;
        cache.loaded = full;
      }
    }
    const { loaded } = cache;
    for (let at = loaded.length - 1; at >= 0; at--) {
      const pfn = loaded[at];
      if (pfn === undefined || pfn > limit) continue;
      const last = loaded.pop();
      if (at < loaded.length && last !== undefined) loaded[at] = last;
      return pfn;
    }
    return null;
  }

  private intoCache(order: number, pfn: number): void {
    const cache = this.caches[order];
    if (cache === undefined) return;
    if (cache.loaded.length === MAGAZINE) {
      if (cache.previous.length < MAGAZINE) [cache.loaded, cache.previous] = [cache.previous, cache.loaded];
      else {
        cache.depot.push(cache.loaded);
        cache.loaded = [];
      }
    }
    cache.loaded.push(pfn);
  }

  private flushCaches(): void {
    for (const cache of this.caches) {
      for (const pfn of [...cache.loaded, ...cache.previous, ...cache.depot.flat()]) this.freeNode(pfn);
      cache.loaded = [];
      cache.previous = [];
      cache.depot = [];
    }
  }

  private freeNode(pfn: number): void {
    const node = this.nodes.remove(pfn);
    if (node !== null && node.start >= this.cached) this.cached = this.nodes.first(node.end)?.start ?? this.end;
  }

  private fromTree(size: number, limit: number): number | null {
    const alignment = roundUpToPowerOfTwo(size);
    const below = Math.min(this.cached, limit);
    const found = this.gapBelow(below, this.start, size, alignment) ?? this.gapBelow(limit, below, size, alignment);
    if (found === null) return null;
    this.nodes.insert({ start: found, end: found + size });
    this.cached = found;
    return found;
  }

  /** The highest aligned free range that starts in `[low, high)` and ends at or below `high`. */
  private gapBelow(high: number, low: number, size: number, alignment: number): number | null {
    let candidate = Math.floor((high - size) / alignment) * alignment;
    for (const node of this.nodes.downwards(high)) {
      if (candidate < low || candidate >= node.end) break;
      candidate = Math.floor((node.start - size) / alignment) * alignment;
    }
    return candidate >= low ? candidate : null;
  }
}

function roundUpToPowerOfTwo(value: number): number {
  return 2 ** orderOf(value);
}

/** `order_base_2`: the smallest order whose power of two holds `value`. */
function orderOf(value: number): number {
  if (value <= 1) return 0;
  return value <= 2 ** 31 ? 32 - Math.clz32(value - 1) : Math.ceil(Math.log2(value));
}
