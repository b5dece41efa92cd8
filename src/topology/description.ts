/**
 * The JSON form of a topology, as a user writes it (`topology.schema.json` is its published schema; `parse.ts` reads it). Sizes are texts
 * such as `16G`. Plain data without defaults applied; `build.ts` turns it into the hardware it describes.
 */

export interface TopologyDescription {
  readonly $schema?: string;
  readonly name: string;
  readonly description?: string;
  readonly ram?: { readonly size: string };
  /** The CPU's own root complex forwards peer traffic between root ports (recent x86 server parts). Default false. */
  readonly cpuSupportsP2pdma?: boolean;
  readonly iommus?: readonly IommuDescription[];
  readonly hostBridges: readonly HostBridgeDescription[];
  readonly fabrics?: readonly FabricDescription[];
}

export type IommuMode = 'passthrough' | 'strict' | 'lazy';

export interface IommuDescription {
  readonly name: string;
  readonly mode: IommuMode;
  /** The IOMMU may cache entries that are not present (an emulated or shadowed one): a new mapping is usable only after the sync. */
  readonly cachingMode?: boolean;
  readonly pageSizes?: readonly ('4K' | '2M' | '1G')[];
  readonly flushQueueSize?: number;
}

/** Which peers the host bridge is known to connect: none, those below itself, or also those below another listed bridge. */
export type Whitelist = 'none' | 'same-bridge' | 'any';

export interface HostBridgeDescription {
  readonly name: string;
  readonly whitelist?: Whitelist;
  /** Bus addresses below this bridge differ from CPU addresses. Default false, as on x86. */
  readonly busOffset?: boolean;
  /** What is plugged into its root ports, one port each. */
  readonly below: readonly NodeDescription[];
}

export type NodeDescription = SwitchDescription | SlotDescription | DeviceDescription;

export interface SwitchDescription {
  readonly switch: string;
  /** ACS P2P request redirect on all downstream ports. */
  readonly acsRedirect?: boolean;
  /** What is plugged into its downstream ports, one port each. */
  readonly below: readonly NodeDescription[];
}

/** One card with several functions. */
export interface SlotDescription {
  readonly slot: string;
  readonly acsRedirect?: boolean;
  readonly functions: readonly DeviceDescription[];
}

export type DeviceKind = 'gpu' | 'accelerator' | 'nic' | 'nvme' | 'other';

export interface DeviceDescription {
  readonly device: string;
  readonly kind?: DeviceKind;
  /** With a count above 1 there are devices `name0` ... `name<count-1>`, each in a port of its own. */
  readonly count?: number;
  /** Name of the IOMMU that translates its DMA; none: its DMA goes to physical addresses directly. */
  readonly iommu?: string;
  /** ACS P2P request redirect on the port above. */
  readonly acsRedirect?: boolean;
  readonly dmaMaskBits?: number;
  readonly coherent?: boolean;
  /** External-facing: sub-page buffers of it are bounced. */
  readonly untrusted?: boolean;
  readonly maxSegmentSize?: string;
  readonly segmentBoundaryBits?: number;
  /** Device memory; none: it has no memory of its own. */
  readonly vram?: string;
  /** How much of the device memory the BAR shows. Default: all of it. */
  readonly vramBar?: string;
  readonly sriov?: SriovDescription;
}

export interface SriovDescription {
  readonly vfs: number;
  /** Device memory given to each VF out of the PF's. */
  readonly quota?: string;
  /** First VF's routing id relative to the PF's; beyond 255 the VFs sit on other bus numbers. Default 1. */
  readonly offset?: number;
  readonly stride?: number;
  /** IOMMU of the VFs; default that of the PF. */
  readonly iommu?: string;
}

export type FabricMode = 'physical' | 'virtual';

export interface FabricDescription {
  readonly name: string;
  readonly kind?: 'ual' | 'xgmi' | 'nvlink';
  readonly mode: FabricMode;
  /** Device names; `acc*` stands for all devices whose name starts with `acc`. */
  readonly members: readonly string[];
  /** How far members are from each other: 1 when fully connected; with `group` set, members of different groups are one hop further. */
  readonly group?: number;
}
