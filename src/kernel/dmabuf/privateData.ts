/**
 * What exporters and importers keep behind `priv`: made as what their own code takes it for, and linked to the buffer, its reservation and
 * its device by the types of its members. Members that link to nothing known stay unknown.
 */
import type { FunctionSymbol } from '../../c/ir.ts';
import type { StructType } from '../../c/types.ts';
import type { MachineServices } from '../../machine/model.ts';
import { importedMembers, pointeeOf } from '../inferPointee.ts';
import { makePages } from '../memory/pages.ts';
import { PAGE_SIZE, pageTable } from '../memory/pageTable.ts';
import { POINTER, setState } from '../modelling.ts';
import { driverObject, embeddedObject, plainObject, setCounter, setFields, structType } from '../worldObject.ts';
import type { WorldDevice } from './devices.ts';
import { linkMembers, membersOf, pointedStruct } from './linkedMembers.ts';
import { keptByOps } from './opState.ts';

const BUFFER = 'struct dma_buf';
const ATTACHMENT = 'struct dma_buf_attachment';
const GEM = 'struct drm_gem_object';
/** How many pointers away from the private data a device may be: `priv->vdev->pdev`. */
const LINK_DEPTH = 1;
const PHYSICAL_RANGES = 2;

/** What private data can be linked to. */
export interface Links {
  readonly dmabuf: number;
  readonly resv: number;
  readonly size: number;
  /** Whose memory it is; null when private data has no device. */
  readonly device: WorldDevice | null;
  readonly drm?: number;
}

/** GEM objects of this world: they learn of the attachment they are imported through. */
const gems = setState<number>('dmabuf.world.gems');

/** A GEM object, in the struct that these functions find around it. */
export function makeGemObject(
  machine: MachineServices,
  links: Pick<Links, 'resv' | 'size' | 'drm'>,
  functions: readonly FunctionSymbol[] = [],
): number {
  const object = driverObject(machine, GEM, functions);
  setFields(machine, object, GEM, {
    resv: links.resv,
    size: links.size,
    ...(links.drm === undefined ? {} : { dev: links.drm }),
  });
  setCounter(machine, object, GEM, 'refcount', 1);
  unpinned(machine, object);
  machine.state(gems).add(object);
  return object;
}

/** A TTM object around the GEM object is not pinned yet. */
function unpinned(machine: MachineServices, gem: number): void {
  const around = machine.objectAt(gem);
  if (around === null || around.type?.kind !== 'struct') return;
  const find = (type: StructType, at: number): number | null => {
    if (type.tag === 'ttm_buffer_object') return at;
    for (const member of type.members) {
      if (member.type.kind !== 'struct') continue;
      const inner = find(member.type, at + member.offset);
      if (inner !== null) return inner;
    }
    return null;
  };
  const ttm = find(around.type, around.address);
  if (ttm !== null) setFields(machine, ttm, 'struct ttm_buffer_object', { pin_count: 0, deleted: 0 });
}

/** `priv` of a buffer whose table has these functions. */
export function makeExporterPrivate(
  machine: MachineServices,
  functions: readonly FunctionSymbol[],
  links: Links,
): number {
  const type = pointeeOf(functions, BUFFER, 'priv');
  if (type?.tag === 'drm_gem_object') {
    const gem = makeGemObject(machine, links, functions);
    setFields(machine, gem, GEM, { dma_buf: links.dmabuf, import_attach: 0 });
    return gem;
  }
  const priv = makeTyped(machine, type, links, 'private data of the exporter', importedMembers(functions));
  if (type !== null) nothingMappedYet(machine, priv, type, functions);
  return priv;
}

/** The members that only the ops keep are as they are before the first is called. */
function nothingMappedYet(
  machine: MachineServices,
  priv: number,
  type: StructType,
  functions: readonly FunctionSymbol[],
): void {
  const kept = keptByOps(machine.program, type, functions);
  for (const member of type.members)
    if (member.name !== null && kept.has(member.name) && (member.type.kind === 'pointer' || member.type.kind === 'int'))
      machine.write(priv + member.offset, member.type, 0);
}

