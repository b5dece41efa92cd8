/* The exporter of buffers that come from a process, and the one that a document's own core is driven with. */
#ifndef _INTERLOCK_DMA_BUF_EXPORTER_H
#define _INTERLOCK_DMA_BUF_EXPORTER_H
#include <linux/dma-buf.h>
#include <linux/dma-buf-mapping.h>

int interlock_exporter_pin(struct dma_buf_attachment *attach);
void interlock_exporter_unpin(struct dma_buf_attachment *attach);
struct sg_table *interlock_exporter_map(struct dma_buf_attachment *attach, enum dma_data_direction dir);
void interlock_exporter_unmap(struct dma_buf_attachment *attach, struct sg_table *table, enum dma_data_direction dir);
/* Offers scatterlists and physical addresses to importers that ask by mapping type. */
int interlock_exporter_match(struct dma_buf_match_args *args);
int interlock_exporter_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir);
int interlock_exporter_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir);
int interlock_exporter_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma);

#endif
