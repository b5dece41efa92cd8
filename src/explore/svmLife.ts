/**
 * GPU SVM's own functions as the document defines them, end to end: a range of a process is looked up, its pages are mapped for the device
 * under the notifier lock, invalidated by what happens to the process, and given up. Where the document has only some of these functions the
 * bundled ones do the rest. Responsible for the worlds and the order of calls.
 */
import type { ContextId } from '../contracts/contract.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice, makeDrmDevice } from '../kernel/dmabuf/world.ts';
import { callByName, U64 } from '../kernel/modelling.ts';
import { makeProcess, populateDevice, populateSystem, type WorldProcess } from '../kernel/pagemap/coreWorld.ts';
import { attachRange, makeGpusvm, makePagemap, type WorldPagemap, type WorldSvm } from '../kernel/pagemap/world.ts';
import { plainObject, setCounter, setFields } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { CallerWorld, within } from './contexts.ts';
import { type CoreArguments, type CoreFunction, type CoreTable, callCore } from './coreCalls.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import { isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';

const START = 0x7f0000000000;
const PAGE_SIZE = 4096;
const PAGES = 4;
const NOTIFIER_SIZE = 0x200000;
const FILE = 'drivers/gpu/drm/drm_gpusvm.c';
const MMU_NOTIFY_UNMAP = 0;
const MMU_NOTIFY_CLEAR = 1;

const INIT = 'drm_gpusvm_init';
const FINI = 'drm_gpusvm_fini';
const INSERT = 'drm_gpusvm_range_find_or_insert';
const REMOVE = 'drm_gpusvm_range_remove';
const GET = 'drm_gpusvm_get_pages';
const UNMAP = 'drm_gpusvm_unmap_pages';
const FREE = 'drm_gpusvm_free_pages';
const RANGE_GET = 'drm_gpusvm_range_get_pages';
const RANGE_UNMAP = 'drm_gpusvm_range_unmap_pages';
const VALID = 'drm_gpusvm_range_pages_valid';
const SCAN = 'drm_gpusvm_scan_mm';
const EVICT = 'drm_gpusvm_range_evict';
const FIND_VMA = 'drm_gpusvm_find_vma_start';
const HAS = 'drm_gpusvm_has_mapping';

const entry = (name: string, result: CoreFunction['result'], context: ContextId = 'C1u'): CoreFunction => ({
  name,
  contexts: [context],
  result,
  file: FILE,
});

/** What this file can drive. */
export const SVM_FUNCTIONS: readonly CoreFunction[] = [
  entry(INIT, 'errno', 'process'),
  entry(FINI, 'void'),
  entry(INSERT, 'err-ptr'),
  entry(REMOVE, 'void'),
  entry(GET, 'errno'),
  entry(UNMAP, 'void'),
  entry(FREE, 'void'),
  entry(RANGE_GET, 'errno'),
  entry(RANGE_UNMAP, 'void'),
  entry(VALID, 'bool', 'C1'),
  entry(SCAN, 'unknown'),
  entry(EVICT, 'errno'),
  entry(FIND_VMA, 'unknown'),
  entry(HAS, 'bool'),
];

type Memory = 'system' | 'blocks' | 'crossing' | 'own' | 'own-two' | 'own-first' | 'own-last' | 'peer' | 'nothing';

interface Variant {
  readonly name: string;
  readonly title: string;
  readonly memory: Memory;
  /** What ends the mapping. */
  readonly end: 'unmap' | 'munmap' | 'munmap-part' | 'clear' | 'remove' | 'free' | 'evict';
  readonly context?: Readonly<Record<string, number>>;
  readonly area?: 'none' | 'read-only';
  /** The process exits: before the range is looked up, or after. */
  readonly exiting?: 'before' | 'after';
  /** More is looked up: the same range again, its neighbour, and one that another notifier watches. */
  readonly neighbours?: boolean;
  /** Two things may go wrong in one run, not one: for the ways that everybody takes. */
  readonly pairs?: boolean;
}

const VARIANTS: readonly Variant[] = [
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
    title: 'system memory, then device memory',
    memory: 'own-last',
    end: 'unmap',
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

/** Scenarios for a document that defines any of these functions; none otherwise. */
export function svmScenarios(core: CoreTable, tables: readonly OpsTable[], topology: string): Scenario[] {
  if (!core.has(...SVM_FUNCTIONS.map((each) => each.name))) return [];
  return VARIANTS.map((variant) => ({
    name: variant.name,
    title: variant.title,
    table: core.table.symbol.name,
    ops: core.ops,
    functions: core.ops.map((op) => op.function),
    topology,
    ...(variant.pairs === true ? {} : { maxDeviations: 1 }),
    run: (machine) => life(machine, core, variant, tables),
  }));
}

interface World {
  readonly machine: MachineServices;
  readonly core: CoreTable;
  readonly caller: CallerWorld;
  readonly process: WorldProcess;
  readonly svm: WorldSvm;
  readonly drm: number;
  readonly pagemap: WorldPagemap;
  readonly context: number;
}

function makeWorld(machine: MachineServices, core: CoreTable, variant: Variant, tables: readonly OpsTable[]): World {
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
  populate(machine, process, pagemap, variant.memory);
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
    ...variant.context,
  });
  return { machine, core, caller, process, svm, drm, pagemap, context };
}

