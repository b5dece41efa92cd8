/*
 * Types of the interconnect proposal (2025), where exporter and importer agree on an address space other than the importer's DMA space.
 * A document that brings its own file of this path replaces this one.
 */
#ifndef __DMA_BUF_INTERCONNECT_H__
#define __DMA_BUF_INTERCONNECT_H__
#include <linux/types.h>
#include <linux/xarray.h>
#include <linux/pci.h>

struct dma_buf_attachment;

/* What the exporter filled in: entry i of the array describes range i. */
struct dma_buf_ranges {
	struct xarray ranges;
	unsigned int nranges;
};

enum dma_buf_interconnect_type {
	DMA_BUF_INTERCONNECT_NONE = 0,
	DMA_BUF_INTERCONNECT_IOV,
};

struct dma_buf_interconnect {
	enum dma_buf_interconnect_type type;
	const char *name;
};

struct dma_buf_interconnect_match {
	const struct dma_buf_interconnect *interconnect;
	const struct dma_buf_interconnect *type;
	struct device *dev;
	unsigned int bar;
};

struct dma_buf_iov_interconnect {
	struct dma_buf_interconnect base;
	struct pci_dev *pdev;
	unsigned int bar;
};

struct dma_buf_interconnect_ops {
	int (*map_interconnect)(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges);
	void (*unmap_interconnect)(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges);
	bool (*match_interconnect)(const struct dma_buf_interconnect *exp_ic,
				   const struct dma_buf_interconnect *imp_ic);
};

/* The macro's arguments are spelt differently from the members: a designator must not be replaced. */
#define CREATE_IOV_INTERCONNECT(device, region) {		\
	&(const struct dma_buf_iov_interconnect) {		\
		.base.type = DMA_BUF_INTERCONNECT_IOV,		\
		.pdev = (device),				\
		.bar = (region),				\
	}.base							\
}

struct dma_buf_ranges *dma_buf_map_interconnect(struct dma_buf_attachment *attach);
void dma_buf_unmap_interconnect(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges);
bool dma_buf_match_interconnects(struct dma_buf_attachment *attach,
				 const struct dma_buf_interconnect_match *exp, unsigned int exp_ics,
				 const struct dma_buf_interconnect_match *imp, unsigned int imp_ics);

#endif
