/** The PCI subsystem: what drivers see of the topology's PCIe tree. */
import type { Subsystem } from '../subsystem.ts';
import { models } from './models.ts';
import pci from './pci.h?raw';
import p2pdma from './pci-p2pdma.h?raw';

export { createPciDevice, fillPciDevice, pciObject } from './objects.ts';
export { busAddress, type MapType, p2pdmaDistance, type Reach, reach } from './p2pdma.ts';
export { type BarTranslation, barToDpa, physicalFunction, vfId } from './sriov.ts';

export const subsystem: Subsystem = {
  name: 'pci',
  scope: `Models BARs, bus numbers, PF and VF identity and peer-to-peer reachability (distance, map type, ACS redirect, whitelist) of the
run's topology. Left out: configuration space, enabling and power states, hot-unplug, interrupts, SR-IOV being switched on and off at run time
(the topology's VFs are always there): code that depends on these runs with unknown values, which hides findings. \`for_each_pci_dev\` sees the
topology's functions only.`,
  declarations: [
    { path: 'include/linux/pci.h', text: pci },
    { path: 'include/linux/pci-p2pdma.h', text: p2pdma },
  ],
  models,
  rules: [],
};
