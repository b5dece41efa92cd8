/**
 * What lies in the memory of the process that a life begins with: pieces of system memory, of the device's own memory and of a peer's, one
 * behind the other. Shared by the worlds of ranges (svmWorld.ts) and of migrations (migrationWorld.ts).
 */
import { populateDevice, populateSystem, type WorldProcess } from '../kernel/pagemap/coreWorld.ts';
import type { WorldPagemap } from '../kernel/pagemap/world.ts';
import type { MachineServices } from '../machine/model.ts';

export const START = 0x7f0000000000;
export const PAGE_SIZE = 4096;
/** Pages of the range that lives are about. */
export const PAGES = 4;

/** Orders of blocks of system memory, or how many pages of which device's memory. */
export type Piece = readonly number[] | { readonly own: number } | { readonly peer: number };

/** Single pages of system memory. */
export function singles(count: number): readonly number[] {
  return Array.from({ length: count }, () => 0);
}

/** Fills the process's memory from its start; `peer` is asked for when a piece lies in another device's memory. */
export function fillMemory(
  machine: MachineServices,
  process: WorldProcess,
  pieces: readonly Piece[],
  own: WorldPagemap,
  peer: () => WorldPagemap,
): void {
  let at = process.start;
  for (const piece of pieces) {
    if ('own' in piece || 'peer' in piece) {
      const [pagemap, pages] = 'own' in piece ? [own, piece.own] : [peer(), piece.peer];
      populateDevice(machine, process, pagemap, at, pages);
      at += pages * PAGE_SIZE;
    } else {
      populateSystem(machine, { ...process, start: at }, piece);
      at += piece.reduce((bytes, order) => bytes + PAGE_SIZE * 2 ** order, 0);
    }
  }
}
