/**
 * The streaming DMA API (`kernel/dma/mapping.c`, `direct.c`, the map and unmap part of `drivers/iommu/dma-iommu.c`) with the checks of
 * `kernel/dma/debug.c`. Pure: numbers in, numbers out, reports through the world. After a misuse it goes on as if the call had been right,
 * so that one mistake gives one report.
 */
import { addressKind, hex } from '../../topology/address-map.ts';
import { GRANULE } from '../iommu/domain.ts';
import { PROT_CACHE, PROT_MMIO, PROT_READ, PROT_WRITE } from '../iommu/page-table.ts';
import { checkPhysKind, complain, deviceReads, deviceWrites, isDirection, liveMapping, needsBounce } from './checks.ts';
import {
  attributeNames,
  DMA_ATTR_DEBUGGING_IGNORE_CACHELINES,
  DMA_ATTR_MMIO,
  DMA_ATTR_REQUIRE_COHERENT,
  DMA_ATTR_SKIP_CPU_SYNC,
  directionName,
  PAIRED_ATTRS,
} from './constants.ts';
import type { Mapping, MappingKind } from './ledger.ts';
import type { Origin } from './report.ts';
import type { Bounce } from './swiotlb.ts';
import type { DmaDevice, DmaWorld } from './world.ts';

export interface MapRequest {
  /** Name of the function called, for messages: `dma_map_page`. */
  readonly api: string;
  readonly kind: MappingKind;
  readonly phys: number;
  readonly size: number;
  readonly direction: number;
  readonly attrs: number;
  readonly at: Origin;
  /** The allocation of address space or page tables fails. */
  readonly fails?: boolean;
  readonly entries?: number;
  readonly cpuAddress?: number;
}

/** Access rights of a mapping (`dma_info_to_prot`). */
export function protection(direction: number, coherent: boolean, attrs: number): number {
  const access = (deviceReads(direction) ? PROT_READ : 0) + (deviceWrites(direction) ? PROT_WRITE : 0);
  const mmio = (attrs & DMA_ATTR_MMIO) !== 0;
  return access + (coherent && !mmio ? PROT_CACHE : 0) + (mmio ? PROT_MMIO : 0);
}

/** `dma_map_phys` and all that become it. The DMA address, or null where the kernel returns `DMA_MAPPING_ERROR`. */
export function mapPhys(world: DmaWorld, device: DmaDevice, request: MapRequest): number | null {
  const { api, kind, phys, size, direction, attrs } = request;
  if (!isDirection(direction)) {
    complain(world, 'dma-direction-invalid', `\`${api}\` with direction ${directionName(direction)} is a kernel BUG`);
    return null;
  }
  const mmio = (attrs & DMA_ATTR_MMIO) !== 0;
  checkPhysKind(world, device, api, phys, mmio);
  if (addressKind(phys) === 'device-private') return null;
  checkCacheLines(world, device, request);
  const made = device.domain === null ? mapDirect(world, device, request) : mapTranslated(world, device, request);
  if (made === null) return null;
  maintainCaches(world, device, attrs, mmio);
  device.ledger.add({
    kind,
    api,
    address: made.address,
    size,
    direction,
    attrs,
    phys,
    at: request.at,
    errorChecked: kind !== 'phys',
    bounce: made.bounce,
    entries: request.entries ?? 1,
    cpuAddress: request.cpuAddress ?? 0,
    bus: false,
  });
  return made.address;
}

interface Made {
  readonly address: number;
  readonly bounce: Bounce | null;
}

function maintainCaches(world: DmaWorld, device: DmaDevice, attrs: number, mmio: boolean): void {
  if (!device.device.coherent && !mmio && (attrs & DMA_ATTR_SKIP_CPU_SYNC) === 0) world.costs.cacheMaintenance++;
}

