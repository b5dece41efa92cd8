/** The C face of the `dma_iova_*` calls: reads and writes `struct dma_iova_state`, asks whether the call fails, leaves events. */
import { isUnknown, type ModelCall, type ModelResult, type Scalar } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import type { DocumentedModel, Effects } from '../subsystem.ts';
import { DMA_IOVA_USE_SWIOTLB } from './constants.ts';
import type { IovaState } from './iova-state.ts';
import { deviceArgument, dmaRun, objectAddress } from './run-state.ts';
import { numberArgument, numberArguments, origin, physArgument, settledArguments, unsigned64 } from './values.ts';
import type { DmaDevice } from './world.ts';

const STATE = 'struct dma_iova_state';
const SOURCE = 'drivers/iommu/dma-iommu.c';

function effects(fails: string): Effects {
  return { sleeps: 'no', allocates: 'GFP_ATOMIC', locks: 'takes iova_rbtree_lock (irqsave)', fails };
}

/** What the C state holds; null when a part of it is not known. */
function readState(call: ModelCall, stateAddress: number): IovaState | null {
  const { machine } = call;
  const addr = machine.concrete(machine.readField(stateAddress, STATE, 'addr'));
  const size = machine.concrete(machine.readField(stateAddress, STATE, '__size'));
  if (addr === null || size === null) return null;
  return { stateAddress, addr: Number(addr), size: Number(BigInt(size) & ~DMA_IOVA_USE_SWIOTLB) };
}

function writeState(call: ModelCall, stateAddress: number, addr: number, size: Scalar): void {
  call.machine.writeField(stateAddress, STATE, 'addr', addr);
  call.machine.writeField(stateAddress, STATE, '__size', size);
}

/** Device, C state and its content; null after a fault. `state: null`: the content is not known. */
function subject(
  call: ModelCall,
): { readonly device: DmaDevice; readonly address: number; readonly state: IovaState | null } | null {
  const [dev, state] = call.args;
  if (dev === undefined || state === undefined) return null;
  const device = deviceArgument(call.machine, dev, call.argTypes[0]);
  const address = objectAddress(call.machine, state, call.argTypes[1]);
  if (device === null || address === null) return null;
  return { device, address, state: readState(call, address) };
}

/** Something that is not known went into a call on this state: nothing is judged about it any more. */
function giveUp(call: ModelCall, device: DmaDevice, state: IovaState | null): void {
  const run = dmaRun(call.machine);
  const found =
    state === null ? null : run.states.reservations.find(device, state.stateAddress, state.addr, state.size);
  if (found !== null) found.blind = true;
  else run.uncertain.add(device);
  call.machine.emit({
    kind: 'assumption',
    about: call.name,
    message: `the range given to \`${call.name}\` is not known: its mapping is not checked`,
  });
}

/**
 * Offset, size, direction and attributes, from the argument `offset` on; null if the range is not known. A direction or attributes that are
 * open get values: what is done with the range can be held to it all the same.
 */
function rangeArguments(call: ModelCall, offset: number): readonly number[] | null {
  const range = numberArguments(call, offset, offset + 1);
  const how = range === null ? null : settledArguments(call, null, offset + 1, offset + 2, offset + 3);
  return range === null || how === null ? null : [...range, ...how];
}

