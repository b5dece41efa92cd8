/**
 * What a run costs: counters of the operations that the mapping stack performs, and a stated model that turns them into a number. The
 * weights are round guesses of the right order for one server; only the counters are claims.
 */

const COUNTERS = {
  iovaAllocations: 'IOVA ranges allocated',
  iovaCacheHits: '  of these served by a per-CPU cache',
  iovaTreeAllocations: '  of these taken from the tree under its spinlock',
  iovaFrees: 'IOVA ranges freed',
  mapWalks: 'page-table walks to map',
  unmapWalks: 'page-table walks to unmap',
  translateWalks: 'page-table walks to translate',
  entryWrites: 'page-table entries written',
  entryClears: 'page-table entries cleared',
  tableAllocations: 'page tables allocated',
  syncMapCalls: 'IOTLB syncs after mapping',
  invalidations: 'IOTLB invalidations, immediate',
  flushQueueEntries: 'flush queue entries',
  flushQueueFlushes: 'flush queue flushes (whole IOTLB)',
  directMappings: 'mappings without translation',
  bounces: 'bounce buffers used',
  bouncedBytes: 'bytes copied to or from bounce buffers',
  cacheMaintenance: 'CPU cache maintenance calls',
  deviceWalks: 'page-table walks by devices',
  iotlbHits: 'IOTLB hits of devices',
  iommuFaults: 'faulting device accesses',
  fabricAllocations: 'fabric address ranges allocated at targets',
  fabricWrites: 'fabric page-table entries written',
  fabricClears: 'fabric page-table entries cleared',
  fabricSyncs: 'fabric syncs',
} as const satisfies Record<string, string>;

export type CounterName = keyof typeof COUNTERS;
export type Costs = Record<CounterName, number>;

/** All counters at zero. */
export function zeroCosts(): Costs {
  return {
    iovaAllocations: 0,
    iovaCacheHits: 0,
    iovaTreeAllocations: 0,
    iovaFrees: 0,
    mapWalks: 0,
    unmapWalks: 0,
    translateWalks: 0,
    entryWrites: 0,
    entryClears: 0,
    tableAllocations: 0,
    syncMapCalls: 0,
    invalidations: 0,
    flushQueueEntries: 0,
    flushQueueFlushes: 0,
    directMappings: 0,
    bounces: 0,
    bouncedBytes: 0,
    cacheMaintenance: 0,
    deviceWalks: 0,
    iotlbHits: 0,
    iommuFaults: 0,
    fabricAllocations: 0,
    fabricWrites: 0,
    fabricClears: 0,
    fabricSyncs: 0,
  };
}

/**
 * CPU nanoseconds per operation in the cost model. Device-side counters cost the CPU nothing. An IOTLB sync after mapping costs only on an
 * IOMMU in caching mode, which the caller says.
 */
export const WEIGHTS: Readonly<Costs> = {
  ...zeroCosts(),
  iovaCacheHits: 30,
  iovaTreeAllocations: 250,
  iovaFrees: 30,
  mapWalks: 100,
  unmapWalks: 100,
  translateWalks: 60,
  entryWrites: 4,
  entryClears: 4,
  tableAllocations: 300,
  invalidations: 500,
  flushQueueEntries: 40,
  flushQueueFlushes: 1500,
  directMappings: 20,
  bounces: 300,
  cacheMaintenance: 200,
  fabricAllocations: 2000,
  fabricWrites: 20,
  fabricClears: 20,
  fabricSyncs: 1000,
};

/** CPU time that the model gives to these counts, in nanoseconds. */
export function modelledNanoseconds(costs: Costs, cachingMode: boolean): number {
  const counted = counterNames().reduce((sum, name) => sum + costs[name] * WEIGHTS[name], 0);
  return counted + costs.bouncedBytes * 0.1 + (cachingMode ? costs.syncMapCalls * WEIGHTS.invalidations : 0);
}

/** All counter names, in stable order. */
export function counterNames(): readonly CounterName[] {
  return (Object.keys(COUNTERS) as CounterName[]).slice();
}

/** Counters that are not zero, in words, in stable order. */
export function costLines(costs: Costs): readonly { readonly name: string; readonly value: number }[] {
  return counterNames()
    .filter((name) => costs[name] !== 0)
    .map((name) => ({ name: COUNTERS[name].trim(), value: costs[name] }));
}
