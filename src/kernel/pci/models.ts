/** PCI functions that drivers ask: BARs, SR-IOV identity, lookups, and peer-to-peer reachability. */
import type { ModelCall, ModelResult, Scalar, StateKey } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { type Bar, type Device, routingId } from '../../topology/topology.ts';
import { complain } from '../dma/checks.ts';
import { EINVAL } from '../dma/constants.ts';
import { boundDevice, dmaRun, objectAddress } from '../dma/run-state.ts';
import { numberArgument } from '../dma/values.ts';
import { might_alloc } from '../locking/context.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { effects, model, POINTER, type Routine } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { pciArgument, pciObject } from './objects.ts';
import { busAddress, type MapType, reach } from './p2pdma.ts';
import { physicalFunction, vfId } from './sriov.ts';

const PLAIN = effects({ locks: 'none' });

function bar(call: ModelCall): { readonly device: Device; readonly bar: Bar | null } | null {
  const on = pciArgument(call, 0);
  const index = numberArgument(call, 1);
  if (on === null || index === null) return null;
  return { device: on.device, bar: on.device.bars.find((one) => one.index === index) ?? null };
}

/** Answers from a BAR; 0 for one that the device does not have. */
function fromBar(name: string, answer: (found: Bar, device: Device) => number): DocumentedModel {
  const run = (call: ModelCall): ModelResult => {
    const found = bar(call);
    if (found === null) return call.machine.unknown(call.signature.result, `result of ${name}()`);
    return found.bar === null ? 0 : answer(found.bar, found.device);
  };
  return model(name, PLAIN, `include/linux/pci.h:${name}`, run);
}

/** Answers from the function itself; 0 after a fault. */
function fromDevice(
  name: string,
  source: string,
  answer: (device: Device, call: ModelCall, object: number) => Scalar,
): DocumentedModel {
  const run = (call: ModelCall): ModelResult => {
    const on = pciArgument(call, 0);
    return on === null ? 0 : answer(on.device, call, on.object);
  };
  return model(name, PLAIN, `${source}:${name}`, run);
}

function topologyOf(call: ModelCall) {
  return dmaRun(call.machine).world.topology;
}

/** `pci_physfn`: the PF's object for a VF; the very same pointer for anything else. */
function physfn(device: Device, call: ModelCall, object: number): Scalar {
  const pf = physicalFunction(topologyOf(call), device);
  return pf === device ? object : (pciObject(call.machine, pf) ?? 0);
}

function virtualFunction(device: Device, call: ModelCall): Device | null {
  const id = numberArgument(call, 1);
  const index = id === null ? undefined : device.vfs[id];
  return index === undefined ? null : (topologyOf(call).devices[index] ?? null);
}

const IOV = 'drivers/pci/iov.c';

const identity: readonly DocumentedModel[] = [
  fromDevice('pci_physfn', 'include/linux/pci.h', physfn),
  fromDevice('pci_iov_vf_id', IOV, (device, call) => vfId(topologyOf(call), device) ?? -EINVAL),
  fromDevice('pci_num_vf', IOV, (device) => device.vfs.length),
  fromDevice('pci_sriov_get_totalvfs', IOV, (device) => device.vfs.length),
  fromDevice('pci_iov_virtfn_bus', IOV, (device, call) => virtualFunction(device, call)?.bdf.bus ?? -EINVAL),
  fromDevice('pci_iov_virtfn_devfn', IOV, (device, call) => {
    const vf = virtualFunction(device, call);
    return vf === null ? -EINVAL : vf.bdf.device * 8 + vf.bdf.function;
  }),
  fromDevice('pci_dev_id', 'include/linux/pci.h', (device) => routingId(device.bdf)),
];

/** `pci_get_device`: walks all functions; the reference on `from` is dropped, one on the result taken. */
function* getDevice(call: ModelCall): Routine {
  const { machine } = call;
  const [, , from] = call.args;
  const { devices } = topologyOf(call);
  let index = 0;
  if (from !== undefined && from !== 0) {
    const on = pciArgument(call, 2);
    if (on === null) return 0;
    index = on.device.index + 1;
    yield* reference(call, 'pci_dev_put', from);
  }
  const next = devices[index];
  if (next === undefined) return 0;
  const object = pciObject(machine, next) ?? 0;
  if (object !== 0) yield* reference(call, 'pci_dev_get', object);
  return object;
}

