/**
 * The core's migration functions as the document defines them, end to end: a process's pages go to device memory, and come back in a CPU
 * fault, in an eviction, or are given up. Responsible for the worlds and the order of calls; how each function works is the document's.
 */
import type { ContextId } from '../contracts/contract.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice, type WorldDevice } from '../kernel/dmabuf/world.ts';
import { callByName } from '../kernel/modelling.ts';
import { processPage } from '../kernel/pagemap/addressSpace.ts';
import {
  dropPages,
  makeDevmem,
  makeFault,
  makeProcess,
  pagesInWords,
  populateDevice,
  populateSystem,
  type WorldProcess,
} from '../kernel/pagemap/coreWorld.ts';
import { makePagemap, type WorldPagemap } from '../kernel/pagemap/world.ts';
import { plainObject, setCounter, setFields } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { CallerWorld, within } from './contexts.ts';
import { type CoreArguments, type CoreFunction, type CoreTable, callCore } from './coreCalls.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import type { Scenario, ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';

const START = 0x7f0000000000;
const PAGES = 4;
const PAGE_SIZE = 4096;
const FILE = 'drivers/gpu/drm/drm_pagemap.c';

const TO_DEVICE = 'drm_pagemap_migrate_to_devmem';
const EVICT = 'drm_pagemap_evict_to_ram';
const FAULT = 'drm_pagemap_migrate_to_ram';
const FAULT_INNER = '__drm_pagemap_migrate_to_ram';
const INIT = 'drm_pagemap_init';
const POPULATE = 'drm_pagemap_populate_mm';

/** What this file can drive. */
export const MIGRATION_FUNCTIONS: readonly CoreFunction[] = [
  { name: TO_DEVICE, contexts: ["C3'"], result: 'errno', file: FILE },
  { name: EVICT, contexts: ['C5'], result: 'errno', file: FILE },
  { name: FAULT, contexts: ['C4'], result: 'unknown', file: FILE },
  { name: FAULT_INNER, contexts: ['C4'], result: 'errno', file: FILE },
  { name: INIT, contexts: ['process'], result: 'errno', file: FILE },
  { name: POPULATE, contexts: ['process'], result: 'errno', file: FILE },
];

/** What lies in the process's area before the migration. */
type Before = 'system' | 'unpopulated' | 'part' | 'peer' | 'own' | 'own-part' | 'no-area' | 'short-area' | 'file-area';

/** How the pages leave the device again. */
type After = 'fault' | 'evict' | 'unmap' | 'stay';

interface Variant {
  readonly name: string;
  readonly title: string;
  readonly before: Before;
  readonly after: After;
  readonly details?: Readonly<Record<string, number>>;
  readonly driver?: 'without-copy';
  /** The process is about to exit: nobody may look at its memory any more. */
  readonly exiting?: boolean;
  /** Two things may go wrong in one run, not one: for the ways that everybody takes. */
  readonly pairs?: boolean;
}

