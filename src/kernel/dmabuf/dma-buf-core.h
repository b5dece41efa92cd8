/* Calls of the exporter's ops with their book-keeping, shared between the parts of the core. */
#ifndef _INTERLOCK_DMA_BUF_CORE_H
#define _INTERLOCK_DMA_BUF_CORE_H
#include <linux/dma-buf.h>

/* The error that an op returned; one whose number nobody has decided stands for any. */
static inline int __dma_buf_error(int ret)
{
	return __known(ret) ? ret : -EINVAL;
}

int __dma_buf_call_pin(struct dma_buf_attachment *attach);
void __dma_buf_call_unpin(struct dma_buf_attachment *attach);
struct sg_table *__dma_buf_call_map(struct dma_buf_attachment *attach, enum dma_data_direction dir);
void __dma_buf_call_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir);
/* The core's own, for hunks that show its callers only (drivers/dma-buf/dma-buf.c). */
struct sg_table *__map_dma_buf(struct dma_buf_attachment *attach, enum dma_data_direction dir);
void __unmap_dma_buf(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir);
void mangle_sg_table(struct sg_table *sgt);
int __dma_buf_negotiate(struct dma_buf_match_args *args);

#endif
