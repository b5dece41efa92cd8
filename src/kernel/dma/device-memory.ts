/**
 * Where an access ended up, compared with what was meant, and the bytes there. The same memory can be named by RAM address, BAR address, device
 * physical address or a bounce slot; here these are one place.
 */
import type { Access, Reached } from './device-access.ts';
import type { DmaDevice, DmaWorld } from './world.ts';

export interface WrongMemory {
  readonly start: number;
  readonly end: number;
  readonly actual: number;
  readonly wanted: number;
}

/** The first part of an access that arrived somewhere else than the mapping was asked for; null when there is none. */
export function wrongMemory(
  world: DmaWorld,
  device: DmaDevice,
  access: Access,
  pieces: readonly Reached[],
  phys: number,
): WrongMemory | null {
  for (const { start, end, target } of pieces) {
    // A stand-in for an address that nobody knows can be neither right nor wrong.
    if (target === null || world.resolve(target).kind === 'unknown') continue;
    const wanted = phys + (start - access.address);
    const actual = sameMemory(world, device, start, target);
    if (memoryOf(world, actual) !== memoryOf(world, wanted)) return { start, end, actual, wanted };
  }
  return null;
}

/** A target inside a bounce slot is the original buffer. */
function sameMemory(world: DmaWorld, device: DmaDevice, start: number, target: number): number {
  const bounce = device.ledger.containing(start)?.bounce ?? world.bounce.at(target);
  return bounce === null || bounce === undefined ? target : bounce.original + (target - bounce.slot);
}

/** A place in device memory by its device physical address, however it was named; other places are themselves. */
function memoryOf(world: DmaWorld, address: number): number {
  const found = world.resolve(address);
  if (found.kind === 'device-private' && found.device?.memory != null && found.offset !== null)
    return found.device.memory.dpaBase + found.offset;
  if (found.kind !== 'mmio' || found.shows !== 'vram' || found.device?.memory == null || found.offset === null)
    return address;
  return found.device.memory.dpaBase + found.offset;
}

/** Reads or writes bytes where an access went; parts that failed read as 0xff, as a bus gives. */
export function transfer(world: DmaWorld, pieces: readonly Reached[], write: Uint8Array | null): Uint8Array {
  const first = pieces[0]?.start ?? 0;
  const result = new Uint8Array((pieces.at(-1)?.end ?? first) - first).fill(0xff);
  for (const { start, end, target } of pieces) {
    if (target === null) continue;
    const place = memoryOf(world, target);
    if (write !== null) world.memory.write(place, write.subarray(start - first, end - first));
    else result.set(world.memory.read(place, end - start), start - first);
  }
  return result;
}