/**
 * What the exporter put behind an attachment that was made before; null when its code does not say what that is.
 * @param priv the exporter's own data of the buffer, which the attachment's may point to
 */
export function makeAttachmentPrivate(
  machine: MachineServices,
  functions: readonly FunctionSymbol[],
  links: Omit<Links, 'device'>,
  priv: number,
): number | null {
  const type = pointeeOf(functions, ATTACHMENT, 'priv');
  if (type === null || type.members.length === 0) return null;
  const object = makeTyped(machine, type, { ...links, device: null }, 'private data of the attachment');
  const owner = pointeeOf(functions, BUFFER, 'priv');
  if (owner !== null) linkMembers(machine, object, type, new Map([[owner.tag, priv]]), 0);
  return object;
}

/**
 * What code exported that it was handed is its own: of something imported the core hands out the buffer it came as
 * (drivers/gpu/drm/drm_prime.c:drm_gem_prime_handle_to_dmabuf, drivers/media/common/videobuf2/videobuf2-core.c:vb2_core_expbuf).
 */
export function exportedIsOwn(machine: MachineServices, functions: readonly FunctionSymbol[], priv: number): void {
  const type = pointeeOf(functions, BUFFER, 'priv');
  if (type === null || machine.objectAt(priv)?.storage !== 'world') return;
  linkMembers(machine, priv, type, new Map([['dma_buf_attachment', 0]]), 0);
}

/** What an importer hands to attach; a GEM object shares the buffer's reservation. */
export function makeImporterData(
  machine: MachineServices,
  functions: readonly FunctionSymbol[],
  links: Omit<Links, 'device'>,
): number {
  const type = pointeeOf(functions, ATTACHMENT, 'importer_priv');
  if (type?.tag === 'drm_gem_object') return makeGemObject(machine, links, functions);
  return makeTyped(machine, type, { ...links, device: null }, 'private data of the importer');
}

/** Tells an importer's object of this world which attachment it is imported through. */
export function importedThrough(machine: MachineServices, priv: number, attachment: number): void {
  if (machine.state(gems).has(priv)) setFields(machine, priv, GEM, { import_attach: attachment });
  const object = machine.objectAt(priv);
  if (object?.storage !== 'world' || object.type?.kind !== 'struct' || machine.state(gems).has(priv)) return;
  linkMembers(machine, object.address, object.type, new Map([['dma_buf_attachment', attachment]]), 0);
}

/** @param foreign members, as `tag.member`, that point to other exporters' buffers */
function makeTyped(
  machine: MachineServices,
  type: StructType | null,
  links: Links,
  label: string,
  foreign?: ReadonlySet<string>,
): number {
  if (type === null || type.members.length === 0) return embeddedObject(machine, label);
  const object = plainObject(machine, type, `struct ${type.tag}`, 'unknown');
  setUpMembers(machine, object, type, links.size);
  const targets = new Map<string, number>([
    ['dma_buf', links.dmabuf],
    ['dma_resv', links.resv],
  ]);
  if (links.device !== null) {
    targets.set('dma_buf_attachment', 0);
    targets.set('device', links.device.dev);
    if (links.device.pci !== 0) targets.set('pci_dev', links.device.pci);
    if (links.drm !== undefined) targets.set('drm_device', links.drm);
    targets.set('p2pdma_provider', provider(machine, links.device));
  }
  linkMembers(machine, object, type, targets, links.device === null ? 0 : LINK_DEPTH, foreign);
  if (links.device !== null) physicalRanges(machine, object, type, links.device, links.size);
  return object;
}

