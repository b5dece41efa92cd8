/**
 * Topologies that come with Interlock. Each is a description in the JSON form, so that a user can print one and change it.
 */
import { buildTopology } from './build.ts';
import type { DeviceDescription, IommuMode, NodeDescription, TopologyDescription } from './description.ts';
import type { Topology } from './topology.ts';

const VRAM = '16G';

function gpu(name: string, iommu?: string): DeviceDescription {
  return { device: name, kind: 'gpu', vram: VRAM, ...(iommu === undefined ? {} : { iommu }) };
}

function iommu(
  mode: IommuMode,
  cachingMode = false,
): readonly [{ name: string; mode: IommuMode; cachingMode?: boolean }] {
  return [{ name: 'iommu0', mode, ...(cachingMode ? { cachingMode } : {}) }];
}

function oneGpu(mode: IommuMode): TopologyDescription {
  return {
    name: `gpu-${mode}`,
    description: `one GPU behind an IOMMU in ${mode} mode`,
    iommus: iommu(mode),
    hostBridges: [{ name: 'host0', below: [gpu('gpu0', 'iommu0')] }],
  };
}

function twoUnderSwitch(acsRedirect: boolean): TopologyDescription {
  const below: readonly NodeDescription[] = [gpu('gpu0', 'iommu0'), gpu('gpu1', 'iommu0')];
  return {
    name: acsRedirect ? 'two-gpus-switch-acs' : 'two-gpus-switch',
    description: `two GPUs under one PCIe switch, ACS redirect ${acsRedirect ? 'on' : 'off'}`,
    iommus: iommu('strict'),
    hostBridges: [{ name: 'host0', whitelist: 'same-bridge', below: [{ switch: 'sw0', acsRedirect, below }] }],
  };
}

function ualPair(mode: 'physical' | 'virtual'): TopologyDescription {
  return {
    name: `ual-pair-${mode}`,
    description: `two accelerators on a UAL fabric in ${mode} mode, not reachable from each other over PCIe`,
    iommus: iommu('strict'),
    hostBridges: [{ name: 'host0', below: [gpu('gpu0', 'iommu0'), gpu('gpu1', 'iommu0')] }],
    fabrics: [{ name: 'ual0', mode, members: ['gpu0', 'gpu1'] }],
  };
}

function pod(count: number, bridges: number): TopologyDescription {
  const each = count / bridges;
  return {
    name: `ual-pod-${count}`,
    description: `a UAL pod of ${count} accelerators in virtual mode, ${each} below each host bridge`,
    iommus: iommu('strict'),
    hostBridges: Array.from({ length: bridges }, (_, index) => ({
      name: `host${index}`,
      below: [
        {
          device: bridges === 1 ? 'acc' : `acc${index}n`,
          kind: 'accelerator',
          count: each,
          vram: VRAM,
          iommu: 'iommu0',
        },
      ],
    })),
    fabrics: [{ name: 'ual0', mode: 'virtual', members: ['acc*'], group: Math.min(count, 64) }],
  };
}

/** In the order in which they are listed to users. */
export const PRESETS: readonly TopologyDescription[] = [
  oneGpu('passthrough'),
  oneGpu('strict'),
  oneGpu('lazy'),
  {
    name: 'gpu-caching-mode',
    description: 'one GPU behind an emulated IOMMU in caching mode: mappings work only after the sync',
    iommus: iommu('strict', true),
    hostBridges: [{ name: 'host0', below: [gpu('gpu0', 'iommu0')] }],
  },
  {
    name: 'gpu-no-iommu',
    description: 'one GPU in a machine without IOMMU',
    hostBridges: [{ name: 'host0', below: [gpu('gpu0')] }],
  },
  {
    name: 'gpu-untrusted',
    description: 'one external GPU (untrusted, bounced when unaligned) behind a strict IOMMU',
    iommus: iommu('strict'),
    hostBridges: [{ name: 'host0', below: [{ ...gpu('gpu0', 'iommu0'), untrusted: true }] }],
  },
  twoUnderSwitch(false),
  twoUnderSwitch(true),
  {
    name: 'two-gpus-host-bridges',
    description: 'two GPUs below different host bridges, neither known to forward peer traffic',
    iommus: iommu('strict'),
    hostBridges: [
      { name: 'host0', below: [gpu('gpu0', 'iommu0')] },
      { name: 'host1', below: [gpu('gpu1', 'iommu0')] },
    ],
  },
  {
    name: 'two-gpus-p2p-cpu',
    description: 'two GPUs on root ports of a CPU that forwards peer traffic, bus addresses with an offset',
    cpuSupportsP2pdma: true,
    iommus: iommu('strict'),
    hostBridges: [{ name: 'host0', busOffset: true, below: [gpu('gpu0', 'iommu0'), gpu('gpu1', 'iommu0')] }],
  },
  {
    name: 'sriov-pf-4vf',
    description: 'a GPU with 4 VFs, each with a quarter of 8G of its memory; the VFs sit on the next bus number',
    iommus: iommu('strict'),
    hostBridges: [
      {
        name: 'host0',
        whitelist: 'same-bridge',
        below: [{ ...gpu('gpu0', 'iommu0'), sriov: { vfs: 4, quota: '2G', offset: 256 } }],
      },
    ],
  },
  {
    name: 'sriov-pf-4vf-one-bus',
    description: 'as sriov-pf-4vf, with the VFs on the bus of their PF',
    iommus: iommu('strict'),
    hostBridges: [
      {
        name: 'host0',
        whitelist: 'same-bridge',
        below: [{ ...gpu('gpu0', 'iommu0'), sriov: { vfs: 4, quota: '2G', offset: 1 } }],
      },
    ],
  },
  ualPair('physical'),
  ualPair('virtual'),
  {
    name: 'xgmi-pair',
    description: 'two GPUs on a private link that carries device physical addresses',
    iommus: iommu('strict'),
    hostBridges: [{ name: 'host0', below: [gpu('gpu0', 'iommu0'), gpu('gpu1', 'iommu0')] }],
    fabrics: [{ name: 'xgmi0', kind: 'xgmi', mode: 'physical', members: ['gpu0', 'gpu1'] }],
  },
  pod(8, 1),
  pod(1024, 16),
];

/** What runs when nobody names a topology. */
export const DEFAULT_PRESET = 'gpu-strict';

/** Builds a preset by name; null when there is none of that name. */
export function presetTopology(name: string): Topology | null {
  const description = PRESETS.find((preset) => preset.name === name);
  return description === undefined ? null : buildTopology(description).topology;
}