function populate(machine: MachineServices, process: WorldProcess, pagemap: WorldPagemap, memory: Memory): void {
  const system = (count: number): readonly number[] => Array.from({ length: count }, () => 0);
  const half = PAGES / 2;
  switch (memory) {
    case 'system':
      populateSystem(machine, process, system(PAGES));
      return;
    case 'blocks':
      populateSystem(machine, process, [1, 0, 0]);
      return;
    case 'crossing':
      populateSystem(machine, process, [3]);
      return;
    case 'own-two':
      populateDevice(machine, process, pagemap, START, half);
      populateDevice(machine, process, pagemap, START + half * PAGE_SIZE, half);
      return;
    case 'own':
    case 'peer':
      populateDevice(machine, process, pagemap, START, PAGES);
      return;
    case 'own-first':
      populateDevice(machine, process, pagemap, START, half);
      populateSystem(machine, { ...process, start: START + half * PAGE_SIZE }, system(half));
      return;
    case 'own-last':
      populateSystem(machine, process, system(half));
      populateDevice(machine, process, pagemap, START + half * PAGE_SIZE, half);
      return;
    case 'nothing':
      return;
  }
}

function* call(
  w: World,
  name: string,
  context: ContextId,
  given: Partial<CoreArguments>,
): ScenarioSteps<Scalar | null> {
  const { machine, process } = w;
  const end = START + PAGES * PAGE_SIZE;
  return yield* within(machine, context, w.caller, function* () {
    const result = yield* callCore(machine, w.core, name, context, {
      values: {
        start: START,
        end,
        pages_start: START,
        pages_end: end,
        npages: PAGES,
        fault_addr: START + PAGE_SIZE,
        gpuva_start: START,
        gpuva_end: START + 2 * NOTIFIER_SIZE,
        dev_private_owner: w.pagemap.owner,
        ...given.values,
      },
      objects: {
        drm_gpusvm: w.svm.gpusvm,
        mm_struct: process.mm,
        drm_gpusvm_ctx: w.context,
        drm_device: w.drm,
        dev_pagemap: w.pagemap.pagemap,
        ...given.objects,
      },
    });
    return result?.value ?? null;
  });
}

/** Chunks that ranges are cut to, largest first, as drivers give them. */
function chunkSizes(machine: MachineServices, sizes: readonly number[]): number {
  const array = machine.allocate(sizes.length * 8, {
    label: 'chunk sizes',
    storage: 'world',
    content: 'zero',
    at: null,
  });
  for (const [index, size] of sizes.entries()) machine.write(array + index * 8, U64, size);
  return array;
}

function* life(
  machine: MachineServices,
  core: CoreTable,
  variant: Variant,
  tables: readonly OpsTable[],
): ScenarioSteps<void> {
  const w = makeWorld(machine, core, variant, tables);
  const whole = core.has(INIT) && core.has(INSERT);
  if (variant.exiting === 'before') exit(w);
  const range = whole ? yield* lookedUp(w, variant) : yield* given(w);
  if (range === null) return;
  const pages = machine.fieldAddress(range, 'struct drm_gpusvm_range', 'pages')?.address ?? w.svm.pages;
  const notifier = machine.readField(range, 'struct drm_gpusvm_range', 'notifier');
  const interval = machine.fieldAddress(notifier, 'struct drm_gpusvm_notifier', 'notifier')?.address ?? 0;
  const objects = { drm_gpusvm_range: range, drm_gpusvm_pages: pages, mmu_interval_notifier: interval };
  const size = Number(machine.concrete(yield* sizeOf(w, range)) ?? PAGES * PAGE_SIZE);
  const values = { npages: size / PAGE_SIZE, pages_end: START + size };
  if (variant.exiting === 'after') exit(w);
  if (variant.exiting === 'after' && core.has(EVICT)) yield* call(w, EVICT, 'C1u', { objects });
  if (core.has(SCAN)) yield* call(w, SCAN, 'C1u', { objects: { ...objects } });
  if (core.has(HAS)) yield* call(w, HAS, 'C1u', { objects });
  const get = core.has(RANGE_GET) ? RANGE_GET : GET;
  const result = yield* call(w, get, 'C1u', { objects, values });
  endOfOp(machine, [range]);
  if (result !== null && machine.equals(result, 0, null)) {
    if (core.has(VALID)) yield* call(w, VALID, 'C1', { objects });
    yield* ended(w, variant, objects, values);
    endOfOp(machine, [range]);
  }
  if (!whole) {
    yield* call(w, FREE, 'C1u', { objects, values });
    endOfOp(machine, [range]);
    return;
  }
  if (variant.end !== 'remove') yield* call(w, FINI, 'C1u', {});
  endOfOp(machine, []);
}