const VARIANTS: readonly Variant[] = [
  {
    name: 'migrate.fault',
    title: 'pages go to the device and come back in a CPU fault',
    before: 'system',
    after: 'fault',
    pairs: true,
  },
  {
    name: 'migrate.evict',
    title: 'pages go to the device and are evicted',
    before: 'system',
    after: 'evict',
    pairs: true,
  },
  {
    name: 'migrate.unmap',
    title: 'pages go to the device and the process unmaps them',
    before: 'system',
    after: 'unmap',
  },
  {
    name: 'migrate.timeslice',
    title: 'a CPU fault before the time that the device was promised is over',
    before: 'system',
    after: 'fault',
    details: { timeslice_ms: 5 },
  },
  { name: 'migrate.unpopulated', title: 'no page is there yet', before: 'unpopulated', after: 'evict' },
  { name: 'migrate.part', title: 'only some pages are there', before: 'part', after: 'fault' },
  { name: 'migrate.peer', title: 'the device copies from another device’s memory', before: 'peer', after: 'unmap' },
  {
    name: 'migrate.peer-copies',
    title: 'another device copies from its own memory',
    before: 'peer',
    after: 'unmap',
    details: { source_peer_migrates: 1 },
  },
  { name: 'migrate.own', title: 'all pages are there already', before: 'own', after: 'stay' },
  { name: 'migrate.own-part', title: 'some pages are there already', before: 'own-part', after: 'stay' },
  {
    name: 'migrate.own-again',
    title: 'some pages are there already and may move again',
    before: 'own-part',
    after: 'stay',
    details: { can_migrate_same_pagemap: 1 },
  },
  { name: 'migrate.no-area', title: 'the process has no area there', before: 'no-area', after: 'stay' },
  { name: 'migrate.short-area', title: 'the area ends within the range', before: 'short-area', after: 'stay' },
  { name: 'migrate.file-area', title: 'the area is a file’s', before: 'file-area', after: 'stay' },
  {
    name: 'migrate.incomplete-driver',
    title: 'the driver lacks an op that migration needs',
    before: 'system',
    after: 'stay',
    driver: 'without-copy',
  },
  {
    name: 'migrate.exit',
    title: 'an eviction while the process exits',
    before: 'system',
    after: 'evict',
    exiting: true,
  },
];

/** Scenarios for a document that defines any of these functions; none otherwise. */
export function migrationScenarios(core: CoreTable, tables: readonly OpsTable[], topology: string): Scenario[] {
  if (!core.has(TO_DEVICE, EVICT, FAULT, FAULT_INNER, POPULATE)) return [];
  const drivers: readonly (OpsTable | null)[] = [null, ...tables.filter(isWhole)];
  const scenarios: Scenario[] = drivers.flatMap((driver) =>
    VARIANTS.filter((variant) => driver === null || variant.driver === undefined)
      .filter((variant) => reachesOwn(core, variant.after))
      .map((variant) => ({
        name: driver === null ? variant.name : `${variant.name}.${driver.symbol.name}`,
        title: driver === null ? variant.title : `${variant.title}, driven by ${driver.symbol.name}`,
        table: core.table.symbol.name,
        ops: driver === null ? core.ops : [...core.ops, ...driver.ops],
        functions: core.ops.map((op) => op.function),
        topology,
        ...(variant.pairs === true ? {} : { maxDeviations: 1 }),
        run: (machine: MachineServices) => life(machine, core, variant, driver, tables),
      })),
  );
  if (core.has(POPULATE))
    scenarios.push({
      name: 'populate',
      title: 'a driver is asked to bring a range into its memory',
      table: core.table.symbol.name,
      ops: core.ops,
      functions: core.ops.map((op) => op.function),
      topology,
      run: (machine) => populate(machine, core, tables),
    });
  return scenarios;
}

/** A document that changes only the way back is not driven through every way there. */
function reachesOwn(core: CoreTable, after: After): boolean {
  if (core.has(TO_DEVICE)) return true;
  if (after === 'evict') return core.has(EVICT);
  return after === 'fault' && core.has(FAULT, FAULT_INNER);
}

function isWhole(table: OpsTable): boolean {
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  return (
    table.struct === 'drm_pagemap_devmem_ops' &&
    ['populate_devmem_pfn', 'copy_to_devmem', 'copy_to_ram'].every((member) => has(member))
  );
}

interface World {
  readonly machine: MachineServices;
  readonly core: CoreTable;
  readonly caller: CallerWorld;
  readonly process: WorldProcess;
  readonly pagemap: WorldPagemap;
  readonly devmem: number;
}

function pagemapOf(
  machine: MachineServices,
  device: WorldDevice,
  tables: readonly OpsTable[],
  owner?: number,
): WorldPagemap {
  const table = tables.find((each) => each.struct === 'drm_pagemap_ops');
  return makePagemap(machine, {
    ops: machine.addressOf(table?.symbol.name ?? 'interlock_standin_pagemap_ops') ?? 0,
    device,
    driver: table === undefined ? 'other' : pagemapDriver(table),
    ...(owner === undefined ? {} : { owner }),
  });
}