/** `dma_direct_map_phys`. */
function mapDirect(world: DmaWorld, device: DmaDevice, request: MapRequest): Made | null {
  const { phys, size, attrs, direction, api } = request;
  const mmio = (attrs & DMA_ATTR_MMIO) !== 0;
  const reachable = phys + size - 1 <= device.mask;
  const bounced = !mmio && (!reachable || needsBounce(device, phys, size, direction));
  if (bounced && (attrs & DMA_ATTR_REQUIRE_COHERENT) === 0 && request.fails !== true) {
    const bounce = world.bounce.map(phys, size, deviceReads(direction));
    if (bounce !== null && bounce.slot + size - 1 <= device.mask) return { address: bounce.slot, bounce };
    if (bounce !== null) world.bounce.unmap(bounce, false);
  }
  if (!reachable)
    complain(
      world,
      'dma-mask',
      `\`${api}\`: ${hex(phys)}+${hex(size)} does not fit the DMA mask ${hex(device.mask)} of ${device.name}`,
    );
  if (!reachable || bounced || request.fails === true) return null;
  world.costs.directMappings++;
  return { address: phys, bounce: null };
}

/** `iommu_dma_map_phys`: an IOVA, page-table entries and the sync that goes with them. */
function mapTranslated(world: DmaWorld, device: DmaDevice, request: MapRequest): Made | null {
  const { domain } = device;
  const { size, attrs, direction } = request;
  if (domain === null) return null;
  let bounce: Bounce | null = null;
  if (needsBounce(device, request.phys, size, direction)) {
    if ((attrs & (DMA_ATTR_MMIO | DMA_ATTR_REQUIRE_COHERENT)) !== 0) return null;
    bounce = world.bounce.map(request.phys, size, deviceReads(direction));
    if (bounce === null) return null;
  }
  const phys = bounce?.slot ?? request.phys;
  const pad = phys % GRANULE;
  const length = Math.ceil((size + pad) / GRANULE) * GRANULE;
  const iova = request.fails === true ? null : domain.allocateIova(length, device.mask);
  const error =
    iova === null
      ? -1
      : domain.mapNosync(iova, phys - pad, length, protection(direction, device.device.coherent, attrs));
  if (iova !== null && error === 0) {
    domain.syncMap(iova, length);
    return { address: iova + pad, bounce };
  }
  if (iova !== null) domain.freeIova(iova, length);
  if (bounce !== null) world.bounce.unmap(bounce, false);
  return null;
}

/** Overlapping cache lines lose data only where caches are not kept coherent. */
function checkCacheLines(world: DmaWorld, device: DmaDevice, request: MapRequest): void {
  const { direction, attrs, phys, size, api } = request;
  const ignored = DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO | DMA_ATTR_DEBUGGING_IGNORE_CACHELINES;
  if (device.device.coherent || !deviceWrites(direction) || (attrs & ignored) !== 0) return;
  const first = Math.floor(phys / 64) * 64;
  const end = Math.ceil((phys + size) / 64) * 64;
  for (const other of device.ledger)
    if (
      deviceWrites(other.direction) &&
      (other.attrs & ignored) === 0 &&
      other.phys < end &&
      other.phys + other.size > first
    ) {
      const where = [[`\`${other.api}\` mapped it here`, other.at]] as const;
      complain(
        world,
        'dma-cacheline-overlap',
        `\`${api}\` maps cache lines that ${device.name} has mapped for writing`,
        where,
      );
      return;
    }
}

export interface UnmapRequest {
  readonly api: string;
  readonly kind: MappingKind;
  /** Null: the caller passed `DMA_MAPPING_ERROR`. */
  readonly address: number | null;
  readonly size: number;
  readonly direction: number;
  readonly attrs: number;
  readonly entries?: number;
  readonly cpuAddress?: number;
}

/** The device whose mapping `address` is: another one when its identity or the given one's is open. */
export function ownerOf(world: DmaWorld, device: DmaDevice, address: number): DmaDevice {
  if (device.ledger.containing(address) !== null) return device;
  const other = liveMapping(world, address)?.device;
  return other !== undefined && world.mayBeSame(other.device, device.device) ? other : device;
}

