/** The C face of the streaming API: pages, linear memory and resources become physical addresses, results become DMA addresses. */
import type { ModelCall, ModelRequest, ModelResult, Scalar } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { bytesFromPage } from '../memory/pageTable.ts';
import type { DocumentedModel, Effects } from '../subsystem.ts';
import { complain } from './checks.ts';
import { DMA_ATTR_MMIO, DMA_MAPPING_ERROR, ENOMEM } from './constants.ts';
import { addressMeant } from './identity.ts';
import { isOpen, withFlushes } from './iova-models.ts';
import { deviceArgument, dmaRun } from './run-state.ts';
import { mapPhys, markErrorChecked, needsSync, ownerOf, syncMapping, unmapPhys } from './streaming.ts';
import {
  addressArgument,
  numberArgument,
  numberArguments,
  openPhysical,
  origin,
  physArgument,
  settledArguments,
} from './values.ts';
import type { DmaDevice } from './world.ts';

type Steps<T> = Generator<ModelRequest, T, Scalar>;

const ATOMIC: Effects = { sleeps: 'no', allocates: 'GFP_ATOMIC', locks: 'none', fails: 'DMA_MAPPING_ERROR' };
const VOID: Effects = { ...ATOMIC, allocates: 'none', fails: 'never' };

/** Name as drivers write it: the `_attrs` functions stand behind macros. */
export function publicName(call: ModelCall): string {
  return call.name.replace(/_attrs$/, '');
}

export function device(call: ModelCall): DmaDevice | null {
  const [dev] = call.args;
  return dev === undefined ? null : deviceArgument(call.machine, dev, call.argTypes[0]);
}

/** Result of a C function of the memory subsystem as a number; null when it is not known or there is no such function. */
export function* ask(call: ModelCall, name: string, argument: Scalar): Steps<number | null> {
  const target = call.machine.addressOf(name);
  if (target === null) return null;
  const value = yield { kind: 'call', target, args: [argument], why: `${call.name} needs the physical address` };
  const known = call.machine.concrete(value);
  return known === null ? null : Number(known);
}

/** A mapping of something nobody knows: it succeeds or fails, and its address is an unknown value. */
function unknownMapping(call: ModelCall): Scalar {
  const { machine } = call;
  machine.emit({
    kind: 'assumption',
    about: call.name,
    message: `what \`${publicName(call)}\` maps is not known: the mapping is not checked`,
  });
  return machine.unknown(call.signature.result, `result of ${publicName(call)}()`);
}

/** Maps `phys` for the device; the C result. */
function map(call: ModelCall, on: DmaDevice, phys: number, size: number, direction: number, attrs: number): Scalar {
  const { machine } = call;
  const at = origin(call);
  const api = publicName(call);
  const canFail = on.domain !== null || on.device.untrusted || phys + size - 1 > on.mask;
  const fails = canFail && machine.choose('map-fails', `${api} fails`, ['succeeds', 'fails'], at) === 1;
  const address = mapPhys(dmaRun(machine).world, on, { api, kind: 'phys', phys, size, direction, attrs, at, fails });
  machine.emit({
    kind: 'map',
    api,
    device: on.name,
    address: hex(phys),
    size: hex(size),
    result: address === null ? 'DMA_MAPPING_ERROR' : hex(address),
    failed: address === null,
  });
  return address ?? DMA_MAPPING_ERROR;
}

/** Sizes from here on stand for one that the document leaves open. */
const OPEN = 2 ** 29;

/** What lies behind the end of the memory is somebody else's: the device reaches it all the same. */
export function beyond(call: ModelCall, size: number, left: number): void {
  const api = publicName(call);
  complain(
    dmaRun(call.machine).world,
    'dma-map-beyond',
    `\`${api}\` of ${hex(size)} bytes where the memory has ${hex(Math.max(0, left))}`,
  );
}

function* mapPage(call: ModelCall): Steps<ModelResult> {
  const on = device(call);
  if (on === null) return DMA_MAPPING_ERROR;
  const [, page] = call.args;
  const pfn = page === undefined ? null : yield* ask(call, 'page_to_pfn', page);
  const numbers = settledArguments(call, on, 3, 2, 3, 4, 5);
  if (numbers === null) return unknownMapping(call);
  const [offset = 0, size = 0, direction = 0, attrs = 0] = numbers;
  if ((attrs & DMA_ATTR_MMIO) !== 0) {
    complain(
      dmaRun(call.machine).world,
      'dma-mmio-attr',
      `\`${publicName(call)}\` with \`DMA_ATTR_MMIO\` fails: a page is no MMIO`,
    );
    return DMA_MAPPING_ERROR;
  }
  const first = pfn === null ? openPhysical(call, size) : pfn * 4096;
  const left = page === undefined ? null : bytesFromPage(call.machine, page);
  if (left !== null && offset + size > left) beyond(call, size, left - offset);
  return map(call, on, first + offset, size, direction, attrs);
}

function mapAddress(call: ModelCall): ModelResult {
  const on = device(call);
  if (on === null) return DMA_MAPPING_ERROR;
  const numbers = settledArguments(call, on, 2, 2, 3, 4);
  if (numbers === null) return unknownMapping(call);
  const [size = 0, direction = 0, attrs = 0] = numbers;
  const phys = physArgument(call, 1, size);
  return map(call, on, phys, size, direction, call.name === 'dma_map_resource' ? attrs | DMA_ATTR_MMIO : attrs);
}

