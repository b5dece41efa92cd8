/** The C face of scatterlist mappings: reads entries, writes DMA addresses and lengths back. */
import { isUnknown, type ModelCall, type ModelRequest, type ModelResult, type Scalar } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { bytesOfNeighbours } from '../memory/pageTable.ts';
import type { DocumentedModel, Effects } from '../subsystem.ts';
import { withFlushes } from './iova-models.ts';
import { openListMapped, openListUnmapped } from './open-lists.ts';
import { dmaRun, objectAddress } from './run-state.ts';
import { mapSg, type SgEntry, unmapSg } from './scatter.ts';
import { syncMapping } from './streaming.ts';
import { ask, beyond, device, publicName } from './streaming-models.ts';
import { numberArgument, numberArguments, openPhysical, origin } from './values.ts';
import type { DmaDevice } from './world.ts';

type Steps<T> = Generator<ModelRequest, T, Scalar>;

const ENTRY = 'struct scatterlist';
const TABLE = 'struct sg_table';
const BUS_FLAG = 1;
const EINVAL = -22;
const LIMIT = 65536;

/** Addresses of the entries of a list: they lie side by side in the bundled scatterlist. */
function entriesOf(call: ModelCall, first: number, count: number): readonly number[] {
  const { machine } = call;
  const addresses: number[] = [];
  const type = machine.program.type(ENTRY);
  if (type?.kind !== 'struct') return [];
  for (let index = 0; index < Math.min(count, LIMIT); index++) addresses.push(first + index * type.size);
  return addresses;
}

function field(call: ModelCall, entry: number, name: string): number | null {
  const value = call.machine.concrete(call.machine.readField(entry, ENTRY, name));
  return value === null ? null : Number(value);
}

/** Physical pieces of a list; null when a part of it is not known. */
function* pieces(call: ModelCall, entries: readonly number[]): Steps<readonly SgEntry[] | null> {
  const found: SgEntry[] = [];
  for (const entry of entries) {
    const link = call.machine.readField(entry, ENTRY, 'page_link');
    const known = call.machine.concrete(link);
    const offset = field(call, entry, 'offset');
    const length = field(call, entry, 'length');
    if (known === null || offset === null || length === null) return null;
    const page = Number(BigInt(known) & ~3n);
    const pfn = yield* ask(call, 'page_to_pfn', page);
    const start = pfn === null ? openPhysical(call, offset + length) : pfn * 4096;
    const left = bytesOfNeighbours(call.machine, page, offset + length);
    if (left !== null && offset + length > left) beyond(call, length, left - offset);
    found.push({ phys: start + offset, length });
  }
  return found;
}

/** Maps a list in place; number of segments or a negative errno. */
function* mapList(
  call: ModelCall,
  on: DmaDevice,
  first: number,
  count: number,
  direction: number,
  attrs: number,
): Steps<number> {
  const { machine } = call;
  const at = origin(call);
  const api = publicName(call);
  const entries = entriesOf(call, first, count);
  const list = yield* pieces(call, entries);
  const fails = on.domain !== null && machine.choose('map-fails', `${api} fails`, ['succeeds', 'fails'], at) === 1;
  if (list === null) {
    machine.emit({
      kind: 'assumption',
      about: call.name,
      message: `what \`${api}\` maps is not known: the mapping is not checked`,
    });
    if (!fails) openListMapped(call, on, first, { api, direction, at });
    return fails ? -12 : count;
  }
  const result = mapSg(dmaRun(machine).world, on, { api, entries: list, direction, attrs, at, fails });
  const total = list.reduce((sum, entry) => sum + entry.length, 0);
  const failed = 'error' in result;
  machine.emit({
    kind: 'map',
    api,
    device: on.name,
    address: hex(list[0]?.phys ?? 0),
    size: hex(total),
    result: failed
      ? String(result.error)
      : `${result.segments.length} segments from ${hex(result.segments[0]?.address ?? 0)}`,
    failed,
  });
  if (failed) return result.error;
  for (const [index, entry] of entries.entries()) {
    const segment = result.segments[index];
    // Entries beyond the last segment keep a length of zero, which is how code that walks too far shows.
    machine.writeField(entry, ENTRY, 'dma_address', segment?.address ?? 0);
    machine.writeField(entry, ENTRY, 'dma_length', segment?.length ?? 0);
    machine.writeField(entry, ENTRY, 'dma_flags', segment?.bus === true ? BUS_FLAG : 0);
  }
  return result.segments.length;
}

/** Takes a mapped list down. */
function unmapList(
  call: ModelCall,
  on: DmaDevice,
  first: number,
  count: number,
  direction: number,
  attrs: number,
): void {
  const api = publicName(call);
  if (openListUnmapped(call, on, first, { api, direction })) return;
  const segments: { address: number; length: number }[] = [];
  const entries = entriesOf(call, first, count);
  for (const entry of entries) {
    const address = field(call, entry, 'dma_address');
    const length = field(call, entry, 'dma_length');
    if (address === null || length === null) {
      dmaRun(call.machine).uncertain.add(on);
      return;
    }
    segments.push({ address, length });
  }
  const used = segments.filter((segment) => segment.length > 0);
  // Nothing is mapped of a list without bytes, and nothing is taken down (drivers/iommu/dma-iommu.c:iommu_dma_unmap_sg).
  if (used.length === 0 && entries.every((entry) => field(call, entry, 'length') === 0)) return;
  call.machine.emit({
    kind: 'unmap',
    api,
    device: on.name,
    address: hex(used[0]?.address ?? 0),
    size: hex(used.reduce((sum, segment) => sum + segment.length, 0)),
  });
  const { world } = dmaRun(call.machine);
  withFlushes(call, () => unmapSg(world, on, { api, segments, entries: count, direction, attrs }));
}

