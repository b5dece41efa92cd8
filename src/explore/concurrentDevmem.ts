/**
 * A driver's device memory in two tasks: pages of one allocation come back in a CPU fault while another allocation of the same driver is
 * evicted, faulted on, unmapped by its process, or filled. No lock of the core keeps these apart, so what the driver keeps for all of its
 * allocations is the driver's to guard. The core that calls the driver is the bundled one.
 */
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice } from '../kernel/dmabuf/world.ts';
import { callByName } from '../kernel/modelling.ts';
import { processPage } from '../kernel/pagemap/addressSpace.ts';
import { dropPages, makeDevmem, makeFault, makeProcess, type WorldProcess } from '../kernel/pagemap/coreWorld.ts';
import { makePagemap, type WorldPagemap } from '../kernel/pagemap/world.ts';
import { plainObject } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { CallerWorld, within } from './contexts.ts';
import { calledByCore } from './driverLives.ts';
import { isWhole } from './migrationLife.ts';
import { PAGEMAP_TOPOLOGY } from './pagemapLife.ts';
import { fillMemory, PAGE_SIZE, START, singles } from './processMemory.ts';
import type { Scenario, ScenarioSteps } from './scenario.ts';
import { together } from './together.ts';

/** Of each allocation: what the driver keeps for all of them shows with two as well as with many. */
const PAGES = 2;

/** A process and the allocation that its pages are in, or are to go to. */
interface Holder {
  readonly machine: MachineServices;
  readonly process: WorldProcess;
  readonly pagemap: WorldPagemap;
  readonly caller: CallerWorld;
  readonly devmem: number;
}

interface Other {
  readonly name: string;
  readonly title: string;
  readonly actor: string;
  /** Its pages are on the device before it begins. */
  readonly moved: boolean;
  /** The last page that goes is the last reference to the allocation. */
  readonly freed: boolean;
  readonly act: (holder: Holder) => ScenarioSteps<void>;
}

const OTHERS: readonly Other[] = [
  {
    name: 'devmem-eviction',
    title: 'another allocation is evicted',
    actor: 'an eviction of another allocation',
    moved: true,
    freed: false,
    act: evicts,
  },
  {
    name: 'devmem-fault',
    title: 'the CPU touches a page of another allocation',
    actor: 'a CPU fault in another process',
    moved: true,
    freed: false,
    act: faults,
  },
  {
    name: 'devmem-munmap',
    title: 'another process unmaps its pages, the last of their allocation',
    actor: 'an munmap of another process',
    moved: true,
    freed: true,
    act: unmaps,
  },
  {
    name: 'devmem-migration',
    title: 'pages of another process move to the device',
    actor: 'a migration to the device',
    moved: false,
    freed: false,
    act: migrates,
  },
];

/** Scenarios for a driver's table that can move pages both ways. */
export function concurrentDevmem(table: OpsTable, topology: string = PAGEMAP_TOPOLOGY): Scenario[] {
  if (table.symbol.isExtern || !isWhole(table)) return [];
  const ops = calledByCore(table);
  return OTHERS.map((other) => ({
    name: `concurrent.${other.name}`,
    title: `pages come back in a CPU fault while ${other.title}`,
    table: table.symbol.name,
    ops,
    functions: ops.map((op) => op.function),
    topology,
    concurrent: true,
    run: (machine) => run(machine, table, other),
  }));
}

function* run(machine: MachineServices, table: OpsTable, other: Other): ScenarioSteps<void> {
  const [first] = dmaRun(machine).world.topology.devices;
  const pagemap = makePagemap(machine, {
    ops: machine.addressOf('interlock_standin_pagemap_ops') ?? 0,
    device: makeDevice(machine, first?.name),
  });
  const faulting = holder(machine, table, pagemap, false);
  const second = holder(machine, table, pagemap, other.freed);
  if (!(yield* toDevice(faulting))) return;
  if (other.moved && !(yield* toDevice(second))) return;
  yield* together(machine, [
    {
      name: 'a CPU fault',
      *script() {
        yield* faults(faulting);
      },
    },
    {
      name: other.actor,
      *script() {
        yield* other.act(second);
      },
    },
  ]);
}

function holder(machine: MachineServices, table: OpsTable, pagemap: WorldPagemap, freed: boolean): Holder {
  const process = makeProcess(machine, START, PAGES);
  fillMemory(machine, process, [singles(PAGES)], pagemap, () => pagemap);
  const ops = machine.addressOf(table.symbol.name) ?? 0;
  const devmem = makeDevmem(machine, pagemap, process, PAGES, ops, freed);
  const caller = new CallerWorld(machine);
  caller.useProcess(process.mm);
  return { machine, process, pagemap, caller, devmem };
}

function* toDevice({ machine, process, caller, devmem }: Holder): ScenarioSteps<boolean> {
  const details = plainObject(machine, 'struct drm_pagemap_migrate_details', 'how to migrate', 'zero');
  const args = [devmem, process.mm, START, START + PAGES * PAGE_SIZE, details];
  const result = yield* within(machine, "C3'", caller, () =>
    callByName(machine, 'drm_pagemap_migrate_to_devmem', args, 'the pages move to the device'),
  );
  return machine.equals(result, 0, null);
}

function* migrates(it: Holder): ScenarioSteps<void> {
  yield* toDevice(it);
}

function* evicts({ machine, caller, devmem }: Holder): ScenarioSteps<void> {
  yield* within(machine, 'C5', caller, () =>
    callByName(machine, 'drm_pagemap_evict_to_ram', [devmem], 'the memory is evicted'),
  );
}

function* unmaps({ machine, process }: Holder): ScenarioSteps<void> {
  yield* dropPages(machine, process);
}

/** As `do_swap_page` does: the page is held and locked around the call. */
function* faults({ machine, process, pagemap, caller }: Holder): ScenarioSteps<void> {
  const page = processPage(machine, process.mm, BigInt(START));
  if (page === null || page.owner === null) return;
  const struct = yield* callByName(machine, 'pfn_to_page', [Number(page.pfn)], 'a CPU fault');
  const ops = machine.readField(pagemap.pagemap, 'struct dev_pagemap', 'ops');
  const handler = machine.readField(ops, 'struct dev_pagemap_ops', 'migrate_to_ram');
  yield* callByName(machine, 'get_page', [struct], 'a CPU fault');
  yield* callByName(machine, 'lock_page', [struct], 'a CPU fault');
  const given = makeFault(machine, process, START, Number(struct));
  yield* within(machine, 'C4', caller, function* (): ScenarioSteps<Scalar> {
    return yield { kind: 'call', target: handler, args: [given], why: 'a CPU fault on a device page' };
  });
  yield* callByName(machine, 'unlock_page', [struct], 'the CPU fault ends');
  yield* callByName(machine, 'put_page', [struct], 'the CPU fault ends');
}
