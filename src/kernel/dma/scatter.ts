/**
 * Scatterlist mapping: one call maps all entries. Behind an IOMMU they get one IOVA range (`iommu_dma_map_sg`) whose pieces are joined into
 * as few DMA segments as the device's limits allow (`__finalise_sg`); otherwise each entry is its own segment (`dma_direct_map_sg`).
 * Entries that are peer memory go by the PCI topology. Pure.
 */
import { addressKind, hex } from '../../topology/address-map.ts';
import { DEFAULT_MAX_SEGMENT } from '../../topology/build.ts';
import { GRANULE } from '../iommu/domain.ts';
import { busAddress, reach } from '../pci/p2pdma.ts';
import { checkPhysKind, complain, isDirection, needsBounce } from './checks.ts';
import { DMA_ATTR_MMIO, directionName, EINVAL, EIO, ENOMEM, EREMOTEIO } from './constants.ts';
import type { Mapping } from './ledger.ts';
import type { Origin } from './report.ts';
import type { DmaRule } from './rules.ts';
import { mapPhys, ownerOf, protection, takeDown } from './streaming.ts';
import type { DmaDevice, DmaWorld } from './world.ts';

export interface SgEntry {
  readonly phys: number;
  readonly length: number;
}

export interface SgSegment {
  readonly address: number;
  readonly length: number;
  /** A PCI bus address, outside the IOMMU. */
  readonly bus: boolean;
}

export interface SgRequest {
  readonly api: string;
  readonly entries: readonly SgEntry[];
  readonly direction: number;
  readonly attrs: number;
  readonly at: Origin;
  readonly fails?: boolean;
}

/** Segments in order, or a negative errno. */
export type SgResult = { readonly segments: readonly SgSegment[] } | { readonly error: number };

interface Piece extends SgEntry {
  readonly how: 'memory' | 'mmio' | 'bus';
  readonly busAddress: number;
}

/** `__dma_map_sg_attrs`, with the errno that `dma_map_sgtable` passes on. */
export function mapSg(world: DmaWorld, device: DmaDevice, request: SgRequest): SgResult {
  const { api, direction, entries, attrs } = request;
  if (!isDirection(direction)) {
    complain(world, 'dma-direction-invalid', `\`${api}\` with direction ${directionName(direction)} is a kernel BUG`);
    return { error: -EINVAL };
  }
  if (entries.length === 0) return { error: -EINVAL };
  const pieces: Piece[] = [];
  for (const entry of entries) {
    const piece = classify(world, device, api, entry);
    if (piece === null) return { error: -EREMOTEIO };
    if (addressKind(entry.phys) === 'device-private') return { error: -EIO };
    pieces.push(piece);
  }
  const bounces = pieces.some(
    (piece) => piece.how === 'memory' && needsBounce(device, piece.phys, piece.length, direction),
  );
  const segments =
    device.domain === null || bounces
      ? mapOneByOne(world, device, request, pieces)
      : mapTogether(device, request, pieces);
  if (segments === null) return { error: device.domain === null ? -EIO : -ENOMEM };
  if (!device.device.coherent && (attrs & DMA_ATTR_MMIO) === 0) world.costs.cacheMaintenance += entries.length;
  checkSegments(world, device, request, segments);
  return { segments };
}

/** Memory, or a peer's BAR: then what the PCI topology says. Null: the peer cannot be reached. */
function classify(world: DmaWorld, device: DmaDevice, api: string, entry: SgEntry): Piece | null {
  const found = addressKind(entry.phys) === 'mmio' ? world.resolve(entry.phys) : null;
  if (found === null || found.device === null) {
    checkPhysKind(world, device, api, entry.phys, false);
    return { ...entry, how: 'memory', busAddress: 0 };
  }
  const way = reach(world.topology, found.device, device.device);
  switch (way.type) {
    case 'bus-address':
      return { ...entry, how: 'bus', busAddress: busAddress(found.device, entry.phys) };
    case 'through-host-bridge':
      return { ...entry, how: 'mmio', busAddress: 0 };
    case 'not-supported':
      complain(world, 'p2p-unreachable', `\`${api}\` of ${found.text}, which ${device.name} cannot reach over PCIe`);
      return null;
    default:
      return way.type satisfies never;
  }
}