function pointer(call: ModelCall, index: number): number | null {
  const value = call.args[index];
  return value === undefined ? null : objectAddress(call.machine, value, call.argTypes[index]);
}

function tableOf(call: ModelCall): { readonly table: number; readonly first: number; readonly count: number } | null {
  const { machine } = call;
  const table = pointer(call, 1);
  if (table === null) return null;
  const first = machine.readField(table, TABLE, 'sgl');
  const count = machine.concrete(machine.readField(table, TABLE, 'orig_nents'));
  if (isUnknown(first) || count === null) return null;
  const address = objectAddress(machine, first, undefined);
  return address === null ? null : { table, first: address, count: Number(count) };
}

function* mapTable(call: ModelCall): Steps<ModelResult> {
  const on = device(call);
  const list = tableOf(call);
  const numbers = numberArguments(call, 2, 3);
  if (on === null || list === null || numbers === null) {
    const at = origin(call);
    if (call.machine.choose('map-fails', `${call.name} fails`, ['succeeds', 'fails'], at) === 1) return EINVAL;
    const table = pointer(call, 1);
    const [direction] = numbers ?? [];
    if (on !== null && table !== null && direction !== undefined)
      openListMapped(call, on, table, { api: publicName(call), direction, at });
    return 0;
  }
  const [direction = 0, attrs = 0] = numbers;
  const mapped = yield* mapList(call, on, list.first, list.count, direction, attrs);
  if (mapped < 0) return mapped;
  call.machine.writeField(list.table, TABLE, 'nents', mapped);
  return 0;
}

/** A table that is still as its zeroed memory was, for a device that no list is mapped for: there is nothing to walk over. */
function isBlank({ machine }: ModelCall, on: DmaDevice, table: number): boolean {
  const first = machine.concrete(machine.readField(table, TABLE, 'sgl'));
  const count = machine.concrete(machine.readField(table, TABLE, 'orig_nents'));
  return Number(first ?? 1) === 0 && Number(count ?? 1) === 0 && ![...on.ledger].some(({ kind }) => kind === 'sg');
}

function unmapTable(call: ModelCall): ModelResult {
  const on = device(call);
  const table = pointer(call, 1);
  if (on !== null && table !== null && isBlank(call, on, table)) return undefined;
  const list = tableOf(call);
  const numbers = numberArguments(call, 2, 3);
  if (on === null || table === null || numbers === null) return undefined;
  if (openListUnmapped(call, on, table, { api: publicName(call), direction: numbers[0] ?? 0 })) return undefined;
  if (list === null) return undefined;
  unmapList(call, on, list.first, list.count, numbers[0] ?? 0, numbers[1] ?? 0);
  return undefined;
}

/** Unlike the table call this one returns a count, and 0 for any failure. */
function* mapEntries(call: ModelCall): Steps<ModelResult> {
  const on = device(call);
  const first = pointer(call, 1);
  const numbers = numberArguments(call, 2, 3, 4);
  if (on === null || first === null || numbers === null) return 0;
  const [count = 0, direction = 0, attrs = 0] = numbers;
  return Math.max(0, yield* mapList(call, on, first, count, direction, attrs));
}

function unmapEntries(call: ModelCall): ModelResult {
  const on = device(call);
  const first = pointer(call, 1);
  const numbers = numberArguments(call, 2, 3, 4);
  if (on === null || first === null || numbers === null) return undefined;
  const [count = 0, direction = 0, attrs = 0] = numbers;
  unmapList(call, on, first, count, direction, attrs);
  return undefined;
}

function syncEntries(call: ModelCall): ModelResult {
  const on = device(call);
  const first = pointer(call, 1);
  const count = numberArgument(call, 2);
  const direction = numberArgument(call, 3);
  if (on === null || first === null || count === null || direction === null) return undefined;
  const forCpu = call.name.endsWith('for_cpu');
  for (const entry of entriesOf(call, first, count)) {
    const address = field(call, entry, 'dma_address');
    const size = field(call, entry, 'dma_length');
    if (address === null || size === null || size === 0) continue;
    syncMapping(dmaRun(call.machine).world, on, { api: call.name, address, size, direction, forCpu });
  }
  call.machine.emit({ kind: 'sync', api: call.name, device: on.name, size: `${count} entries`, failed: false });
  return undefined;
}

const MAP: Effects = { sleeps: 'no', allocates: 'GFP_ATOMIC', locks: 'none', fails: '-errno' };
const VOID: Effects = { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'never' };
const SOURCE = 'kernel/dma/mapping.c';

export const scatterModels: readonly DocumentedModel[] = [
  { name: 'dma_map_sgtable', run: mapTable, effects: MAP, source: `${SOURCE}:dma_map_sgtable` },
  {
    name: 'dma_unmap_sgtable',
    run: unmapTable,
    effects: VOID,
    source: 'include/linux/dma-mapping.h:dma_unmap_sgtable',
  },
  { name: 'dma_map_sg_attrs', run: mapEntries, effects: { ...MAP, fails: '0' }, source: `${SOURCE}:dma_map_sg_attrs` },
  { name: 'dma_unmap_sg_attrs', run: unmapEntries, effects: VOID, source: `${SOURCE}:dma_unmap_sg_attrs` },
  { name: 'dma_sync_sg_for_cpu', run: syncEntries, effects: VOID, source: `${SOURCE}:dma_sync_sg_for_cpu` },
  { name: 'dma_sync_sg_for_device', run: syncEntries, effects: VOID, source: `${SOURCE}:dma_sync_sg_for_device` },
];
