/**
 * The C face of IOMMU domains: those that a driver allocates for itself, and the default domain of a device. A domain object stands for a
 * `Domain` of this run.
 */
import type { MachineServices, ModelCall, ModelResult, StateKey } from '../../machine/model.ts';
import { hex, IOVA_WINDOW } from '../../topology/address-map.ts';
import { checkPhysKind } from '../dma/checks.ts';
import { EINVAL, ENOMEM } from '../dma/constants.ts';
import { boundDevice, deviceArgument, dmaRun, objectAddress } from '../dma/run-state.ts';
import { numberArgument, numberArguments } from '../dma/values.ts';
import { might_alloc, might_sleep } from '../locking/context.ts';
import { __GFP_COMP, __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM, GFP_KERNEL } from '../memory/gfp.ts';
import { effects, errorPointer, model } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { Domain } from './domain.ts';
import { PROT_CACHE, PROT_MMIO, PROT_READ, PROT_WRITE } from './page-table.ts';

const STRUCT = 'struct iommu_domain';

/** Domains by the address of their C object. */
const DOMAINS: StateKey<Map<number, Domain>> = { name: 'iommu.domains', create: () => new Map() };

function domainObject(machine: MachineServices, domain: Domain): number {
  const known = [...machine.state(DOMAINS)].find(([, one]) => one === domain);
  if (known !== undefined) return known[0];
  const type = machine.program.type(STRUCT);
  const size = type?.kind === 'struct' ? type.size : 16;
  const label = `struct iommu_domain ${domain.name}`;
  const object = machine.allocate(size, { label, storage: 'world', content: 'zero', at: null });
  machine.writeField(
    object,
    STRUCT,
    'pgsize_bitmap',
    domain.iommu.pageSizes.reduce((sum, one) => sum + one, 0),
  );
  machine.state(DOMAINS).set(object, domain);
  return object;
}

/** The domain argument; null for an object that no modelled function made. */
function domainOf(call: ModelCall): Domain | null {
  const [value] = call.args;
  const address = value === undefined ? null : objectAddress(call.machine, value, call.argTypes[0]);
  return address === null ? null : (call.machine.state(DOMAINS).get(address) ?? null);
}

function allocateDomain(call: ModelCall): ModelResult {
  const { machine } = call;
  might_alloc(machine, GFP_KERNEL, `${call.name}()`);
  const byDevice = call.name === 'iommu_paging_domain_alloc';
  const [dev] = call.args;
  const on = byDevice && dev !== undefined ? deviceArgument(machine, dev, call.argTypes[0]) : null;
  if (machine.choose('alloc-fails', `\`${call.name}()\` fails`, ['succeeds', 'fails'], call.at) === 1)
    return byDevice ? errorPointer(ENOMEM) : 0;
  const run = dmaRun(machine);
  const iommu = on?.device.iommu ?? run.world.topology.iommus[0];
  if (iommu === undefined) return byDevice ? errorPointer(19) : 0;
  const name = `domain${machine.state(DOMAINS).size}`;
  // A driver chooses IOVAs of such a domain itself: its window is the whole space.
  const domain = new Domain(name, { ...iommu, mode: 'strict' }, 0, IOVA_WINDOW.end, run.world.costs);
  return domainObject(machine, domain);
}

function freeDomain(call: ModelCall): ModelResult {
  const [value] = call.args;
  const address = value === undefined ? null : call.machine.concrete(value);
  if (address !== null && address !== 0) call.machine.state(DOMAINS).delete(Number(address));
  return undefined;
}

function domainFor(call: ModelCall): ModelResult {
  const [dev] = call.args;
  const on = dev === undefined ? null : deviceArgument(call.machine, dev, call.argTypes[0]);
  // An identity domain has an object too, but nothing can be mapped in it; it is not modelled.
  return on === null || on.domain === null ? 0 : domainObject(call.machine, on.domain);
}

/** `iommu_map`: sleeps when the gfp lets it, and takes no gfp that names a zone or a compound page. */
function map(call: ModelCall): ModelResult {
  const { machine } = call;
  const numbers = numberArguments(call, 1, 2, 3, 4);
  const gfp = numberArgument(call, 5);
  if (gfp !== null) might_alloc(machine, gfp, call.name);
  const forbidden = __GFP_COMP | __GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM;
  if (gfp !== null && (gfp & forbidden) !== 0) return -EINVAL;
  const fails =
    machine.choose(
      'map-fails',
      `\`${call.name}()\` finds no memory for page tables`,
      ['succeeds', 'fails'],
      call.at,
    ) === 1;
  const domain = domainOf(call);
  if (fails) return -ENOMEM;
  if (domain === null || numbers === null) return 0;
  const [iova = 0, phys = 0, size = 0, prot = 0] = numbers;
  const run = dmaRun(machine);
  const [user] = run.world.used();
  if (user !== undefined) checkPhysKind(run.world, user, call.name, phys, (prot & 16) !== 0);
  const rights =
    ((prot & 1) !== 0 ? PROT_READ : 0) +
    ((prot & 2) !== 0 ? PROT_WRITE : 0) +
    ((prot & 4) !== 0 ? PROT_CACHE : 0) +
    ((prot & 16) !== 0 ? PROT_MMIO : 0);
  const error = domain.mapNosync(iova, phys, size, rights);
  if (error === 0 && call.name === 'iommu_map') domain.syncMap(iova, size);
  machine.emit({
    kind: 'map',
    api: call.name,
    device: domain.name,
    address: hex(phys),
    size: hex(size),
    result: error === 0 ? hex(iova) : String(error),
    failed: error !== 0,
  });
  return error;
}

