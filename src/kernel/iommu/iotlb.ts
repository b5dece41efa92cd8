/**
 * The IOTLB of one domain: a cache of leaf entries that devices fill and only invalidations empty. Nothing keeps it in step with the page
 * table by itself; an entry that differs from the table is *stale*, and a device that uses it is seen doing so.
 */
import type { Translation } from './page-table.ts';

export interface TlbEntry {
  /** Physical address of the leaf's first byte. */
  readonly phys: number;
  readonly prot: number;
  readonly pageSize: number;
}

const PAGE_SIZES: readonly number[] = [2 ** 12, 2 ** 21, 2 ** 30];
/** Entries kept per leaf size; the oldest goes first. */
const CAPACITY = 4096;

export class Iotlb {
  private readonly bySize: readonly Map<number, TlbEntry>[] = PAGE_SIZES.map(() => new Map<number, TlbEntry>());

  /** The cached entry that translates `iova`, with the start of its page. */
  lookup(iova: number): (TlbEntry & { readonly pageStart: number }) | null {
    for (const [index, size] of PAGE_SIZES.entries()) {
      const pageStart = Math.floor(iova / size) * size;
      const entry = this.bySize[index]?.get(pageStart);
      if (entry !== undefined) return { ...entry, pageStart };
    }
    return null;
  }

  fill(translation: Translation, iova: number): void {
    const map = this.bySize[PAGE_SIZES.indexOf(translation.pageSize)];
    if (map === undefined) return;
    const oldest = map.keys().next();
    if (map.size >= CAPACITY && oldest.done !== true) map.delete(oldest.value);
    const phys = translation.phys - (iova - translation.pageStart);
    map.set(translation.pageStart, { phys, prot: translation.prot, pageSize: translation.pageSize });
  }

  /** Drops every entry that translates a part of `[start, end)`. */
  invalidate(start: number, end: number): void {
    for (const [index, size] of PAGE_SIZES.entries()) {
      const map = this.bySize[index];
      if (map === undefined || map.size === 0) continue;
      const first = Math.floor(start / size) * size;
      if ((end - first) / size > map.size) {
        for (const page of [...map.keys()]) if (page < end && page + size > start) map.delete(page);
      } else for (let page = first; page < end; page += size) map.delete(page);
    }
  }

  invalidateAll(): void {
    for (const map of this.bySize) map.clear();
  }

  get size(): number {
    return this.bySize.reduce((sum, map) => sum + map.size, 0);
  }
}
