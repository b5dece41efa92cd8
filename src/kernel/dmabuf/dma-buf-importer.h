/* Importers of scenarios that follow what the exporter tells them: see dma-buf-importer.c. */
#ifndef _INTERLOCK_DMA_BUF_IMPORTER_H
#define _INTERLOCK_DMA_BUF_IMPORTER_H
#include <linux/dma-buf.h>

/* What such an importer keeps of its import; `sgt` is NULL while nothing is mapped. */
struct interlock_importer {
	struct sg_table *sgt;
	enum dma_data_direction dir;
	unsigned int told;
};

/* Told that the storage moves, or is taken away: the device stops, and the mapping is given back at once. */
void interlock_importer_gives_back(struct dma_buf_attachment *attach);
/* The importer maps anew; 0 or an error. The reservation is held, as for all of these. */
int interlock_importer_maps(struct dma_buf_attachment *attach);
/* It needs its mapping no more; nothing happens when it has none. */
void interlock_importer_unmaps(struct dma_buf_attachment *attach);

#endif
