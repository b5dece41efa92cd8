/**
 * The life of a mapping of device pages, as drm_gpusvm.c and drm_pagemap.c drive it through `drm_pagemap_ops`: allocate an IOVA with the
 * notifier lock dropped, link page by page under it, sync, use, unlink from a notifier or at teardown, free; or map and unmap page by page.
 * On failure the caller goes down its own error path: undo what was done, in reverse.
 */
import type { ContextId } from '../contracts/contract.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { boundDevice, dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice } from '../kernel/dmabuf/world.ts';
import { callByName } from '../kernel/modelling.ts';
import { checkMapped, checkReturned } from '../kernel/pagemap/mappings.ts';
import { makeDevicePrivatePage, makePagemap } from '../kernel/pagemap/world.ts';
import { isUnknown, type MachineServices, type Scalar } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { CallerWorld, within } from './contexts.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import { rangeScenarios } from './rangeScenarios.ts';
import {
  addressOf,
  callOp,
  inWorld,
  isErrorPointer,
  type OpResult,
  type Scenario,
  type ScenarioSteps,
} from './scenario.ts';
import { deviceUses, endOfLife, endOfOp } from './settle.ts';

const PAGE_SIZE = 4096;
const PAGES = 2;
const DMA_BIDIRECTIONAL = 0;

/** The hardware of these scenarios unless asked otherwise: the owner of the memory and the device that maps it, which can reach each other. */
export const PAGEMAP_TOPOLOGY = 'two-gpus-p2p-cpu';

interface World {
  readonly machine: MachineServices;
  readonly caller: CallerWorld;
  readonly pagemap: number;
  /** `struct device` that does the DMA. */
  readonly mapper: number;
  /** Device-private pages of the pagemap, in order. */
  readonly pages: readonly number[];
}

function makeWorld(machine: MachineServices, table: OpsTable): World {
  const [first, second] = dmaRun(machine).world.topology.devices;
  const mapper = makeDevice(machine, first?.name);
  const owner = second ? makeDevice(machine, second.name) : mapper;
  const pagemap = makePagemap(machine, {
    ops: machine.addressOf(table.symbol.name) ?? 0,
    device: owner,
    driver: pagemapDriver(table),
  });
  const pages = Array.from({ length: PAGES }, () => makeDevicePrivatePage(machine, pagemap, 0).page);
  return { machine, caller: new CallerWorld(machine), pagemap: pagemap.dpagemap, mapper: mapper.dev, pages };
}

/** Scenarios that this table's ops allow. */
export function pagemapScenarios(table: OpsTable, topology: string = PAGEMAP_TOPOLOGY): Scenario[] {
  const op = (member: string): Op | undefined => table.ops.find((candidate) => candidate.member === member);
  const scenarios: Scenario[] = [];
  const add = (
    name: string,
    title: string,
    ops: readonly (Op | undefined)[],
    steps: (w: World) => ScenarioSteps<void>,
  ): void => {
    const present = ops.filter((candidate) => candidate !== undefined);
    scenarios.push({
      name,
      title,
      table: table.symbol.name,
      ops: present,
      functions: present.map((each) => each.function),
      topology,
      ...inWorld((machine) => {
        const w = makeWorld(machine, table);
        return () => steps(w);
      }),
    });
  };

  const alloc = op('device_iova_alloc');
  if (alloc) {
    const life = [
      alloc,
      op('device_iova_free'),
      op('device_iova_link'),
      op('device_iova_sync'),
      op('device_iova_unlink'),
    ];
    for (const unlinkIn of ['C2', 'C6'] as const) {
      add(
        `iova-life.${unlinkIn}`,
        `allocate, link, sync, use, unlink in ${unlinkIn === 'C2' ? 'a notifier' : 'teardown'}, free`,
        life,
        (w) => {
          const steps = iovaLife(w, alloc, op, unlinkIn);
          return op('device_iova_free') ? endOfLife(w.machine, steps) : steps;
        },
      );
    }
  }
  for (const [map, unmap] of [
    ['device_map', 'device_unmap'],
    ['map_dma', 'unmap_dma'],
  ] as const) {
    const mapOp = op(map);
    const unmapOp = op(unmap);
    if (!mapOp) {
      if (unmapOp)
        add(`${unmap}.C2`, `${unmap} of an address mapped elsewhere`, [unmapOp], (w) => unmapAlone(w, unmapOp));
      continue;
    }
    for (const unmapIn of ['C2', 'C6'] as const) {
      add(
        `${map}-life.${unmapIn}`,
        `map pages, use, unmap in ${unmapIn === 'C2' ? 'a notifier' : 'teardown'}`,
        [mapOp, unmapOp],
        (w) => {
          const steps = mapLife(w, mapOp, unmapOp, unmapIn, alloc, op('device_iova_free'));
          return unmapOp ? endOfLife(w.machine, steps) : steps;
        },
      );
    }
  }
  scenarios.push(...rangeScenarios(table, topology));
  const destroy = op('destroy');
  if (destroy) {
    for (const context of ['C7', 'C7a', 'process'] as const) {
      add(
        `destroy.${context}`,
        `last reference dropped in ${context === 'C7' ? 'reclaim' : context === 'C7a' ? 'an interrupt' : 'process context'}`,
        [destroy],
        (w) => destroyLife(w, destroy, context),
      );
    }
  }
  return scenarios;
}

