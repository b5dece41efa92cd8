/* Mapping and unmapping through an attachment, and the notice that the storage moves. */
#include <linux/dma-buf.h>
#include <linux/sched.h>
#include <interlock/dma-buf-ledger.h>
#include <interlock/dma-buf-core.h>

int __dma_buf_call_pin(struct dma_buf_attachment *attach)
{
	struct dma_buf *dmabuf = attach->dmabuf;
	int ret = 0;

	if (dmabuf->ops->pin) {
		ret = dmabuf->ops->pin(attach);
		__dma_buf_check_result("pin", ret);
	}
	if (!ret)
		__dma_buf_pinned(attach);
	return ret;
}

void __dma_buf_call_unpin(struct dma_buf_attachment *attach)
{
	struct dma_buf *dmabuf = attach->dmabuf;

	__dma_buf_unpinning(attach);
	if (dmabuf->ops->unpin)
		dmabuf->ops->unpin(attach);
}

/* A matched scatterlist type brings its own pair of ops. */
static const struct dma_buf_mapping_sgt_exp_ops *__dma_buf_typed_sgt_ops(struct dma_buf_attachment *attach)
{
	if (!attach->map_type.exp_ops)
		return NULL;
	return container_of(attach->map_type.exp_ops, struct dma_buf_mapping_sgt_exp_ops, ops);
}

struct sg_table *__dma_buf_call_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	const struct dma_buf_mapping_sgt_exp_ops *typed = __dma_buf_typed_sgt_ops(attach);
	struct sg_table *sgt;
	long waited;

	__dma_buf_mapping(attach, dir);
	if (typed)
		sgt = typed->map_dma_buf(attach, dir);
	else
		sgt = attach->dmabuf->ops->map_dma_buf(attach, dir);
	__dma_buf_check_sgt(attach, sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (IS_ERR(sgt))
		return sgt;
	__dma_buf_mapped(attach, sgt, dir);

	/* An importer that cannot follow a move must not see the storage before the move is done. */
	if (!dma_buf_attachment_is_dynamic(attach)) {
		waited = dma_resv_wait_timeout(attach->dmabuf->resv, DMA_RESV_USAGE_KERNEL, true,
					       MAX_SCHEDULE_TIMEOUT);
		if (waited < 0) {
			__dma_buf_call_unmap(attach, sgt, dir);
			return ERR_PTR(waited);
		}
	}
	return sgt;
}

void __dma_buf_call_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	const struct dma_buf_mapping_sgt_exp_ops *typed = __dma_buf_typed_sgt_ops(attach);

	__dma_buf_unmapping(attach, sgt, dir);
	if (typed)
		typed->unmap_dma_buf(attach, sgt, dir);
	else
		attach->dmabuf->ops->unmap_dma_buf(attach, sgt, dir);
}

struct sg_table *__map_dma_buf(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return __dma_buf_call_map(attach, dir);
}

void __unmap_dma_buf(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	__dma_buf_call_unmap(attach, sgt, dir);
}

/* Does nothing but with CONFIG_DMABUF_DEBUG. */
void mangle_sg_table(struct sg_table *sgt)
{
}

/* Who pins for the time of a mapping, by generation. */
static bool __dma_buf_pins_on_map(struct dma_buf_attachment *attach)
{
	int generation = __dma_buf_generation();

	if (!attach->dmabuf->ops->pin)
		return false;
	if (generation < 615)
		return !__dma_buf_move_notify_enabled();
	if (generation < 701)
		return !dma_buf_attachment_is_dynamic(attach) || !__dma_buf_move_notify_enabled();
	return !dma_buf_attachment_is_dynamic(attach);
}

struct sg_table *dma_buf_map_attachment(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt;
	int ret;

	might_sleep();
	if (DMA_BUF_RULE(__absent(attach) || __absent(attach->dmabuf), "dma-buf-null", "map of a NULL attachment", attach))
		return ERR_PTR(-EINVAL);
	dma_resv_assert_held(attach->dmabuf->resv);
	__dma_buf_adopt_attachment(attach);

	if (attach->sgt) {
		if (attach->dir != dir && attach->dir != DMA_BIDIRECTIONAL) {
			__dma_buf_report("dma-buf-cached-direction",
					 "mapped again in another direction than the cached mapping", attach);
			return ERR_PTR(-EBUSY);
		}
		return attach->sgt;
	}

	if (__dma_buf_pins_on_map(attach)) {
		ret = __dma_buf_call_pin(attach);
		if (ret)
			return ERR_PTR(__dma_buf_error(ret));
	}
	sgt = __dma_buf_call_map(attach, dir);
	if (IS_ERR(sgt)) {
		if (__dma_buf_pins_on_map(attach))
			__dma_buf_call_unpin(attach);
		return sgt;
	}
	if (attach->dmabuf->ops->cache_sgt_mapping) {
		attach->sgt = sgt;
		attach->dir = dir;
	}
	return sgt;
}

struct sg_table *dma_buf_map_attachment_unlocked(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt;

	might_sleep();
	if (DMA_BUF_RULE(__absent(attach) || __absent(attach->dmabuf), "dma-buf-null", "map of a NULL attachment", attach))
		return ERR_PTR(-EINVAL);
	dma_resv_lock(attach->dmabuf->resv, NULL);
	sgt = dma_buf_map_attachment(attach, dir);
	dma_resv_unlock(attach->dmabuf->resv);
	return sgt;
}

void dma_buf_unmap_attachment(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	might_sleep();
	if (DMA_BUF_RULE(__absent(attach) || __absent(attach->dmabuf) || __absent(sgt), "dma-buf-null", "unmap of NULL", attach))
		return;
	dma_resv_assert_held(attach->dmabuf->resv);
	__dma_buf_adopt_attachment(attach);

	if (attach->sgt == sgt)
		return;
	__dma_buf_call_unmap(attach, sgt, dir);
	if (__dma_buf_pins_on_map(attach))
		__dma_buf_call_unpin(attach);
}

void dma_buf_unmap_attachment_unlocked(struct dma_buf_attachment *attach, struct sg_table *sgt,
				       enum dma_data_direction dir)
{
	might_sleep();
	if (DMA_BUF_RULE(__absent(attach) || __absent(attach->dmabuf) || __absent(sgt), "dma-buf-null", "unmap of NULL", attach))
		return;
	dma_resv_lock(attach->dmabuf->resv, NULL);
	dma_buf_unmap_attachment(attach, sgt, dir);
	dma_resv_unlock(attach->dmabuf->resv);
}

/* Both spellings of the importer's op are honoured, one of them is set. */
static void __dma_buf_notify(struct dma_buf *dmabuf)
{
	const struct dma_buf_attach_ops *ops;
	struct dma_buf_attachment *attach;

	might_sleep();
	dma_resv_assert_held(dmabuf->resv);
	__dma_buf_notifying(dmabuf, true);
	list_for_each_entry(attach, &dmabuf->attachments, node) {
		ops = attach->importer_ops;
		if (!ops)
			continue;
		if (ops->invalidate_mappings)
			ops->invalidate_mappings(attach);
		else if (ops->move_notify)
			ops->move_notify(attach);
	}
	__dma_buf_notifying(dmabuf, false);
}

void dma_buf_move_notify(struct dma_buf *dmabuf)
{
	__dma_buf_notify(dmabuf);
}

void dma_buf_invalidate_mappings(struct dma_buf *dmabuf)
{
	__dma_buf_notify(dmabuf);
}

/* The importer of scenarios that have none of their own: it takes note and does nothing. */
void interlock_importer_move_notify(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
}