function provider(machine: MachineServices, device: WorldDevice): number {
  const made = plainObject(machine, 'struct p2pdma_provider', 'struct p2pdma_provider', 'zero');
  setFields(machine, made, 'struct p2pdma_provider', {
    owner: device.dev,
    bus_offset: device.device?.host.busOffset ?? 0,
  });
  return made;
}

const ENTRIES = 2;

/**
 * Members that every owner sets up when it makes the object: lists are empty (nobody has attached yet), and a scatter-gather table describes
 * the buffer's pages.
 */
function setUpMembers(machine: MachineServices, address: number, type: StructType, size: number): void {
  const { lists, tables } = membersOf(type);
  for (const offset of lists) {
    const at = address + offset;
    setFields(machine, at, 'struct list_head', { next: at, prev: at });
  }
  for (const offset of tables) describePages(machine, address + offset, size);
}

/**
 * Fills a `struct sg_table` with the pages of a buffer; `mapped`: with addresses of some device, too; `entries`: in how many pieces it lies,
 * several unless told, for that is what most code forgets.
 */
export function describePages(
  machine: MachineServices,
  table: number,
  size: number,
  mapped = false,
  entries = ENTRIES,
): void {
  const entry = structType(machine, 'struct scatterlist');
  if (entry === null || entry.size === 0) return;
  const list = machine.allocate(entry.size * entries, {
    label: 'scatter-gather list of the buffer',
    storage: 'world',
    content: 'zero',
    at: null,
  });
  const bytes = Math.max(PAGE_SIZE, Math.ceil(size / entries / PAGE_SIZE) * PAGE_SIZE);
  for (let index = 0; index < entries; index++) {
    const pages = makePages(machine, bytes / PAGE_SIZE, 'pages of the buffer');
    const block = pageTable(machine).blockOf(pages);
    if (block !== null) block.compound = true;
    setFields(machine, list + index * entry.size, 'struct scatterlist', {
      page_link: pages + (index === entries - 1 ? SG_END : 0),
      length: bytes,
      // An allocator that knows device addresses keeps them here before anything is mapped.
      dma_address: machine.unknown(POINTER, 'address of a segment'),
      ...(mapped ? { dma_length: bytes } : {}),
    });
  }
  setFields(machine, table, 'struct sg_table', { sgl: list, nents: entries, orig_nents: entries });
}

/** `SG_END` of a list's last entry. */
const SG_END = 2;

/** An exporter that keeps physical ranges (`struct phys_vec *`, `nr_ranges`) gets some that cover the buffer in its device's memory. */
function physicalRanges(
  machine: MachineServices,
  object: number,
  type: StructType,
  device: WorldDevice,
  size: number,
): void {
  const vector = type.members.find((member) => /phys_vec$/.test(pointedStruct(member.type)?.tag ?? ''));
  const count = type.members.find((member) => member.name === 'nr_ranges' && member.type.kind === 'int');
  const element = vector === undefined ? null : pointedStruct(vector.type);
  const bar = device.device?.bars.find((each) => each.shows === 'vram') ?? device.device?.bars[0];
  if (vector === undefined || count === undefined || element === null || bar === undefined) return;
  const known = structType(machine, `struct ${element.tag}`);
  if (known === null || known.size === 0) return;
  const array = machine.allocate(known.size * PHYSICAL_RANGES, {
    label: 'physical ranges of the exporter',
    storage: 'world',
    content: 'zero',
    at: null,
  });
  const part = size / PHYSICAL_RANGES;
  for (let index = 0; index < PHYSICAL_RANGES; index++)
    setFields(machine, array + index * known.size, `struct ${known.tag}`, {
      paddr: bar.start + index * part,
      len: part,
    });
  machine.write(object + vector.offset, vector.type, array);
  machine.write(object + count.offset, count.type, PHYSICAL_RANGES);
  const total = type.members.find((member) => member.name === 'size' && member.type.kind === 'int');
  if (total !== undefined) machine.write(object + total.offset, total.type, size);
}
