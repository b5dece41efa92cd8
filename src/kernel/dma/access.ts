/** The entry for scenarios that stand in for the core and the hardware: an address is taken over, and a bound device uses it. */
import { isUnknown, type MachineServices, type Scalar } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { type Access, deviceAccess, type Reached, type Route } from './device-access.ts';
import { boundDevice, dmaRun } from './run-state.ts';
import { markErrorChecked } from './streaming.ts';

/**
 * The device whose `struct device` is at `deviceAddress` reads or writes. What goes wrong is reported; the result says where each part of the
 * access went.
 */
export function accessFromDevice(machine: MachineServices, deviceAddress: number, access: Access): readonly Reached[] {
  const run = dmaRun(machine);
  const device = run.world.of(boundDevice(machine, deviceAddress));
  const verb = access.write ? 'writes' : 'reads';
  const message = `${device.name} ${verb} ${hex(access.size)} bytes at ${hex(access.address)} ${wayInWords(access.route)}`;
  machine.emit({ kind: 'note', message });
  return deviceAccess(run, device, access);
}

function wayInWords(route: Route): string {
  switch (route) {
    case 'pcie':
      return 'over PCIe';
    case 'local':
      return 'in its own memory';
    case 'link':
      return 'over its private link';
    default:
      return route satisfies never;
  }
}

/**
 * A caller in a scenario (not C code) has looked at the result of a mapping op and found no error: the same as `dma_mapping_error` in C.
 * To be called before a scenario goes on with an address.
 */
export function acceptMapping(machine: MachineServices, deviceAddress: number, address: Scalar): void {
  const known = isUnknown(address) ? machine.concrete(address) : address;
  if (known === null) return;
  markErrorChecked(dmaRun(machine).world.of(boundDevice(machine, deviceAddress)), Number(known));
}

/** One DMA segment of a mapped scatterlist. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/**
 * DMA segments of a mapped `struct sg_table`, as an importer walks them (`for_each_sgtable_dma_sg`). Null when a part of it is not known.
 */
export function dmaSegments(machine: MachineServices, table: number): readonly Segment[] | null {
  const entry = machine.program.type('struct scatterlist');
  const first = machine.concrete(machine.readField(table, 'struct sg_table', 'sgl'));
  const count = machine.concrete(machine.readField(table, 'struct sg_table', 'nents'));
  if (entry?.kind !== 'struct' || first === null || count === null) return null;
  const segments: Segment[] = [];
  for (let index = 0; index < Math.min(Number(count), 65536); index++) {
    const at = Number(first) + index * entry.size;
    const address = machine.concrete(machine.readField(at, entry, 'dma_address'));
    const length = machine.concrete(machine.readField(at, entry, 'dma_length'));
    if (address === null || length === null) return null;
    segments.push({ address: Number(address), length: Number(length) });
  }
  return segments;
}

/** The device reads every DMA segment of a mapped `struct sg_table`. True when all of it could be read. */
export function accessScatterlist(machine: MachineServices, deviceAddress: number, table: number): boolean {
  const segments = dmaSegments(machine, table);
  if (segments === null) return false;
  return segments.every(({ address, length }) => {
    const route = routeByKind(machine, deviceAddress, address);
    const pieces = accessFromDevice(machine, deviceAddress, { address, size: length, write: false, route });
    return pieces.every((piece) => piece.target !== null);
  });
}

/**
 * The way that an address can only be meant for, by its kind: own device memory, a peer's device memory or a fabric address, anything else.
 * For callers that do not know what the driver's protocol values say.
 */
export function routeByKind(machine: MachineServices, deviceAddress: number, address: number): Route {
  const { world } = dmaRun(machine);
  const found = world.resolve(address);
  if (found.kind === 'fabric') return 'link';
  if (found.kind !== 'dpa') return 'pcie';
  const { memory } = boundDevice(machine, deviceAddress);
  const own = memory !== null && address >= memory.dpaBase && address < memory.dpaBase + memory.size;
  return own ? 'local' : 'link';
}
