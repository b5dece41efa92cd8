/* SPDX-License-Identifier: MIT */
/* The exporter of buffers that come from a process: it keeps every promise of the core's, and mapping may fail. */
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <interlock/dma-buf-exporter.h>
#include <interlock/dma-buf-ledger.h>
#include <interlock/driver-answers.h>

int interlock_exporter_pin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	return __may_fail("`pin` of the exporter", -ENOMEM);
}

void interlock_exporter_unpin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
}

struct sg_table *interlock_exporter_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *table;

	dma_resv_assert_held(attach->dmabuf->resv);
	table = __exporter_table(attach->dmabuf->size);
	return table ? table : ERR_PTR(-ENOMEM);
}

void interlock_exporter_unmap(struct dma_buf_attachment *attach, struct sg_table *table, enum dma_data_direction dir)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	/* Every exporter looks into it. */
	if (!table->orig_nents)
		return;
	__exporter_table_free(table);
}

static struct dma_buf_phys_list *interlock_exporter_list(struct dma_buf_attachment *attach)
{
	struct dma_buf_phys_list *list;

	dma_resv_assert_held(attach->dmabuf->resv);
	if (__may_fail("`map_phys` of the exporter", -ENOMEM))
		return ERR_PTR(-ENOMEM);
	list = __exporter_memory(struct_size(list, phys, 1));
	list->length = 1;
	list->phys[0].len = attach->dmabuf->size;
	return list;
}

static void interlock_exporter_unlist(struct dma_buf_attachment *attach, struct dma_buf_phys_list *list)
{
	dma_resv_assert_held(attach->dmabuf->resv);
}

const struct dma_buf_mapping_pal_exp_ops interlock_exporter_pal_ops = {
	.map_phys = interlock_exporter_list,
	.unmap_phys = interlock_exporter_unlist,
};

int interlock_exporter_match(struct dma_buf_match_args *args)
{
	struct dma_buf_mapping_match offered[] = {
		{ .type = &dma_buf_mapping_sgt_type },
		DMA_BUF_EMAPPING_PAL(&interlock_exporter_pal_ops),
	};

	return dma_buf_match_mapping(args, offered, ARRAY_SIZE(offered));
}

void interlock_exporter_release(struct dma_buf *dmabuf)
{
}

int interlock_exporter_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	return __may_fail("`begin_cpu_access` of the exporter", -EINTR);
}

int interlock_exporter_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	return 0;
}

int interlock_exporter_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	return 0;
}

int interlock_exporter_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	int ret;

	dma_resv_assert_held(dmabuf->resv);
	ret = __may_fail("`vmap` of the exporter", -ENOMEM);
	if (!ret)
		iosys_map_set_vaddr(map, __exporter_memory(dmabuf->size));
	return ret;
}

void interlock_exporter_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	dma_resv_assert_held(dmabuf->resv);
	iosys_map_clear(map);
}

void __dma_buf_adopt(struct dma_buf *dmabuf)
{
	if (!__known(dmabuf->ops))
		dmabuf->ops = __exporter_ops();
}

void __dma_buf_adopt_attachment(struct dma_buf_attachment *attach)
{
	if (!__known(attach->sgt))
		attach->sgt = NULL;
	if (!__known(attach->map_type.exp_ops))
		attach->map_type.exp_ops = NULL;
	__dma_buf_adopt(attach->dmabuf);
}
