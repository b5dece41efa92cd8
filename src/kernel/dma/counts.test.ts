import { describe, expect, it } from 'vitest';
import type { CounterName } from '../iommu/costs.ts';
import { type Mode, runWorkload, type WorkloadName } from './workloads.ts';

const COLUMNS: readonly CounterName[] = [
  'iovaAllocations',
  'mapWalks',
  'syncMapCalls',
  'translateWalks',
  'unmapWalks',
  'invalidations',
  'flushQueueEntries',
  'flushQueueFlushes',
  'iovaFrees',
  'entryWrites',
  'directMappings',
];

/** 2 MiB in 4 KiB pages, mapped and unmapped once: allocs, map, sync_map, translate, unmap, inval, queued, flushes, frees, PTEs, direct. */
const EXPECTED: readonly (readonly [WorkloadName, Mode, ...number[]])[] = [
  ['map-per-page', 'strict', 512, 512, 512, 512, 512, 512, 0, 0, 512, 512, 0],
  ['iova-destroy', 'strict', 1, 512, 1, 0, 1, 1, 0, 0, 1, 512, 0],
  ['iova-unlink', 'strict', 1, 512, 1, 0, 1, 1, 0, 0, 1, 512, 0],
  ['one-folio', 'strict', 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0],
  ['merged-links', 'strict', 1, 32, 1, 0, 1, 1, 0, 0, 1, 512, 0],
  // The last two ranges of 512 still wait in the ring: they are free only after the next flush.
  ['map-per-page', 'lazy', 512, 512, 512, 512, 512, 0, 512, 2, 510, 512, 0],
  ['iova-destroy', 'lazy', 1, 512, 1, 0, 1, 0, 1, 0, 0, 512, 0],
  ['iova-unlink', 'lazy', 1, 512, 1, 0, 1, 1, 0, 0, 1, 512, 0],
  ['one-folio', 'lazy', 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0],
  ['merged-links', 'lazy', 1, 32, 1, 0, 1, 0, 1, 0, 0, 512, 0],
  // No IOVA in passthrough: every way is the same 512 direct mappings, so nothing is gained.
  ['map-per-page', 'passthrough', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512],
  ['iova-destroy', 'passthrough', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512],
  ['iova-unlink', 'passthrough', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512],
  ['one-folio', 'passthrough', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512],
  ['merged-links', 'passthrough', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512],
];

describe('operation counts of 2 MiB in 4 KiB pages', () => {
  const rows = EXPECTED.map(([name, mode, ...expected]) => ({ name, mode, expected }));
  it.each(rows)('$name, $mode', ({ name, mode, expected }) => {
    const { costs, freesAfterTimer, reports } = runWorkload(name, mode);
    expect(freesAfterTimer).toBe(costs.iovaAllocations);
    expect(COLUMNS.map((column) => costs[column])).toEqual(expected);
    expect(reports).toEqual([]);
  });

  it('take the one big IOVA from the tree (it is larger than what the caches hold)', () => {
    const { costs } = runWorkload('iova-destroy', 'strict');
    expect([costs.iovaCacheHits, costs.iovaTreeAllocations]).toEqual([0, 1]);
  });
});
