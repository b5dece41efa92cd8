/*
 * How exporter and importer find a common way of mapping: the mapping types proposed in 2026, and the conversion of physical ranges
 * into a scatterlist of DMA addresses (6.19).
 */
#ifndef __DMA_BUF_MAPPING_H__
#define __DMA_BUF_MAPPING_H__
#include <linux/types.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/pci.h>

struct device;
struct dma_buf;
struct dma_buf_attachment;
struct dma_buf_attach_ops;
struct dma_buf_mapping_match;
struct dma_buf_match_args;
struct p2pdma_provider;
struct seq_file;

/* One physically contiguous piece; the newer trees call it phys_vec. */
struct phys_vec {
	phys_addr_t paddr;
	size_t len;
};

struct dma_buf_phys_vec {
	phys_addr_t paddr;
	size_t len;
};

/* Base of each type's exporter ops: carries nothing, names the family. */
struct dma_buf_mapping_exp_ops {
};

/* One per way of mapping; its address is its identity. */
struct dma_buf_mapping_type {
	const char *name;
	int (*match)(struct dma_buf *dmabuf, const struct dma_buf_mapping_match *exp,
		     const struct dma_buf_mapping_match *imp);
	void (*finish_match)(struct dma_buf_match_args *args, const struct dma_buf_mapping_match *exp,
			     const struct dma_buf_mapping_match *imp);
	void (*debugfs_dump)(struct seq_file *s, struct dma_buf_attachment *attach);
};

enum dma_sgt_p2p {
	DMA_SGT_NO_P2P = 0,
	DMA_SGT_EXPORTER_REQUIRES_P2P_DISTANCE,
	DMA_SGT_IMPORTER_ACCEPTS_P2P,
};

struct dma_buf_mapping_match {
	const struct dma_buf_mapping_type *type;
	const struct dma_buf_mapping_exp_ops *exp_ops;
	union {
		struct {
			struct device *importing_dma_device;
			struct pci_dev *exporting_p2p_device;
			u8 importer_accepts_p2p;
			u8 exporter_requires_p2p;
		} sgt_data;
	};
};

struct dma_buf_match_args {
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	const struct dma_buf_mapping_match *imp_matches;
	size_t imp_len;
};

struct dma_buf_mapping_sgt_exp_ops {
	struct dma_buf_mapping_exp_ops ops;
	struct sg_table *(*map_dma_buf)(struct dma_buf_attachment *attach, enum dma_data_direction dir);
	void (*unmap_dma_buf)(struct dma_buf_attachment *attach, struct sg_table *sgt,
			      enum dma_data_direction dir);
};

struct dma_buf_phys_list {
	size_t length;
	struct phys_vec phys[];
};

struct dma_buf_mapping_pal_exp_ops {
	struct dma_buf_mapping_exp_ops ops;
	struct dma_buf_phys_list *(*map_phys)(struct dma_buf_attachment *attach);
	void (*unmap_phys)(struct dma_buf_attachment *attach, struct dma_buf_phys_list *phys);
};

extern struct dma_buf_mapping_type dma_buf_mapping_sgt_type;
extern struct dma_buf_mapping_type dma_buf_mapping_pal_type;

#define DMA_BUF_IMAPPING_SGT(device, p2p)						\
	((struct dma_buf_mapping_match) {						\
		.type = &dma_buf_mapping_sgt_type,					\
		.sgt_data = { .importing_dma_device = (device), .importer_accepts_p2p = (p2p) }, \
	})
#define DMA_BUF_EMAPPING_SGT(sgt_ops)							\
	((struct dma_buf_mapping_match) {						\
		.type = &dma_buf_mapping_sgt_type, .exp_ops = &(sgt_ops)->ops,		\
	})
#define DMA_BUF_EMAPPING_SGT_P2P(sgt_ops, device)					\
	((struct dma_buf_mapping_match) {						\
		.type = &dma_buf_mapping_sgt_type, .exp_ops = &(sgt_ops)->ops,		\
		.sgt_data = { .exporting_p2p_device = (device),				\
			      .exporter_requires_p2p = DMA_SGT_EXPORTER_REQUIRES_P2P_DISTANCE }, \
	})
#define DMA_BUF_IMAPPING_PAL()								\
	((struct dma_buf_mapping_match) { .type = &dma_buf_mapping_pal_type })
#define DMA_BUF_EMAPPING_PAL(pal_ops)							\
	((struct dma_buf_mapping_match) {						\
		.type = &dma_buf_mapping_pal_type, .exp_ops = &(pal_ops)->ops,		\
	})
#define DMA_BUF_SIMPLE_SGT_EXP_MATCH(map, unmap)					\
	.single_exporter_match = &(const struct dma_buf_mapping_match) {		\
		.type = &dma_buf_mapping_sgt_type,					\
		.exp_ops = &(const struct dma_buf_mapping_sgt_exp_ops) {		\
			.map_dma_buf = (map), .unmap_dma_buf = (unmap) }.ops,		\
	}

int dma_buf_match_mapping(struct dma_buf_match_args *args, const struct dma_buf_mapping_match *exp_mappings,
			  size_t exp_len);
struct dma_buf_attachment *dma_buf_mapping_attach(struct dma_buf *dmabuf, struct dma_buf_mapping_match *importer_matches,
						  size_t match_len, const struct dma_buf_attach_ops *importer_ops,
						  void *importer_priv);
struct dma_buf_attachment *dma_buf_sgt_attach(struct dma_buf *dmabuf, struct device *dev);
struct dma_buf_attachment *dma_buf_sgt_dynamic_attach(struct dma_buf *dmabuf, struct device *dev,
						      const struct dma_buf_attach_ops *importer_ops,
						      void *importer_priv);
struct device *dma_buf_sgt_dma_device(struct dma_buf_attachment *attach);
bool dma_buf_sgt_p2p_allowed(struct dma_buf_attachment *attach);
struct sg_table *dma_buf_sgt_map_attachment(struct dma_buf_attachment *attach, enum dma_data_direction dir);
void dma_buf_sgt_unmap_attachment(struct dma_buf_attachment *attach, struct sg_table *sgt,
				  enum dma_data_direction dir);
struct sg_table *dma_buf_sgt_map_attachment_unlocked(struct dma_buf_attachment *attach, enum dma_data_direction dir);
void dma_buf_sgt_unmap_attachment_unlocked(struct dma_buf_attachment *attach, struct sg_table *sgt,
					   enum dma_data_direction dir);
struct dma_buf_phys_list *dma_buf_pal_map_phys(struct dma_buf_attachment *attach);
void dma_buf_pal_unmap_phys(struct dma_buf_attachment *attach, struct dma_buf_phys_list *phys);

struct sg_table *dma_buf_phys_vec_to_sgt(struct dma_buf_attachment *attach, struct p2pdma_provider *provider,
					 struct phys_vec *phys_vec, size_t nr_ranges, size_t size,
					 enum dma_data_direction dir);
void dma_buf_free_sgt(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir);

#endif
