/**
 * The ways of mapping 2 MiB that the published figures compare, as sequences of API calls, and the counts they cause. For the bench and
 * for the test that holds the counts to what the kernel code does.
 */
import type { Costs } from '../iommu/costs.ts';
import { DMA_BIDIRECTIONAL } from './constants.ts';
import type { IovaState } from './iova-state.ts';
import { PAGE, ram, TestWorld } from './test-world.ts';
import type { DmaDevice } from './world.ts';

export type WorkloadName = 'map-per-page' | 'iova-destroy' | 'iova-unlink' | 'one-folio' | 'merged-links';
export type Mode = 'strict' | 'lazy' | 'passthrough';

const PAGES = 512;
const TOP = 2 ** 40;

/** What each workload does, for the printed table. */
export const WORKLOADS: Readonly<Record<WorkloadName, string>> = {
  'map-per-page': 'dma_map_page x512',
  'iova-destroy': 'IOVA, 512 links, destroy',
  'iova-unlink': 'IOVA, 512 links, unlink + free',
  'one-folio': 'IOVA, one 2 MiB folio',
  'merged-links': 'IOVA, links merged (16-page runs)',
};

export interface Outcome {
  readonly costs: Costs;
  /** IOVAs freed once the timer of the flush queue has fired. */
  readonly freesAfterTimer: number;
  readonly reports: readonly string[];
}

/** Maps and unmaps 2 MiB once in a fresh world; the first page lies so that neighbours are not contiguous where that matters. */
export function runWorkload(name: WorkloadName, mode: Mode): Outcome {
  const test = new TestWorld(`gpu-${mode}`);
  const device = test.device();
  if (name === 'map-per-page') perPage(test, device);
  else {
    const state = test.states.tryAlloc(device, { stateAddress: 0, phys: 0, size: PAGES * PAGE, at: null });
    // Passthrough has no IOVA to give: the caller falls back to one mapping per page.
    if (state === null) perPage(test, device);
    else throughIova(test, device, state, name);
  }
  const costs = { ...test.world.costs };
  device.domain?.flush();
  return { costs, freesAfterTimer: test.world.costs.iovaFrees, reports: test.rules() };
}

/** Pages of an ordinary allocation: every other page frame. */
function scattered(index: number): number {
  return ram(2 * index);
}

function perPage(test: TestWorld, device: DmaDevice): void {
  const addresses: number[] = [];
  for (let index = 0; index < PAGES; index++) addresses.push(test.map(device, scattered(index), PAGE) ?? TOP);
  for (const address of addresses) test.unmap(device, address, PAGE);
}

function throughIova(test: TestWorld, device: DmaDevice, state: IovaState, name: WorkloadName): void {
  const size = PAGES * PAGE;
  const run = name === 'one-folio' ? PAGES : name === 'merged-links' ? 16 : 1;
  for (let page = 0; page < PAGES; page += run) {
    const phys = name === 'one-folio' ? ram(0) : name === 'merged-links' ? ram(2 * page) : scattered(page);
    const request = { phys, offset: page * PAGE, size: run * PAGE, direction: DMA_BIDIRECTIONAL, attrs: 0, at: null };
    test.states.link(device, state, request);
  }
  test.states.sync(device, state, 0, size);
  if (name === 'iova-unlink') {
    test.states.unlink(device, state, 0, size, DMA_BIDIRECTIONAL, 0);
    test.states.free(device, state, null);
  } else test.states.destroy(device, state, size, DMA_BIDIRECTIONAL, 0, null);
}
