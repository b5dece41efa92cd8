/**
 * One IOMMU domain: page table, IOTLB, IOVA allocator and, in lazy mode, the flush queue. Follows `drivers/iommu/iommu.c` (map, unmap, sync)
 * and the IOVA part of `drivers/iommu/dma-iommu.c`. Knows nothing of devices' API calls and of who mapped what.
 */

import { LOW_IOVA_WINDOW } from '../../topology/address-map.ts';
import type { Iommu } from '../../topology/topology.ts';
import type { Costs } from './costs.ts';
import { FlushQueue } from './flush-queue.ts';
import { Iotlb } from './iotlb.ts';
import { IovaAllocator } from './iova.ts';
import { PageTable, PROT_READ, PROT_WRITE, type Translation } from './page-table.ts';
import { RangeMap } from './ranges.ts';

export const GRANULE = 4096;

/** What a device got for one access of at most one page. */
export type Walk = { readonly start: number; readonly end: number } & (
  | {
      readonly kind: 'ok';
      readonly phys: number;
      readonly mmio: boolean;
      /** Came from the cache although the page table says otherwise by now. */
      readonly stale: boolean;
      /** Mapped but not yet synced: works only because this IOMMU does not need the sync. */
      readonly unsynced: boolean;
    }
  | { readonly kind: 'fault'; readonly why: 'not-mapped' | 'not-synced' | 'no-permission' }
);

export class Domain {
  readonly name: string;
  readonly iommu: Iommu;
  readonly table: PageTable;
  readonly tlb = new Iotlb();
  readonly costs: Costs;
  /** IOVA ranges written by `mapNosync` that no sync has covered since. */
  readonly unsynced = new RangeMap<true>();
  private readonly wide: IovaAllocator;
  private readonly low: IovaAllocator;
  private readonly queue: FlushQueue | null;
  private readonly windowStart: number;
  private readonly windowEnd: number;

  /** `[windowStart, windowEnd)` are the IOVAs of this domain, disjoint from every other domain's. */
  constructor(name: string, iommu: Iommu, windowStart: number, windowEnd: number, costs: Costs) {
    this.name = name;
    this.iommu = iommu;
    this.costs = costs;
    this.table = new PageTable(iommu.pageSizes, costs);
    this.windowStart = windowStart;
    this.windowEnd = windowEnd;
    this.wide = new IovaAllocator(windowStart / GRANULE, windowEnd / GRANULE, costs);
    this.low = new IovaAllocator(LOW_IOVA_WINDOW.start / GRANULE, LOW_IOVA_WINDOW.end / GRANULE, costs);
    this.queue = iommu.mode === 'lazy' ? new FlushQueue(iommu.flushQueueSize, costs) : null;
  }

  /** `iommu_dma_alloc_iova`: a free range of `size` bytes (granule-aligned) that a device with this mask reaches, or null. */
  allocateIova(size: number, mask: number): number | null {
    const pages = size / GRANULE;
    const reachable = Math.floor((mask + 1) / GRANULE);
    const allocator = mask + 1 > this.windowStart ? this.wide : this.low;
    const pfn = allocator.allocate(pages, reachable) ?? this.retryAfterFlush(allocator, pages, reachable);
    return pfn === null ? null : pfn * GRANULE;
  }

  /** Ranges that wait in the flush queue are reclaimed before an allocation is given up. */
  private retryAfterFlush(allocator: IovaAllocator, pages: number, reachable: number): number | null {
    if (this.queue === null || this.queue.length === 0) return null;
    this.flush();
    return allocator.allocate(pages, reachable);
  }

  /** `free_iova_fast`, at once. */
  freeIova(iova: number, size: number): void {
    const allocator = iova >= this.windowStart && iova < this.windowEnd ? this.wide : this.low;
    allocator.free(iova / GRANULE, Math.ceil(size / GRANULE));
  }

  /** After an unmap: strict mode invalidates and frees; lazy mode queues both. */
  releaseIova(iova: number, size: number): void {
    if (this.queue === null) {
      this.iotlbSync(iova, size);
      this.freeIova(iova, size);
      return;
    }
    this.queue.add({ iova, size }, () => this.flush());
  }

  /** Drops the whole IOTLB and frees every queued range: when the queue is full, and when its timer (10 ms) fires. */
  flush(): void {
    if (this.queue === null) return;
    this.tlb.invalidateAll();
    for (const entry of this.queue.drain()) this.freeIova(entry.iova, entry.size);
  }

  /** Ranges unmapped but perhaps still cached, and not yet free. */
  get queued(): readonly { readonly iova: number; readonly size: number }[] {
    return this.queue?.entries ?? [];
  }

  /**
   * `iommu_map_nosync`: writes entries, no sync. Returns 0 or a negative errno; what was written before an error is taken back.
   */
  mapNosync(iova: number, phys: number, size: number, prot: number): number {
    if (iova % GRANULE !== 0 || phys % GRANULE !== 0 || size % GRANULE !== 0) return -22;
    this.costs.mapWalks++;
    const mapped = this.table.map(iova, phys, size, prot);
    if (mapped < size) {
      if (mapped > 0) this.table.unmap(iova, mapped);
      return -98;
    }
    this.unsynced.set(iova, iova + size, true);
    return 0;
  }

