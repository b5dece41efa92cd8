/* Attaching and detaching a device, and pinning for it. */
#include <linux/dma-buf.h>
#include <linux/slab.h>
#include <interlock/dma-buf-ledger.h>
#include <interlock/dma-buf-core.h>

static bool __dma_buf_has_notify(const struct dma_buf_attach_ops *importer_ops)
{
	return importer_ops->move_notify || importer_ops->invalidate_mappings;
}

bool dma_buf_attach_revocable(struct dma_buf_attachment *attach)
{
	return attach->importer_ops && attach->importer_ops->invalidate_mappings;
}

/* Up to 6.14: an attachment whose two sides disagree on moving is mapped once, at attach, for both directions. */
static bool __dma_buf_maps_at_attach(struct dma_buf_attachment *attach)
{
	return __dma_buf_generation() < 615 &&
	       dma_buf_attachment_is_dynamic(attach) != dma_buf_is_dynamic(attach->dmabuf);
}

static int __dma_buf_map_at_attach(struct dma_buf_attachment *attach)
{
	struct dma_buf *dmabuf = attach->dmabuf;
	struct sg_table *sgt;
	int ret;

	dma_resv_lock(dmabuf->resv, NULL);
	if (dma_buf_is_dynamic(dmabuf)) {
		ret = __dma_buf_call_pin(attach);
		if (ret)
			goto out_unlock;
	}
	sgt = __dma_buf_call_map(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		if (dma_buf_is_dynamic(dmabuf))
			__dma_buf_call_unpin(attach);
		goto out_unlock;
	}
	attach->sgt = sgt;
	attach->dir = DMA_BIDIRECTIONAL;
	ret = 0;

out_unlock:
	dma_resv_unlock(dmabuf->resv);
	return ret;
}

/* What the second version of the interconnects notes of a match. */
static void __dma_buf_forget_match(struct dma_buf_attachment *attach)
{
	if (__known(attach->ic_match))
		kfree(attach->ic_match);
}

static struct dma_buf_attachment *__dma_buf_do_attach(struct dma_buf *dmabuf, struct device *dev,
						      struct dma_buf_match_args *match,
						      const struct dma_buf_attach_ops *importer_ops,
						      void *importer_priv)
{
	struct dma_buf_attachment *attach;
	int ret;

	attach = kzalloc(sizeof(*attach), GFP_KERNEL);
	if (!attach)
		return ERR_PTR(-ENOMEM);

	attach->dev = dev;
	attach->dmabuf = dmabuf;
	if (importer_ops) {
		attach->peer2peer = importer_ops->allow_peer2peer;
		attach->allow_ic = !!importer_ops->supports_interconnects;
	}
	attach->importer_ops = importer_ops;
	attach->importer_priv = importer_priv;

	if (match) {
		match->attach = attach;
		ret = __dma_buf_negotiate(match);
		if (ret)
			goto err_free;
	}
	if (dmabuf->ops->attach) {
		ret = dmabuf->ops->attach(dmabuf, attach);
		__dma_buf_check_result("attach", ret);
		if (ret)
			goto err_free;
	}

	dma_resv_lock(dmabuf->resv, NULL);
	list_add(&attach->node, &dmabuf->attachments);
	dma_resv_unlock(dmabuf->resv);
	__dma_buf_attached(attach);

	if (__dma_buf_maps_at_attach(attach)) {
		ret = __dma_buf_map_at_attach(attach);
		if (ret) {
			dma_buf_detach(dmabuf, attach);
			return ERR_PTR(__dma_buf_error(ret));
		}
	}
	return attach;

err_free:
	__dma_buf_forget_match(attach);
	kfree(attach);
	return ERR_PTR(__dma_buf_error(ret));
}

