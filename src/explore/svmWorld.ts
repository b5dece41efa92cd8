/**
 * The worlds in which GPU SVM's functions are driven: what lies in the process's memory, whose it is, and how the range ends. The order of
 * calls is svmLife.ts.
 */
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice, makeDrmDevice } from '../kernel/dmabuf/world.ts';
import { makeProcess, type WorldProcess } from '../kernel/pagemap/coreWorld.ts';
import { makeGpusvm, makePagemap, type WorldPagemap, type WorldSvm } from '../kernel/pagemap/world.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';
import { CallerWorld } from './contexts.ts';
import type { CoreTable } from './coreCalls.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import { fillMemory, PAGE_SIZE, PAGES, type Piece, START, singles } from './processMemory.ts';

export const NOTIFIER_SIZE = 0x200000;

const HALF = PAGES / 2;

const MEMORY = {
  system: [singles(PAGES)],
  blocks: [[1, 0, 0]],
  crossing: [[3]],
  own: [{ own: PAGES }],
  'own-two': [{ own: HALF }, { own: HALF }],
  'own-first': [{ own: HALF }, singles(HALF)],
  'own-between': [[1], { own: 1 }, [0]],
  // The pagemap of the world is the other device's.
  peer: [{ own: PAGES }],
  nothing: [],
} as const satisfies Readonly<Record<string, readonly Piece[]>>;

/** One way through the life of a range. */
export interface SvmVariant {
  readonly name: string;
  readonly title: string;
  readonly memory: keyof typeof MEMORY;
  /** What ends the mapping. */
  readonly end: 'unmap' | 'munmap' | 'munmap-part' | 'clear' | 'remove' | 'free' | 'evict';
  readonly context?: Readonly<Record<string, number>>;
  readonly area?: 'none' | 'read-only';
  /** The device memory is of an owner that this SVM does not know. */
  readonly foreign?: boolean;
  /** The process exits: before the range is looked up, or after. */
  readonly exiting?: 'before' | 'after';
  /** More is looked up: the same range again, its neighbour, and one that another notifier watches. */
  readonly neighbours?: boolean;
  /** Two things may go wrong in one run, not one: for the ways that everybody takes. */
  readonly pairs?: boolean;
}

/** All ways, in the order in which they are run and listed. */
export const SVM_VARIANTS: readonly SvmVariant[] = [
  {
    name: 'svm.system',
    title: 'pages of system memory are mapped and unmapped',
    memory: 'system',
    end: 'unmap',
    pairs: true,
  },
  {
    name: 'svm.blocks',
    title: 'large blocks are mapped; the process unmaps its memory',
    memory: 'blocks',
    end: 'munmap',
  },
  { name: 'svm.part', title: 'the process unmaps a part of the range', memory: 'system', end: 'munmap-part' },
  { name: 'svm.clear', title: 'the process’s page tables change', memory: 'blocks', end: 'clear' },
  { name: 'svm.remove', title: 'the range is removed while it is mapped', memory: 'blocks', end: 'remove' },
  { name: 'svm.free', title: 'the pages are freed while they are mapped', memory: 'blocks', end: 'free' },
  { name: 'svm.device', title: 'pages of device memory', memory: 'own', end: 'clear', pairs: true },
  { name: 'svm.peer', title: 'pages of another device’s memory', memory: 'peer', end: 'remove' },
  {
    name: 'svm.foreign',
    title: 'device memory of another owner, which a CPU fault brings back first',
    memory: 'own',
    end: 'unmap',
    foreign: true,
  },
  { name: 'svm.mixed', title: 'device memory, then system memory', memory: 'own-first', end: 'unmap' },
  {
    name: 'svm.mixed-allowed',
    title: 'device memory, then system memory, where both may be mixed',
    memory: 'own-first',
    end: 'unmap',
    context: { allow_mixed: 1 },
  },
  {
    name: 'svm.mixed-last',
    title: 'a large block of system memory, device memory, and a single page of system memory',
    memory: 'own-between',
    end: 'clear',
    context: { allow_mixed: 1 },
  },
  {
    name: 'svm.device-only',
    title: 'system memory where only device memory will do',
    memory: 'system',
    end: 'unmap',
    context: { devmem_only: 1 },
  },
  { name: 'svm.absent', title: 'pages that nobody has touched yet', memory: 'nothing', end: 'unmap' },
  { name: 'svm.evict', title: 'device memory is asked to leave the range', memory: 'own', end: 'evict' },
  {
    name: 'svm.read-only',
    title: 'a read-only area, read',
    memory: 'system',
    end: 'unmap',
    area: 'read-only',
    context: { read_only: 1 },
  },
  {
    name: 'svm.read-only-write',
    title: 'a read-only area, written',
    memory: 'system',
    end: 'unmap',
    area: 'read-only',
  },
  { name: 'svm.no-area', title: 'the process has no area there', memory: 'nothing', end: 'unmap', area: 'none' },
  {
    name: 'svm.exit',
    title: 'the process exits before its pages are looked at',
    memory: 'system',
    end: 'unmap',
    exiting: 'after',
  },
  { name: 'svm.exited', title: 'the process has exited', memory: 'system', end: 'unmap', exiting: 'before' },
  { name: 'svm.two', title: 'two allocations of device memory in one range', memory: 'own-two', end: 'unmap' },
  { name: 'svm.crossing', title: 'a large block that goes on behind the range', memory: 'crossing', end: 'munmap' },
  { name: 'svm.neighbours', title: 'several ranges and notifiers', memory: 'system', end: 'unmap', neighbours: true },
];

