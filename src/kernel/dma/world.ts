/**
 * The mapping stack of one run: a topology, and for each of its devices the domain behind which it sits. Owns what several parts need
 * (domains, counters, physical bytes, the report sink); the API calls are in `streaming.ts`, `iova-state.ts` and `scatter.ts`.
 */
import { FABRIC_WINDOW, IOVA_WINDOW, OPEN_PHYS_START } from '../../topology/address-map.ts';
import { type ResolvedAddress, resolveAddress } from '../../topology/resolve.ts';
import type { Device, Topology } from '../../topology/topology.ts';
import { type Costs, zeroCosts } from '../iommu/costs.ts';
import { Domain } from '../iommu/domain.ts';
import { Ledger } from './ledger.ts';
import { PhysicalMemory } from './physical-memory.ts';
import type { ReportSink } from './report.ts';
import { BouncePool } from './swiotlb.ts';

/** Windows kept for devices that a run adds to its topology. */
const SPARE = 16;

/** A device as the DMA API sees it. */
export interface DmaDevice {
  readonly device: Device;
  readonly name: string;
  /** Null: its DMA is not translated (no IOMMU, or passthrough). */
  readonly domain: Domain | null;
  /** Highest address; drivers lower or raise it with `dma_set_mask`. */
  mask: number;
  maxSegmentSize: number;
  segmentBoundary: number;
  readonly ledger: Ledger;
}

export class DmaWorld {
  readonly topology: Topology;
  readonly costs: Costs = zeroCosts();
  readonly memory = new PhysicalMemory();
  readonly bounce: BouncePool;
  readonly report: ReportSink;
  private readonly devices = new Map<Device, DmaDevice>();
  /** Devices whose object nobody identified: it may be the same as any other. */
  readonly unidentified = new Set<Device>();
  /** Of these, what is a parameter of the function, or lies in one. */
  readonly parameters = new Set<Device>();
  /** Pairs that the code tells apart: it asks how the one reaches the other. */
  private readonly apart = new Map<Device, Set<Device>>();
  private nextOpenPhys = OPEN_PHYS_START;
  private readonly windowSize: number;
  private readonly fabricWindowSize: number;

  constructor(topology: Topology, report: ReportSink) {
    this.topology = topology;
    this.report = report;
    this.bounce = new BouncePool(this.memory, this.costs);
    const windows = 2 ** Math.ceil(Math.log2(topology.devices.length + SPARE));
    this.windowSize = (IOVA_WINDOW.end - IOVA_WINDOW.start) / windows;
    this.fabricWindowSize = (FABRIC_WINDOW.end - FABRIC_WINDOW.start) / windows;
  }

  /** The DMA side of a device, made on first use. */
  of(device: Device): DmaDevice {
    const known = this.devices.get(device);
    if (known !== undefined) return known;
    const { iommu } = device;
    const start = IOVA_WINDOW.start + device.index * this.windowSize;
    const made: DmaDevice = {
      device,
      name: device.name,
      // IOVA pages 0 of a domain are never handed out; the same goes for the first page of a window.
      domain:
        iommu === null || iommu.mode === 'passthrough'
          ? null
          : new Domain(`${device.name}@${iommu.name}`, iommu, start, start + this.windowSize, this.costs),
      mask: device.dmaMask,
      maxSegmentSize: device.maxSegmentSize,
      segmentBoundary: device.segmentBoundary,
      ledger: new Ledger(),
    };
    this.devices.set(device, made);
    return made;
  }

  /** False when both devices are known and differ, or are two parameters of one function: a caller with one device would give it once. */
  mayBeSame(a: Device, b: Device): boolean {
    if (a !== b && ((this.parameters.has(a) && this.parameters.has(b)) || this.apart.get(a)?.has(b) === true))
      return false;
    return a === b || this.unidentified.has(a) || this.unidentified.has(b);
  }

  /** Takes over what another world knows of who is who. */
  knowAs({ unidentified, parameters, apart, nextOpenPhys }: DmaWorld): void {
    for (const device of unidentified) this.unidentified.add(device);
    for (const device of parameters) this.parameters.add(device);
    for (const [device, others] of apart) this.apart.set(device, new Set(others));
    this.nextOpenPhys = nextOpenPhys;
  }

  /** Two devices of which one is asked for its way to the other: whatever else is not known, they are two. */
  tellApart(a: Device, b: Device): void {
    if (a === b) return;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = this.apart.get(one) ?? new Set<Device>();
      this.apart.set(one, known.add(other));
    }
  }

  /**
   * A stand-in for a physical address that is not known, one page off every large page: it is mapped page by page, so that any part of it
   * can be taken down as the real one could.
   */
  openPhys(size: number): number {
    const phys = this.nextOpenPhys + 4096;
    this.nextOpenPhys += (Math.ceil(size / 2 ** 21) + 1) * 2 ** 21;
    return phys;
  }

  /** Devices that did something in this run. */
  used(): readonly DmaDevice[] {
    return [...this.devices.values()];
  }

  /** Fabric addresses that target `device` translates. */
  fabricWindow(device: Device): { readonly start: number; readonly end: number } {
    const start = FABRIC_WINDOW.start + device.index * this.fabricWindowSize;
    return { start, end: start + this.fabricWindowSize };
  }

  /** What a number is: its kind, owner, and for IOVAs and fabric addresses whose window it lies in. */
  resolve(address: number): ResolvedAddress {
    const resolved = resolveAddress(this.topology, address);
    if (resolved.kind !== 'iova' && resolved.kind !== 'fabric') return resolved;
    const owner = this.windowOwner(address, resolved.kind);
    if (owner === null) return resolved;
    const what = resolved.kind === 'iova' ? 'an IOVA of' : 'a fabric virtual address at';
    return { ...resolved, device: owner, text: `${what} ${owner.name} (0x${address.toString(16)})` };
  }

  private windowOwner(address: number, kind: 'iova' | 'fabric'): Device | null {
    if (kind === 'iova' && address < IOVA_WINDOW.start) {
      for (const known of this.devices.values()) if (known.ledger.containing(address) !== null) return known.device;
      return null;
    }
    const window = kind === 'iova' ? IOVA_WINDOW : FABRIC_WINDOW;
    const size = kind === 'iova' ? this.windowSize : this.fabricWindowSize;
    const index = Math.floor((address - window.start) / size);
    const extra = [...this.devices.keys()].find((device) => device.index === index);
    return this.topology.devices[index] ?? extra ?? null;
  }
}
