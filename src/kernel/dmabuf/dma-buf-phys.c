/* Physical ranges of a device made into a table of DMA addresses for the attached device (6.19). */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/pci-p2pdma.h>
#include <linux/slab.h>
#include <interlock/dma-buf-ledger.h>

/* Segments stay below 4 GiB, whose length a scatterlist entry cannot hold. A range of unknown length is one of them. */
#define __PHYS_SEGMENT (0x80000000UL)

/* The table, and what undoing it needs: bus addresses have nothing to unmap. */
struct __dma_buf_phys_sgt {
	struct sg_table sgt;
	bool mapped;
};

static unsigned int __phys_segments(const struct phys_vec *vec, size_t nr_ranges)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < nr_ranges; i++)
		count += __known(vec[i].len) ? DIV_ROUND_UP(vec[i].len, __PHYS_SEGMENT) : 1;
	return count;
}

static void __phys_unmap(struct device *dev, struct sg_table *sgt, unsigned int count, enum dma_data_direction dir)
{
	struct scatterlist *sg = sgt->sgl;
	unsigned int i;

	for (i = 0; i < count; i++, sg = sg_next(sg))
		dma_unmap_phys(dev, sg_dma_address(sg), sg_dma_len(sg), dir, DMA_ATTR_MMIO);
}

static int __phys_map(struct device *dev, struct p2pdma_provider *provider, struct __dma_buf_phys_sgt *made,
		      const struct phys_vec *vec, size_t nr_ranges, enum dma_data_direction dir)
{
	struct scatterlist *sg = made->sgt.sgl;
	size_t i, done, length;
	unsigned int count = 0;
	dma_addr_t addr;
	bool more;

	for (i = 0; i < nr_ranges; i++) {
		more = true;
		for (done = 0; __known(vec[i].len) ? done < vec[i].len : more; done += length) {
			more = false;
			length = min_t(size_t, vec[i].len - done, __PHYS_SEGMENT);
			if (made->mapped) {
				addr = dma_map_phys(dev, vec[i].paddr + done, length, dir, DMA_ATTR_MMIO);
				if (dma_mapping_error(dev, addr)) {
					__phys_unmap(dev, &made->sgt, count, dir);
					return -ENOMEM;
				}
			} else {
				addr = pci_p2pdma_bus_addr_map(provider, vec[i].paddr + done);
			}
			sg_set_page(sg, NULL, length, 0);
			sg_dma_address(sg) = addr;
			sg_dma_len(sg) = length;
			sg = sg_next(sg);
			count++;
		}
	}
	return 0;
}

struct sg_table *dma_buf_phys_vec_to_sgt(struct dma_buf_attachment *attach, struct p2pdma_provider *provider,
					 struct phys_vec *phys_vec, size_t nr_ranges, size_t size,
					 enum dma_data_direction dir)
{
	struct __dma_buf_phys_sgt *made;
	int ret;

	if (DMA_BUF_RULE(__absent(attach) || __absent(attach->dmabuf) || __absent(provider), "dma-buf-null", "no attachment or provider", attach))
		return ERR_PTR(-EINVAL);
	dma_resv_assert_held(attach->dmabuf->resv);

	made = kzalloc(sizeof(*made), GFP_KERNEL);
	if (!made)
		return ERR_PTR(-ENOMEM);
	switch (pci_p2pdma_map_type(provider, attach->dev)) {
	case PCI_P2PDMA_MAP_BUS_ADDR:
		break;
	case PCI_P2PDMA_MAP_THRU_HOST_BRIDGE:
		made->mapped = true;
		break;
	default:
		ret = -EINVAL;
		goto err_free;
	}

	ret = sg_alloc_table(&made->sgt, __phys_segments(phys_vec, nr_ranges), GFP_KERNEL);
	if (ret)
		goto err_free;
	ret = __phys_map(attach->dev, provider, made, phys_vec, nr_ranges, dir);
	if (ret)
		goto err_free_table;
	/* There is nothing for the CPU behind these entries. */
	made->sgt.orig_nents = 0;
	return &made->sgt;

err_free_table:
	sg_free_table(&made->sgt);
err_free:
	kfree(made);
	return ERR_PTR(ret);
}

void dma_buf_free_sgt(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	struct __dma_buf_phys_sgt *made = container_of(sgt, struct __dma_buf_phys_sgt, sgt);

	dma_resv_assert_held(attach->dmabuf->resv);
	if (made->mapped)
		__phys_unmap(attach->dev, sgt, sgt->nents, dir);
	sgt->orig_nents = sgt->nents;
	sg_free_table(sgt);
	kfree(made);
}