/** Checks as `check_unmap` does, then takes the mapping down. */
export function unmapPhys(world: DmaWorld, given: DmaDevice, request: UnmapRequest): void {
  const { api, address, size, direction, attrs } = request;
  if (address === null) {
    complain(world, 'dma-unmap-invalid', `\`${api}\` of \`DMA_MAPPING_ERROR\``);
    return;
  }
  const device = ownerOf(world, given, address);
  const candidates = device.ledger.startingAt(address);
  const exact = candidates.find(
    (entry) =>
      entry.size === size &&
      entry.direction === direction &&
      entry.kind === request.kind &&
      (entry.attrs & PAIRED_ATTRS) === (attrs & PAIRED_ATTRS),
  );
  const mapping = exact ?? candidates.find((entry) => entry.kind === request.kind) ?? candidates[0];
  if (mapping === undefined) {
    unknownAddress(world, device, api, address, 'dma-unmap-unknown');
    // What was meant goes, so that it is not found left over as well.
    const meant = liveMapping(world, address)?.device;
    const left = meant?.ledger.containing(address);
    if (meant !== undefined && left != null) takeDown(world, meant, left);
    return;
  }
  const mapped = [[`\`${mapping.api}\` mapped it here`, mapping.at]] as const;
  const data = { api, device: device.name, address: hex(address) };
  if (mapping.bus)
    complain(world, 'p2p-bus-address', `\`${api}\` of a PCI bus address, which is not a mapping`, mapped, data);
  if (mapping.kind !== request.kind)
    complain(world, 'dma-unmap-function', `\`${api}\` takes down what \`${mapping.api}\` mapped`, mapped, data);
  else if ((mapping.attrs & DMA_ATTR_MMIO) !== (attrs & DMA_ATTR_MMIO))
    complain(
      world,
      'dma-unmap-function',
      `\`${api}\` with attributes ${attributeNames(attrs)}, mapped with ${attributeNames(mapping.attrs)}`,
      mapped,
      data,
    );
  else if (mapping.size !== size && request.kind !== 'sg')
    complain(world, 'dma-unmap-size', `\`${api}\` of ${hex(size)} bytes, ${hex(mapping.size)} were mapped`, mapped, {
      ...data,
      mapped: mapping.size,
      unmapped: size,
    });
  else if (request.kind === 'sg' && request.entries !== undefined && request.entries !== mapping.entries)
    complain(
      world,
      'dma-unmap-entries',
      `\`${api}\` of ${request.entries} entries, ${mapping.entries} were mapped`,
      mapped,
      data,
    );
  else if (mapping.kind === 'coherent' && request.cpuAddress !== undefined && request.cpuAddress !== mapping.cpuAddress)
    complain(world, 'dma-unmap-cpu-address', `\`${api}\` with another CPU address than was allocated`, mapped, data);
  if (mapping.direction !== direction && mapping.kind === request.kind)
    complain(
      world,
      'dma-unmap-direction',
      `\`${api}\` with ${directionName(direction)}, mapped with ${directionName(mapping.direction)}`,
      mapped,
      data,
    );
  if (!mapping.errorChecked && request.kind === 'phys')
    complain(
      world,
      'dma-error-unchecked',
      `\`${api}\` of an address that \`dma_mapping_error\` was not asked about`,
      mapped,
      data,
    );
  takeDown(world, device, mapping);
}

/** An address that is not this device's: says whose it is, or what. */
function unknownAddress(
  world: DmaWorld,
  device: DmaDevice,
  api: string,
  address: number,
  rule: 'dma-unmap-unknown' | 'dma-sync-unknown',
): void {
  const other = liveMapping(world, address);
  const data = { api, device: device.name, address: hex(address) };
  if (other !== null && other.device !== device)
    complain(
      world,
      'dma-wrong-device',
      `\`${api}\` for ${device.name} of an address mapped for ${other.device.name}`,
      [[`\`${other.api}\` mapped it for ${other.device.name} here`, other.at]],
      data,
    );
  else if (other !== null && other.address !== address)
    complain(
      world,
      rule,
      `\`${api}\` of ${hex(address)}, which is inside a mapping, not its start`,
      [[`\`${other.api}\` mapped it here`, other.at]],
      data,
    );
  else {
    const found = world.resolve(address);
    const kind = found.kind === 'iova' || found.kind === 'unknown' || found.kind === 'null';
    // Untranslated devices have physical addresses as DMA addresses: those are of the right kind and simply not mapped.
    const direct = device.domain === null && (found.kind === 'ram' || found.kind === 'mmio');
    if (kind || direct)
      complain(world, rule, `\`${api}\` of ${hex(address)}, which is not mapped for ${device.name}`, [], data);
    else
      complain(world, 'address-kind', `\`${api}\` gets ${found.text}, needs a DMA address of ${device.name}`, [], {
        ...data,
        found: found.kind,
      });
  }
}

