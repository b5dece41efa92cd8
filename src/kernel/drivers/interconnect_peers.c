/*
 * The other side of an interconnect: an exporter of a virtual function's memory, and importers on the physical function that support its
 * interconnect, that support two kinds, that ask for another BAR, and that support none.
 */
#include "interconnect_peers.h"
#include <linux/pci.h>
#include <linux/range.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#define PEER_BAR 2

static bool interlock_vf_match(const struct dma_buf_interconnect *exp, const struct dma_buf_interconnect *imp)
{
	const struct dma_buf_iov_interconnect *mine = container_of(exp, struct dma_buf_iov_interconnect, base);
	const struct dma_buf_iov_interconnect *theirs = container_of(imp, struct dma_buf_iov_interconnect, base);

	return mine->pdev->is_virtfn && theirs->pdev == pci_physfn(mine->pdev) && theirs->bar == mine->bar;
}

static int interlock_vf_map(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	struct vfio_pci_dma_buf *priv = attach->dmabuf->priv;
	struct range *range;
	unsigned int i;
	void *old;

	if (!priv->nr_ranges)
		return -EINVAL;
	range = kcalloc(priv->nr_ranges, sizeof(*range), GFP_KERNEL);
	if (!range)
		return -ENOMEM;
	for (i = 0; i < priv->nr_ranges; i++) {
		range[i].start = priv->phys_vec[i].paddr;
		range[i].end = priv->phys_vec[i].paddr + priv->phys_vec[i].len - 1;
		old = xa_store(&ranges->ranges, i, &range[i], GFP_KERNEL);
		if (xa_is_err(old)) {
			kfree(range);
			return xa_err(old);
		}
	}
	ranges->nranges = priv->nr_ranges;
	return 0;
}

static void interlock_vf_unmap(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	kfree(xa_load(&ranges->ranges, 0));
}

static const struct dma_buf_interconnect_ops interlock_vf_interconnect = {
	.match_interconnect = interlock_vf_match,
	.map_interconnect = interlock_vf_map,
	.unmap_interconnect = interlock_vf_unmap,
};

static int interlock_vf_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct vfio_pci_dma_buf *priv = dmabuf->priv;
	const struct dma_buf_interconnect_match offered[] = { CREATE_IOV_INTERCONNECT(priv->vdev->pdev, PEER_BAR) };

	if (attach->allow_ic && attach->importer_ops->supports_interconnects(attach, offered, ARRAY_SIZE(offered)))
		return 0;
	return attach->peer2peer ? 0 : -EOPNOTSUPP;
}

static struct sg_table *interlock_vf_map_table(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct vfio_pci_dma_buf *priv = attach->dmabuf->priv;

	return dma_buf_phys_vec_to_sgt(attach, priv->provider, priv->phys_vec, priv->nr_ranges, priv->size, dir);
}

static void interlock_vf_unmap_table(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_buf_free_sgt(attach, sgt, dir);
}

static void interlock_vf_release(struct dma_buf *dmabuf)
{
}

const struct dma_buf_ops interlock_vf_exporter = {
	.attach = interlock_vf_attach,
	.map_dma_buf = interlock_vf_map_table,
	.unmap_dma_buf = interlock_vf_unmap_table,
	.release = interlock_vf_release,
	.interconnect_ops = &interlock_vf_interconnect,
};

static void interlock_peer_notify(struct dma_buf_attachment *attach)
{
}

static bool interlock_supports_pf(struct dma_buf_attachment *attach, const struct dma_buf_interconnect_match *exp, unsigned int count)
{
	const struct dma_buf_interconnect_match wanted[] = { CREATE_IOV_INTERCONNECT(to_pci_dev(attach->dev), PEER_BAR) };

	return dev_is_pci(attach->dev) && dma_buf_match_interconnects(attach, exp, count, wanted, ARRAY_SIZE(wanted));
}

/* Two kinds of interconnect: the first is none that an exporter knows. */
static bool interlock_supports_two(struct dma_buf_attachment *attach, const struct dma_buf_interconnect_match *exp, unsigned int count)
{
	const struct dma_buf_interconnect other = { .type = DMA_BUF_INTERCONNECT_NONE };
	const struct dma_buf_interconnect_match wanted[] = {
		{ &other },
		CREATE_IOV_INTERCONNECT(to_pci_dev(attach->dev), PEER_BAR),
	};

	return dev_is_pci(attach->dev) && dma_buf_match_interconnects(attach, exp, count, wanted, ARRAY_SIZE(wanted));
}

static bool interlock_supports_other_bar(struct dma_buf_attachment *attach, const struct dma_buf_interconnect_match *exp, unsigned int count)
{
	const struct dma_buf_interconnect_match wanted[] = { CREATE_IOV_INTERCONNECT(to_pci_dev(attach->dev), PEER_BAR + 2) };

	return dev_is_pci(attach->dev) && dma_buf_match_interconnects(attach, exp, count, wanted, ARRAY_SIZE(wanted));
}

const struct dma_buf_attach_ops interlock_pf_importer = {
	.allow_peer2peer = true,
	.move_notify = interlock_peer_notify,
	.supports_interconnects = interlock_supports_pf,
};

const struct dma_buf_attach_ops interlock_two_types_importer = {
	.allow_peer2peer = true,
	.move_notify = interlock_peer_notify,
	.supports_interconnects = interlock_supports_two,
};

const struct dma_buf_attach_ops interlock_other_bar_importer = {
	.allow_peer2peer = true,
	.move_notify = interlock_peer_notify,
	.supports_interconnects = interlock_supports_other_bar,
};

const struct dma_buf_attach_ops interlock_no_interconnect_importer = {
	.allow_peer2peer = true,
	.move_notify = interlock_peer_notify,
};
