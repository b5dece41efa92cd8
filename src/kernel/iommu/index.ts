/** The IOMMU subsystem: domains, page tables, IOTLB and flush queues, and what their use costs. */
import type { Subsystem } from '../subsystem.ts';
import iommu from './iommu.h?raw';
import { models } from './models.ts';

export { type Costs, type CounterName, costLines, counterNames, modelledNanoseconds, WEIGHTS } from './costs.ts';
export { Domain, type Walk } from './domain.ts';

export const subsystem: Subsystem = {
  name: 'iommu',
  scope: `Models domains with four-level page tables (4 KiB, 2 MiB, 1 GiB), an IOTLB that only invalidations empty, IOVA allocation, and in lazy
mode the flush queue. Domains that a driver allocates itself can be mapped, unmapped and asked; attaching a device to one is accepted and does
not change where its DMA API mappings go, which hides what a device would see through such a domain. Left out: groups, page requests, PASIDs,
nested translation, dirty tracking, and the timer of the flush queue (a queue is flushed when full or when a scenario says that time passed).`,
  declarations: [{ path: 'include/linux/iommu.h', text: iommu }],
  models,
  rules: [],
};