/** Removes a mapping: entries, IOVA, bounce buffer. */
export function takeDown(world: DmaWorld, device: DmaDevice, mapping: Mapping): void {
  const { domain } = device;
  device.ledger.remove(mapping);
  if (mapping.bus) return;
  const mmio = (mapping.attrs & DMA_ATTR_MMIO) !== 0;
  maintainCaches(world, device, mapping.attrs, mmio);
  if (domain !== null) {
    const pad = mapping.address % GRANULE;
    const length = Math.ceil((mapping.size + pad) / GRANULE) * GRANULE;
    if (!mmio) domain.iovaToPhys(mapping.address);
    domain.unmapFast(mapping.address - pad, length);
    domain.releaseIova(mapping.address - pad, length);
  }
  const skip = (mapping.attrs & DMA_ATTR_SKIP_CPU_SYNC) !== 0;
  if (mapping.bounce !== null) world.bounce.unmap(mapping.bounce, deviceWrites(mapping.direction) && !skip);
}

/** `dma_mapping_error` was asked about this address. */
export function markErrorChecked(device: DmaDevice, address: number): void {
  for (const mapping of device.ledger.startingAt(address))
    if (!mapping.errorChecked) {
      mapping.errorChecked = true;
      return;
    }
}

export interface SyncRequest {
  readonly api: string;
  readonly address: number | null;
  readonly size: number;
  readonly direction: number;
  readonly forCpu: boolean;
}

/** `dma_sync_single_for_cpu` and `_for_device`, with the checks of `check_sync`. */
export function syncMapping(world: DmaWorld, given: DmaDevice, request: SyncRequest): void {
  const { api, address, size, direction, forCpu } = request;
  if (address === null) {
    complain(world, 'dma-unmap-invalid', `\`${api}\` of \`DMA_MAPPING_ERROR\``);
    return;
  }
  const device = ownerOf(world, given, address);
  const mapping = device.ledger.containing(address);
  if (mapping === null) {
    unknownAddress(world, device, api, address, 'dma-sync-unknown');
    return;
  }
  const mapped = [[`\`${mapping.api}\` mapped it here`, mapping.at]] as const;
  const data = { api, device: device.name, address: hex(address) };
  if (address + size > mapping.address + mapping.size)
    complain(
      world,
      'dma-sync-range',
      `\`${api}\` of ${hex(size)} bytes reaches beyond the mapping of ${hex(mapping.size)}`,
      mapped,
      data,
    );
  if (deviceReads(mapping.direction) && deviceWrites(mapping.direction)) {
    // Every sync moves something in a bidirectional mapping.
  } else if (direction !== mapping.direction)
    complain(
      world,
      'dma-sync-direction',
      `\`${api}\` with ${directionName(direction)}, mapped with ${directionName(mapping.direction)}`,
      mapped,
      data,
    );
  if (mapping.bounce !== null) {
    const offset = address - mapping.address;
    const length = Math.min(size, mapping.size - offset);
    if (forCpu && deviceWrites(mapping.direction)) world.bounce.fromSlot(mapping.bounce, offset, length);
    if (!forCpu && deviceReads(mapping.direction)) world.bounce.toSlot(mapping.bounce, offset, length);
  }
  if (!device.device.coherent) world.costs.cacheMaintenance++;
}

/** `dma_need_sync`: does the CPU have to sync this mapping. */
export function needsSync(device: DmaDevice, address: number): boolean {
  return !device.device.coherent || device.ledger.containing(address)?.bounce != null;
}
