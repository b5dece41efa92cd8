/**
 * Live mappings of one device, as `kernel/dma/debug.c` keeps them: what was mapped, how, where, and whether its error was asked about.
 * Finds entries; judges nothing.
 */
import { ChunkedList } from '../iommu/chunked-list.ts';
import type { Origin } from './report.ts';
import type { Bounce } from './swiotlb.ts';

/** The family of functions that made a mapping and must take it down. */
export type MappingKind = 'phys' | 'sg' | 'coherent';

export interface Mapping {
  readonly kind: MappingKind;
  /** `dma_map_page` */
  readonly api: string;
  readonly address: number;
  readonly size: number;
  readonly direction: number;
  readonly attrs: number;
  /** Physical address of the first byte; of a scatterlist entry's or buffer's own memory, not of a bounce slot. */
  readonly phys: number;
  readonly at: Origin;
  errorChecked: boolean;
  readonly bounce: Bounce | null;
  /** Entries of the scatterlist call that this belongs to. */
  readonly entries: number;
  /** CPU address of a coherent buffer. */
  readonly cpuAddress: number;
  /** A PCI bus address: not translated by anyone, nothing to take down. */
  readonly bus: boolean;
}

/** Mappings with the same start: only untranslated devices can have several. */
interface Bucket {
  readonly start: number;
  /** Ends where the longest ends. */
  end: number;
  readonly mappings: Mapping[];
}

export class Ledger {
  private readonly buckets = new ChunkedList<Bucket>();
  private longest = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(mapping: Mapping): void {
    this.count++;
    this.longest = Math.max(this.longest, mapping.size);
    const bucket = this.exact(mapping.address);
    if (bucket === null)
      this.buckets.insert({ start: mapping.address, end: mapping.address + mapping.size, mappings: [mapping] });
    else {
      bucket.mappings.push(mapping);
      bucket.end = Math.max(bucket.end, mapping.address + mapping.size);
    }
  }

  remove(mapping: Mapping): void {
    const bucket = this.exact(mapping.address);
    const index = bucket?.mappings.indexOf(mapping) ?? -1;
    if (bucket === null || index < 0) return;
    this.count--;
    bucket.mappings.splice(index, 1);
    if (bucket.mappings.length === 0) this.buckets.remove(bucket.start);
  }

  /** Mappings that start exactly at `address`, oldest first. */
  startingAt(address: number): readonly Mapping[] {
    return this.exact(address)?.mappings ?? [];
  }

  /** A mapping that contains `address`, the one that starts nearest below it. */
  containing(address: number): Mapping | null {
    for (const bucket of this.buckets.downwards(address + 1)) {
      if (bucket.start + this.longest <= address) return null;
      const found = bucket.mappings.findLast((mapping) => address < mapping.address + mapping.size);
      if (found !== undefined) return found;
    }
    return null;
  }

  *[Symbol.iterator](): Generator<Mapping> {
    for (const bucket of this.buckets) yield* bucket.mappings;
  }

  private exact(address: number): Bucket | null {
    const bucket = this.buckets.first(address);
    return bucket !== null && bucket.start === address ? bucket : null;
  }
}
