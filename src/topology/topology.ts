/**
 * The hardware of a run, as `build.ts` makes it from a description: a PCIe tree with addresses assigned, and what hangs on it. Immutable:
 * what changes in a run (page tables, mappings) is kept by the kernel folders.
 */
import type { DeviceKind, FabricMode, IommuMode, Whitelist } from './description.ts';

export interface Iommu {
  readonly name: string;
  readonly mode: IommuMode;
  readonly cachingMode: boolean;
  /** Ascending, in bytes; the first is the granule. */
  readonly pageSizes: readonly number[];
  readonly flushQueueSize: number;
}

export interface HostBridge {
  readonly name: string;
  readonly whitelist: Whitelist;
  /** Added to a CPU address to get the bus address; 0 when they are the same. */
  readonly busOffset: number;
}

/** A PCI-to-PCI bridge function: a root port, or an upstream or downstream port of a switch. */
export interface Port {
  readonly kind: 'root-port' | 'switch-upstream' | 'switch-downstream';
  readonly name: string;
  /** Towards the root; null for a root port. */
  readonly parent: Port | null;
  readonly host: HostBridge;
  readonly acsRedirect: boolean;
}

export interface Bdf {
  readonly segment: number;
  readonly bus: number;
  readonly device: number;
  readonly function: number;
}

export interface Bar {
  readonly index: number;
  /** CPU physical address. */
  readonly start: number;
  readonly size: number;
  readonly shows: 'registers' | 'vram';
  /** Offset in the device's memory that byte 0 of a `vram` BAR shows. */
  readonly vramOffset: number;
}

export interface DeviceMemory {
  readonly dpaBase: number;
  readonly size: number;
}

export interface Sriov {
  readonly offset: number;
  readonly stride: number;
  readonly quota: number;
}

export interface Device {
  /** Position in `Topology.devices`. */
  readonly index: number;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly bdf: Bdf;
  /** The port above; for a VF that of its PF. */
  readonly port: Port;
  readonly host: HostBridge;
  readonly bars: readonly Bar[];
  readonly memory: DeviceMemory | null;
  /** Made-up physical range of its memory's struct pages; same size as `memory`. */
  readonly privateBase: number | null;
  readonly iommu: Iommu | null;
  /** Highest address its DMA can carry. */
  readonly dmaMask: number;
  readonly coherent: boolean;
  readonly untrusted: boolean;
  readonly maxSegmentSize: number;
  /** A segment must not cross a multiple of this. */
  readonly segmentBoundary: number;
  readonly sriov: Sriov | null;
  /** Index of its PF, for a VF. */
  readonly physfn: number | null;
  readonly vfs: readonly number[];
}

export interface Fabric {
  readonly index: number;
  readonly name: string;
  readonly kind: 'ual' | 'xgmi' | 'nvlink';
  readonly mode: FabricMode;
  /** Device indices, in order of the description. */
  readonly members: readonly number[];
  readonly group: number | null;
}

export interface Topology {
  readonly name: string;
  readonly description: string;
  readonly ramSize: number;
  readonly cpuSupportsP2pdma: boolean;
  readonly iommus: readonly Iommu[];
  readonly hostBridges: readonly HostBridge[];
  readonly devices: readonly Device[];
  readonly byName: ReadonlyMap<string, Device>;
  readonly fabrics: readonly Fabric[];
}

/** `0000:03:00.1`, as the kernel prints it. */
export function bdfText(bdf: Bdf): string {
  const digits = (value: number, width: number): string => value.toString(16).padStart(width, '0');
  return `${digits(bdf.segment, 4)}:${digits(bdf.bus, 2)}:${digits(bdf.device, 2)}.${bdf.function}`;
}

/** Bus, device and function as one number, which is what SR-IOV offset and stride count in. */
export function routingId(bdf: Bdf): number {
  return bdf.bus * 256 + bdf.device * 8 + bdf.function;
}
