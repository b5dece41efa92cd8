/**
 * A device that uses what an exporter mapped for it: it reads and writes every DMA segment, as the direction says, through the simulated
 * IOMMU. What the hardware makes of the addresses is kernel/dma/device-access.ts; a table whose addresses nobody knows says nothing.
 */
import { isUnknown, type MachineServices, type Scalar } from '../../machine/model.ts';
import { accessFromDevice, dmaSegments, routeByKind } from '../dma/access.ts';

/** By `enum dma_data_direction`: what the device may do. */
const ACCESS: readonly (readonly boolean[])[] = [[false, true], [false], [true]];
/** Segments that are looked at: behind them nothing new is to be seen. */
const MAX_SEGMENTS = 64;

/** @param table the `struct sg_table *` that mapping returned */
export function deviceUsesTable(machine: MachineServices, device: number, table: Scalar, direction: number): void {
  if (isUnknown(table) || typeof table !== 'number') return;
  const object = machine.objectAt(table);
  if (object === null || object.freed) return;
  const segments = dmaSegments(machine, table) ?? [];
  // Segments without length were made of pages, or of nothing, that this run knows nothing about; or tableContent.ts says so.
  if (segments.some(({ length }) => length === 0)) return;
  for (const { address, length } of segments.slice(0, MAX_SEGMENTS))
    for (const write of ACCESS[direction] ?? []) {
      const route = routeByKind(machine, device, address);
      const reached = accessFromDevice(machine, device, { address, size: length, write, route });
      // What it could not read it cannot write either.
      if (reached.some((piece) => piece.target === null)) break;
    }
}