  /** `iommu_sync_map`: makes a mapped range usable on IOMMUs that need telling. */
  syncMap(iova: number, size: number): void {
    this.costs.syncMapCalls++;
    this.unsynced.delete(iova, iova + size);
  }

  /** `iommu_unmap_fast`: clears entries from `iova` on until done or a hole stops it. Returns the bytes unmapped. */
  unmapFast(iova: number, size: number): number {
    this.costs.unmapWalks++;
    const unmapped = this.table.unmap(iova, size);
    this.unsynced.delete(iova, iova + unmapped);
    return unmapped;
  }

  /** `iommu_iotlb_sync`: an immediate invalidation. */
  iotlbSync(iova: number, size: number): void {
    this.costs.invalidations++;
    this.tlb.invalidate(iova, iova + size);
  }

  /** `iommu_iova_to_phys`, a walk by the CPU. */
  iovaToPhys(iova: number): number | null {
    this.costs.translateWalks++;
    return this.table.lookup(iova)?.phys ?? null;
  }

  /** A device reads or writes `[iova, iova + size)`: what its bus master sees, piece by piece, in order. */
  walk(iova: number, size: number, write: boolean): readonly Walk[] {
    const result: Walk[] = [];
    let at = iova;
    while (at < iova + size) {
      const step = this.step(at, iova + size, write);
      result.push(step);
      at = step.end;
    }
    return merge(result);
  }

  private step(iova: number, end: number, write: boolean): Walk {
    const cached = this.tlb.lookup(iova);
    const actual = this.table.lookup(iova);
    if (cached !== null) {
      this.costs.iotlbHits++;
      const upto = Math.min(
        end,
        cached.pageStart + cached.pageSize,
        actual === null ? end : actual.pageStart + actual.pageSize,
      );
      const phys = cached.phys + (iova - cached.pageStart);
      const stale = actual === null || actual.phys !== phys || actual.prot !== cached.prot;
      return this.permit(iova, upto, { phys, prot: cached.prot }, write, stale, false);
    }
    this.costs.deviceWalks++;
    if (actual === null) {
      this.costs.iommuFaults++;
      const gap = Math.min(this.table.gapAt(iova, end - iova), nextCached(this.tlb, iova, end) - iova);
      return { kind: 'fault', why: 'not-mapped', start: iova, end: iova + Math.max(gap, 1) };
    }
    let upto = Math.min(end, actual.pageStart + actual.pageSize);
    const waiting = this.unsynced.within(iova, upto)[0];
    const unsynced = waiting?.start === iova;
    if (waiting !== undefined) upto = unsynced ? waiting.end : waiting.start;
    if (unsynced && this.iommu.cachingMode) {
      this.costs.iommuFaults++;
      return { kind: 'fault', why: 'not-synced', start: iova, end: upto };
    }
    this.tlb.fill(actual, iova);
    return this.permit(iova, upto, actual, write, false, unsynced);
  }

  private permit(
    start: number,
    end: number,
    entry: Pick<Translation, 'phys' | 'prot'>,
    write: boolean,
    stale: boolean,
    unsynced: boolean,
  ): Walk {
    if ((entry.prot & (write ? PROT_WRITE : PROT_READ)) === 0) {
      this.costs.iommuFaults++;
      return { kind: 'fault', why: 'no-permission', start, end };
    }
    return { kind: 'ok', start, end, phys: entry.phys, mmio: (entry.prot & 8) !== 0, stale, unsynced };
  }
}

/** First 4 KiB boundary after `iova` at which the IOTLB knows something again; `end` if nowhere. */
function nextCached(tlb: Iotlb, iova: number, end: number): number {
  if (tlb.size === 0) return end;
  for (let page = (Math.floor(iova / GRANULE) + 1) * GRANULE; page < end; page += GRANULE)
    if (tlb.lookup(page) !== null) return page;
  return end;
}

/** Joins neighbours that differ in nothing but place. */
function merge(walks: readonly Walk[]): readonly Walk[] {
  const merged: Walk[] = [];
  for (const walk of walks) {
    const last = merged.at(-1);
    if (last !== undefined && last.kind === 'ok' && walk.kind === 'ok') {
      const contiguous = last.phys + (last.end - last.start) === walk.phys;
      if (contiguous && last.stale === walk.stale && last.unsynced === walk.unsynced && last.mmio === walk.mmio) {
        merged[merged.length - 1] = { ...last, end: walk.end };
        continue;
      }
    } else if (last !== undefined && last.kind === 'fault' && walk.kind === 'fault' && last.why === walk.why) {
      merged[merged.length - 1] = { ...last, end: walk.end };
      continue;
    }
    merged.push(walk);
  }
  return merged;
}
