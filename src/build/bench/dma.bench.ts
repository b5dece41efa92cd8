/**
 * The cost of mapping 2 MiB in each way that the published figures compare, printed next to those figures; and the speed of the simulated
 * stack itself.
 */
import { DMA_BIDIRECTIONAL } from '../../kernel/dma/constants.ts';
import { PAGE, ram, TestWorld } from '../../kernel/dma/test-world.ts';
import { type Mode, runWorkload, WORKLOADS, type WorkloadName } from '../../kernel/dma/workloads.ts';
import { type CounterName, modelledNanoseconds } from '../../kernel/iommu/costs.ts';
import { buildTopology, PRESETS } from '../../topology/index.ts';

const COLUMNS: readonly (readonly [CounterName, string])[] = [
  ['iovaAllocations', 'alloc'],
  ['mapWalks', 'map'],
  ['syncMapCalls', 'sync'],
  ['translateWalks', 'to_phys'],
  ['unmapWalks', 'unmap'],
  ['invalidations', 'inval'],
  ['flushQueueEntries', 'queued'],
  ['flushQueueFlushes', 'flush'],
  ['iovaFrees', 'free'],
  ['entryWrites', 'PTE'],
];

function row(cells: readonly string[]): string {
  const [mode = '', what = '', ...numbers] = cells;
  return `${mode.padEnd(12)}${what.padEnd(38)}${numbers.map((cell) => cell.padStart(9)).join('')}`;
}

function countTable(): string[] {
  const lines = [
    row(['mode', 'mapping and unmapping 2 MiB', ...COLUMNS.map(([, short]) => short), 'model us', 'gain']),
  ];
  for (const mode of ['strict', 'lazy', 'passthrough'] as const satisfies readonly Mode[]) {
    const baseline = modelledNanoseconds(runWorkload('map-per-page', mode).costs, false);
    for (const [name, what] of Object.entries(WORKLOADS)) {
      const { costs } = runWorkload(name as WorkloadName, mode);
      const modelled = modelledNanoseconds(costs, false);
      const counts = COLUMNS.map(([counter]) => String(costs[counter]));
      lines.push(row([mode, what, ...counts, (modelled / 1000).toFixed(1), `${(baseline / modelled).toFixed(2)}x`]));
    }
  }
  return lines;
}

const PUBLISHED: readonly string[] = [
  'published (cover letters, CPU time of a fault with migration, us; what was measured on which machine is theirs):',
  '                                    2 MiB    64 KiB',
  'RFC v3 baseline                    552.36     24.98',
  'RFC v3, IOVA API                   224.82     14.66   (2.46x, 1.70x)',
  'RFC v3, links merged               158.53     14.00   (3.48x, 1.78x)',
  'v4/v5 baseline                     334.00     18.63',
  'v4/v5, IOVA API                    224.82     14.66   (1.49x, 1.27x)',
];

const CLAIMS: readonly string[] = [
  'the counts are what the kernel code does; the microseconds are weights of a round order of magnitude and claim nothing. The model has',
  'no caches, no lock contention, no IOMMU queue depth, and only the mapping part of a fault: no fault handling, no copy, no page-table',
  'update of the GPU. So a gain here is an upper bound of its part, not a forecast of the published ratio; in passthrough there is none.',
];

/** Seconds that `work` takes. */
function seconds(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function linkSpeed(): string {
  const test = new TestWorld('gpu-strict');
  const device = test.device();
  const pages = 2 ** 18;
  const rounds = 8;
  const run = (): void => {
    const state = test.states.tryAlloc(device, { stateAddress: 0, phys: 0, size: pages * PAGE, at: null });
    if (state === null) throw new Error('no IOVA');
    for (let page = 0; page < pages; page++) {
      const request = {
        phys: ram(2 * page),
        offset: page * PAGE,
        size: PAGE,
        direction: DMA_BIDIRECTIONAL,
        attrs: 0,
        at: null,
      };
      test.states.link(device, state, request);
    }
    test.states.sync(device, state, 0, pages * PAGE);
    test.states.destroy(device, state, pages * PAGE, DMA_BIDIRECTIONAL, 0, null);
  };
  run();
  const time = seconds(() => {
    for (let round = 0; round < rounds; round++) run();
  });
  const rate = (pages * rounds) / time / 1e6;
  return `dma_iova_link of 4 KiB: ${rate.toFixed(2)} M/s (goal 1), reports ${test.reports.length}`;
}

function bigMapping(): string {
  const huge = 2 ** 21;
  const count = 2 ** 19;
  const test = new TestWorld('gpu-strict');
  const device = test.device();
  const before = process.memoryUsage();
  const time = seconds(() => {
    const state = test.states.tryAlloc(device, { stateAddress: 0, phys: 0, size: count * huge, at: null });
    if (state === null) throw new Error('no IOVA');
    for (let index = 0; index < count; index++) {
      const request = {
        phys: ram(0) + index * huge,
        offset: index * huge,
        size: huge,
        direction: DMA_BIDIRECTIONAL,
        attrs: 0,
        at: null,
      };
      test.states.link(device, state, request);
    }
    test.states.sync(device, state, 0, count * huge);
  });
  return `1 TiB linked in 2 MiB pages: ${time.toFixed(2)} s (goal 2), ${grown(before)} MB more memory (goal 400), ${test.world.costs.entryWrites} entries`;
}

function manyMappings(): string {
  const huge = 2 ** 21;
  const count = 2 ** 19;
  const test = new TestWorld('gpu-strict');
  const device = test.device();
  const before = process.memoryUsage();
  const time = seconds(() => {
    for (let index = 0; index < count; index++) test.map(device, ram(0) + index * huge, huge);
  });
  return `1 TiB as 524,288 dma_map_phys of 2 MiB: ${time.toFixed(2)} s (goal 2), ${grown(before)} MB more memory (goal 400)`;
}

function grown(before: NodeJS.MemoryUsage): string {
  const now = process.memoryUsage();
  return ((now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20).toFixed(0);
}

function podSpeed(): string {
  const description = PRESETS.find((preset) => preset.name === 'ual-pod-1024');
  if (description === undefined) throw new Error('preset is missing');
  const time = seconds(() => {
    const test = new TestWorld(buildTopology(description).topology);
    for (const device of test.world.topology.devices) test.world.of(device);
  });
  return `pod of 1,024 built, with a domain each: ${(time * 1000).toFixed(0)} ms (goal 200)`;
}

export async function bench(): Promise<string[]> {
  return [...countTable(), '', ...PUBLISHED, '', ...CLAIMS, '', linkSpeed(), bigMapping(), manyMappings(), podSpeed()];
}
