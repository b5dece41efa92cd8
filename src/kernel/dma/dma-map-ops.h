/* What code beside drivers asks of the DMA layer. */
#ifndef _LINUX_DMA_MAP_OPS_H
#define _LINUX_DMA_MAP_OPS_H
#include <linux/dma-mapping.h>

/* Caches are coherent on the simulated machine. */
static inline void arch_sync_dma_for_cpu(phys_addr_t paddr, size_t size, enum dma_data_direction dir) { }
static inline void arch_sync_dma_for_device(phys_addr_t paddr, size_t size, enum dma_data_direction dir) { }
static inline void arch_sync_dma_flush(void) { }

bool use_dma_iommu(struct device *dev);

#endif