function makeWorld(
  machine: MachineServices,
  core: CoreTable,
  variant: Variant,
  driver: OpsTable | null,
  tables: readonly OpsTable[],
): World {
  const [first, second] = dmaRun(machine).world.topology.devices;
  const device = makeDevice(machine, first?.name);
  const pagemap = pagemapOf(machine, device, tables);
  const short = variant.before === 'short-area';
  const process = makeProcess(
    machine,
    variant.before === 'no-area' ? START + 0x10000000 : START,
    short ? PAGES / 2 : PAGES,
  );
  const { mm } = process;
  const at = (index: number): number => START + index * PAGE_SIZE;
  const system = (count: number): void =>
    populateSystem(
      machine,
      process,
      Array.from({ length: count }, () => 0),
    );
  switch (variant.before) {
    case 'system':
    case 'short-area':
    case 'no-area':
      system(short ? PAGES / 2 : PAGES);
      break;
    case 'file-area':
      system(PAGES);
      setFields(machine, process.vma, 'struct vm_area_struct', {
        vm_ops: plainObject(machine, 'struct vm_operations_struct', 'the file’s vm_ops', 'zero'),
      });
      break;
    case 'unpopulated':
      populateSystem(machine, process, []);
      break;
    case 'part':
      system(PAGES - 1);
      break;
    case 'peer':
      system(PAGES / 2);
      populateDevice(
        machine,
        process,
        pagemapOf(machine, second ? makeDevice(machine, second.name) : device, tables, pagemap.owner),
        at(PAGES / 2),
        PAGES / 2,
      );
      break;
    case 'own':
      populateDevice(machine, process, pagemap, START, PAGES);
      break;
    case 'own-part':
      system(PAGES / 2);
      populateDevice(machine, process, pagemap, at(PAGES / 2), PAGES / 2);
      break;
  }
  const ops =
    driver === null
      ? variant.driver === 'without-copy'
        ? 'interlock_standin_devmem_ops_without_copy'
        : 'interlock_standin_devmem_ops'
      : driver.symbol.name;
  const devmem = makeDevmem(machine, pagemap, process, PAGES, machine.addressOf(ops) ?? 0);
  const caller = new CallerWorld(machine);
  caller.useProcess(mm);
  return { machine, core, caller, process, pagemap, devmem };
}

function* call(
  w: World,
  name: string,
  context: ContextId,
  given: Partial<CoreArguments>,
): ScenarioSteps<Scalar | null> {
  const { machine, process } = w;
  return yield* within(machine, context, w.caller, function* () {
    const result = yield* callCore(machine, w.core, name, context, {
      values: {
        start: START,
        end: START + PAGES * PAGE_SIZE,
        timeslice_ms: 0,
        pgmap_owner: w.pagemap.owner,
        ...given.values,
      },
      objects: {
        drm_pagemap_devmem: w.devmem,
        drm_pagemap: w.pagemap.dpagemap,
        mm_struct: process.mm,
        vm_area_struct: process.vma,
        ...given.objects,
      },
    });
    machine.emit({ kind: 'note', message: pagesInWords(machine, process) });
    return result?.value ?? null;
  });
}

