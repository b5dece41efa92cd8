/**
 * A range of a process that one task maps for the device while another takes its pages elsewhere: an eviction, a CPU fault, a migration to
 * the device, an munmap; and the last reference to a pagemap, dropped while a process still maps. The bundled core calls a driver's table
 * in both tasks, with the locks that it holds there, so what its locks keep apart is kept apart.
 */
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice } from '../kernel/dmabuf/world.ts';
import { callByName } from '../kernel/modelling.ts';
import { processPage } from '../kernel/pagemap/addressSpace.ts';
import { makeDevmem, makeFault, makeProcess } from '../kernel/pagemap/coreWorld.ts';
import { attachRange, makePagemap, type WorldPagemap } from '../kernel/pagemap/world.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { CallerWorld, within } from './contexts.ts';
import { CoreTable } from './coreCalls.ts';
import { calledByCore } from './driverLives.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import { PAGEMAP_TOPOLOGY } from './pagemapLife.ts';
import { fillMemory, PAGE_SIZE, PAGES, START } from './processMemory.ts';
import { canMap } from './rangeScenarios.ts';
import type { Scenario, ScenarioSteps } from './scenario.ts';
import { makeSvmWorld, type SvmVariant, type SvmWorld } from './svmWorld.ts';
import { type Actor, together } from './together.ts';

interface Other {
  readonly name: string;
  readonly title: string;
  readonly memory: SvmVariant['memory'];
  /** What the second task does; its name reads after "task 2,". */
  readonly actor: string;
  readonly act: (w: SvmWorld) => ScenarioSteps<void>;
}

const OTHERS: readonly Other[] = [
  { name: 'eviction', title: 'its device memory is evicted', memory: 'own', actor: 'an eviction', act: evicts },
  { name: 'fault', title: 'the CPU touches a page of it', memory: 'own', actor: 'a CPU fault', act: faults },
  { name: 'munmap', title: 'the process unmaps it', memory: 'own', actor: 'an munmap', act: unmaps },
  {
    name: 'migration',
    title: 'its pages move to the device',
    memory: 'system',
    actor: 'a migration to the device',
    act: migrates,
  },
  {
    name: 'peer-migration',
    title: 'pages of another process move to another device',
    memory: 'own',
    actor: 'a migration to another device',
    act: migratesAway,
  },
  {
    name: 'put',
    title: 'somebody drops a reference to the pagemap, and the last one to another',
    memory: 'own',
    actor: 'a last user',
    act: puts,
  },
];

/** Scenarios for a table that GPU SVM calls. */
export function concurrentMigrations(table: OpsTable, topology: string = PAGEMAP_TOPOLOGY): Scenario[] {
  if (table.symbol.isExtern) return [];
  const wanted =
    table.struct === 'drm_pagemap_ops' ? canMap(table) : table.ops.some((op) => op.member === 'invalidate');
  if (!wanted) return [];
  return OTHERS.map((other) => ({
    name: `concurrent.${other.name}`,
    title: `a process maps a range while ${other.title}`,
    table: table.symbol.name,
    ops: calledByCore(table),
    functions: calledByCore(table).map((op) => op.function),
    topology,
    concurrent: true,
    run: (machine) => run(machine, table, other),
  }));
}

function* run(machine: MachineServices, table: OpsTable, other: Other): ScenarioSteps<void> {
  const core = new CoreTable(machine.program, []);
  const variant: SvmVariant = { name: '', title: '', memory: other.memory, end: 'unmap' };
  const w = makeSvmWorld(machine, core, variant, [table]);
  attachRange(machine, w.svm, w.drm);
  const interval = machine.fieldAddress(w.svm.notifier, 'struct drm_gpusvm_notifier', 'notifier');
  const ops = machine.addressOf('__drm_gpusvm_notifier_ops') ?? 0;
  const watched = [interval?.address ?? 0, w.process.mm, START, PAGES * PAGE_SIZE, ops];
  yield* callByName(machine, 'mmu_interval_notifier_insert', watched, 'the range is watched');
  if (other.name === 'put')
    yield* callByName(machine, 'drm_pagemap_get', [w.pagemap.dpagemap], 'somebody else uses the pagemap');
  const spare = other.name === 'put' ? sparePagemap(machine, table) : null;
  const second: Actor = {
    name: other.actor,
    *script() {
      yield* other.act(w);
      if (spare !== null) yield* put(w, spare, 'the last reference to another pagemap is dropped');
    },
  };
  yield* together(machine, [mapper(w, other), second]);
}

/** Gets the pages of the range, and gives them up again. */
function mapper(w: SvmWorld, other: Other): Actor {
  const { machine, svm } = w;
  const range = [svm.gpusvm, svm.range];
  return {
    name: 'a process that maps the range',
    *script() {
      const got = yield* within(machine, 'C1u', w.caller, () =>
        callByName(machine, 'drm_gpusvm_range_get_pages', [...range, w.context], 'the device faults'),
      );
      if (machine.equals(got, 0, null))
        yield* within(machine, 'C1u', w.caller, () =>
          callByName(machine, 'drm_gpusvm_range_unmap_pages', [...range, w.context], 'the range is given up'),
        );
      if (other.name === 'put')
        yield* callByName(machine, 'drm_pagemap_put', [w.pagemap.dpagemap], 'the process is done with the pagemap');
    },
  };
}

/** The first page of the range, if it lies in device memory now. */
function devicePage(w: SvmWorld): number | null {
  const { machine, process, pagemap } = w;
  const page = processPage(machine, process.mm, BigInt(START));
  if (page === null || page.owner === null) return null;
  const bytes = machine.program.type('struct page');
  const size = bytes?.kind === 'struct' ? bytes.size : 0;
  return pagemap.pages.pages + (Number(page.pfn) - pagemap.pages.firstPfn) * size;
}

