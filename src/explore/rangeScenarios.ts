/**
 * The life of a range whose blocks have several orders, through the core's own calling sequence (kernel/pagemap/scenario.c): its table of
 * addresses is what `device_map` and `device_iova_link` answer into and what `device_unmap` is given, so an answer that the core cannot use
 * is seen here. A notifier may come between collecting and mapping: the core then frees what it allocated and begins again. Lost memory is
 * not looked for: which op lost it is seen where ops are called one by one (pagemapLife.ts).
 */
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice } from '../kernel/dmabuf/world.ts';
import { rangeLife } from '../kernel/pagemap/rangeLife.ts';
import { makeDevicePrivatePage, makeGpusvm, makeMm, makePagemap } from '../kernel/pagemap/world.ts';
import type { MachineServices } from '../machine/model.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import { inWorld, type Scenario, type ScenarioSteps } from './scenario.ts';

const START = 0x7f0000000000;
/** 64 KiB, the middle of the three sizes that drm_gpusvm.c cuts ranges to, in blocks of different orders. */
const ORDERS: readonly number[] = [3, 2, 2];
const LENGTH = 0x10000;

/** Where a process has the range. */
export const PAGEMAP_RANGE = { start: START, length: LENGTH } as const;

const ENDINGS = { notifier: 'a notifier', teardown: 'teardown' } as const;

/** Scenarios for a table that can map; none when it leaves out what every mapping needs. */
export function rangeScenarios(table: OpsTable, topology: string): Scenario[] {
  const ops = table.ops.filter((op) => MAPPING.has(op.member));
  if (!canMap(table)) return [];
  const lives = [
    { name: 'notifier', end: 'notifier', mapper: 'peer', of: '' },
    { name: 'teardown', end: 'teardown', mapper: 'peer', of: '' },
    { name: 'local', end: 'notifier', mapper: 'owner', of: ' of the device’s own memory' },
  ] as const;
  return lives.map(({ name, end, mapper, of }) => ({
    name: `range-life.${name}`,
    title: `a range of large blocks${of}: map, unmap in ${ENDINGS[end]}, free`,
    table: table.symbol.name,
    ops,
    functions: ops.map((op: Op) => op.function),
    topology,
    ...inWorld((machine) => life(machine, table, end, mapper)),
  }));
}

/** Whether the core can be driven through a whole life of a mapping: not without the op that undoes it. */
export function canMap(table: OpsTable): boolean {
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  return (has('device_map') && has('device_unmap')) || (has('map_dma') && has('unmap_dma'));
}

/** Ops that map, and undo it. */
export const MAPPING: ReadonlySet<string> = new Set([
  'device_map',
  'device_unmap',
  'map_dma',
  'unmap_dma',
  'device_iova_alloc',
  'device_iova_free',
  'device_iova_link',
  'device_iova_sync',
  'device_iova_unlink',
]);

function life(
  machine: MachineServices,
  table: OpsTable,
  end: keyof typeof ENDINGS,
  mapping: 'peer' | 'owner',
): () => ScenarioSteps<void> {
  const [first, second] = dmaRun(machine).world.topology.devices;
  const peer = makeDevice(machine, first?.name);
  const owner = second ? makeDevice(machine, second.name) : peer;
  const mapper = mapping === 'owner' ? owner : peer;
  const pagemap = makePagemap(machine, {
    ops: machine.addressOf(table.symbol.name) ?? 0,
    device: owner,
    driver: pagemapDriver(table),
  });
  const svm = makeGpusvm(machine, {
    ops: 0,
    mm: makeMm(machine),
    drm: pagemap.drm,
    start: START,
    end: START + LENGTH,
  });
  const pages = ORDERS.map((order) => makeDevicePrivatePage(machine, pagemap, order));
  return function* () {
    yield* rangeLife(machine, { pagemap, svm, pages, mapper: mapper.dev, end });
  };
}