function* life(
  machine: MachineServices,
  core: CoreTable,
  variant: Variant,
  driver: OpsTable | null,
  tables: readonly OpsTable[],
): ScenarioSteps<void> {
  const w = makeWorld(machine, core, variant, driver, tables);
  if (core.has(INIT) && !(yield* initialised(w))) return;
  const details = plainObject(machine, 'struct drm_pagemap_migrate_details', 'how to migrate', 'zero');
  setFields(machine, details, 'struct drm_pagemap_migrate_details', variant.details ?? {});
  const result = yield* call(w, TO_DEVICE, "C3'", {
    values: { timeslice_ms: variant.details?.['timeslice_ms'] ?? 0 },
    objects: { drm_pagemap_migrate_details: details },
  });
  endOfOp(machine, [w.devmem]);
  if (result === null || !machine.equals(result, 0, null)) return;
  if (variant.exiting === true) setCounter(machine, w.process.mm, 'struct mm_struct', 'mm_users', 0);
  switch (variant.after) {
    case 'fault':
      yield* fault(w);
      break;
    case 'evict':
      // Who evicts holds the allocation: without a driver, the stand-in's.
      if (driver === null)
        yield* callByName(machine, 'interlock_standin_hold', [w.devmem], 'the memory is to be evicted');
      yield* call(w, EVICT, 'C5', {});
      if (driver === null) yield* callByName(machine, 'interlock_standin_let_go', [w.devmem], 'the eviction is over');
      break;
    case 'unmap':
      yield* dropPages(machine, w.process);
      break;
    case 'stay':
      break;
  }
  endOfOp(machine, [w.devmem]);
}

/** What the pagemap's own table has for a fault, by whatever name; 0 when it has nothing. */
function handlerOf({ machine, pagemap }: World): Scalar {
  const ops = machine.readField(pagemap.pagemap, 'struct dev_pagemap', 'ops');
  if (machine.concrete(ops) === null || machine.equals(ops, 0, null)) return 0;
  return machine.readField(ops, 'struct dev_pagemap_ops', 'migrate_to_ram');
}

/** The document's own initialisation of the pagemap, in place of what the world wrote. */
function* initialised(w: World): ScenarioSteps<boolean> {
  const { machine, pagemap } = w;
  const result = yield* call(w, INIT, 'process', {
    objects: {
      dev_pagemap: pagemap.pagemap,
      drm_device: pagemap.drm,
      drm_pagemap_ops: machine.readField(pagemap.dpagemap, 'struct drm_pagemap', 'ops'),
    },
  });
  return result !== null && machine.equals(result, 0, null);
}

/** As `do_swap_page` does: the page is held and locked around the call. */
function* fault(w: World): ScenarioSteps<void> {
  const { machine, process } = w;
  const address = START + PAGE_SIZE;
  const page = processPage(machine, process.mm, BigInt(address));
  if (page === null || page.owner === null) return;
  const struct = yield* callByName(machine, 'pfn_to_page', [Number(page.pfn)], 'a CPU fault');
  yield* callByName(machine, 'get_page', [struct], 'a CPU fault');
  yield* callByName(machine, 'lock_page', [struct], 'a CPU fault');
  const given = makeFault(machine, process, address, Number(struct));
  const handler = w.core.op(FAULT) === null ? handlerOf(w) : 0;
  if (handler !== 0)
    yield* within(machine, 'C4', w.caller, function* () {
      yield { kind: 'call', target: handler, args: [given], why: 'a CPU fault on a device page' };
      machine.emit({ kind: 'note', message: pagesInWords(machine, process) });
    });
  else
    yield* call(w, w.core.op(FAULT) === null ? FAULT_INNER : FAULT, 'C4', {
      values: { fault_addr: address, size: PAGES * PAGE_SIZE },
      objects: { vm_fault: given, page: Number(struct) },
    });
  yield* callByName(machine, 'unlock_page', [struct], 'the CPU fault ends');
  yield* callByName(machine, 'put_page', [struct], 'the CPU fault ends');
}

function* populate(machine: MachineServices, core: CoreTable, tables: readonly OpsTable[]): ScenarioSteps<void> {
  const w = makeWorld(machine, core, { name: '', title: '', before: 'system', after: 'stay' }, null, tables);
  const exits = machine.choose('process', 'is the process about to exit?', ['no', 'yes'], null) === 1;
  if (exits) setCounter(machine, w.process.mm, 'struct mm_struct', 'mm_users', 0);
  yield* call(w, POPULATE, 'process', {});
  endOfOp(machine, [w.devmem]);
}
