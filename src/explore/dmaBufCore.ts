/**
 * The dma-buf core's own functions as the document defines them: the life of a buffer whose exporter keeps its promises, by a dynamic and a
 * static importer. Where the document has only some of these functions the bundled ones do the rest.
 */
import type { ResultConvention } from '../contracts/contract.ts';
import { attachmentLife, type LifecycleOptions } from '../kernel/dmabuf/lifecycle.ts';
import { exporterOps, witnessOps } from '../kernel/dmabuf/openFiles.ts';
import { makeDevice, makeDmaBuf } from '../kernel/dmabuf/world.ts';
import { makeMm, makeVma } from '../kernel/pagemap/world.ts';
import type { MachineServices } from '../machine/model.ts';
import type { CoreFunction, CoreTable } from './coreCalls.ts';
import { dynamicImporter } from './dmaBufLife.ts';
import { inWorld, type Scenario, type ScenarioSteps } from './scenario.ts';
import { afterEachCall, endOfLife } from './settle.ts';

const entries = (result: ResultConvention, names: readonly string[]): CoreFunction[] =>
  names.map((name) => ({ name, contexts: ['no-resv', 'resv'], result, file: 'drivers/dma-buf/dma-buf.c' }));

/** What this file can drive. */
export const DMA_BUF_FUNCTIONS: readonly CoreFunction[] = [
  ...entries('err-ptr', ['dma_buf_attach', 'dma_buf_dynamic_attach']),
  ...entries('void', ['dma_buf_detach', 'dma_buf_unpin']),
  ...entries('errno', ['dma_buf_pin', 'dma_buf_begin_cpu_access', 'dma_buf_end_cpu_access']),
  ...entries('errno', ['dma_buf_vmap', 'dma_buf_vmap_unlocked', 'dma_buf_mmap']),
  ...entries('err-ptr', ['dma_buf_map_attachment', 'dma_buf_map_attachment_unlocked']),
  ...entries('void', ['dma_buf_unmap_attachment', 'dma_buf_unmap_attachment_unlocked']),
  ...entries('void', ['dma_buf_vunmap', 'dma_buf_vunmap_unlocked']),
  ...entries('void', ['dma_buf_move_notify', 'dma_buf_invalidate_mappings']),
];

interface Variant {
  readonly name: string;
  readonly title: string;
  readonly importer: 'static' | 'dynamic';
  readonly options: Partial<LifecycleOptions>;
  readonly mapped?: boolean;
}

const VARIANTS: readonly Variant[] = [
  {
    name: 'buffer.dynamic',
    title: 'a dynamic importer: attach, pin, map, move, unmap, detach',
    importer: 'dynamic',
    options: { pin: true, move: true },
  },
  {
    name: 'buffer.static',
    title: 'a static importer: attach, map twice, unmap, detach',
    importer: 'static',
    options: { twice: true },
  },
  {
    name: 'buffer.cpu',
    title: 'CPU access, mapping into the kernel and into a process',
    importer: 'static',
    options: { cpuAccess: true, vmap: true },
    mapped: true,
  },
];

/** Whoever has all of these keeps no books: the exporter does. With some of them bundled, each step is entered once as it is. */
const BOOKED = [
  'dma_buf_dynamic_attach',
  'dma_buf_detach',
  'dma_buf_pin',
  'dma_buf_unpin',
  'dma_buf_map_attachment',
  'dma_buf_unmap_attachment',
];

/** Scenarios for a document that defines any of these functions; none otherwise. */
export function dmaBufCoreScenarios(core: CoreTable, topology: string): Scenario[] {
  if (!core.has(...DMA_BUF_FUNCTIONS.map((each) => each.name))) return [];
  const whole = BOOKED.every((name) => core.has(name));
  return VARIANTS.map((variant) => ({
    name: variant.name,
    title: variant.title,
    table: core.table.symbol.name,
    ops: core.ops,
    functions: core.ops.map((op) => op.function),
    topology,
    ...inWorld((machine) => life(machine, variant, whole)),
  }));
}

function life(
  machine: MachineServices,
  { importer, options, mapped }: Variant,
  whole: boolean,
): () => ScenarioSteps<void> {
  const buffer = makeDmaBuf(
    machine,
    whole ? { ops: witnessOps(machine) } : { ops: exporterOps(machine), fences: 'none' },
  );
  const world = {
    buffer,
    device: makeDevice(machine),
    importerOps: importer === 'dynamic' ? dynamicImporter(machine) : 0,
    use: true,
    ...options,
    ...(mapped === true ? { mmap: makeVma(machine, makeMm(machine), 0x7f0000000000, 0x7f0000001000, true) } : {}),
  };
  return () => endOfLife(machine, afterEachCall(machine, attachmentLife(machine, world), []));
}
