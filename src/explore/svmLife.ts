/**
 * GPU SVM's own functions as the document defines them, end to end: a range of a process is looked up, its pages are mapped for the device
 * under the notifier lock, invalidated by what happens to the process, and given up. Where the document has only some of these functions the
 * bundled ones do the rest. Responsible for the worlds and the order of calls.
 */
import type { ContextId } from '../contracts/contract.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { callByName, U64 } from '../kernel/modelling.ts';
import { attachRange } from '../kernel/pagemap/world.ts';
import { plainObject, setCounter, setFields } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { within } from './contexts.ts';
import { type CoreArguments, type CoreFunction, type CoreTable, callCore } from './coreCalls.ts';
import { PAGE_SIZE, PAGES, START } from './processMemory.ts';
import { inWorld, isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';
import { makeSvmWorld, NOTIFIER_SIZE, SVM_VARIANTS, type SvmVariant, type SvmWorld } from './svmWorld.ts';

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

/** Scenarios for a document that defines any of these functions; none otherwise. */
export function svmScenarios(core: CoreTable, tables: readonly OpsTable[], topology: string): Scenario[] {
  if (!core.has(...SVM_FUNCTIONS.map((each) => each.name))) return [];
  return SVM_VARIANTS.map((variant) => ({
    name: variant.name,
    title: variant.title,
    table: core.table.symbol.name,
    ops: core.ops,
    functions: core.ops.map((op) => op.function),
    topology,
    ...(variant.pairs === true ? {} : { maxDeviations: 1 }),
    ...inWorld((machine) => svmLife(machine, core, variant, tables)),
  }));
}

function* call(
  w: SvmWorld,
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

/** One way through the life of a range; tables come before those that stand in for a driver's. */
export function svmLife(
  machine: MachineServices,
  core: CoreTable,
  variant: SvmVariant,
  tables: readonly OpsTable[],
): () => ScenarioSteps<void> {
  const w = makeSvmWorld(machine, core, variant, tables);
  return () => life(w, variant);
}

function* life(w: SvmWorld, variant: SvmVariant): ScenarioSteps<void> {
  const { machine, core } = w;
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
function exit(w: SvmWorld): void {
  setCounter(w.machine, w.process.mm, 'struct mm_struct', 'mm_users', 0);
}

function* sizeOf(w: SvmWorld, range: number): ScenarioSteps<Scalar> {
  return yield* callByName(w.machine, 'drm_gpusvm_range_size', [range], 'how large the range is');
}

/** The document sets the SVM up and looks the range up itself. */
function* lookedUp(w: SvmWorld, variant: SvmVariant): ScenarioSteps<number | null> {
  const { machine, svm } = w;
  const gpusvm = svm.gpusvm;
  // What the process has not touched, or others own, is looked up page by page.
  const single = variant.memory === 'nothing' || variant.neighbours === true || variant.foreign === true;
  const sizes = single ? [PAGES * PAGE_SIZE, PAGE_SIZE] : [PAGES * PAGE_SIZE];
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
function* given(w: SvmWorld): ScenarioSteps<number> {
  const { machine, svm, process } = w;
  attachRange(machine, svm, w.drm);
  const interval = machine.fieldAddress(svm.notifier, 'struct drm_gpusvm_notifier', 'notifier');
  const ops = machine.addressOf('drm_gpusvm_notifier_ops') ?? machine.addressOf('__drm_gpusvm_notifier_ops') ?? 0;
  const args = [interval?.address ?? 0, process.mm, START, PAGES * PAGE_SIZE, ops];
  yield* callByName(machine, 'mmu_interval_notifier_insert', args, 'the range is watched');
  return svm.range;
}

function* ended(
  w: SvmWorld,
  variant: SvmVariant,
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
function* invalidated(w: SvmWorld, what: 'munmap' | 'munmap-part' | 'clear'): ScenarioSteps<void> {
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
