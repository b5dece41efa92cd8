/**
 * Bounce buffers (`kernel/dma/swiotlb.c`): slots in low memory that stand in for buffers a device cannot reach or must not see whole pages
 * of. A slot keeps the buffer's offset within a page, as devices behind an IOMMU need.
 */
import { SWIOTLB_WINDOW } from '../../topology/address-map.ts';
import type { Costs } from '../iommu/costs.ts';
import type { PhysicalMemory } from './physical-memory.ts';

/** Largest buffer that can be bounced (`IO_TLB_SEGSIZE << IO_TLB_SHIFT`). */
export const MAX_BOUNCE = 128 * 2048;
const PAGE = 4096;

export interface Bounce {
  readonly slot: number;
  readonly original: number;
  readonly size: number;
}

export class BouncePool {
  private readonly live = new Map<number, Bounce>();
  private readonly free = new Map<number, number[]>();
  private next = SWIOTLB_WINDOW.start;
  private readonly memory: PhysicalMemory;
  private readonly costs: Costs;

  constructor(memory: PhysicalMemory, costs: Costs) {
    this.memory = memory;
    this.costs = costs;
  }

  /** A slot for the buffer, filled from it when the device is to read it; null when there is none. */
  map(original: number, size: number, toDevice: boolean): Bounce | null {
    if (size > MAX_BOUNCE) return null;
    const pages = Math.ceil(((original % PAGE) + size) / PAGE);
    const reused = this.free.get(pages)?.pop();
    if (reused === undefined && this.next + pages * PAGE > SWIOTLB_WINDOW.end) return null;
    const base = reused ?? this.next;
    if (reused === undefined) this.next += pages * PAGE;
    const bounce = { slot: base + (original % PAGE), original, size };
    this.live.set(bounce.slot, bounce);
    this.costs.bounces++;
    if (toDevice) this.toSlot(bounce, 0, size);
    return bounce;
  }

  unmap(bounce: Bounce, fromDevice: boolean): void {
    if (fromDevice) this.fromSlot(bounce, 0, bounce.size);
    this.live.delete(bounce.slot);
    const pages = Math.ceil(((bounce.slot % PAGE) + bounce.size) / PAGE);
    const base = bounce.slot - (bounce.slot % PAGE);
    const list = this.free.get(pages);
    if (list === undefined) this.free.set(pages, [base]);
    else list.push(base);
  }

  /** The bounce whose slot begins at this physical address. */
  at(slot: number): Bounce | null {
    return this.live.get(slot) ?? null;
  }

  toSlot(bounce: Bounce, offset: number, size: number): void {
    this.memory.copy(bounce.slot + offset, bounce.original + offset, size);
    this.costs.bouncedBytes += size;
  }

  fromSlot(bounce: Bounce, offset: number, size: number): void {
    this.memory.copy(bounce.original + offset, bounce.slot + offset, size);
    this.costs.bouncedBytes += size;
  }
}