function mapOneByOne(
  world: DmaWorld,
  device: DmaDevice,
  request: SgRequest,
  pieces: readonly Piece[],
): readonly SgSegment[] | null {
  const { api, direction, attrs, at } = request;
  const segments: SgSegment[] = [];
  const made: Mapping[] = [];
  for (const piece of pieces) {
    if (piece.how === 'bus') {
      made.push(addToLedger(device, request, piece.busAddress, piece.length, piece.phys, true));
      segments.push({ address: piece.busAddress, length: piece.length, bus: true });
      continue;
    }
    const address = mapPhys(world, device, {
      api,
      kind: 'sg',
      phys: piece.phys,
      size: piece.length,
      direction,
      attrs: piece.how === 'mmio' ? attrs | DMA_ATTR_MMIO : attrs,
      at,
      entries: request.entries.length,
      fails: request.fails ?? false,
    });
    if (address === null) {
      for (const mapping of made) takeDown(world, device, mapping);
      return null;
    }
    const mapping = device.ledger.startingAt(address).at(-1);
    if (mapping !== undefined) made.push(mapping);
    segments.push({ address, length: piece.length, bus: false });
  }
  return segments;
}

/** One IOVA range for all entries that are translated. */
function mapTogether(device: DmaDevice, request: SgRequest, pieces: readonly Piece[]): readonly SgSegment[] | null {
  const { domain } = device;
  if (domain === null) return null;
  const { direction, attrs } = request;
  const boundary = device.segmentBoundary;
  // Offsets of the pieces in the range: padded so that no piece crosses the boundary (the range is aligned to its rounded-up size).
  const offsets: number[] = [];
  let total = 0;
  for (const piece of pieces) {
    const pad = piece.phys % GRANULE;
    const span = Math.ceil((piece.length + pad) / GRANULE) * GRANULE;
    if (piece.how !== 'bus' && span <= boundary && (total % boundary) + span > boundary)
      total = Math.ceil(total / boundary) * boundary;
    offsets.push(total);
    if (piece.how !== 'bus') total += span;
  }
  const iova = request.fails === true ? null : total === 0 ? 0 : domain.allocateIova(total, device.mask);
  if (iova === null) return null;
  const segments: SgSegment[] = [];
  const mapped: [start: number, size: number][] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece.how === 'bus') {
      addToLedger(device, request, piece.busAddress, piece.length, piece.phys, true);
      segments.push({ address: piece.busAddress, length: piece.length, bus: true });
      continue;
    }
    const pad = piece.phys % GRANULE;
    const at = iova + (offsets[index] ?? 0);
    const span = Math.ceil((piece.length + pad) / GRANULE) * GRANULE;
    const prot = protection(direction, device.device.coherent, piece.how === 'mmio' ? attrs | DMA_ATTR_MMIO : attrs);
    if (domain.mapNosync(at, piece.phys - pad, span, prot) !== 0) {
      for (const [start, size] of mapped) domain.unmapFast(start, size);
      domain.freeIova(iova, total);
      return null;
    }
    mapped.push([at, span]);
    join(segments, { address: at + pad, length: piece.length, bus: false }, device);
  }
  if (total > 0) {
    domain.syncMap(iova, total);
    addToLedger(device, request, iova, total, pieces.find((piece) => piece.how !== 'bus')?.phys ?? 0, false);
  }
  return segments;
}

/** Appends a piece, to the last segment where the device's limits allow. */
function join(segments: SgSegment[], piece: SgSegment, device: DmaDevice): void {
  const last = segments.at(-1);
  const touches = last !== undefined && !last.bus && last.address + last.length === piece.address;
  if (touches && piece.address % device.segmentBoundary !== 0 && last.length + piece.length <= device.maxSegmentSize)
    segments[segments.length - 1] = { ...last, length: last.length + piece.length };
  else segments.push(piece);
}

