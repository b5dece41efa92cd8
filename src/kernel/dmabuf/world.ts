/**
 * A buffer, its exporter's private data and an importer as they are before a scenario begins, linked as the kernel links them. What the
 * private data is, is read off the exporter's own ops; a driver that does not say gets a block of unknown content.
 */
import type { FunctionSymbol } from '../../c/ir.ts';
import type { CType, StructType } from '../../c/types.ts';
import { isUnknown, type MachineServices, type Scalar } from '../../machine/model.ts';
import type { Device } from '../../topology/topology.ts';
import { dmaRun } from '../dma/run-state.ts';
import { pointeeOf } from '../inferPointee.ts';
import { reservation } from '../locking/scenarioContext.ts';
import { pciObject } from '../pci/objects.ts';
import {
  embeddedObject,
  emptyList,
  memberOfDriverObject,
  plainObject,
  setCounter,
  setFields,
  structType,
  worldLock,
} from '../worldObject.ts';
import { installFile } from './files.ts';

const BUFFER = 'struct dma_buf';
const ATTACHMENT = 'struct dma_buf_attachment';
const GEM = 'struct drm_gem_object';

export interface WorldDevice {
  /** Address of the `struct device`. */
  readonly dev: number;
  readonly device: Device | null;
}

/** The device of this name in the run's topology, or the first one there that is not a virtual function. */
export function makeDevice(machine: MachineServices, name?: string): WorldDevice {
  const { topology } = dmaRun(machine).world;
  const device =
    (name === undefined ? topology.devices.find((each) => each.physfn === null) : topology.byName.get(name)) ?? null;
  if (device !== null) {
    const pci = pciObject(machine, device);
    const dev = pci === null ? null : machine.fieldAddress(pci, 'struct pci_dev', 'dev');
    if (dev !== null) return { dev: dev.address, device };
  }
  return { dev: plainObject(machine, 'struct device', 'struct device', 'unknown'), device };
}

/** The DRM device on top of a device; within `struct xe_device` and the like when the driver's struct is given. */
export function makeDrmDevice(
  machine: MachineServices,
  dev: number,
  within?: { struct: string; member: string },
): number {
  const own =
    within === undefined ? null : memberOfDriverObject(machine, within.struct, [within.member], within.struct);
  const drm = own?.member ?? embeddedObject(machine, 'struct drm_device');
  setFields(machine, drm, 'struct drm_device', { dev });
  setCounter(machine, drm, 'struct drm_device', 'ref', 1);
  return drm;
}

/** A reservation object whose fences nobody has decided yet, or with none. */
export function makeReservation(machine: MachineServices, fences: 'open' | 'none' = 'open'): number {
  const resv = plainObject(machine, 'struct dma_resv', 'struct dma_resv', fences === 'open' ? 'unknown' : 'zero');
  const lock = machine.fieldAddress(resv, 'struct dma_resv', 'lock');
  if (lock !== null) reservation(machine, lock.address);
  return resv;
}

/** A GEM object in the middle of a driver's own, with this reservation. */
export function makeGemObject(machine: MachineServices, options: { resv: number; size: number; drm?: number }): number {
  const object = embeddedObject(machine, GEM);
  setFields(machine, object, GEM, { resv: options.resv, size: options.size, ...linked('dev', options.drm) });
  setCounter(machine, object, GEM, 'refcount', 1);
  return object;
}

function linked(name: string, value: number | undefined): Readonly<Record<string, Scalar>> {
  return value === undefined ? {} : { [name]: value };
}

export interface BufferOptions {
  /** Address of the exporter's `struct dma_buf_ops`. */
  readonly ops: number;
  /** Address of the private data; made from what the ops take it for when absent. */
  readonly priv?: number;
  /** Bytes; 64 KiB when absent. */
  readonly size?: number;
  readonly resv?: number;
  readonly fences?: 'open' | 'none';
  readonly drm?: number;
  /** The scenario will drop the last reference: the core frees buffer and file, so both are heap objects. */
  readonly released?: boolean;
}

export interface WorldBuffer {
  readonly dmabuf: number;
  readonly priv: number;
  readonly resv: number;
  readonly file: number;
  /** A descriptor that user space holds for it. */
  readonly fd: number;
}

/** A buffer that was exported with this table and has one reference. */
export function makeDmaBuf(machine: MachineServices, options: BufferOptions): WorldBuffer {
  const size = options.size ?? 0x10000;
  const resv = options.resv ?? makeReservation(machine, options.fences);
  const owned = (struct: string): number =>
    options.released === true ? heapObject(machine, struct) : plainObject(machine, struct, struct, 'zero');
  const dmabuf = owned(BUFFER);
  const priv = options.priv ?? makePrivate(machine, options, dmabuf, resv, size);
  const file = owned('struct file');
  setFields(machine, file, 'struct file', {
    private_data: dmabuf,
    f_op: machine.addressOf('__dma_buf_fops') ?? 0,
  });
  const count = machine.fieldAddress(file, 'struct file', 'f_count');
  const long = machine.program.type('long');
  if (count !== null && long !== null) machine.write(count.address, long, 2);
  setFields(machine, dmabuf, BUFFER, { size, file, ops: options.ops, priv, resv });
  emptyList(machine, dmabuf, BUFFER, 'attachments');
  worldLock(machine, dmabuf, BUFFER, 'name_lock', 'spin');
  return { dmabuf, priv, resv, file, fd: installFile(machine, file) };
}

