/**
 * SR-IOV: how a VF finds its PF and its number (`drivers/pci/iov.c`), and how an address in a VF's BAR becomes an address in the PF's device
 * memory, given that a VF's BAR shows the share of device memory it was given.
 */
import { type Device, routingId, type Topology } from '../../topology/topology.ts';

/** `pci_physfn`: the PF of a VF, any other function itself. */
export function physicalFunction(topology: Topology, device: Device): Device {
  return (device.physfn === null ? null : topology.devices[device.physfn]) ?? device;
}

/** `pci_iov_vf_id`: position among the PF's VFs, from 0, by routing id; null for a function that is no VF. */
export function vfId(topology: Topology, device: Device): number | null {
  const pf = physicalFunction(topology, device);
  if (pf === device || pf.sriov === null) return null;
  return (routingId(device.bdf) - (routingId(pf.bdf) + pf.sriov.offset)) / pf.sriov.stride;
}

export interface BarTranslation {
  readonly device: Device;
  /** Offset in the BAR, which is the offset in the device's share of memory. */
  readonly offset: number;
  readonly dpa: number;
}

/** The device memory that a CPU address in a VF's or PF's memory BAR shows; null when it is in no such BAR. */
export function barToDpa(topology: Topology, pf: Device, phys: number): BarTranslation | null {
  for (const index of [...pf.vfs, pf.index]) {
    const device = topology.devices[index];
    const bar = device?.bars.find((one) => one.shows === 'vram' && phys >= one.start && phys < one.start + one.size);
    if (device?.memory == null || bar === undefined) continue;
    const offset = phys - bar.start + bar.vramOffset;
    return { device, offset, dpa: device.memory.dpaBase + offset };
  }
  return null;
}
