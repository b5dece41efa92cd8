/* What code beside drivers asks of the DMA layer. */
#ifndef _LINUX_DMA_MAP_OPS_H
#define _LINUX_DMA_MAP_OPS_H
#include <linux/dma-mapping.h>

bool use_dma_iommu(struct device *dev);

#endif
