/**
 * The core's migration functions as the document defines them, end to end: a process's pages go to device memory, and come back in a CPU
 * fault, in an eviction, or are given up. Responsible for the worlds and the order of calls; how each function works is the document's.
 */
import type { ContextId } from '../contracts/contract.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { callByName } from '../kernel/modelling.ts';
import { holdFirstPage, processPage } from '../kernel/pagemap/addressSpace.ts';
import { dropPages, makeFault, pagesInWords } from '../kernel/pagemap/coreWorld.ts';
import { plainObject, setCounter, setFields } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { within } from './contexts.ts';
import { type CoreArguments, type CoreFunction, type CoreTable, callCore } from './coreCalls.ts';
import {
  type After,
  MIGRATION_VARIANTS,
  type MigrationVariant,
  type MigrationWorld,
  makeMigrationWorld,
} from './migrationWorld.ts';
import { PAGE_SIZE, PAGES, START } from './processMemory.ts';
import { inWorld, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';

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

/** Scenarios for a document that defines any of these functions; none otherwise. */
export function migrationScenarios(core: CoreTable, tables: readonly OpsTable[], topology: string): Scenario[] {
  if (!core.has(TO_DEVICE, EVICT, FAULT, FAULT_INNER, POPULATE)) return [];
  const drivers: readonly (OpsTable | null)[] = [null, ...tables.filter(isWhole)];
  const scenarios: Scenario[] = drivers.flatMap((driver) =>
    MIGRATION_VARIANTS.filter((variant) => driver === null || variant.driver === undefined)
      .filter((variant) => reachesOwn(core, variant.after))
      .map((variant) => ({
        name: driver === null ? variant.name : `${variant.name}.${driver.symbol.name}`,
        title: driver === null ? variant.title : `${variant.title}, driven by ${driver.symbol.name}`,
        table: core.table.symbol.name,
        ops: driver === null ? core.ops : [...core.ops, ...driver.ops],
        functions: core.ops.map((op) => op.function),
        topology,
        ...(variant.pairs === true ? {} : { maxDeviations: 1 }),
        ...inWorld((machine) => migrationLife(machine, core, variant, driver, tables)),
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

/** A driver's table with all that migration asks for. */
export function isWhole(table: OpsTable): boolean {
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  return (
    table.struct === 'drm_pagemap_devmem_ops' &&
    ['populate_devmem_pfn', 'copy_to_devmem', 'copy_to_ram'].every((member) => has(member))
  );
}

function* call(
  w: MigrationWorld,
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

/** One way, with the driver's table or the one that stands in for it. */
export function migrationLife(
  machine: MachineServices,
  core: CoreTable,
  variant: MigrationVariant,
  driver: OpsTable | null,
  tables: readonly OpsTable[],
): () => ScenarioSteps<void> {
  const w = makeMigrationWorld(machine, core, variant, driver, tables);
  return () => life(w, variant, driver);
}

function* life(w: MigrationWorld, variant: MigrationVariant, driver: OpsTable | null): ScenarioSteps<void> {
  const { machine, core } = w;
  if (core.has(INIT) && !(yield* initialised(w))) return;
  const details = plainObject(machine, 'struct drm_pagemap_migrate_details', 'how to migrate', 'zero');
  setFields(machine, details, 'struct drm_pagemap_migrate_details', variant.details ?? {});
  const result = yield* call(w, TO_DEVICE, "C3'", {
    values: { timeslice_ms: variant.details?.['timeslice_ms'] ?? 0 },
    objects: { drm_pagemap_migrate_details: details },
  });
  endOfOp(machine, [w.devmem]);
  if (result === null || !machine.equals(result, 0, null)) return;
  if (variant.held === true) holdFirstPage(machine);
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
function handlerOf({ machine, pagemap }: MigrationWorld): Scalar {
  const ops = machine.readField(pagemap.pagemap, 'struct dev_pagemap', 'ops');
  if (machine.concrete(ops) === null || machine.equals(ops, 0, null)) return 0;
  return machine.readField(ops, 'struct dev_pagemap_ops', 'migrate_to_ram');
}

/** The document's own initialisation of the pagemap, in place of what the world wrote. */
function* initialised(w: MigrationWorld): ScenarioSteps<boolean> {
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
function* fault(w: MigrationWorld): ScenarioSteps<void> {
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
  const w = makeMigrationWorld(machine, core, { name: '', title: '', before: 'system', after: 'stay' }, null, tables);
  const exits = machine.choose('process', 'is the process about to exit?', ['no', 'yes'], null) === 1;
  if (exits) setCounter(machine, w.process.mm, 'struct mm_struct', 'mm_users', 0);
  yield* call(w, POPULATE, 'process', {});
  endOfOp(machine, [w.devmem]);
}
