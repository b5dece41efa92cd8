/**
 * A buffer, its exporter's private data and an importer as they are before a scenario begins, linked as the kernel links them. What the
 * private data is, is read off the driver's own ops (privateData.ts).
 */
import type { FunctionSymbol } from '../../c/ir.ts';
import { isUnknown, type MachineServices } from '../../machine/model.ts';
import { reservation } from '../locking/scenarioContext.ts';
import { POINTER } from '../modelling.ts';
import { emptyList, plainObject, roomFor, setFields, structType, worldLock } from '../worldObject.ts';
import { exporterDevice, type WorldDevice } from './devices.ts';
import { installFile } from './files.ts';
import { importedThrough, makeAttachmentPrivate, makeExporterPrivate, makeImporterData } from './privateData.ts';

export { makeDevice, makeDrmDevice, type WorldDevice } from './devices.ts';
export { importedThrough, makeGemObject } from './privateData.ts';

const BUFFER = 'struct dma_buf';
const MATCH = 'struct dma_buf_interconnect_match';
const ATTACHMENT = 'struct dma_buf_attachment';
const ATTACH_OPS = 'struct dma_buf_attach_ops';
const DEFAULT_SIZE = 0x10000;

/** A reservation object whose fences nobody has decided yet, or with none. */
export function makeReservation(machine: MachineServices, fences: 'open' | 'none' = 'open'): number {
  const resv = plainObject(machine, 'struct dma_resv', 'struct dma_resv', fences === 'open' ? 'unknown' : 'zero');
  const lock = machine.fieldAddress(resv, 'struct dma_resv', 'lock');
  if (lock !== null) reservation(machine, lock.address);
  return resv;
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
  /** Whose memory it is; a virtual function or the topology's second device when absent. */
  readonly device?: WorldDevice;
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

/** A buffer that was exported with this table; the exporter and user space hold a reference each. */
export function makeDmaBuf(machine: MachineServices, options: BufferOptions): WorldBuffer {
  const size = options.size ?? DEFAULT_SIZE;
  const resv = options.resv ?? makeReservation(machine, options.fences);
  const owned = (struct: string): number =>
    options.released === true ? heapObject(machine, struct) : plainObject(machine, struct, struct, 'zero');
  const dmabuf = owned(BUFFER);
  const file = owned('struct file');
  const priv =
    options.priv ??
    makeExporterPrivate(machine, functionsOf(machine, options.ops, 'struct dma_buf_ops'), {
      dmabuf,
      resv,
      size,
      device: options.device ?? exporterDevice(machine),
      ...(options.drm === undefined ? {} : { drm: options.drm }),
    });
  setFields(machine, file, 'struct file', {
    private_data: dmabuf,
    f_op: machine.addressOf('__dma_buf_fops') ?? 0,
  });
  const count = machine.fieldAddress(file, 'struct file', 'f_count');
  const long = machine.program.type('long');
  if (count !== null && long !== null) machine.write(count.address, long, 2);
  // An exporter that nobody shows is unknown, not absent: the core's tests of its ops go either way.
  const ops = options.ops === 0 ? machine.unknown(POINTER, 'ops of an exporter that is not shown') : options.ops;
  setFields(machine, dmabuf, BUFFER, { size, file, ops, priv, resv, vmapping_counter: 0 });
  emptyList(machine, dmabuf, BUFFER, 'attachments');
  worldLock(machine, dmabuf, BUFFER, 'name_lock', 'spin');
  return { dmabuf, priv, resv, file, fd: installFile(machine, file) };
}

/** An object as kzalloc makes it. */
function heapObject(machine: MachineServices, struct: string): number {
  const type = structType(machine, struct);
  return machine.allocate(type === null ? 8 : roomFor(type), {
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

export interface ImporterOptions {
  /** Address of the importer's `struct dma_buf_attach_ops`; 0: a static importer. */
  readonly importerOps: number;
  readonly importerPriv?: number;
}

/** What an importer hands to attach as its private data; 0 for a static importer. */
export function makeImporterPrivate(
  machine: MachineServices,
  importerOps: number,
  buffer: WorldBuffer,
  drm?: number,
): number {
  if (importerOps === 0) return 0;
  const size = Number(machine.concrete(machine.readField(buffer.dmabuf, BUFFER, 'size')) ?? 0);
  return makeImporterData(machine, functionsOf(machine, importerOps, ATTACH_OPS), {
    dmabuf: buffer.dmabuf,
    resv: buffer.resv,
    size,
    ...(drm === undefined ? {} : { drm }),
  });
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
  setFields(machine, attachment, ATTACHMENT, {
    dmabuf: buffer.dmabuf,
    dev: device.dev,
    importer_ops: importerOps,
    importer_priv: importerPriv,
    // Importers of before it came accept no peer.
    peer2peer:
      importerOps === 0 || machine.fieldAddress(importerOps, ATTACH_OPS, 'allow_peer2peer') === null
        ? 0
        : machine.readField(importerOps, ATTACH_OPS, 'allow_peer2peer'),
  });
  const node = machine.fieldAddress(attachment, ATTACHMENT, 'node');
  const head = machine.fieldAddress(buffer.dmabuf, BUFFER, 'attachments');
  if (node !== null && head !== null) link(machine, node.address, head.address);
  importedThrough(machine, importerPriv, attachment);
  return attachment;
}

/** What the exporter with these functions put behind an attachment when it was made, where its code says what that is. */
export function attachedBefore(
  machine: MachineServices,
  buffer: WorldBuffer,
  attachment: number,
  exporter: readonly FunctionSymbol[],
): void {
  const size = Number(machine.concrete(machine.readField(buffer.dmabuf, BUFFER, 'size')) ?? 0);
  const links = { dmabuf: buffer.dmabuf, resv: buffer.resv, size };
  const priv = makeAttachmentPrivate(machine, exporter, links, buffer.priv);
  if (priv !== null) setFields(machine, attachment, ATTACHMENT, { priv });
}

/** The ops of an interconnect are called for attachments whose two sides agreed on one: which, is open. */
export function agreedBefore(machine: MachineServices, attachment: number): void {
  if (machine.fieldAddress(attachment, ATTACHMENT, 'ic_match') !== null)
    setFields(machine, attachment, ATTACHMENT, {
      ic_match: plainObject(machine, MATCH, 'what the two sides agreed on', 'unknown'),
    });
  const type = machine.fieldAddress(attachment, ATTACHMENT, 'interconnect.type');
  if (type !== null)
    setFields(machine, attachment, ATTACHMENT, {
      'interconnect.type': machine.unknown(type.type, 'attach->interconnect.type'),
    });
}

/** A type's own ops are called for attachments that were matched to it. */
export function matchedTo(machine: MachineServices, attachment: number, type: number, device: WorldDevice): void {
  const members = { 'map_type.type': type, 'map_type.sgt_data.importing_dma_device': device.dev };
  for (const [member, value] of Object.entries(members))
    if (machine.fieldAddress(attachment, ATTACHMENT, member) !== null)
      setFields(machine, attachment, ATTACHMENT, { [member]: value });
}

/** The importer asked for physical addresses, which the bundled exporter has (exporter.c). */
export function matchedToAddresses(machine: MachineServices, attachment: number, device: WorldDevice): void {
  matchedTo(machine, attachment, machine.addressOf('dma_buf_mapping_pal_type') ?? 0, device);
  if (machine.fieldAddress(attachment, ATTACHMENT, 'map_type.exp_ops') !== null)
    setFields(machine, attachment, ATTACHMENT, {
      'map_type.exp_ops': machine.addressOf('interlock_exporter_pal_ops') ?? 0,
    });
}

/** `list_add` */
function link(machine: MachineServices, node: number, head: number): void {
  const next = machine.readField(head, 'struct list_head', 'next');
  setFields(machine, node, 'struct list_head', { next, prev: head });
  if (!isUnknown(next) && typeof next === 'number') setFields(machine, next, 'struct list_head', { prev: node });
  setFields(machine, head, 'struct list_head', { next: node });
}