/** The last user of the address space is gone. */
function exit(w: World): void {
  setCounter(w.machine, w.process.mm, 'struct mm_struct', 'mm_users', 0);
}

function* sizeOf(w: World, range: number): ScenarioSteps<Scalar> {
  return yield* callByName(w.machine, 'drm_gpusvm_range_size', [range], 'how large the range is');
}

/** The document sets the SVM up and looks the range up itself. */
function* lookedUp(w: World, variant: Variant): ScenarioSteps<number | null> {
  const { machine, svm } = w;
  const gpusvm = svm.gpusvm;
  const sizes =
    variant.memory === 'nothing' || variant.neighbours === true ? [PAGES * PAGE_SIZE, PAGE_SIZE] : [PAGES * PAGE_SIZE];
  const made = yield* call(w, INIT, 'process', {
    values: {
      mm_start: 0,
      mm_range: START * 2,
      notifier_size: NOTIFIER_SIZE,
      chunk_sizes: chunkSizes(machine, sizes),
      num_chunks: sizes.length,
    },
    objects: { drm_gpusvm_ops: machine.readField(gpusvm, 'struct drm_gpusvm', 'ops') },
  });
  if (made === null || !machine.equals(made, 0, null)) return null;
  if (w.core.has(HAS)) yield* call(w, HAS, 'C1u', {});
  if (w.core.has(FIND_VMA)) yield* call(w, FIND_VMA, 'C1u', {});
  const range = yield* call(w, INSERT, 'C1u', {});
  endOfOp(machine, [gpusvm, ...(range === null ? [] : [range])]);
  if (range === null || isErrorPointer(range)) {
    yield* call(w, FINI, 'C1u', {});
    return null;
  }
  if (variant.neighbours === true) {
    const size = PAGES * PAGE_SIZE;
    for (const fault_addr of [START + PAGE_SIZE, START + size, START + NOTIFIER_SIZE])
      yield* call(w, INSERT, 'C1u', { values: { fault_addr } });
  }
  return Number(machine.concrete(range) ?? 0);
}

/** A range that exists already, watched by the core's notifier. */
function* given(w: World): ScenarioSteps<number> {
  const { machine, svm, process } = w;
  attachRange(machine, svm, w.drm);
  const interval = machine.fieldAddress(svm.notifier, 'struct drm_gpusvm_notifier', 'notifier');
  const ops = machine.addressOf('drm_gpusvm_notifier_ops') ?? machine.addressOf('__drm_gpusvm_notifier_ops') ?? 0;
  const args = [interval?.address ?? 0, process.mm, START, PAGES * PAGE_SIZE, ops];
  yield* callByName(machine, 'mmu_interval_notifier_insert', args, 'the range is watched');
  return svm.range;
}

function* ended(
  w: World,
  variant: Variant,
  objects: Readonly<Record<string, Scalar>>,
  values: Readonly<Record<string, number>>,
): ScenarioSteps<void> {
  switch (variant.end) {
    case 'unmap':
      yield* call(w, w.core.has(RANGE_UNMAP) ? RANGE_UNMAP : UNMAP, 'C1u', { objects, values });
      return;
    case 'free':
      yield* call(w, FREE, 'C1u', { objects, values });
      return;
    case 'remove':
      yield* call(w, w.core.has(REMOVE) ? REMOVE : FREE, 'C1u', { objects, values });
      if (w.core.has(REMOVE)) yield* call(w, FINI, 'C1u', {});
      return;
    case 'evict':
      if (w.core.has(EVICT)) yield* call(w, EVICT, 'C1u', { objects, values });
      return;
    case 'munmap':
    case 'munmap-part':
    case 'clear':
      yield* invalidated(w, variant.end);
      return;
  }
}

/** The process changes its page tables: everyone who watches is told. */
function* invalidated(w: World, what: 'munmap' | 'munmap-part' | 'clear'): ScenarioSteps<void> {
  const { machine, process } = w;
  const range = plainObject(machine, 'struct mmu_notifier_range', 'what changes', 'zero');
  setFields(machine, range, 'struct mmu_notifier_range', {
    mm: process.mm,
    start: START,
    end: START + (what === 'munmap-part' ? 1 : PAGES) * PAGE_SIZE,
    event: what === 'clear' ? MMU_NOTIFY_CLEAR : MMU_NOTIFY_UNMAP,
  });
  yield* within(machine, 'mmap', w.caller, function* () {
    yield* callByName(machine, 'mmu_notifier_invalidate_range_start', [range], 'page tables change');
    yield* callByName(machine, 'mmu_notifier_invalidate_range_end', [range], 'page tables have changed');
  });
}