function tryAlloc(call: ModelCall): ModelResult {
  const { machine } = call;
  const at = origin(call);
  const [dev, stateArgument] = call.args;
  if (dev === undefined || stateArgument === undefined) return 0;
  const device = deviceArgument(machine, dev, call.argTypes[0]);
  const stateAddress = objectAddress(machine, stateArgument, call.argTypes[1]);
  if (device === null || stateAddress === null) return 0;
  writeState(call, stateAddress, 0, 0);
  const phys = numberArgument(call, 2);
  const open = numberArgument(call, 3) === null;
  const [size = null] = settledArguments(call, null, 3, 3) ?? [];
  const fails =
    device.domain !== null &&
    machine.choose('iova-fails', `${call.name} finds no IOVA`, ['succeeds', 'fails'], at) === 1;
  // A size that is not known gets a range that is large enough for what is likely.
  const request = { stateAddress, phys: phys ?? 0, size: size ?? 2 ** 30, at };
  const state = dmaRun(machine).states.tryAlloc(device, request, {
    fails,
    blind: phys === null || size === null,
    chosen: open,
  });
  if (state !== null) writeState(call, stateAddress, state.addr, state.size);
  machine.emit({
    kind: 'map',
    api: call.name,
    device: device.name,
    address: hex(phys ?? 0),
    size: size === null ? 'unknown' : hex(size),
    result: state === null ? 'false' : hex(state.addr),
    failed: state === null,
  });
  return state === null ? 0 : 1;
}

function link(call: ModelCall): ModelResult {
  const { machine } = call;
  const at = origin(call);
  const on = subject(call);
  if (on === null) return 0;
  const numbers = rangeArguments(call, 3);
  const fails = (): boolean =>
    machine.choose('link-fails', `${call.name} finds no memory for page tables`, ['succeeds', 'fails'], at) === 1;
  if (numbers === null || on.state === null) {
    giveUp(call, on.device, on.state);
    return fails() ? -12 : 0;
  }
  const [offset = 0, size = 0, direction = 0, attrs = 0] = numbers;
  const phys = physArgument(call, 2, size);
  // A state that cannot be linked is a misuse, not an allocation that could fail.
  const request = { phys, offset, size, direction, attrs, at, fails: on.state.size !== 0 && fails() };
  const linked = dmaRun(machine).states.link(on.device, on.state, request);
  if (linked.bounced && linked.error === 0)
    machine.writeField(on.address, STATE, '__size', unsigned64(BigInt(on.state.size) | DMA_IOVA_USE_SWIOTLB));
  machine.emit({
    kind: 'map',
    api: call.name,
    device: on.device.name,
    address: hex(phys),
    size: hex(size),
    result: linked.error === 0 ? hex(on.state.addr + offset) : String(linked.error),
    failed: linked.error !== 0,
  });
  return linked.error;
}

function sync(call: ModelCall): ModelResult {
  const on = subject(call);
  if (on === null) return 0;
  const numbers = numberArguments(call, 2, 3);
  if (numbers === null || on.state === null) {
    giveUp(call, on.device, on.state);
    return 0;
  }
  const [offset = 0, size = 0] = numbers;
  const error = dmaRun(call.machine).states.sync(on.device, on.state, offset, size) || tlbFails(call, on.state);
  const { reservations } = dmaRun(call.machine).states;
  const found = reservations.find(on.device, on.state.stateAddress, on.state.addr, on.state.size);
  if (found !== null) found.syncedAt = origin(call);
  call.machine.emit({ kind: 'sync', api: call.name, device: on.device.name, size: hex(size), failed: error !== 0 });
  return error;
}

/**
 * A driver of an IOMMU may fail to make its new entries seen (drivers/iommu/iommu.c:iommu_sync_map). Few drivers can, and code that hands the
 * result straight on leaves it to its caller: the question is asked where the function looks at the answer itself.
 */
function tlbFails(call: ModelCall, state: IovaState): number {
  const span = call.at?.span;
  const text = span === undefined ? '' : (call.machine.program.units[span.unit]?.text ?? '');
  if (state.size === 0 || /\breturn\s*$/.test(text.slice(Math.max(0, (span?.start ?? 0) - 40), span?.start))) return 0;
  const question = `${call.name} fails in the IOMMU driver`;
  return call.machine.choose('sync-fails', question, ['no', 'yes'], origin(call)) === 1 ? -12 : 0;
}

