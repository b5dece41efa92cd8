/**
 * The life of an attachment as importers drive it: attach, match, pin, map, use, move, unmap, unpin, detach, release. Each scenario is a
 * generator of call requests on the core (bundled C), so that locks and asserts are in the trace; what may go wrong is decided inside.
 */
import type { MachineServices, ModelRequest, Scalar } from '../../machine/model.ts';
import { isUnknown } from '../../machine/model.ts';
import { enterContext } from '../locking/scenarioContext.ts';
import { isErrorPointer, type Routine } from '../modelling.ts';
import { dmaBufSteps } from './contexts.ts';
import { deviceUsesTable } from './use.ts';
import { importedThrough, makeImporterPrivate, type WorldBuffer, type WorldDevice } from './world.ts';

/** `enum dma_data_direction` */
export type Direction = 'bidirectional' | 'to-device' | 'from-device';

const DIRECTIONS: Readonly<Record<Direction, number>> = { bidirectional: 0, 'to-device': 1, 'from-device': 2 };

export interface LifecycleOptions {
  readonly buffer: WorldBuffer;
  readonly device: WorldDevice;
  /** Address of the importer's table; 0 for a static importer. */
  readonly importerOps: number;
  readonly importerPriv?: number;
  readonly direction?: Direction;
  /** Importer pins before it maps (dynamic importers only). */
  readonly pin?: boolean;
  /** The exporter announces a move while the mapping is live, and the importer maps anew. */
  readonly move?: boolean;
  /** Map and unmap twice. */
  readonly twice?: boolean;
  /** The device reads and writes what was mapped for it, as long as it is mapped. */
  readonly use?: boolean;
  readonly cpuAccess?: boolean;
  /** The processor uses the buffer again when the attachment is gone. */
  readonly afterwards?: boolean;
  readonly vmap?: boolean;
  readonly mmap?: number;
  /** Use `map_interconnect` when the two sides matched one. */
  readonly interconnect?: boolean;
  /** Put the references of the world at the end, and let the release run; the buffer must have been made with `released`. */
  readonly release?: boolean;
}

/** Calls a function of the core; null when the program does not have it. */
function* call(machine: MachineServices, name: string, args: readonly Scalar[]): Routine<Scalar> {
  const symbol = machine.program.function(name);
  if (symbol === null) return 0;
  const request: ModelRequest = { kind: 'call', target: symbol, args, why: `the scenario calls ${name}()` };
  return yield request;
}

/** Whether the document's core has a variant of its function for callers that hold the reservation: the plain one then takes it itself. */
function locksItself({ program }: MachineServices, name: string): boolean {
  const variant = program.function(`${name}_locked`);
  return variant?.at != null && program.units[variant.at.unit]?.origin !== 'bundled' && variant.body() !== null;
}

function* callLocked(machine: MachineServices, name: string, args: readonly Scalar[]): Routine<Scalar> {
  return yield* call(machine, locksItself(machine, name) ? `${name}_locked` : name, args);
}

function* callUnlocked(machine: MachineServices, name: string, args: readonly Scalar[]): Routine<Scalar> {
  return yield* call(machine, locksItself(machine, name) ? name : `${name}_unlocked`, args);
}

/** True for a pointer that is neither NULL nor an error; an open one is asked about in C, where what is known of it counts. */
function* usable(machine: MachineServices, pointer: Scalar): Routine<boolean> {
  if (!isUnknown(pointer)) return pointer !== 0 && !isErrorPointer(pointer);
  return machine.truth(yield* call(machine, 'interlock_usable', [pointer]), null);
}

/** Runs `body` with the buffer's reservation held. */
function* locked<T>(machine: MachineServices, buffer: WorldBuffer, body: () => Routine<T>): Routine<T> {
  const leave = yield* enterContext(machine, dmaBufSteps(machine, 'locked', { resv: buffer.resv }));
  const result = yield* body();
  leave();
  return result;
}