struct dma_buf_attachment *dma_buf_dynamic_attach(struct dma_buf *dmabuf, struct device *dev,
						  const struct dma_buf_attach_ops *importer_ops,
						  void *importer_priv)
{
	if (DMA_BUF_RULE(__absent(dmabuf) || __absent(dev), "dma-buf-null", "attach with a NULL buffer or device", dmabuf))
		return ERR_PTR(-EINVAL);
	/* Since 7.1 an importer without the op counts as pinned. A table that nobody shows has what it needs. */
	if (__dma_buf_generation() < 701 && __known(importer_ops) &&
	    DMA_BUF_RULE(importer_ops && __known(importer_ops->move_notify) && !__dma_buf_has_notify(importer_ops), "dma-buf-no-move-notify",
			 "importer ops without `move_notify`", importer_ops))
		return ERR_PTR(-EINVAL);

	__dma_buf_adopt(dmabuf);
	if (dmabuf->ops->match_mapping || dmabuf->ops->single_exporter_match)
		return dma_buf_sgt_dynamic_attach(dmabuf, dev, importer_ops, importer_priv);
	return __dma_buf_do_attach(dmabuf, dev, NULL, importer_ops, importer_priv);
}

struct dma_buf_attachment *dma_buf_attach(struct dma_buf *dmabuf, struct device *dev)
{
	return dma_buf_dynamic_attach(dmabuf, dev, NULL, NULL);
}

struct dma_buf_attachment *dma_buf_mapping_attach(struct dma_buf *dmabuf, struct dma_buf_mapping_match *importer_matches,
						  size_t match_len, const struct dma_buf_attach_ops *importer_ops,
						  void *importer_priv)
{
	struct dma_buf_match_args match = {
		.dmabuf = dmabuf,
		.imp_matches = importer_matches,
		.imp_len = match_len,
	};

	if (DMA_BUF_RULE(__absent(dmabuf), "dma-buf-null", "attach to a NULL buffer", dmabuf))
		return ERR_PTR(-EINVAL);
	__dma_buf_adopt(dmabuf);
	return __dma_buf_do_attach(dmabuf, NULL, &match, importer_ops, importer_priv);
}

void dma_buf_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	if (DMA_BUF_RULE(__absent(dmabuf) || __absent(attach), "dma-buf-null", "detach of NULL", attach))
		return;
	/* Whose an attachment is that came from out of sight, nobody knows. */
	if (DMA_BUF_RULE(__known(attach->node.next) && dmabuf != attach->dmabuf, "dma-buf-null", "detach of another buffer's attachment", attach))
		return;

	__dma_buf_adopt_attachment(attach);
	dma_resv_lock(dmabuf->resv, NULL);
	if (attach->sgt) {
		__dma_buf_call_unmap(attach, attach->sgt, attach->dir);
		attach->sgt = NULL;
		if (dma_buf_is_dynamic(dmabuf))
			__dma_buf_call_unpin(attach);
	}
	__dma_buf_detaching(attach);
	list_del(&attach->node);
	dma_resv_unlock(dmabuf->resv);

	if (dmabuf->ops->detach)
		dmabuf->ops->detach(dmabuf, attach);
	__dma_buf_forget_match(attach);
	kfree(attach);
}

int dma_buf_pin(struct dma_buf_attachment *attach)
{
	might_sleep();
	DMA_BUF_RULE(!dma_buf_attachment_is_dynamic(attach), "dma-buf-pin-static",
		     "`dma_buf_pin` on an attachment without importer ops", attach);
	dma_resv_assert_held(attach->dmabuf->resv);
	__dma_buf_adopt_attachment(attach);
	return __dma_buf_call_pin(attach);
}

void dma_buf_unpin(struct dma_buf_attachment *attach)
{
	might_sleep();
	DMA_BUF_RULE(!dma_buf_attachment_is_dynamic(attach), "dma-buf-pin-static",
		     "`dma_buf_unpin` on an attachment without importer ops", attach);
	dma_resv_assert_held(attach->dmabuf->resv);
	__dma_buf_adopt_attachment(attach);
	__dma_buf_call_unpin(attach);
}

/* For scenarios: whether a pointer can be used, by what is known of it. */
bool interlock_usable(const void *pointer)
{
	return !IS_ERR_OR_NULL(pointer);
}
