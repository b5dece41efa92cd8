/** Devices of a world: the C objects that stand for the topology's devices, and the DRM devices on top of them. */
import type { MachineServices } from '../../machine/model.ts';
import type { Device } from '../../topology/topology.ts';
import { dmaRun } from '../dma/run-state.ts';
import { pciObject } from '../pci/objects.ts';
import { embeddedObject, memberOfDriverObject, plainObject, setCounter, setFields } from '../worldObject.ts';

export interface WorldDevice {
  /** Address of the `struct device`. */
  readonly dev: number;
  /** Address of the `struct pci_dev` around it, 0 when there is none. */
  readonly pci: number;
  readonly device: Device | null;
}

/** The device of this name in the run's topology, or the first one there that is not a virtual function. */
export function makeDevice(machine: MachineServices, name?: string): WorldDevice {
  const { topology } = dmaRun(machine).world;
  const device =
    (name === undefined ? topology.devices.find((each) => each.physfn === null) : topology.byName.get(name)) ?? null;
  return deviceObject(machine, device);
}

/** Whose memory a buffer is unless the scenario says so: a virtual function if the topology has one, else its second device. */
export function exporterDevice(machine: MachineServices): WorldDevice {
  const { devices } = dmaRun(machine).world.topology;
  return deviceObject(machine, devices.find((each) => each.physfn !== null) ?? devices[1] ?? devices[0] ?? null);
}

function deviceObject(machine: MachineServices, device: Device | null): WorldDevice {
  if (device !== null) {
    const pci = pciObject(machine, device);
    const dev = pci === null ? null : machine.fieldAddress(pci, 'struct pci_dev', 'dev');
    if (pci !== null && dev !== null) return { dev: dev.address, pci, device };
  }
  return { dev: plainObject(machine, 'struct device', 'struct device', 'unknown'), pci: 0, device };
}

/** The DRM device on top of a device; within `struct xe_device` and the like when the driver's struct is given. */
export function makeDrmDevice(
  machine: MachineServices,
  dev: number,
  within?: { readonly struct: string; readonly member: string },
): number {
  const own =
    within === undefined ? null : memberOfDriverObject(machine, within.struct, [within.member], within.struct);
  const drm = own?.member ?? embeddedObject(machine, 'struct drm_device');
  setFields(machine, drm, 'struct drm_device', { dev });
  setCounter(machine, drm, 'struct drm_device', 'ref', 1);
  return drm;
}