function unmap(call: ModelCall): ModelResult {
  const domain = domainOf(call);
  const numbers = numberArguments(call, 1, 2);
  if (domain === null || numbers === null) return numbers?.[1] ?? 0;
  const [iova = 0, size = 0] = numbers;
  const unmapped = domain.unmapFast(iova, size);
  if (call.name === 'iommu_unmap') domain.iotlbSync(iova, unmapped);
  call.machine.emit({ kind: 'unmap', api: call.name, device: domain.name, address: hex(iova), size: hex(unmapped) });
  return unmapped;
}

function syncMap(call: ModelCall): ModelResult {
  const domain = domainOf(call);
  const numbers = numberArguments(call, 1, 2);
  if (domain !== null && numbers !== null) domain.syncMap(numbers[0] ?? 0, numbers[1] ?? 0);
  return 0;
}

/** The gather holds what was unmapped since its init; here the whole IOTLB of the domain goes, which covers it. */
function iotlbSync(call: ModelCall): ModelResult {
  domainOf(call)?.iotlbSync(0, IOVA_WINDOW.end);
  return undefined;
}

function iovaToPhys(call: ModelCall): ModelResult {
  const iova = numberArgument(call, 1);
  const domain = domainOf(call);
  if (domain === null || iova === null) return call.machine.unknown(call.signature.result, `result of ${call.name}()`);
  return domain.iovaToPhys(iova) ?? 0;
}

function mapped(call: ModelCall): ModelResult {
  const [dev] = call.args;
  const address = dev === undefined ? null : objectAddress(call.machine, dev, call.argTypes[0]);
  return address !== null && boundDevice(call.machine, address).iommu !== null ? 1 : 0;
}

const SOURCE = 'drivers/iommu/iommu.c';
const SLEEPS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'takes the group mutex' });
const PLAIN = effects({ locks: 'none' });
const BY_GFP = effects({ sleeps: 'gfp', allocates: 'argument', fails: '-errno' });

export const models: readonly DocumentedModel[] = [
  model(
    'iommu_paging_domain_alloc',
    { ...SLEEPS, fails: 'ERR_PTR' },
    `${SOURCE}:iommu_paging_domain_alloc`,
    allocateDomain,
  ),
  model('iommu_domain_alloc', { ...SLEEPS, fails: 'NULL' }, `${SOURCE}:iommu_domain_alloc`, allocateDomain),
  model('iommu_domain_free', PLAIN, `${SOURCE}:iommu_domain_free`, freeDomain),
  model('iommu_attach_device', { ...SLEEPS, fails: '-errno' }, `${SOURCE}:iommu_attach_device`, (call) => {
    might_sleep(call.machine, call.name);
    return 0;
  }),
  model('iommu_detach_device', SLEEPS, `${SOURCE}:iommu_detach_device`, (call) => {
    might_sleep(call.machine, call.name);
    return undefined;
  }),
  model('iommu_get_domain_for_dev', PLAIN, `${SOURCE}:iommu_get_domain_for_dev`, domainFor),
  model('device_iommu_mapped', PLAIN, 'include/linux/device.h:device_iommu_mapped', mapped),
  model('iommu_map', BY_GFP, `${SOURCE}:iommu_map`, map),
  model('iommu_map_nosync', BY_GFP, `${SOURCE}:iommu_map_nosync`, map),
  model('iommu_sync_map', PLAIN, `${SOURCE}:iommu_sync_map`, syncMap),
  model('iommu_unmap', PLAIN, `${SOURCE}:iommu_unmap`, unmap),
  model('iommu_unmap_fast', PLAIN, `${SOURCE}:iommu_unmap_fast`, unmap),
  model('iommu_iotlb_sync', PLAIN, 'include/linux/iommu.h:iommu_iotlb_sync', iotlbSync),
  model('iommu_iova_to_phys', PLAIN, `${SOURCE}:iommu_iova_to_phys`, iovaToPhys),
];
