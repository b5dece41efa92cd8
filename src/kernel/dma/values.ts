/** Between C scalars and the numbers the mapping stack computes with. Addresses stay below 2^53; larger values only occur as errors. */

import type { Site } from '../../machine/events.ts';
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { setState } from '../modelling.ts';
import { DMA_MAPPING_ERROR } from './constants.ts';
import { dmaRun } from './run-state.ts';
import type { DmaDevice } from './world.ts';

/** A C integer as a number, or null when nobody knows it. Values beyond 2^53 lose low bits: they are only compared with limits. */
export function numberArgument(call: ModelCall, index: number): number | null {
  const value = call.args[index];
  if (value === undefined) return null;
  const known = call.machine.concrete(value);
  return known === null ? null : Number(known);
}

/** A DMA address: `'error'` for `DMA_MAPPING_ERROR`, null when nobody knows it. */
export function addressArgument(call: ModelCall, index: number): number | 'error' | null {
  const value = call.args[index];
  if (value === undefined) return null;
  const known = call.machine.concrete(value);
  if (known === null) return null;
  return known === DMA_MAPPING_ERROR || known === -1 ? 'error' : Number(known);
}

/** A physical address to map; one that is not known gets a stand-in, so that everything but its kind can still be checked. */
export function physArgument(call: ModelCall, index: number, size: number): number {
  return numberArgument(call, index) ?? openPhysical(call, size);
}

/** The stand-in for a physical address that is not known. */
export function openPhysical(call: ModelCall, size: number): number {
  call.machine.emit({
    kind: 'note',
    message: `the address that \`${call.name}\` maps is not known: its kind is not checked`,
  });
  return dmaRun(call.machine).world.openPhys(size);
}

/** Several integer arguments at once; null if any of them is not known. */
export function numberArguments(call: ModelCall, ...indices: readonly number[]): readonly number[] | null {
  const values: number[] = [];
  for (const index of indices) {
    const value = numberArgument(call, index);
    if (value === null) return null;
    values.push(value);
  }
  return values;
}

/** How many bytes, pages, or what order, an open size is taken to be made of. */
const SIZES: readonly number[] = [2, 3, 1, 8192, 4096];
/** No caller means more than this. */
const MOST = 2 ** 24;
const PAGE = 4096;

/** Lengths that were open and got a value here. */
const GIVEN = setState<number>('dma.given-lengths');

/** Whether a length may be one that the code leaves open: how it compares to another then says nothing. */
export function isGivenLength(machine: MachineServices, bytes: number): boolean {
  return machine.state(GIVEN).has(bytes);
}

/**
 * Several integer arguments at once, as by `numberArguments`; a size, a direction or flags that are open get values which a caller could
 * have given, so that what is done with them can be held to each other. Runs in which they stay open are made as well.
 * @param on what is mapped for
 * @param size index of the argument that is a size; directions and flags follow it
 */
export function settledArguments(
  call: ModelCall,
  on: DmaDevice | null,
  size: number,
  ...indices: readonly number[]
): readonly number[] | null {
  const known = numberArguments(call, ...indices);
  if (known !== null) return known;
  const { machine } = call;
  const question = `what \`${call.name}\` is given stays open`;
  if (machine.choose('branch', question, ['no', 'yes'], origin(call)) === 1) return null;
  // What becomes of it when the function has returned is as open as it was.
  if (on !== null) dmaRun(machine).uncertain.add(on);
  for (const index of indices) {
    const value = call.args[index];
    if (value === undefined || index < size) continue;
    if (index > size) machine.settle(value, [0, 1, 2], () => true);
    else {
      const given =
        machine.settle(value, SIZES, (bytes) => bytes >= PAGE && bytes <= MOST && bytes % PAGE === 0) ??
        machine.settle(value, SIZES, (bytes) => bytes > 0 && bytes <= MOST);
      if (given !== null) machine.state(GIVEN).add(given);
    }
  }
  return numberArguments(call, ...indices);
}

/** Canonical scalar of an unsigned 64-bit value. */
export function unsigned64(value: bigint): Scalar {
  return value < 2n ** 53n ? Number(value) : value;
}

/** Where a reader is to look for this call: in the code that called into bundled text, if it came through any. */
export function origin(call: ModelCall): Site {
  return call.machine.callerSite() ?? call.at;
}