function* getBySlot(call: ModelCall): Routine {
  const [domain, bus, devfn] = [0, 1, 2].map((index) => numberArgument(call, index));
  const found = topologyOf(call).devices.find(
    ({ bdf }) => bdf.segment === domain && bdf.bus === bus && bdf.device * 8 + bdf.function === devfn,
  );
  const object = found === undefined ? 0 : (pciObject(call.machine, found) ?? 0);
  if (object !== 0) yield* reference(call, 'pci_dev_get', object);
  return object;
}

function* reference(call: ModelCall, name: string, object: Scalar): Routine {
  const target = call.machine.program.function(name);
  if (target !== null) yield { kind: 'call', target, args: [object], why: `${call.name} moves a reference` };
  return undefined;
}

/** Whether a client given as `struct device *` reaches the provider. */
function wayTo(call: ModelCall, provider: Device, client: Scalar): ReturnType<typeof reach> | null {
  const address = objectAddress(call.machine, client, call.argTypes[1]);
  if (address === null) return null;
  const device = boundDevice(call.machine, address);
  dmaRun(call.machine).world.tellApart(provider, device);
  return reach(topologyOf(call), provider, device);
}

function distance(call: ModelCall): ModelResult {
  const on = pciArgument(call, 0);
  const [, client] = call.args;
  if (on === null || client === undefined) return -1;
  const way = wayTo(call, on.device, client);
  return way === null || way.type === 'not-supported' || refused(call, on.device, client) ? -1 : way.distance;
}

/** Pairs of devices by their objects, and whether this machine lets the one reach the other. */
const REFUSED: StateKey<Map<string, boolean>> = { name: 'pci.peers-refused', create: () => new Map() };

/** What the topology allows, another host bridge of the same shape does not (drivers/pci/p2pdma.c:pci_p2pdma_whitelist): asked once a pair. */
function refused(call: ModelCall, provider: Device, client: Scalar): boolean {
  const { machine } = call;
  const peer = boundDevice(machine, objectAddress(machine, client, call.argTypes[1]) ?? 0);
  const known = machine.state(REFUSED);
  const pair = `${provider.name} ${peer.name}`;
  let answer = known.get(pair);
  if (answer === undefined) {
    answer =
      machine.choose('driver-state', 'the host bridge keeps peers apart', ['no', 'yes'], machine.callerSite()) === 1;
    known.set(pair, answer);
  }
  return answer;
}

function distanceMany(call: ModelCall): ModelResult {
  const on = pciArgument(call, 0);
  const [, clients] = call.args;
  const count = numberArgument(call, 2);
  if (on === null || clients === undefined || count === null) return -1;
  const first = objectAddress(call.machine, clients, undefined);
  if (first === null || count === 0) return -1;
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const way = wayTo(call, on.device, call.machine.read(first + index * 8, POINTER));
    if (way === null || way.type === 'not-supported') return -1;
    sum += way.distance;
  }
  return sum;
}

/** Values of `enum pci_p2pdma_map_type`. */
function mapTypeValue(type: MapType): number {
  switch (type) {
    case 'not-supported':
      return 2;
    case 'bus-address':
      return 3;
    case 'through-host-bridge':
      return 4;
    default:
      return type satisfies never;
  }
}

function mapType(call: ModelCall): ModelResult {
  const [provider, client] = call.args;
  if (provider === undefined || client === undefined) return 0;
  const owner = call.machine.readField(provider, 'struct p2pdma_provider', 'owner');
  const address = objectAddress(call.machine, owner, call.argTypes[1]);
  if (address === null) return 0;
  const way = wayTo(call, boundDevice(call.machine, address), client);
  return way === null ? 0 : mapTypeValue(way.type);
}

/** `pci_p2pdma_state`: by the page's physical address, which is a BAR's for peer memory. */
function* state(call: ModelCall): Routine {
  const [remembered, client, page] = call.args;
  const target = call.machine.addressOf('page_to_pfn');
  if (remembered === undefined || client === undefined || page === undefined || target === null) return 0;
  const pfn = call.machine.concrete(yield { kind: 'call', target, args: [page], why: 'the page may be peer memory' });
  const { world } = dmaRun(call.machine);
  const found = pfn === null ? null : world.resolve(Number(pfn) * 4096);
  let value = 1;
  if (found?.kind === 'mmio' && found.device !== null) {
    const way = wayTo(call, found.device, client);
    value = way === null ? 0 : mapTypeValue(way.type);
    call.machine.writeField(remembered, 'struct pci_p2pdma_map_state', 'bus_off', found.device.host.busOffset);
  }
  call.machine.writeField(remembered, 'struct pci_p2pdma_map_state', 'map', value);
  return value;
}

