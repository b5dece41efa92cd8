/* Which side of a transfer is memory. */
#ifndef _LINUX_DMA_DIRECTION_H
#define _LINUX_DMA_DIRECTION_H

enum dma_data_direction {
	DMA_BIDIRECTIONAL = 0,
	DMA_TO_DEVICE = 1,
	DMA_FROM_DEVICE = 2,
	DMA_NONE = 3,
};

#define valid_dma_direction(dir) ((dir) == DMA_BIDIRECTIONAL || (dir) == DMA_TO_DEVICE || (dir) == DMA_FROM_DEVICE)

#endif
