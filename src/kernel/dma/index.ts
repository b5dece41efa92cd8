/** The DMA mapping subsystem: streaming, scatterlist and IOVA-based mappings with what the kernel's own checks cannot see. */
import type { Subsystem } from '../subsystem.ts';
import { coherentModels } from './coherent-models.ts';
import { deviceModels } from './device-models.ts';
import dmaDirection from './dma-direction.h?raw';
import dmaMapOps from './dma-map-ops.h?raw';
import dmaMapping from './dma-mapping.h?raw';
import { iovaModels } from './iova-models.ts';
import { rules } from './rules.ts';
import { scatterModels } from './scatter-models.ts';
import { streamingModels } from './streaming-models.ts';

export {
  acceptMapping,
  accessFromDevice,
  accessScatterlist,
  dmaSegments,
  routeByKind,
  type Segment,
} from './access.ts';
export type { Access, Reached, Route } from './device-access.ts';
export { mappingOfMemory, reportFreedWhileMapped } from './freed.ts';
export { checkSynced, findMappingLeaks, type Leak, reportMappingLeaks } from './leaks.ts';
export type { DmaRule } from './rules.ts';
export { runCosts } from './run-costs.ts';
export { bindDevice, boundDevice, type DmaRun, dmaRun, setTopology } from './run-state.ts';

export const subsystem: Subsystem = {
  name: 'dma',
  scope: `Models the DMA API on the hardware of the run's topology: IOVA allocation, page tables, IOTLB, flush queues, bounce buffers, and what
of each call a device would then see. Numbers of different address kinds live in different ranges, so a call that gets the wrong kind is seen.
Left out: IOMMU groups (functions that share a domain in the kernel have their own here; an address of a group peer is reported although the
hardware would translate it), private dma_ops, deferred attach, encrypted memory, several CPUs' IOVA caches (the order in which free addresses
come back differs; nothing is found or hidden by it). An unbound device object is taken for a GPU behind a strict IOMMU: findings that need
passthrough or lazy mode do not show there. What is mapped with values that are not known is not checked: this hides findings.`,
  declarations: [
    { path: 'include/linux/dma-direction.h', text: dmaDirection },
    { path: 'include/linux/dma-mapping.h', text: dmaMapping },
    { path: 'include/linux/dma-map-ops.h', text: dmaMapOps },
  ],
  models: [...iovaModels, ...streamingModels, ...scatterModels, ...coherentModels, ...deviceModels],
  rules,
};