/** `pci_p2pdma_bus_addr_map`: what a peer under the same switch uses. */
function busAddressOf(call: ModelCall): ModelResult {
  const phys = numberArgument(call, 1);
  if (phys === null) return call.machine.unknown(call.signature.result, `result of ${call.name}()`);
  const { world } = dmaRun(call.machine);
  const found = world.resolve(phys);
  if (found.kind === 'mmio' && found.device !== null) return busAddress(found.device, phys);
  if (found.kind !== 'unknown' && found.kind !== 'null')
    complain(
      world,
      'address-kind',
      `\`${call.name}\` gets ${found.text}, needs a CPU physical address of a PCI BAR`,
      [],
      {
        api: call.name,
        address: hex(phys),
        found: found.kind,
        wanted: 'mmio',
      },
    );
  return phys;
}

/** `pcim_p2pdma_provider`: an object that names the BAR's owner; made anew per call, which callers cannot tell. */
function provider(call: ModelCall): ModelResult {
  const on = pciArgument(call, 0);
  const index = numberArgument(call, 1);
  const found = on?.device.bars.find((one) => one.index === index);
  const type = call.machine.program.type('struct p2pdma_provider');
  if (on === null || found === undefined || type?.kind !== 'struct') return 0;
  const label = `struct p2pdma_provider ${on.device.name} BAR ${found.index}`;
  const object = call.machine.allocate(type.size, { label, storage: 'world', type, content: 'zero', at: null });
  const owner = call.machine.fieldAddress(on.object, 'struct pci_dev', 'dev')?.address ?? 0;
  call.machine.writeField(object, type, 'owner', owner);
  call.machine.writeField(object, type, 'bus_offset', on.device.host.busOffset);
  return object;
}

function* isPeerPage(call: ModelCall): Routine {
  const [page] = call.args;
  const target = call.machine.addressOf('page_to_pfn');
  if (page === undefined || target === null) return 0;
  const pfn = call.machine.concrete(yield { kind: 'call', target, args: [page], why: 'the page may be peer memory' });
  return pfn !== null && dmaRun(call.machine).world.resolve(Number(pfn) * 4096).kind === 'mmio' ? 1 : 0;
}

const P2P = 'drivers/pci/p2pdma.c';
const CACHES = effects({ allocates: 'GFP_ATOMIC', locks: 'RCU inside', fails: '-1' });

export const models: readonly DocumentedModel[] = [
  fromBar('pci_resource_start', (found) => found.start),
  fromBar('pci_resource_end', (found) => found.start + found.size - 1),
  fromBar('pci_resource_len', (found) => found.size),
  fromBar('pci_resource_flags', () => 0x200),
  fromBar('pci_bus_address', (found, device) => busAddress(device, found.start)),
  ...identity,
  model('dev_is_pci', PLAIN, 'include/linux/pci.h:dev_is_pci', () => 1),
  model('pci_domain_nr', PLAIN, 'include/linux/pci.h:pci_domain_nr', () => 0),
  model('pci_get_device', effects({ fails: 'NULL' }), 'drivers/pci/search.c:pci_get_device', getDevice),
  model('pci_get_domain_bus_and_slot', effects({ fails: 'NULL' }), 'drivers/pci/search.c', getBySlot),
  model('pci_p2pdma_distance', CACHES, 'include/linux/pci-p2pdma.h:pci_p2pdma_distance', distance),
  model('pci_p2pdma_distance_many', CACHES, `${P2P}:pci_p2pdma_distance_many`, distanceMany),
  model('pci_p2pdma_map_type', CACHES, `${P2P}:pci_p2pdma_map_type`, mapType),
  model('pci_p2pdma_state', CACHES, 'include/linux/pci-p2pdma.h:pci_p2pdma_state', state),
  model('pci_p2pdma_bus_addr_map', PLAIN, 'include/linux/pci-p2pdma.h:pci_p2pdma_bus_addr_map', busAddressOf),
  model('pcim_p2pdma_provider', effects({ fails: 'NULL' }), `${P2P}:pcim_p2pdma_provider`, provider),
  model(
    'pcim_p2pdma_init',
    effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: '-errno' }),
    `${P2P}:pcim_p2pdma_init`,
    ({ machine }) => {
      might_alloc(machine, GFP_KERNEL, 'pcim_p2pdma_init()');
      return 0;
    },
  ),
  model('is_pci_p2pdma_page', PLAIN, 'include/linux/memremap.h:is_pci_p2pdma_page', isPeerPage),
];
