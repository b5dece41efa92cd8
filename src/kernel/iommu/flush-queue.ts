/**
 * The flush queue of lazy mode (`drivers/iommu/dma-iommu.c:queue_iova`): a ring of unmapped ranges that become free when the whole IOTLB
 * has been flushed. One simulated CPU, so one ring; it is full with one slot to spare.
 */
import type { Costs } from './costs.ts';

export interface QueuedRange {
  readonly iova: number;
  readonly size: number;
}

export class FlushQueue {
  private ring: QueuedRange[] = [];
  private readonly capacity: number;
  private readonly costs: Costs;

  constructor(ringSize: number, costs: Costs) {
    this.capacity = ringSize - 1;
    this.costs = costs;
  }

  get length(): number {
    return this.ring.length;
  }

  get entries(): readonly QueuedRange[] {
    return this.ring;
  }

  /** Queues a range; a full ring is flushed first. */
  add(range: QueuedRange, flush: () => void): void {
    if (this.ring.length >= this.capacity) flush();
    this.costs.flushQueueEntries++;
    this.ring.push(range);
  }

  /** Empties the ring for a flush. */
  drain(): readonly QueuedRange[] {
    const ranges = this.ring;
    this.ring = [];
    if (ranges.length > 0) this.costs.flushQueueFlushes++;
    return ranges;
  }
}
