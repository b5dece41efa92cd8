/**
 * Code that relies on the DMA address of RAM being its physical address, and says so by comparing the two (`WARN_ON(dma !=
 * virt_to_phys(table))`, drivers of IOMMUs): there a physical address names the mapping of that RAM. Judges nothing.
 */
import type { MachineServices } from '../../machine/model.ts';
import { dmaRun } from './run-state.ts';
import type { DmaDevice } from './world.ts';

const COMPARES =
  /(?:[!=]=\s*\(?(?:dma_addr_t\)\s*)?(?:virt|page)_to_phys\s*\()|(?:\b(?:virt|page)_to_phys\s*\([\w\s.>&*-]*\)\s*[!=]=)/;

function relies({ program }: MachineServices): boolean {
  return program.units.some(({ origin, text }) => origin === 'document' && COMPARES.test(text));
}

/**
 * The DMA address that is meant: itself where it is mapped or nothing says otherwise, that of the mapping of this RAM, or null: some mapping
 * of RAM that this run did not make.
 */
export function addressMeant(machine: MachineServices, device: DmaDevice, address: number): number | null {
  if (device.ledger.containing(address) !== null || dmaRun(machine).world.resolve(address).kind !== 'ram')
    return address;
  if (!relies(machine)) return address;
  for (const mapping of device.ledger)
    if (mapping.phys <= address && address < mapping.phys + mapping.size)
      return mapping.address + (address - mapping.phys);
  return null;
}