/** The whole life of one attachment. Returns once everything that was done is undone, or when the first step failed. */
export function* attachmentLife(machine: MachineServices, options: LifecycleOptions): Routine<undefined> {
  const { buffer } = options;
  yield* processorUse(machine, options);
  const attachment = yield* attach(machine, options);
  if (yield* usable(machine, attachment)) {
    const dynamic = options.importerOps !== 0;
    const pinned = options.pin === true && dynamic && (yield* pin(machine, buffer, attachment));
    const rounds = options.twice === true ? 2 : 1;
    for (let round = 0; round < rounds; round++) yield* mapped(machine, options, attachment, dynamic);
    if (pinned)
      yield* locked(machine, buffer, function* () {
        return yield* call(machine, 'dma_buf_unpin', [attachment]);
      });
    yield* call(machine, 'dma_buf_detach', [buffer.dmabuf, attachment]);
    // The buffer is still there for everyone else, and nothing of the attachment is.
    if (options.afterwards === true) yield* processorUse(machine, options);
  }
  if (options.release === true) {
    yield* call(machine, 'dma_buf_put', [buffer.dmabuf]);
    yield* call(machine, 'close_fd', [buffer.fd]);
    yield* call(machine, 'flush_delayed_fput', []);
  }
  return undefined;
}

/** An importer of the mapping type for physical addresses: attached for it, mapped, unmapped, detached, released. */
export function* physicalAddresses(
  machine: MachineServices,
  options: { readonly buffer: WorldBuffer; readonly match: number; readonly importerOps: number },
): Routine<undefined> {
  const { buffer, match, importerOps } = options;
  const args = [buffer.dmabuf, match, 1, importerOps, 0];
  const attachment = yield* call(machine, 'dma_buf_mapping_attach', args);
  if (yield* usable(machine, attachment)) {
    yield* locked(machine, buffer, function* () {
      const list = yield* call(machine, 'dma_buf_pal_map_phys', [attachment]);
      if (yield* usable(machine, list)) yield* call(machine, 'dma_buf_pal_unmap_phys', [attachment, list]);
      return undefined;
    });
    yield* call(machine, 'dma_buf_detach', [buffer.dmabuf, attachment]);
  }
  yield* call(machine, 'dma_buf_put', [buffer.dmabuf]);
  yield* call(machine, 'close_fd', [buffer.fd]);
  yield* call(machine, 'flush_delayed_fput', []);
  return undefined;
}

/** What a process does with a buffer by itself: CPU access, a kernel mapping, a mapping of its own. */
export function* processorUse(machine: MachineServices, options: LifecycleOptions): Routine<undefined> {
  if (options.cpuAccess === true) yield* cpuAccess(machine, options);
  if (options.vmap === true) yield* vmap(machine, options);
  if (options.mmap !== undefined) yield* mmap(machine, options, options.mmap);
  return undefined;
}

/** Gives up one of the two references of a buffer's world; whoever comes last runs the release. */
export function* dropReference(
  machine: MachineServices,
  buffer: WorldBuffer,
  which: 'kernel' | 'user',
): Routine<undefined> {
  if (which === 'kernel') yield* call(machine, 'dma_buf_put', [buffer.dmabuf]);
  else yield* call(machine, 'close_fd', [buffer.fd]);
  yield* call(machine, 'flush_delayed_fput', []);
  return undefined;
}

function* attach(machine: MachineServices, options: LifecycleOptions): Routine<Scalar> {
  const { buffer, device, importerOps } = options;
  if (importerOps === 0) return yield* call(machine, 'dma_buf_attach', [buffer.dmabuf, device.dev]);
  const priv = options.importerPriv ?? makeImporterPrivate(machine, importerOps, buffer);
  const attachment = yield* call(machine, 'dma_buf_dynamic_attach', [buffer.dmabuf, device.dev, importerOps, priv]);
  if (typeof attachment === 'number' && attachment !== 0) importedThrough(machine, priv, attachment);
  return attachment;
}

function* pin(machine: MachineServices, buffer: WorldBuffer, attachment: Scalar): Routine<boolean> {
  const result = yield* locked(machine, buffer, function* () {
    return yield* call(machine, 'dma_buf_pin', [attachment]);
  });
  return machine.equals(result, 0, null);
}

