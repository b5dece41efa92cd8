/**
 * Judgements that all mapping calls share: is this address of the kind the call takes, is this direction one, does the device reach it.
 * `kernel/dma/debug.c` and the address table of the P2P documentation, as functions.
 */

import type { Related } from '../../machine/events.ts';
import { addressKind, hex } from '../../topology/address-map.ts';
import { DMA_BIDIRECTIONAL, DMA_FROM_DEVICE, DMA_TO_DEVICE } from './constants.ts';
import type { Origin } from './report.ts';
import type { DmaRule } from './rules.ts';
import type { DmaDevice, DmaWorld } from './world.ts';

/** Reports with one related place. */
export function complain(
  world: DmaWorld,
  rule: DmaRule,
  message: string,
  related: readonly (readonly [message: string, at: Origin])[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  world.report({ rule, message, related: related.map(([text, at]): Related => ({ message: text, at })), data });
}

export function isDirection(direction: number): boolean {
  return direction === DMA_BIDIRECTIONAL || direction === DMA_TO_DEVICE || direction === DMA_FROM_DEVICE;
}

export function deviceWrites(direction: number): boolean {
  return direction === DMA_FROM_DEVICE || direction === DMA_BIDIRECTIONAL;
}

export function deviceReads(direction: number): boolean {
  return direction === DMA_TO_DEVICE || direction === DMA_BIDIRECTIONAL;
}

/**
 * Is `phys` something that may be mapped: RAM, or with the MMIO attribute a BAR. Reports otherwise, saying what the number is and, when it is
 * a live DMA address, where it was made. A number of no known range is nobody's: it is not judged.
 */
export function checkPhysKind(world: DmaWorld, device: DmaDevice, api: string, phys: number, mmio: boolean): boolean {
  const wanted = mmio ? 'mmio' : 'ram';
  // The usual case must cost nothing: a million links per second pass here.
  if (addressKind(phys) === wanted) return true;
  const found = world.resolve(phys);
  if (found.kind === wanted || found.kind === 'unknown' || found.kind === 'null') return true;
  const need = mmio
    ? 'the CPU physical address of a PCI BAR (`DMA_ATTR_MMIO` is set)'
    : found.kind === 'mmio'
      ? '`DMA_ATTR_MMIO` for it'
      : 'a CPU physical address of RAM';
  const made = liveMapping(world, phys);
  complain(
    world,
    'address-kind',
    `\`${api}\` gets ${found.text}, needs ${need}`,
    made === null ? [] : [[`\`${made.api}\` made this address here`, made.at]],
    { api, device: device.name, address: hex(phys), found: found.kind, wanted, owner: found.device?.name ?? '' },
  );
  return false;
}

/** The live mapping of any device that contains `address`. */
export function liveMapping(
  world: DmaWorld,
  address: number,
): { readonly api: string; readonly at: Origin; readonly device: DmaDevice; readonly address: number } | null {
  for (const device of world.used()) {
    const mapping = device.ledger.containing(address);
    if (mapping !== null) return { api: mapping.api, at: mapping.at, device, address: mapping.address };
  }
  return null;
}

/** Does the device need a bounce buffer for this piece: untrusted and not filling its pages, or small and kmalloc'd on a non-coherent one. */
export function needsBounce(device: DmaDevice, phys: number, size: number, direction: number): boolean {
  const unaligned = phys % 4096 !== 0 || (phys + size) % 4096 !== 0;
  if (!unaligned) return false;
  const sharesCacheLine =
    !device.device.coherent && direction !== DMA_TO_DEVICE && size < 128 && (size % 64 !== 0 || phys % 64 !== 0);
  return device.device.untrusted || sharesCacheLine;
}