function unlink(call: ModelCall): ModelResult {
  const on = subject(call);
  if (on === null) return undefined;
  const numbers = rangeArguments(call, 2);
  if (numbers === null || on.state === null) {
    giveUp(call, on.device, on.state);
    return undefined;
  }
  const [offset = 0, size = 0, direction = 0, attrs = 0] = numbers;
  unmapEvent(call, on.device, on.state.addr + offset, size);
  withFlushes(call, () =>
    dmaRun(call.machine).states.unlink(on.device, on.state ?? ZERO, offset, size, direction, attrs),
  );
  return undefined;
}

const ZERO: IovaState = { stateAddress: 0, addr: 0, size: 0 };

function free(call: ModelCall): ModelResult {
  const on = subject(call);
  if (on === null) return undefined;
  if (on.state === null) {
    giveUp(call, on.device, null);
    return undefined;
  }
  unmapEvent(call, on.device, on.state.addr, on.state.size);
  dmaRun(call.machine).states.free(on.device, on.state, origin(call));
  return undefined;
}

function destroy(call: ModelCall): ModelResult {
  const on = subject(call);
  if (on === null) return undefined;
  const { state } = on;
  if (state === null) {
    giveUp(call, on.device, null);
    return undefined;
  }
  const mappedLength = numberArgument(call, 2);
  const how = mappedLength === null ? null : settledArguments(call, null, 2, 3, 4);
  const numbers = mappedLength === null || how === null ? null : [mappedLength, ...how];
  if (numbers === null) giveUp(call, on.device, state);
  const [mapped = state.size, direction = 0, attrs = 0] = numbers ?? [];
  unmapEvent(call, on.device, state.addr, mapped);
  withFlushes(call, () =>
    dmaRun(call.machine).states.destroy(on.device, state, mapped, direction, attrs, origin(call)),
  );
  return undefined;
}

function unmapEvent(call: ModelCall, device: DmaDevice, address: number, size: number): void {
  call.machine.emit({ kind: 'unmap', api: call.name, device: device.name, address: hex(address), size: hex(size) });
}

/** Runs a teardown and tells of the invalidations it caused. */
export function withFlushes(call: ModelCall, action: () => void): void {
  const { costs } = dmaRun(call.machine).world;
  const before = {
    invalidations: costs.invalidations,
    queued: costs.flushQueueEntries,
    flushes: costs.flushQueueFlushes,
  };
  action();
  const tell = (what: string, count: number): void => {
    if (count > 0) call.machine.emit({ kind: 'flush', what, count });
  };
  tell('IOTLB invalidation', costs.invalidations - before.invalidations);
  tell('queued for a later flush', costs.flushQueueEntries - before.queued);
  tell('flush queue flushed', costs.flushQueueFlushes - before.flushes);
}

/** True for an argument that nobody has decided. */
export function isOpen(call: ModelCall, index: number): boolean {
  const value = call.args[index];
  return value !== undefined && isUnknown(value) && call.machine.concrete(value) === null;
}

export const iovaModels: readonly DocumentedModel[] = [
  { name: 'dma_iova_try_alloc', run: tryAlloc, effects: effects('false'), source: `${SOURCE}:dma_iova_try_alloc` },
  { name: 'dma_iova_link', run: link, effects: effects('-errno'), source: `${SOURCE}:dma_iova_link` },
  { name: 'dma_iova_sync', run: sync, effects: effects('-errno'), source: `${SOURCE}:dma_iova_sync` },
  {
    name: 'dma_iova_unlink',
    run: unlink,
    effects: { ...effects('never'), allocates: 'none' },
    source: `${SOURCE}:dma_iova_unlink`,
  },
  {
    name: 'dma_iova_free',
    run: free,
    effects: { ...effects('never'), allocates: 'none' },
    source: `${SOURCE}:dma_iova_free`,
  },
  {
    name: 'dma_iova_destroy',
    run: destroy,
    effects: { ...effects('never'), allocates: 'none' },
    source: `${SOURCE}:dma_iova_destroy`,
  },
];
