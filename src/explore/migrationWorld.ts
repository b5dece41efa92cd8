/**
 * The worlds in which pages migrate: what lies in the process's memory before, whose driver moves it, and how the pages leave the device
 * again. The order of calls is migrationLife.ts.
 */
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice, type WorldDevice } from '../kernel/dmabuf/world.ts';
import { makeDevmem, makeProcess, type WorldProcess } from '../kernel/pagemap/coreWorld.ts';
import { makePagemap, type WorldPagemap } from '../kernel/pagemap/world.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';
import { CallerWorld } from './contexts.ts';
import type { CoreTable } from './coreCalls.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import { fillMemory, PAGES, type Piece, START, singles } from './processMemory.ts';

const HALF = PAGES / 2;

/** What lies in the process's area before the migration. */
const BEFORE = {
  system: [singles(PAGES)],
  large: [[2]],
  unpopulated: [],
  part: [singles(PAGES - 1)],
  blocks: [[1, 0, 0]],
  peer: [[1], { peer: HALF }],
  own: [{ own: PAGES }],
  'own-part': [singles(HALF), { own: HALF }],
  'no-area': [singles(PAGES)],
  'short-area': [singles(HALF)],
  'file-area': [singles(PAGES)],
} as const satisfies Readonly<Record<string, readonly Piece[]>>;

/** How the pages leave the device again. */
export type After = 'fault' | 'evict' | 'unmap' | 'stay';

/** One way of pages to the device and back. */
export interface MigrationVariant {
  readonly name: string;
  readonly title: string;
  readonly before: keyof typeof BEFORE;
  readonly after: After;
  readonly details?: Readonly<Record<string, number>>;
  readonly driver?: 'without-copy';
  /** The process is about to exit: nobody may look at its memory any more. */
  readonly exiting?: boolean;
  /** Somebody uses the first page for good when it is to leave the device. */
  readonly held?: boolean;
  /** Two things may go wrong in one run, not one: for the ways that everybody takes. */
  readonly pairs?: boolean;
}

/** All ways, in the order in which they are run and listed. */
export const MIGRATION_VARIANTS: readonly MigrationVariant[] = [
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
  {
    name: 'migrate.large',
    title: 'one large folio goes to the device and comes back',
    before: 'large',
    after: 'fault',
  },
  {
    name: 'migrate.blocks',
    title: 'a larger folio and single pages go to the device and are evicted',
    before: 'blocks',
    after: 'evict',
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
    name: 'migrate.evict-held',
    title: 'an eviction while somebody holds a page for good',
    before: 'system',
    after: 'evict',
    held: true,
  },
  {
    name: 'migrate.exit',
    title: 'an eviction while the process exits',
    before: 'system',
    after: 'evict',
    exiting: true,
  },
];

/** What a scenario works on. */
export interface MigrationWorld {
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

/** The world of a variant, for a driver's table or the one that stands in. */
export function makeMigrationWorld(
  machine: MachineServices,
  core: CoreTable,
  variant: MigrationVariant,
  driver: OpsTable | null,
  tables: readonly OpsTable[],
): MigrationWorld {
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
  fillMemory(machine, process, BEFORE[variant.before], pagemap, () =>
    pagemapOf(machine, second ? makeDevice(machine, second.name) : device, tables, pagemap.owner),
  );
  if (variant.before === 'file-area')
    setFields(machine, process.vma, 'struct vm_area_struct', {
      vm_ops: plainObject(machine, 'struct vm_operations_struct', 'the file’s vm_ops', 'zero'),
    });
  const ops =
    driver === null
      ? variant.driver === 'without-copy'
        ? 'interlock_standin_devmem_ops_without_copy'
        : 'interlock_standin_devmem_ops'
      : driver.symbol.name;
  // Who evicts, or handles a fault, holds the allocation beyond the last page; how a driver does that is not known.
  const freed = variant.after === 'unmap' || variant.after === 'stay';
  const devmem = makeDevmem(machine, pagemap, process, PAGES, machine.addressOf(ops) ?? 0, freed);
  const caller = new CallerWorld(machine);
  caller.useProcess(mm);
  return { machine, core, caller, process, pagemap, devmem };
}
