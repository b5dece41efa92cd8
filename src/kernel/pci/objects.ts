/**
 * C `struct pci_dev` objects of topology devices: found by the `struct device` inside them, made when kernel code asks for a device that
 * nobody has made an object for.
 */
import type { Program } from '../../c/ir.ts';
import type { StructType } from '../../c/types.ts';
import type { MachineServices, ModelCall, StateKey } from '../../machine/model.ts';
import type { Device } from '../../topology/topology.ts';
import { bindDevice, boundDevice, dmaRun, objectAddress } from '../dma/run-state.ts';

const PCI_DEV = 'struct pci_dev';
const BUS = 'struct pci_bus';
const LIST = 'struct list_head';
const IORESOURCE_MEM = 0x200;

/** Bytes from the start of a `struct pci_dev` to its `struct device`; null when the program does not know the struct. */
function deviceOffset(machine: MachineServices, at: number): number | null {
  const field = machine.fieldAddress(at, PCI_DEV, 'dev');
  return field === null ? null : field.address - at;
}

/** The topology device of a `struct pci_dev *` argument; null after a fault. */
export function pciArgument(
  call: ModelCall,
  index: number,
): { readonly device: Device; readonly object: number } | null {
  const value = call.args[index];
  const object = value === undefined ? null : objectAddress(call.machine, value, call.argTypes[index]);
  if (object === null) return null;
  const offset = deviceOffset(call.machine, object);
  return { device: boundDevice(call.machine, object + (offset ?? 0)), object };
}

/** Address of the `struct pci_dev` of a topology device, made and filled if there is none; null without the struct's declaration. */
export function pciObject(machine: MachineServices, device: Device): number | null {
  const known = dmaRun(machine).objects.get(device);
  if (known !== undefined) return known - (deviceOffset(machine, known) ?? 0);
  const type = machine.program.type(PCI_DEV);
  return type?.kind === 'struct' ? createPciDevice(machine, device, type) : null;
}

/** Makes the C object of a topology device and binds it. */
export function createPciDevice(machine: MachineServices, device: Device, type: StructType): number {
  const object = machine.allocate(type.size, {
    label: `struct pci_dev ${device.name}`,
    storage: 'world',
    type,
    content: 'unknown',
    at: null,
  });
  bindDevice(machine, object + (deviceOffset(machine, object) ?? 0), device);
  fillPciDevice(machine, object, device);
  putOnBus(machine, object, device);
  return object;
}

/** The buses of this run that have an object, by segment and number. */
const buses: StateKey<Map<string, number>> = {
  name: 'pci.buses',
  create: () => new Map(),
  fork: (sealed) => new Map(sealed),
};

const walking = new WeakMap<Program, { readonly units: number; readonly walks: boolean }>();

/** Whether something that was read may follow the list of a bus: the devices on it are made for whoever does. */
function walksBuses(program: Program): boolean {
  const units = program.units.length;
  let known = walking.get(program);
  if (known?.units !== units) {
    const walks = program.units.some(
      ({ origin, text }) => origin !== 'bundled' && (text.includes('bus_list') || text.includes('->devices')),
    );
    known = { units, walks };
    walking.set(program, known);
  }
  return known.walks;
}

/** Links a function to its bus, and all functions of that bus to its list (`bus->devices`). */
function putOnBus(machine: MachineServices, object: number, device: Device): void {
  const type = machine.program.type(BUS);
  if (type?.kind !== 'struct') return;
  const { segment, bus: number } = device.bdf;
  const known = machine.state(buses);
  const name = `${segment}:${number}`;
  const bus = known.get(name);
  if (bus !== undefined) {
    machine.writeField(object, PCI_DEV, 'bus', bus);
    return;
  }
  const made = machine.allocate(type.size, { label: BUS, storage: 'world', type, content: 'unknown', at: null });
  known.set(name, made);
  machine.writeField(object, PCI_DEV, 'bus', made);
  machine.writeField(made, BUS, 'number', number);
  if (!walksBuses(machine.program)) return;
  const onBus = dmaRun(machine).world.topology.devices.filter(
    (each) => each.bdf.segment === segment && each.bdf.bus === number,
  );
  const heads = [
    machine.fieldAddress(made, BUS, 'devices')?.address,
    ...onBus.map((each) => {
      const own = each === device ? object : pciObject(machine, each);
      return own === null ? undefined : machine.fieldAddress(own, PCI_DEV, 'bus_list')?.address;
    }),
  ].filter((head) => head !== undefined);
  for (const [i, head] of heads.entries()) {
    machine.writeField(head, LIST, 'next', heads[(i + 1) % heads.length] ?? head);
    machine.writeField(head, LIST, 'prev', heads[(i + heads.length - 1) % heads.length] ?? head);
  }
}

/** Writes what the topology knows into a `struct pci_dev`. */
export function fillPciDevice(machine: MachineServices, object: number, device: Device): void {
  const { bdf } = device;
  machine.writeField(object, PCI_DEV, 'devfn', bdf.device * 8 + bdf.function);
  machine.writeField(object, PCI_DEV, 'is_virtfn', device.physfn === null ? 0 : 1);
  machine.writeField(object, PCI_DEV, 'is_physfn', device.vfs.length > 0 ? 1 : 0);
  machine.writeField(object, PCI_DEV, 'untrusted', device.untrusted ? 1 : 0);
  const resources = machine.fieldAddress(object, PCI_DEV, 'resource');
  if (resources === null || resources.type.kind !== 'array' || resources.type.of.kind !== 'struct') return;
  const { of: resource, length } = resources.type;
  for (let index = 0; index < (length ?? 0); ) {
    const at = resources.address + index * resource.size;
    const bar = device.bars.find((one) => one.index === index);
    if (bar !== undefined) {
      machine.writeField(at, resource, 'start', bar.start);
      machine.writeField(at, resource, 'end', bar.start + bar.size - 1);
      machine.writeField(at, resource, 'flags', IORESOURCE_MEM);
      index++;
      continue;
    }
    // Most of the seventeen are not there, and devices are made for every run: those up to the next one in one go.
    const next = device.bars.reduce(
      (least, one) => (one.index > index ? Math.min(least, one.index) : least),
      length ?? 0,
    );
    machine.fill(at, 0, (next - index) * resource.size);
    index = next;
  }
}
