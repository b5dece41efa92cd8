/**
 * What the simulator remembers of one `dma_iova_try_alloc`: the kernel keeps only an address and a size, and so sees none of the misuse that
 * this record makes visible. The calls are in `iova-state.ts`.
 */
import { RangeMap } from '../iommu/ranges.ts';
import type { Origin } from './report.ts';
import type { Bounce } from './swiotlb.ts';
import type { DmaDevice } from './world.ts';

export interface Link {
  readonly direction: number;
  readonly attrs: number;
  readonly at: Origin;
}

export interface Reservation {
  readonly device: DmaDevice;
  /** As in the C state. */
  readonly addr: number;
  readonly size: number;
  /** Granule-aligned range that was allocated. */
  readonly base: number;
  readonly reserved: number;
  /** Address of the C state it was made in; 0 outside C. */
  readonly stateAddress: number;
  readonly allocatedAt: Origin;
  /** Linked ranges as IOVAs, whole granules. */
  readonly links: RangeMap<Link>;
  /** Ranges that were linked once and are not any more. */
  readonly unlinked: RangeMap<Origin>;
  /** Bounced granules by IOVA. */
  readonly bounces: Map<number, Bounce>;
  /** End of a link whose size was no multiple of the granule: it had to be the last. */
  raggedEnd: { readonly iova: number; readonly at: Origin } | null;
  /** Where a part of it was synced last. */
  syncedAt: Origin;
  freedAt: Origin;
  freedBy: string | null;
  /** A value that nobody knows went into it: what is linked is not known, and nothing is reported about it. */
  blind: boolean;
  /** The document leaves its size open: this run chose it, and how much is linked tells nothing unless a link fails. */
  chosen: boolean;
  /** Reports of kinds that later calls on the same state would repeat without saying anything new. */
  readonly said: Set<string>;
  /** A range error was reported: what follows from it is not reported again. */
  damaged: boolean;
}

export function makeReservation(
  given: Pick<
    Reservation,
    'device' | 'addr' | 'size' | 'base' | 'reserved' | 'stateAddress' | 'allocatedAt' | 'blind'
  > &
    Partial<Pick<Reservation, 'chosen'>>,
): Reservation {
  return {
    chosen: false,
    ...given,
    links: new RangeMap<Link>((a, b) => a.direction === b.direction && a.attrs === b.attrs),
    unlinked: new RangeMap<Origin>(() => true),
    bounces: new Map(),
    raggedEnd: null,
    syncedAt: null,
    freedAt: null,
    freedBy: null,
    damaged: false,
    said: new Set(),
  };
}

/** True the first time that this is to be said about the reservation. */
export function sayOnce(reservation: Reservation, what: string): boolean {
  if (reservation.said.has(what)) return false;
  reservation.said.add(what);
  return true;
}

/** All reservations of a run, found by what is in the C state. */
export class Reservations {
  /** Latest reservation of each device at an address; only the shared low window gives several. */
  private readonly byAddress = new Map<number, Reservation[]>();
  /** Reservation that was freed through a state at this C address: the state still holds its numbers. */
  private readonly freedThrough = new Map<number, Reservation>();

  add(reservation: Reservation): void {
    const others = (this.byAddress.get(reservation.addr) ?? []).filter((other) => other.device !== reservation.device);
    this.byAddress.set(reservation.addr, [...others, reservation]);
    this.freedThrough.delete(reservation.stateAddress);
  }

  /**
   * The reservation that a state with these contents means. A freed one is returned too (the state is stale), also when the same address
   * has been handed out again since: the state through which it was freed still means the old one.
   */
  find(device: DmaDevice, stateAddress: number, addr: number, size: number): Reservation | null {
    const candidates = this.byAddress.get(addr) ?? [];
    const current = candidates.find((candidate) => candidate.device === device) ?? candidates.at(-1) ?? null;
    const stale = this.freedThrough.get(stateAddress);
    const same = stateAddress !== 0 && stale !== undefined && stale.addr === addr && stale.size === size;
    return same && current?.stateAddress !== stateAddress ? stale : current;
  }

  freed(reservation: Reservation, stateAddress: number): void {
    this.freedThrough.set(stateAddress, reservation);
  }

  /** Those not freed, in order of address first used. */
  live(): readonly Reservation[] {
    return [...this.byAddress.values()].flat().filter((reservation) => reservation.freedBy === null);
  }

  /** The live reservation whose range contains this IOVA of this device. */
  containing(device: DmaDevice, iova: number): Reservation | null {
    const inside = (one: Reservation): boolean =>
      one.device === device && iova >= one.base && iova < one.base + one.reserved;
    return this.live().find(inside) ?? null;
  }
}