/** `dma_map_single`: only linear kernel memory has a physical address that follows from its own. */
function* mapSingle(call: ModelCall): Steps<ModelResult> {
  const on = device(call);
  if (on === null) return DMA_MAPPING_ERROR;
  const { machine } = call;
  const { world } = dmaRun(machine);
  const [, pointer] = call.args;
  const numbers = settledArguments(call, on, 2, 2, 3, 4);
  if (pointer === undefined || numbers === null) return unknownMapping(call);
  const [size = 0, direction = 0, attrs = 0] = numbers;
  if (isOpen(call, 1)) return map(call, on, openPhysical(call, size), size, direction, attrs);
  const object = machine.objectAt(pointer);
  const api = publicName(call);
  const made = object === null ? [] : ([[`${object.label} was made here`, object.allocatedAt]] as const);
  if (object === null) complain(world, 'dma-map-invalid', `\`${api}\` of an address that is no kernel memory`);
  else if (object.freed)
    complain(world, 'dma-map-freed', `\`${api}\` of freed memory`, [
      [`${object.label} was freed here`, object.freedAt],
    ]);
  else if (object.storage === 'stack')
    complain(world, 'dma-map-stack', `\`${api}\` of memory on the stack (${object.label})`, made);
  else if (object.storage === 'function' || object.storage === 'string' || object.readOnly)
    complain(world, 'dma-map-text', `\`${api}\` of kernel text or read-only data (${object.label})`, made);
  else if (object.tag === 'vmalloc')
    complain(world, 'dma-map-vmalloc', `\`${api}\` of vmalloc memory, which is not linear (${object.label})`, made);
  if (object !== null && !object.freed && object.storage === 'heap' && object.tag === 'slab') {
    const left = object.address + object.size - Number(machine.concrete(pointer) ?? object.address);
    if (size > left && object.size < OPEN) beyond(call, size, left);
  }
  const phys = yield* ask(call, 'virt_to_phys', pointer);
  return map(call, on, phys ?? openPhysical(call, size), size, direction, attrs);
}

function unmap(call: ModelCall): ModelResult {
  const on = device(call);
  if (on === null) return undefined;
  const given = addressArgument(call, 1);
  const address = typeof given === 'number' ? addressMeant(call.machine, on, given) : given;
  const run = dmaRun(call.machine);
  if (address === null) {
    // Some mapping of this device goes, nobody knows which.
    run.uncertain.add(on);
    return undefined;
  }
  const at = address === 'error' ? null : address;
  // What the call leaves open is taken from the mapping: it can be neither right nor wrong.
  const mapped = at === null ? undefined : ownerOf(run.world, on, at).ledger.startingAt(at)[0];
  const size = numberArgument(call, 2) ?? mapped?.size ?? 0;
  const direction = numberArgument(call, 3) ?? mapped?.direction ?? 0;
  const asked = numberArgument(call, 4) ?? mapped?.attrs ?? 0;
  const attrs = call.name === 'dma_unmap_resource' ? asked | DMA_ATTR_MMIO : asked;
  const api = publicName(call);
  call.machine.emit({
    kind: 'unmap',
    api,
    device: on.name,
    address: at === null ? 'DMA_MAPPING_ERROR' : hex(at),
    size: hex(size),
  });
  const request = { api, kind: 'phys', address: at, size, direction, attrs } as const;
  withFlushes(call, () => unmapPhys(run.world, on, request));
  return undefined;
}

function mappingError(call: ModelCall): ModelResult {
  const [, value] = call.args;
  if (value === undefined) return 0;
  const address = addressArgument(call, 1);
  if (address === null) return call.machine.equals(value, DMA_MAPPING_ERROR, origin(call)) ? -ENOMEM : 0;
  if (address === 'error') return -ENOMEM;
  const on = device(call);
  if (on !== null) markErrorChecked(ownerOf(dmaRun(call.machine).world, on, address), address);
  return 0;
}

function syncSingle(call: ModelCall): ModelResult {
  const on = device(call);
  const given = addressArgument(call, 1);
  const address = typeof given === 'number' && on !== null ? addressMeant(call.machine, on, given) : given;
  const numbers = numberArguments(call, 2, 3);
  if (on === null || address === null || numbers === null) return undefined;
  const [size = 0, direction = 0] = numbers;
  const forCpu = call.name.endsWith('for_cpu');
  syncMapping(dmaRun(call.machine).world, on, {
    api: call.name,
    address: address === 'error' ? null : address,
    size,
    direction,
    forCpu,
  });
  call.machine.emit({ kind: 'sync', api: call.name, device: on.name, size: hex(size), failed: false });
  return undefined;
}

function needSync(call: ModelCall): ModelResult {
  const on = device(call);
  const address = numberArgument(call, 1);
  if (on === null) return 0;
  return needsSync(on, address ?? 0) ? 1 : 0;
}

const MAPPING = 'kernel/dma/mapping.c';

function model(name: string, run: DocumentedModel['run'], effects: Effects): DocumentedModel {
  return { name, run, effects, source: `${MAPPING}:${name}` };
}

export const streamingModels: readonly DocumentedModel[] = [
  model('dma_map_page_attrs', mapPage, ATOMIC),
  model('dma_map_single_attrs', mapSingle, ATOMIC),
  model('dma_map_phys', mapAddress, ATOMIC),
  model('dma_map_resource', mapAddress, ATOMIC),
  model('dma_unmap_page_attrs', unmap, VOID),
  model('dma_unmap_single_attrs', unmap, VOID),
  model('dma_unmap_phys', unmap, VOID),
  model('dma_unmap_resource', unmap, VOID),
  model('dma_mapping_error', mappingError, { ...VOID, fails: '-errno' }),
  model('dma_sync_single_for_cpu', syncSingle, VOID),
  model('dma_sync_single_for_device', syncSingle, VOID),
  model('dma_need_sync', needSync, VOID),
];