/** An object as kzalloc makes it. */
function heapObject(machine: MachineServices, struct: string): number {
  const type = structType(machine, struct);
  return machine.allocate(type?.size ?? 8, {
    label: struct,
    storage: 'heap',
    tag: 'slab',
    content: 'zero',
    at: null,
    ...(type === null ? {} : { type }),
  });
}

/** All functions that stand in a table. */
export function functionsOf(machine: MachineServices, table: number, struct: string): readonly FunctionSymbol[] {
  const type = structType(machine, struct);
  if (type === null || table === 0) return [];
  const found: FunctionSymbol[] = [];
  for (const member of type.members) {
    if (member.name === null || member.type.kind !== 'pointer') continue;
    const value = machine.readField(table, type, member.name);
    const symbol = isUnknown(value) || value === 0 ? null : machine.functionAt(value);
    if (symbol !== null) found.push(symbol);
  }
  return found;
}

function makePrivate(
  machine: MachineServices,
  options: BufferOptions,
  dmabuf: number,
  resv: number,
  size: number,
): number {
  const type = pointeeOf(functionsOf(machine, options.ops, 'struct dma_buf_ops'), BUFFER, 'priv');
  if (type?.tag === 'drm_gem_object') {
    const gem = makeGemObject(machine, { resv, size, ...(options.drm === undefined ? {} : { drm: options.drm }) });
    setFields(machine, gem, GEM, { dma_buf: dmabuf, import_attach: 0 });
    return gem;
  }
  if (type === null || type.size === 0) return embeddedObject(machine, 'private data of the exporter');
  const priv = plainObject(machine, type, `struct ${type.tag}`, 'unknown');
  linkByType(machine, priv, type, { dma_buf: dmabuf, dma_resv: resv });
  return priv;
}

/** Members that point to one of the world's objects are set to it: a driver's way back to its buffer. */
function linkByType(
  machine: MachineServices,
  address: number,
  type: StructType,
  objects: Readonly<Record<string, number>>,
): void {
  for (const member of type.members) {
    if (member.name === null) continue;
    const target = pointedStruct(member.type);
    const object = target === null ? undefined : objects[target];
    if (object !== undefined) machine.write(address + member.offset, member.type, object);
  }
}

function pointedStruct(type: CType): string | null {
  return type.kind === 'pointer' && type.to.kind === 'struct' ? type.to.tag : null;
}

export interface ImporterOptions {
  /** Address of the importer's `struct dma_buf_attach_ops`; 0: a static importer. */
  readonly importerOps: number;
  readonly importerPriv?: number;
}

/** What an importer hands to attach as its private data: an object that shares the buffer's reservation when it is a GEM object. */
export function makeImporterPrivate(
  machine: MachineServices,
  importerOps: number,
  buffer: WorldBuffer,
  drm?: number,
): number {
  if (importerOps === 0) return 0;
  const type = pointeeOf(functionsOf(machine, importerOps, 'struct dma_buf_attach_ops'), ATTACHMENT, 'importer_priv');
  if (type === null || type.tag !== 'drm_gem_object') {
    if (type === null || type.size === 0) return embeddedObject(machine, 'private data of the importer');
    const priv = plainObject(machine, type, `struct ${type.tag}`, 'unknown');
    linkByType(machine, priv, type, { dma_buf: buffer.dmabuf, dma_resv: buffer.resv });
    return priv;
  }
  const size = Number(machine.concrete(machine.readField(buffer.dmabuf, BUFFER, 'size')) ?? 0);
  return makeGemObject(machine, { resv: buffer.resv, size, ...(drm === undefined ? {} : { drm }) });
}

/** An attachment that was made before the scenario: linked, neither pinned nor mapped. */
export function makeAttachment(
  machine: MachineServices,
  buffer: WorldBuffer,
  device: WorldDevice,
  options: ImporterOptions,
): number {
  const { importerOps } = options;
  const attachment = plainObject(machine, ATTACHMENT, ATTACHMENT, 'zero');
  const importerPriv = options.importerPriv ?? makeImporterPrivate(machine, importerOps, buffer);
  const peer = importerOps === 0 ? 0 : machine.readField(importerOps, 'struct dma_buf_attach_ops', 'allow_peer2peer');
  setFields(machine, attachment, ATTACHMENT, {
    dmabuf: buffer.dmabuf,
    dev: device.dev,
    importer_ops: importerOps,
    importer_priv: importerPriv,
    peer2peer: peer,
  });
  const node = machine.fieldAddress(attachment, ATTACHMENT, 'node');
  const head = machine.fieldAddress(buffer.dmabuf, BUFFER, 'attachments');
  if (node !== null && head !== null) link(machine, node.address, head.address);
  if (importerPriv !== 0 && machine.objectAt(importerPriv)?.label === GEM)
    setFields(machine, importerPriv, GEM, { import_attach: attachment });
  return attachment;
}

/** `list_add` */
function link(machine: MachineServices, node: number, head: number): void {
  const next = machine.readField(head, 'struct list_head', 'next');
  setFields(machine, node, 'struct list_head', { next, prev: head });
  if (!isUnknown(next) && typeof next === 'number') setFields(machine, next, 'struct list_head', { prev: node });
  setFields(machine, head, 'struct list_head', { next: node });
}
