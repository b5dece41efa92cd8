/* How the two sides of an attachment agree: interconnects (2025) and mapping types (2026), both as proposed. */
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/pci-p2pdma.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <interlock/dma-buf-ledger.h>
#include <interlock/dma-buf-core.h>
#include <interlock/dma-buf-exporter.h>

struct dma_buf_ranges *dma_buf_map_interconnect(struct dma_buf_attachment *attach)
{
	const struct dma_buf_interconnect_ops *ops;
	struct dma_buf_ranges *ranges;
	int ret;

	might_sleep();
	if (DMA_BUF_RULE(__absent(attach) || __absent(attach->dmabuf), "dma-buf-null", "map of a NULL attachment", attach))
		return ERR_PTR(-EINVAL);
	if (!dma_buf_attachment_is_dynamic(attach))
		return ERR_PTR(-EINVAL);
	if (!attach->allow_ic)
		return ERR_PTR(-EOPNOTSUPP);
	dma_resv_assert_held(attach->dmabuf->resv);

	ops = attach->dmabuf->ops->interconnect_ops;
	if (!ops || !ops->map_interconnect)
		return ERR_PTR(-EINVAL);
	ranges = kzalloc(sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return ERR_PTR(-ENOMEM);
	xa_init(&ranges->ranges);

	__dma_buf_mapping(attach, DMA_NONE);
	ret = ops->map_interconnect(attach, ranges);
	__dma_buf_check_result("map_interconnect", ret);
	if (ret) {
		if (__known(ranges->nranges) && ranges->nranges)
			__dma_buf_report("dma-buf-interconnect-ranges",
					 "`map_interconnect` fails and leaves a number of ranges behind", ranges);
		xa_destroy(&ranges->ranges);
		kfree(ranges);
		return ERR_PTR(__dma_buf_error(ret));
	}
	__dma_buf_mapped(attach, ranges, DMA_BIDIRECTIONAL);
	return ranges;
}

void dma_buf_unmap_interconnect(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	const struct dma_buf_interconnect_ops *ops;

	if (DMA_BUF_RULE(__absent(attach) || __absent(attach->dmabuf) || __absent(ranges), "dma-buf-null", "unmap of NULL", attach))
		return;
	might_sleep();
	/* As proposed: nothing is freed on either of these paths. An exporter that nobody shows has both ops. */
	if (__known(attach->allow_ic) && !attach->allow_ic)
		return;
	ops = attach->dmabuf->ops->interconnect_ops;
	if (__known(ops) && (!ops || (__known(ops->unmap_interconnect) && !ops->unmap_interconnect)))
		return;
	dma_resv_assert_held(attach->dmabuf->resv);

	__dma_buf_unmapping(attach, ranges, DMA_BIDIRECTIONAL);
	ops->unmap_interconnect(attach, ranges);
	xa_destroy(&ranges->ranges);
	kfree(ranges);
}

/* Its arguments were interconnects first, and matches later. */
typedef bool (*__dma_buf_match_t)(const void *exp, const void *imp);

static __dma_buf_match_t __dma_buf_match(const struct dma_buf_interconnect_ops *ops)
{
	return (__dma_buf_match_t)ops->match_interconnect;
}

bool dma_buf_match_interconnects(struct dma_buf_attachment *attach,
				 const struct dma_buf_interconnect_match *exp, unsigned int exp_ics,
				 const struct dma_buf_interconnect_match *imp, unsigned int imp_ics)
{
	const struct dma_buf_interconnect_ops *ops;
	const struct dma_buf_interconnect *offered, *wanted;
	struct dma_buf_interconnect_match *copy;
	unsigned int i, j;

	if (!exp || !imp || !attach->allow_ic)
		return false;
	ops = attach->dmabuf->ops->interconnect_ops;
	if (!ops || !ops->match_interconnect)
		return false;

	for (i = 0; i < exp_ics; i++) {
		for (j = 0; j < imp_ics; j++) {
			offered = exp[i].interconnect;
			wanted = imp[j].interconnect;
			/* The second version tells types apart by their address, and keeps what the exporter said of the match. */
			if (!wanted && !__absent(imp[j].type)) {
				if (exp[i].type != imp[j].type || !__dma_buf_match(ops)(&exp[i], &imp[j]))
					continue;
				copy = kzalloc(sizeof(*copy), GFP_KERNEL);
				if (!copy)
					return false;
				*copy = exp[i];
				attach->ic_match = copy;
				attach->interconnect.type = DMA_BUF_INTERCONNECT_IOV;
				return true;
			}
			if (offered->type != wanted->type)
				continue;
			if (!ops->match_interconnect(offered, wanted))
				continue;
			attach->interconnect.type = offered->type;
			return true;
		}
	}
	attach->allow_ic = false;
	return false;
}

int dma_buf_match_mapping(struct dma_buf_match_args *args, const struct dma_buf_mapping_match *exp_mappings,
			  size_t exp_len)
{
	const struct dma_buf_mapping_match *exp, *imp;
	size_t i, j;
	int ret;

	for (i = 0; i < exp_len; i++) {
		exp = &exp_mappings[i];
		for (j = 0; j < args->imp_len; j++) {
			imp = &args->imp_matches[j];
			if (exp->type != imp->type)
				continue;
			/* A type without a match of its own fits itself. */
			if (exp->type->match) {
				ret = exp->type->match(args->dmabuf, exp, imp);
				__dma_buf_check_result("match", ret);
				if (ret == -EOPNOTSUPP)
					continue;
				if (ret)
					return ret;
			}
			if (args->attach) {
				args->attach->map_type.type = exp->type;
				args->attach->map_type.exp_ops = exp->exp_ops;
			}
			if (exp->type->finish_match)
				exp->type->finish_match(args, exp, imp);
			return 0;
		}
	}
	return -EINVAL;
}

int __dma_buf_negotiate(struct dma_buf_match_args *args)
{
	const struct dma_buf_ops *ops = args->dmabuf->ops;
	struct dma_buf_mapping_match plain;
	int ret;

	if (ops->match_mapping) {
		ret = ops->match_mapping(args);
		__dma_buf_check_result("match_mapping", ret);
		return ret;
	}
	if (ops->single_exporter_match)
		return dma_buf_match_mapping(args, ops->single_exporter_match, 1);
	if (ops == __exporter_ops())
		return interlock_exporter_match(args);
	/* An exporter of the old kind offers scatterlists through its own pair of ops. */
	plain = (struct dma_buf_mapping_match) { .type = &dma_buf_mapping_sgt_type };
	return dma_buf_match_mapping(args, &plain, 1);
}

static int __dma_buf_sgt_match(struct dma_buf *dmabuf, const struct dma_buf_mapping_match *exp,
			       const struct dma_buf_mapping_match *imp)
{
	if (exp->sgt_data.exporter_requires_p2p != DMA_SGT_EXPORTER_REQUIRES_P2P_DISTANCE)
		return 0;
	if (!imp->sgt_data.importer_accepts_p2p)
		return -EOPNOTSUPP;
	if (pci_p2pdma_distance(exp->sgt_data.exporting_p2p_device, imp->sgt_data.importing_dma_device, true) < 0)
		return -EOPNOTSUPP;
	return 0;
}

static void __dma_buf_sgt_finish(struct dma_buf_match_args *args, const struct dma_buf_mapping_match *exp,
				 const struct dma_buf_mapping_match *imp)
{
	struct dma_buf_attachment *attach = args->attach;

	attach->map_type.sgt_data.importing_dma_device = imp->sgt_data.importing_dma_device;
	attach->map_type.sgt_data.exporting_p2p_device = exp->sgt_data.exporting_p2p_device;
	attach->map_type.sgt_data.importer_accepts_p2p = imp->sgt_data.importer_accepts_p2p;
	attach->map_type.sgt_data.exporter_requires_p2p = exp->sgt_data.exporter_requires_p2p;
	attach->dev = imp->sgt_data.importing_dma_device;
	attach->peer2peer = imp->sgt_data.importer_accepts_p2p;
}

struct dma_buf_mapping_type dma_buf_mapping_sgt_type = {
	.name = "DMA Mapped Scatter Table",
	.match = __dma_buf_sgt_match,
	.finish_match = __dma_buf_sgt_finish,
};

static int __dma_buf_pal_match(struct dma_buf *dmabuf, const struct dma_buf_mapping_match *exp,
			       const struct dma_buf_mapping_match *imp)
{
	return 0;
}

struct dma_buf_mapping_type dma_buf_mapping_pal_type = {
	.name = "Physical Address List",
	.match = __dma_buf_pal_match,
};

struct dma_buf_attachment *dma_buf_sgt_dynamic_attach(struct dma_buf *dmabuf, struct device *dev,
						      const struct dma_buf_attach_ops *importer_ops,
						      void *importer_priv)
{
	struct dma_buf_mapping_match wanted[] = {
		DMA_BUF_IMAPPING_SGT(dev, importer_ops && importer_ops->allow_peer2peer ? DMA_SGT_IMPORTER_ACCEPTS_P2P
											: DMA_SGT_NO_P2P),
	};

	return dma_buf_mapping_attach(dmabuf, wanted, 1, importer_ops, importer_priv);
}

struct dma_buf_attachment *dma_buf_sgt_attach(struct dma_buf *dmabuf, struct device *dev)
{
	return dma_buf_sgt_dynamic_attach(dmabuf, dev, NULL, NULL);
}

struct device *dma_buf_sgt_dma_device(struct dma_buf_attachment *attach)
{
	if (attach->map_type.type == &dma_buf_mapping_sgt_type)
		return attach->map_type.sgt_data.importing_dma_device;
	return attach->dev;
}

bool dma_buf_sgt_p2p_allowed(struct dma_buf_attachment *attach)
{
	return attach->peer2peer;
}

struct sg_table *dma_buf_sgt_map_attachment(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return dma_buf_map_attachment(attach, dir);
}

void dma_buf_sgt_unmap_attachment(struct dma_buf_attachment *attach, struct sg_table *sgt,
				  enum dma_data_direction dir)
{
	dma_buf_unmap_attachment(attach, sgt, dir);
}

struct sg_table *dma_buf_sgt_map_attachment_unlocked(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return dma_buf_map_attachment_unlocked(attach, dir);
}

void dma_buf_sgt_unmap_attachment_unlocked(struct dma_buf_attachment *attach, struct sg_table *sgt,
					   enum dma_data_direction dir)
{
	dma_buf_unmap_attachment_unlocked(attach, sgt, dir);
}

static const struct dma_buf_mapping_pal_exp_ops *__dma_buf_pal_ops(struct dma_buf_attachment *attach)
{
	return container_of(attach->map_type.exp_ops, struct dma_buf_mapping_pal_exp_ops, ops);
}

struct dma_buf_phys_list *dma_buf_pal_map_phys(struct dma_buf_attachment *attach)
{
	struct dma_buf_phys_list *list;

	dma_resv_assert_held(attach->dmabuf->resv);
	if (DMA_BUF_RULE(attach->map_type.type != &dma_buf_mapping_pal_type, "dma-buf-wrong-type",
			 "physical addresses asked of an attachment that matched another type", attach))
		return ERR_PTR(-EINVAL);
	__dma_buf_mapping(attach, DMA_NONE);
	list = __dma_buf_pal_ops(attach)->map_phys(attach);
	if (!IS_ERR_OR_NULL(list))
		__dma_buf_mapped(attach, list, DMA_BIDIRECTIONAL);
	return list;
}

void dma_buf_pal_unmap_phys(struct dma_buf_attachment *attach, struct dma_buf_phys_list *phys)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	__dma_buf_unmapping(attach, phys, DMA_BIDIRECTIONAL);
	__dma_buf_pal_ops(attach)->unmap_phys(attach, phys);
}
