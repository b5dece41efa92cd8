/**
 * The mapping stack in one run of the machine: which topology, which C `struct device` is which of its devices, and the bridge from the pure
 * parts' reports to `report` events. Scenarios set the topology and bind devices; an unbound device object is bound on first use.
 */

import type { CType } from '../../c/types.ts';
import type { MachineServices, Scalar, StateKey } from '../../machine/model.ts';
import { isUnknown } from '../../machine/model.ts';
import { DEFAULT_PRESET, presetTopology } from '../../topology/presets.ts';
import type { Device, Topology } from '../../topology/topology.ts';
import { Fabrics } from '../fabric/fabric.ts';
import { heldLocks } from '../locking/context.ts';
import { IovaStates } from './iova-state.ts';
import type { DmaReport } from './report.ts';
import { type DmaDevice, DmaWorld } from './world.ts';

export interface DmaRun {
  readonly world: DmaWorld;
  readonly states: IovaStates;
  readonly fabrics: Fabrics;
  /** C `struct device` address to topology device, and back. */
  readonly byAddress: Map<number, Device>;
  readonly objects: Map<Device, number>;
  /** Devices made up for objects beyond the topology's. */
  readonly extra: Device[];
  /** A function that nobody named may be a virtual one, where the topology has any. */
  functionsOpen?: boolean;
  /** Devices for which something was taken down that is not known: what seems left over may be gone. */
  readonly uncertain: Set<DmaDevice>;
}

interface Chosen {
  topology: Topology | null;
}

const CHOSEN: StateKey<Chosen> = {
  name: 'topology',
  create: () => ({ topology: null }),
  fork: (sealed) => ({ ...sealed }),
};

function newRun(machine: MachineServices, topology: Topology): DmaRun {
  const world = new DmaWorld(topology, (report) => emitReport(machine, report));
  return {
    world,
    states: new IovaStates(world),
    fabrics: new Fabrics(world),
    byAddress: new Map(),
    objects: new Map(),
    extra: [],
    uncertain: new Set(),
  };
}

const DMA: StateKey<DmaRun> = {
  name: 'dma',
  create: (machine) => newRun(machine, machine.state(CHOSEN).topology ?? defaultTopology()),
  // Which object is which device is copied; what was mapped through one is not.
  forkable: ({ world }) => world.used().length === 0,
  fork: ({ world, byAddress, objects, extra, functionsOpen }, machine) => {
    const run = newRun(machine, world.topology);
    run.world.knowAs(world);
    return {
      ...run,
      byAddress: new Map(byAddress),
      objects: new Map(objects),
      extra: [...extra],
      ...(functionsOpen !== undefined && { functionsOpen }),
    };
  },
};

function defaultTopology(): Topology {
  const topology = presetTopology(DEFAULT_PRESET);
  if (topology === null) throw new Error(`preset ${DEFAULT_PRESET} is missing`);
  return topology;
}

function emitReport(machine: MachineServices, report: DmaReport): void {
  machine.emit({ kind: 'report', ...report, held: heldLocks(machine) });
}

/** Chooses the hardware of this run. Has no effect after the first use of the mapping stack. */
export function setTopology(machine: MachineServices, topology: Topology): void {
  machine.state(CHOSEN).topology = topology;
}

/** From now on a device that nobody has bound may be a virtual function of the topology, and the run chooses. */
export function leaveFunctionsOpen(machine: MachineServices): void {
  dmaRun(machine).functionsOpen = true;
}

/** The mapping stack of this run. */
export function dmaRun(machine: MachineServices): DmaRun {
  return machine.state(DMA);
}

/** Says which topology device the `struct device` at `address` is. */
export function bindDevice(machine: MachineServices, address: number, device: Device | string): boolean {
  const run = dmaRun(machine);
  const found = typeof device === 'string' ? run.world.topology.byName.get(device) : device;
  if (found === undefined) return false;
  run.byAddress.set(address, found);
  run.world.unidentified.delete(found);
  if (!run.objects.has(found)) run.objects.set(found, address);
  return true;
}

/** The topology device behind a `struct device` address; an unbound one becomes the next device that nobody has bound. */
export function boundDevice(machine: MachineServices, address: number): Device {
  const run = dmaRun(machine);
  const known = run.byAddress.get(address);
  if (known !== undefined) return known;
  const next = (virtual: boolean): Device | undefined =>
    run.world.topology.devices.find((device) => (device.physfn !== null) === virtual && !run.objects.has(device));
  const virtual = run.functionsOpen ? next(true) : undefined;
  const isVirtual =
    virtual !== undefined &&
    machine.choose('driver-state', 'the PCI function is a virtual one', ['no', 'yes'], machine.site()) === 1;
  const free = isVirtual ? virtual : next(false);
  const device = free ?? extraDevice(run);
  bindDevice(machine, address, device);
  run.world.unidentified.add(device);
  const object = machine.objectAt(address);
  if (object?.tag === 'caller') run.world.parameters.add(device);
  return device;
}

/** A GPU behind a strict IOMMU of its own, on a host bridge of its own: what an unnamed device is taken for. */
function extraDevice(run: DmaRun): Device {
  const index = run.world.topology.devices.length + run.extra.length;
  const template = defaultTopology().devices[0];
  if (template === undefined) throw new Error('the default topology has no device');
  const name = `dev${index}`;
  const host = { ...template.host, name: `host-of-${name}` };
  const made: Device = {
    ...template,
    index,
    name,
    host,
    port: { ...template.port, host, name: `port-of-${name}` },
    bdf: { segment: 0xffff, bus: index % 256, device: 0, function: 0 },
    bars: [],
    memory: null,
    privateBase: null,
  };
  run.extra.push(made);
  return made;
}

/**
 * The device that a `struct device *` argument means. Null after a fault for NULL and error pointers. An unknown pointer is given an object.
 */
export function deviceArgument(machine: MachineServices, value: Scalar, type: CType | undefined): DmaDevice | null {
  const address = objectAddress(machine, value, type);
  return address === null ? null : dmaRun(machine).world.of(boundDevice(machine, address));
}

/** The address that a pointer argument holds, or null after a fault. */
export function objectAddress(machine: MachineServices, value: Scalar, type: CType | undefined): number | null {
  if (isUnknown(value)) {
    const known = machine.concrete(value);
    if (known === null) return type?.kind === 'pointer' ? machine.materialise(value, type.to) : null;
    return objectAddress(machine, known, type);
  }
  if (typeof value === 'bigint') {
    machine.fault('error-pointer-dereference', 'an error pointer is passed as a device or state');
    return null;
  }
  if (value === 0) {
    machine.fault('null-dereference', 'NULL is passed as a device or state');
    return null;
  }
  return value;
}