/** What a scenario works on. */
export interface SvmWorld {
  readonly machine: MachineServices;
  readonly core: CoreTable;
  readonly caller: CallerWorld;
  readonly process: WorldProcess;
  readonly svm: WorldSvm;
  readonly drm: number;
  readonly pagemap: WorldPagemap;
  readonly context: number;
}

/** The world of a variant; tables of the document come before those that stand in. */
export function makeSvmWorld(
  machine: MachineServices,
  core: CoreTable,
  variant: SvmVariant,
  tables: readonly OpsTable[],
): SvmWorld {
  const [first, second] = dmaRun(machine).world.topology.devices;
  const device = makeDevice(machine, first?.name);
  const table = tables.find((each) => each.struct === 'drm_pagemap_ops');
  const pagemapOn = (at: typeof device): WorldPagemap =>
    makePagemap(machine, {
      ops: machine.addressOf(table?.symbol.name ?? 'interlock_standin_pagemap_ops') ?? 0,
      device: at,
      driver: table === undefined ? 'other' : pagemapDriver(table),
    });
  const pagemap = pagemapOn(
    variant.memory === 'peer' && second !== undefined ? makeDevice(machine, second.name) : device,
  );
  const drm = pagemap.device === device ? pagemap.drm : makeDrmDevice(machine, device.dev);
  const far = variant.neighbours === true || variant.memory === 'crossing' ? NOTIFIER_SIZE / PAGE_SIZE : 0;
  const process = makeProcess(machine, variant.area === 'none' ? START + 0x10000000 : START, far + PAGES);
  if (variant.area === 'read-only') setFields(machine, process.vma, 'struct vm_area_struct', { vm_flags: 1 });
  fillMemory(machine, process, MEMORY[variant.memory], pagemap, () => pagemap);
  const ops = tables.find((each) => each.struct === 'drm_gpusvm_ops');
  const svm = makeGpusvm(machine, {
    ops: machine.addressOf(ops?.symbol.name ?? 'interlock_standin_gpusvm_ops') ?? 0,
    mm: process.mm,
    drm,
    start: START,
    end: START + PAGES * PAGE_SIZE,
  });
  const caller = new CallerWorld(machine);
  caller.useProcess(process.mm);
  caller.useSvm(svm);
  const context = plainObject(machine, 'struct drm_gpusvm_ctx', 'how to get pages', 'zero');
  setFields(machine, context, 'struct drm_gpusvm_ctx', {
    device_private_page_owner: pagemap.owner,
    check_pages_threshold: PAGES * PAGE_SIZE,
    devmem_possible: 1,
    ...(variant.foreign === true ? { device_private_page_owner: svm.gpusvm } : {}),
    ...variant.context,
  });
  return { machine, core, caller, process, svm, drm, pagemap, context };
}
