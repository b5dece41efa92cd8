/* The bodies of dma-buf-importer.h. */
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <interlock/dma-buf-importer.h>

void interlock_importer_unmaps(struct dma_buf_attachment *attach)
{
	struct interlock_importer *importer = attach->importer_priv;
	struct sg_table *sgt = importer->sgt;

	if (!sgt)
		return;
	importer->sgt = NULL;
	dma_buf_unmap_attachment(attach, sgt, importer->dir);
}

void interlock_importer_gives_back(struct dma_buf_attachment *attach)
{
	struct interlock_importer *importer = attach->importer_priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	importer->told++;
	interlock_importer_unmaps(attach);
}

int interlock_importer_maps(struct dma_buf_attachment *attach)
{
	struct interlock_importer *importer = attach->importer_priv;
	struct sg_table *sgt = dma_buf_map_attachment(attach, importer->dir);

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	/* The storage is where the table says once the exporter's own fences are done. */
	dma_resv_wait_timeout(attach->dmabuf->resv, DMA_RESV_USAGE_KERNEL, false, MAX_SCHEDULE_TIMEOUT);
	importer->sgt = sgt;
	return 0;
}
