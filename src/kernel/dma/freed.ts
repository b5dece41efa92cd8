/**
 * Memory that is freed while a device can still reach it: what `CONFIG_IOMMU_DEBUG_PAGEALLOC` tracks for IOMMU mappings. To be asked by
 * whoever frees pages; nothing here frees anything.
 */

import type { MachineServices } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { complain } from './checks.ts';
import type { Origin } from './report.ts';
import { type DmaRun, dmaRun } from './run-state.ts';

export interface Reaching {
  readonly device: string;
  /** DMA address or IOVA at which the memory is reached. */
  readonly address: number;
  readonly api: string;
  readonly at: Origin;
}

/** The first live mapping or link of any device that reaches `[phys, phys + size)`; null when nothing does. */
export function mappingOfMemory(run: DmaRun, phys: number, size: number): Reaching | null {
  const end = phys + size;
  const used = [...run.world.used()].filter((device) => !run.uncertain.has(device));
  for (const device of used)
    for (const mapping of device.ledger)
      if ((mapping.kind !== 'sg' || device.domain === null) && mapping.phys < end && mapping.phys + mapping.size > phys)
        return { device: device.name, address: mapping.address, api: mapping.api, at: mapping.at };
  for (const device of used)
    for (const leaf of device.domain?.table.leaves() ?? []) {
      if (leaf.phys >= end || leaf.phys + leaf.size <= phys) continue;
      const address = leaf.iova + Math.max(0, phys - leaf.phys);
      const link = run.states.reservations.containing(device, address)?.links.at(address) ?? null;
      const mapping = device.ledger.containing(address);
      return {
        device: device.name,
        address,
        api: mapping?.api ?? 'dma_iova_link',
        at: mapping?.at ?? link?.value.at ?? null,
      };
    }
  return null;
}

/** Reports memory that goes back to the allocator while a device reaches it. True when it reported. */
export function reportFreedWhileMapped(machine: MachineServices, phys: number, size: number, what: string): boolean {
  const run = dmaRun(machine);
  const found = mappingOfMemory(run, phys, size);
  if (found === null) return false;
  complain(
    run.world,
    'dma-map-freed',
    `${what} is freed while ${found.device} can still reach it at ${hex(found.address)}`,
    [[`\`${found.api}\` mapped it here`, found.at]],
    { device: found.device, address: hex(found.address), phys: hex(phys) },
  );
  return true;
}