function addToLedger(
  device: DmaDevice,
  request: SgRequest,
  address: number,
  size: number,
  phys: number,
  bus: boolean,
): Mapping {
  const mapping: Mapping = {
    kind: 'sg',
    api: request.api,
    address,
    size,
    direction: request.direction,
    attrs: request.attrs,
    phys,
    at: request.at,
    errorChecked: true,
    bounce: null,
    entries: request.entries.length,
    cpuAddress: 0,
    bus,
  };
  device.ledger.add(mapping);
  return mapping;
}

/** `check_sg_segment`: what the device was promised about segments. */
function checkSegments(world: DmaWorld, device: DmaDevice, request: SgRequest, segments: readonly SgSegment[]): void {
  for (const { address, length } of segments) {
    // Nobody says of which device the importer is: only a limit that somebody set is one.
    if (length > device.maxSegmentSize && device.maxSegmentSize !== DEFAULT_MAX_SEGMENT)
      complain(
        world,
        'dma-segment-size',
        `\`${request.api}\`: a segment of ${hex(length)} bytes, ${device.name} takes ${hex(device.maxSegmentSize)}`,
      );
    const { segmentBoundary } = device;
    // What the run gave no length has none that lies across anything.
    const end = address + Math.max(length, 1) - 1;
    if (Math.floor(address / segmentBoundary) !== Math.floor(end / segmentBoundary))
      complain(
        world,
        'dma-segment-boundary',
        `\`${request.api}\`: segment ${hex(address)}+${hex(length)} crosses a boundary of ${hex(segmentBoundary)}`,
      );
  }
}

export interface SgUnmapRequest {
  readonly api: string;
  /** Segments as they stand in the list: DMA address and length. */
  readonly segments: readonly { readonly address: number; readonly length: number }[];
  /** Number of entries given to the call: those of the list, not of the mapped segments. */
  readonly entries: number;
  readonly direction: number;
  readonly attrs: number;
}

/** `dma_unmap_sg_attrs`: checks the whole list as one mapping, then takes all of it down. */
export function unmapSg(world: DmaWorld, given: DmaDevice, request: SgUnmapRequest): void {
  const { api, direction } = request;
  const first = request.segments.find((segment) => segment.length > 0);
  const device = first === undefined ? given : ownerOf(world, given, first.address);
  let reported = false;
  let found = false;
  for (const segment of request.segments) {
    if (segment.length === 0) continue;
    const mapping = mappingOf(device, segment.address, request);
    if (mapping === null) continue;
    found = true;
    const mapped = [[`\`${mapping.api}\` mapped it here`, mapping.at]] as const;
    const wrong = (rule: DmaRule, message: string): void => {
      if (!reported)
        complain(world, rule, message, mapped, { api, device: device.name, address: hex(mapping.address) });
      reported = true;
    };
    if (mapping.kind !== 'sg') wrong('dma-unmap-function', `\`${api}\` takes down what \`${mapping.api}\` mapped`);
    else if (mapping.entries !== request.entries)
      wrong('dma-unmap-entries', `\`${api}\` of ${request.entries} entries, ${mapping.entries} were mapped`);
    else if (mapping.direction !== direction)
      wrong(
        'dma-unmap-direction',
        `\`${api}\` with ${directionName(direction)}, mapped with ${directionName(mapping.direction)}`,
      );
    takeDown(world, device, mapping);
  }
  if (!found) complain(world, 'dma-unmap-unknown', `\`${api}\` of a list that is not mapped for ${device.name}`);
}

/** The list's own mapping where several begin at one address, else whatever is mapped there. */
function mappingOf(device: DmaDevice, address: number, request: SgUnmapRequest): Mapping | null {
  const starting = device.ledger.startingAt(address);
  const own = starting.find((mapping) => mapping.kind === 'sg' && mapping.entries === request.entries);
  return own ?? starting.find((mapping) => mapping.kind === 'sg') ?? device.ledger.containing(address);
}