/** Maps, uses, and unmaps; a dynamic importer does it under the reservation, a static one lets the core take it. */
function* mapped(
  machine: MachineServices,
  options: LifecycleOptions,
  attachment: Scalar,
  dynamic: boolean,
): Routine<undefined> {
  const { buffer } = options;
  if (dynamic && options.interconnect === true && matchedInterconnect(machine, attachment)) {
    yield* locked(machine, buffer, () => interconnectRound(machine, attachment));
    return undefined;
  }
  const direction = DIRECTIONS[options.direction ?? 'bidirectional'];
  if (!dynamic) {
    const table = yield* callUnlocked(machine, 'dma_buf_map_attachment', [attachment, direction]);
    if (yield* usable(machine, table)) {
      used(machine, options, table, direction);
      yield* callUnlocked(machine, 'dma_buf_unmap_attachment', [attachment, table, direction]);
    }
    return undefined;
  }
  const first = yield* locked(machine, buffer, () => mapLocked(machine, buffer, attachment, direction));
  if (!(yield* usable(machine, first))) return undefined;
  used(machine, options, first, direction);
  if (options.move !== true) {
    yield* locked(machine, buffer, function* () {
      return yield* callLocked(machine, 'dma_buf_unmap_attachment', [attachment, first, direction]);
    });
    return undefined;
  }
  // The exporter moves: it tells the importers, which must not use the mapping once the fences are done.
  yield* locked(machine, buffer, function* () {
    yield* call(machine, 'dma_buf_move_notify', [buffer.dmabuf]);
    return yield* callLocked(machine, 'dma_buf_unmap_attachment', [attachment, first, direction]);
  });
  const again = yield* locked(machine, buffer, () => mapLocked(machine, buffer, attachment, direction));
  if (!(yield* usable(machine, again))) return undefined;
  used(machine, options, again, direction);
  yield* locked(machine, buffer, function* () {
    return yield* callLocked(machine, 'dma_buf_unmap_attachment', [attachment, again, direction]);
  });
  return undefined;
}

function used(machine: MachineServices, options: LifecycleOptions, table: Scalar, direction: number): void {
  if (options.use === true) deviceUsesTable(machine, options.device.dev, table, direction);
}

/** Maps and waits until the storage is where the table says. */
function* mapLocked(
  machine: MachineServices,
  buffer: WorldBuffer,
  attachment: Scalar,
  direction: number,
): Routine<Scalar> {
  const table = yield* callLocked(machine, 'dma_buf_map_attachment', [attachment, direction]);
  const kernelFences = machine.program.constant('DMA_RESV_USAGE_KERNEL') ?? 0;
  const forever = machine.program.constant('MAX_SCHEDULE_TIMEOUT') ?? 0x7fff_ffff;
  if (yield* usable(machine, table))
    yield* call(machine, 'dma_resv_wait_timeout', [buffer.resv, kernelFences, 0, forever]);
  return table;
}

function matchedInterconnect(machine: MachineServices, attachment: Scalar): boolean {
  return machine.truth(machine.readField(attachment, 'struct dma_buf_attachment', 'allow_ic'), null);
}

function* interconnectRound(machine: MachineServices, attachment: Scalar): Routine<undefined> {
  const ranges = yield* call(machine, 'dma_buf_map_interconnect', [attachment]);
  if (yield* usable(machine, ranges)) yield* call(machine, 'dma_buf_unmap_interconnect', [attachment, ranges]);
  return undefined;
}

function* cpuAccess(machine: MachineServices, options: LifecycleOptions): Routine<undefined> {
  const { dmabuf } = options.buffer;
  const direction = DIRECTIONS[options.direction ?? 'bidirectional'];
  const begun = yield* call(machine, 'dma_buf_begin_cpu_access', [dmabuf, direction]);
  if (machine.equals(begun, 0, null)) yield* call(machine, 'dma_buf_end_cpu_access', [dmabuf, direction]);
  return undefined;
}

function* vmap(machine: MachineServices, options: LifecycleOptions): Routine<undefined> {
  const { dmabuf } = options.buffer;
  const type = machine.program.type('struct iosys_map');
  if (type?.kind !== 'struct') return undefined;
  const map = machine.allocate(type.size, {
    label: 'struct iosys_map',
    storage: 'world',
    type,
    content: 'zero',
    at: null,
  });
  const made = yield* callUnlocked(machine, 'dma_buf_vmap', [dmabuf, map]);
  if (machine.equals(made, 0, null)) yield* callUnlocked(machine, 'dma_buf_vunmap', [dmabuf, map]);
  return undefined;
}

/** `vma` is an area of a world's process; the caller of mmap holds its lock for writing. */
function* mmap(machine: MachineServices, options: LifecycleOptions, vma: number): Routine<undefined> {
  const mm = machine.readField(vma, 'struct vm_area_struct', 'vm_mm');
  const locks = { resv: options.buffer.resv, ...(typeof mm === 'number' ? { mm } : {}) };
  const leave = yield* enterContext(machine, dmaBufSteps(machine, 'mmap', locks));
  yield* call(machine, 'dma_buf_mmap', [options.buffer.dmabuf, vma, 0]);
  leave();
  return undefined;
}