function* iovaLife(
  w: World,
  alloc: Op,
  op: (member: string) => Op | undefined,
  unlinkIn: ContextId,
): ScenarioSteps<void> {
  const { machine } = w;
  const length = PAGES * PAGE_SIZE;
  const link = op('device_iova_link');
  const sync = op('device_iova_sync');
  const unlink = op('device_iova_unlink');
  const free = op('device_iova_free');
  const cookie = (yield* call(w, 'C1u', alloc, [w.pagemap, w.mapper, length, DMA_BIDIRECTIONAL])).value;
  if (!(yield* usable(machine, cookie))) return;
  let linked = 0;
  let failed = false;
  const used: Scalar[] = [];
  if (link) {
    const page = (i: number): readonly Scalar[] => [
      w.pagemap,
      w.mapper,
      w.pages[i] ?? 0,
      PAGE_SIZE,
      i * PAGE_SIZE,
      cookie,
      DMA_BIDIRECTIONAL,
    ];
    yield* within(machine, 'C1', w.caller, function* () {
      for (let i = 0; i < PAGES && !failed; i++) {
        const result = yield* callOp(machine, link, 'C1', page(i));
        endOfOp(machine, [cookie]);
        failed = result.failed;
        if (!failed) {
          checkLink(w, link, result.value);
          linked += PAGE_SIZE;
          used.push(addressOf(machine, link.function.type.result, result.value));
        }
      }
      if (!failed && sync) {
        const result = yield* callOp(machine, sync, 'C1', [w.pagemap, w.mapper, linked, cookie]);
        endOfOp(machine, [cookie]);
        failed = result.failed;
      }
      if (failed && linked > 0 && unlink) {
        yield* callOp(machine, unlink, 'C1', [w.pagemap, w.mapper, linked, cookie, DMA_BIDIRECTIONAL]);
        endOfOp(machine, [cookie]);
      }
    });
    if (!failed) {
      // Where the table is not shown, what else is in it is not known.
      if (sync || !link.table.symbol.isExtern) deviceUses(machine, w.mapper, used, PAGE_SIZE);
      if (unlink) yield* call(w, unlinkIn, unlink, [w.pagemap, w.mapper, linked, cookie, DMA_BIDIRECTIONAL], [cookie]);
    }
  }
  if (free) yield* call(w, 'C1u', free, [w.pagemap, w.mapper, length, cookie]);
}

/**
 * NULL: not needed, the core maps page by page. ERR_PTR: the core gives up. An answer that is open is asked about in C, where what the op
 * itself found out about it counts: `ERR_PTR(PTR_ERR(window))` of an unseen function's error is one.
 */