function* evicts(w: SvmWorld): ScenarioSteps<void> {
  const page = devicePage(w);
  if (page === null) return;
  const { machine } = w;
  const zdd = machine.readField(page, 'struct page', 'zone_device_data');
  const devmem = machine.readField(zdd, 'struct drm_pagemap_zdd', 'devmem_allocation');
  yield* callByName(machine, 'interlock_standin_hold', [devmem], 'the memory is to be evicted');
  yield* within(machine, 'C5', w.caller, () =>
    callByName(machine, 'drm_pagemap_evict_to_ram', [devmem], 'the memory is evicted'),
  );
  yield* callByName(machine, 'interlock_standin_let_go', [devmem], 'the eviction is over');
}

function* faults(w: SvmWorld): ScenarioSteps<void> {
  const page = devicePage(w);
  if (page === null) return;
  const { machine, process } = w;
  const ops = machine.readField(w.pagemap.pagemap, 'struct dev_pagemap', 'ops');
  const handler = machine.readField(ops, 'struct dev_pagemap_ops', 'migrate_to_ram');
  const given = makeFault(machine, process, START, page);
  const zdd = machine.readField(page, 'struct page', 'zone_device_data');
  const devmem = machine.readField(zdd, 'struct drm_pagemap_zdd', 'devmem_allocation');
  yield* callByName(machine, 'interlock_standin_hold', [devmem], 'a CPU fault');
  yield* callByName(machine, 'get_page', [page], 'a CPU fault');
  yield* callByName(machine, 'lock_page', [page], 'a CPU fault');
  yield* within(machine, 'C4', w.caller, function* (): ScenarioSteps<Scalar> {
    return yield { kind: 'call', target: handler, args: [given], why: 'a CPU fault on a device page' };
  });
  yield* callByName(machine, 'unlock_page', [page], 'the CPU fault ends');
  yield* callByName(machine, 'put_page', [page], 'the CPU fault ends');
  yield* callByName(machine, 'interlock_standin_let_go', [devmem], 'the CPU fault ends');
}

function* unmaps(w: SvmWorld): ScenarioSteps<void> {
  const { machine, process } = w;
  const range = plainObject(machine, 'struct mmu_notifier_range', 'what changes', 'zero');
  setFields(machine, range, 'struct mmu_notifier_range', {
    mm: process.mm,
    start: START,
    end: START + PAGES * PAGE_SIZE,
    event: 0,
  });
  yield* within(machine, 'mmap', w.caller, function* () {
    yield* callByName(machine, 'mmu_notifier_invalidate_range_start', [range], 'munmap');
    yield* callByName(machine, 'mmu_notifier_invalidate_range_end', [range], 'munmap');
  });
}

function* migrates(w: SvmWorld): ScenarioSteps<void> {
  const { machine, process, pagemap } = w;
  const ops = machine.addressOf('interlock_standin_devmem_ops') ?? 0;
  const devmem = makeDevmem(machine, pagemap, process, PAGES, ops);
  const args = [devmem, process.mm, START, START + PAGES * PAGE_SIZE, 0, 0, 0];
  yield* within(machine, "C3'", w.caller, () =>
    callByName(machine, 'drm_pagemap_migrate_to_devmem', args, 'the pages move to the device'),
  );
}

/** The other device maps the pages to copy them: with mmap_lock held, and without the notifier lock that keeps processes apart. */
function* migratesAway(w: SvmWorld): ScenarioSteps<void> {
  const { machine, pagemap } = w;
  const second = dmaRun(machine).world.topology.devices[1];
  if (second === undefined) return;
  const other = makePagemap(machine, {
    ops: machine.addressOf('interlock_standin_pagemap_ops') ?? 0,
    device: makeDevice(machine, second.name),
    owner: pagemap.owner,
  });
  // Of another process: pages on their way are mapped by nobody else, what the driver keeps for all of them is.
  const process = makeProcess(machine, START, PAGES);
  fillMemory(machine, process, [{ own: PAGES }], pagemap, () => pagemap);
  const caller = new CallerWorld(machine);
  caller.useProcess(process.mm);
  const devmem = makeDevmem(machine, other, process, PAGES, machine.addressOf('interlock_standin_devmem_ops') ?? 0);
  const details = plainObject(machine, 'struct drm_pagemap_migrate_details', 'how to migrate', 'zero');
  const args = [devmem, process.mm, START, START + PAGES * PAGE_SIZE, details];
  yield* within(machine, "C3'", caller, () =>
    callByName(machine, 'drm_pagemap_migrate_to_devmem', args, 'the pages move to another device'),
  );
}

function* puts(w: SvmWorld): ScenarioSteps<void> {
  yield* put(w, w.pagemap, 'a reference is dropped');
}

function* put({ machine, caller }: SvmWorld, { dpagemap }: WorldPagemap, why: string): ScenarioSteps<void> {
  yield* within(machine, 'C7a', caller, () => callByName(machine, 'drm_pagemap_put', [dpagemap], why));
}

/** Another pagemap of the same driver, which nobody maps: the pagemap in use outlives its users. Null: the driver learns of no end. */
function sparePagemap(machine: MachineServices, table: OpsTable): WorldPagemap | null {
  const device = dmaRun(machine).world.topology.devices[1];
  if (device === undefined || !table.ops.some((op) => op.member === 'destroy')) return null;
  const ops = machine.addressOf(table.symbol.name) ?? 0;
  return makePagemap(machine, { ops, device: makeDevice(machine, device.name), driver: pagemapDriver(table) });
}