function* usable(machine: MachineServices, cookie: Scalar): ScenarioSteps<boolean> {
  if (!isUnknown(cookie)) return cookie !== 0 && !isErrorPointer(cookie);
  return machine.truth(yield* callByName(machine, 'interlock_usable_cookie', [cookie], 'the core looks at it'), null);
}

/** The core takes what was linked by the struct that `device_iova_link` returned. */
function checkLink({ machine, pagemap, mapper }: World, link: Op, value: Scalar): void {
  const type = link.function.type.result;
  if (type.kind !== 'struct' || type.tag !== 'drm_pagemap_addr' || typeof value !== 'number') return;
  checkReturned(machine, { pagemap, device: mapper, at: value, order: 0n, direction: BigInt(DMA_BIDIRECTIONAL) });
}

/**
 * Where a fabric translates, the core maps page by page only when no IOVA was to be had (proposal of the `device_iova_*` members, 08/11).
 * Elsewhere drivers are called both ways.
 */
function* mapsByPage(w: World, alloc: Op | undefined, free: Op | undefined): ScenarioSteps<boolean> {
  const { machine } = w;
  const fabric = dmaRun(machine).fabrics.fabricOf(boundDevice(machine, w.mapper));
  if (alloc === undefined || fabric?.mode !== 'virtual') return true;
  const length = PAGES * PAGE_SIZE;
  const cookie = (yield* call(w, 'C1u', alloc, [w.pagemap, w.mapper, length, DMA_BIDIRECTIONAL])).value;
  if (!(yield* usable(machine, cookie))) return machine.concrete(cookie) === 0;
  if (free) yield* call(w, 'C1u', free, [w.pagemap, w.mapper, length, cookie]);
  return false;
}

function* mapLife(
  w: World,
  map: Op,
  unmap: Op | undefined,
  unmapIn: ContextId,
  alloc: Op | undefined,
  free: Op | undefined,
): ScenarioSteps<void> {
  const { machine } = w;
  if (!(yield* mapsByPage(w, alloc, free))) return;
  const mapped: Scalar[] = [];
  yield* within(machine, 'C1', w.caller, function* () {
    for (const page of w.pages) {
      const result = yield* callOp(machine, map, 'C1', [w.pagemap, w.mapper, page, 0, DMA_BIDIRECTIONAL]);
      endOfOp(machine, [result.value]);
      if (result.failed) break;
      const type = map.function.type.result;
      if (type.kind === 'struct' && type.tag === 'drm_pagemap_addr' && typeof result.value === 'number')
        checkMapped(machine, {
          pagemap: w.pagemap,
          device: w.mapper,
          at: result.value,
          order: 0n,
          direction: BigInt(DMA_BIDIRECTIONAL),
        });
      mapped.push(result.value);
    }
  });
  deviceUses(
    machine,
    w.mapper,
    mapped.map((value) => addressOf(machine, map.function.type.result, value)),
    PAGE_SIZE,
  );
  if (!unmap) return;
  yield* within(machine, unmapIn, w.caller, function* () {
    for (const address of mapped) {
      yield* callOp(machine, unmap, unmapIn, [w.pagemap, w.mapper, address]);
      endOfOp(machine, []);
    }
  });
}

function* unmapAlone(w: World, unmap: Op): ScenarioSteps<void> {
  const type = unmap.function.type.parameters[2];
  yield* call(w, 'C2', unmap, [w.pagemap, w.mapper, type ? argumentOf(w.machine, type, 'addr') : 0]);
}

function* destroyLife(w: World, destroy: Op, context: ContextId): ScenarioSteps<void> {
  yield* call(w, context, destroy, [w.pagemap, context === 'process' ? 0 : 1]);
}

/** One op in one context of its own. */
function* call(
  w: World,
  context: ContextId,
  op: Op,
  args: readonly Scalar[],
  roots: readonly Scalar[] = [],
): ScenarioSteps<OpResult> {
  return yield* within(w.machine, context, w.caller, function* () {
    const result = yield* callOp(w.machine, op, context, args);
    endOfOp(w.machine, [...roots, result.value]);
    return result;
  });
}
