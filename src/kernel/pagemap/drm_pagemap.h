/*
 * Device memory that CPUs see as pages, and how one device maps another's. Tables and address types have the spellings of every
 * generation: map_dma/unmap_dma (2025 proposal), device_map/device_unmap (merged), device_iova_* (2026 proposal).
 */
#ifndef _DRM_PAGEMAP_H_
#define _DRM_PAGEMAP_H_
#include <linux/types.h>
#include <linux/dma-direction.h>
#include <linux/dma-mapping.h>
#include <linux/hmm.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/completion.h>
#include <linux/memremap.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/workqueue.h>

struct device;
struct dma_fence;
struct drm_device;
struct drm_pagemap;
struct drm_pagemap_cache;
struct drm_pagemap_dev_hold;
struct drm_pagemap_devmem;
struct drm_pagemap_shrinker;
struct drm_pagemap_zdd;

#define NR_PAGES(order) (1U << (order))

enum drm_interconnect_protocol {
	DRM_INTERCONNECT_SYSTEM,
	DRM_INTERCONNECT_DRIVER,
};

/* The proposal of 2025 had one more value; it lies outside the merged numbering. */
#define DRM_INTERCONNECT_PCIE_P2P ((enum drm_interconnect_protocol)0x100)

/* What a device uses to reach a mapping: 16 bytes, the same in each spelling. */
struct drm_pagemap_addr {
	dma_addr_t addr;
	u64 proto : 54;
	u64 order : 8;
	u64 dir : 2;
};

struct drm_pagemap_device_addr {
	dma_addr_t addr;
	u64 proto : 54;
	u64 order : 8;
	u64 dir : 2;
};

struct drm_pagemap_dma_addr {
	dma_addr_t addr;
	u64 proto : 54;
	u64 order : 8;
	u64 dir : 2;
};

/* A protocol that the document does not show is none of the above. */
int __interconnect_protocol(enum drm_interconnect_protocol proto);

static inline struct drm_pagemap_addr
drm_pagemap_addr_encode(dma_addr_t addr, enum drm_interconnect_protocol proto, unsigned int order,
			enum dma_data_direction dir)
{
	struct drm_pagemap_addr encoded = { .addr = addr, .proto = __interconnect_protocol(proto), .order = order, .dir = dir };

	return encoded;
}

static inline struct drm_pagemap_device_addr
drm_pagemap_device_addr_encode(dma_addr_t addr, enum drm_interconnect_protocol proto, unsigned int order,
			       enum dma_data_direction dir)
{
	struct drm_pagemap_device_addr encoded = { .addr = addr, .proto = __interconnect_protocol(proto), .order = order, .dir = dir };

	return encoded;
}

static inline struct drm_pagemap_dma_addr
drm_pagemap_dma_addr_encode(dma_addr_t addr, enum drm_interconnect_protocol proto, unsigned int order,
			    enum dma_data_direction dir)
{
	struct drm_pagemap_dma_addr encoded = { .addr = addr, .proto = __interconnect_protocol(proto), .order = order, .dir = dir };

	return encoded;
}

struct drm_pagemap_ops {
	struct drm_pagemap_addr (*device_map)(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					      unsigned int order, enum dma_data_direction dir);
	/* By value up to early 2026, by reference since; callers here look at the function they call. */
	void (*device_unmap)(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr);
	int (*populate_mm)(struct drm_pagemap *dpagemap, unsigned long start, unsigned long end,
			   struct mm_struct *mm, unsigned long timeslice_ms);
	void (*destroy)(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim);

	struct drm_pagemap_dma_addr (*map_dma)(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					       unsigned int order, enum dma_data_direction dir);
	void (*unmap_dma)(struct drm_pagemap *dpagemap, struct device *dev, struct drm_pagemap_dma_addr addr);

	void *(*device_iova_alloc)(struct drm_pagemap *dpagemap, struct device *dev, size_t length,
				   enum dma_data_direction dir);
	void (*device_iova_free)(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie);
	struct drm_pagemap_addr (*device_iova_link)(struct drm_pagemap *dpagemap, struct device *dev,
						    struct page *page, size_t length, size_t offset, void *cookie,
						    enum dma_data_direction dir);
	int (*device_iova_sync)(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie);
	void (*device_iova_unlink)(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie,
				   enum dma_data_direction dir);
};

struct drm_pagemap {
	const struct drm_pagemap_ops *ops;
	struct kref ref;
	struct drm_device *drm;
	struct dev_pagemap *pagemap;
	struct drm_pagemap_dev_hold *dev_hold;
	struct drm_pagemap_cache *cache;
	struct list_head shrink_link;
	/* First merged generation: the device instead of the DRM device. */
	struct device *dev;
};

struct drm_pagemap_devmem_ops {
	void (*devmem_release)(struct drm_pagemap_devmem *devmem_allocation);
	int (*populate_devmem_pfn)(struct drm_pagemap_devmem *devmem_allocation, unsigned long npages,
				   unsigned long *pfn);
	int (*copy_to_devmem)(struct page **pages, struct drm_pagemap_addr *pagemap_addr, unsigned long npages,
			      struct dma_fence *pre_migrate_fence);
	int (*copy_to_ram)(struct page **pages, struct drm_pagemap_addr *pagemap_addr, unsigned long npages,
			   struct dma_fence *pre_migrate_fence);
};

struct drm_pagemap_devmem {
	struct device *dev;
	struct mm_struct *mm;
	struct completion detached;
	const struct drm_pagemap_devmem_ops *ops;
	struct drm_pagemap *dpagemap;
	size_t size;
	u64 timeslice_expiration;
	struct dma_fence *pre_migrate_fence;
};

struct drm_pagemap_migrate_details {
	unsigned long timeslice_ms;
	u32 can_migrate_same_pagemap : 1;
	u32 source_peer_migrates : 1;
};

/* Behind each device-private page: which allocation and which owner it belongs to. */
struct drm_pagemap_zdd {
	struct kref refcount;
	struct drm_pagemap_devmem *devmem_allocation;
	void *device_private_page_owner;
	struct drm_pagemap *dpagemap;
};

/* One DMA IOVA range that a migration links its pages into. */
struct drm_pagemap_iova_state {
	struct dma_iova_state dma_state;
	unsigned long offset;
};

/* Open argument lists: these changed between releases. */
int drm_pagemap_init(struct drm_pagemap *dpagemap, ...);
struct drm_pagemap *drm_pagemap_create(struct drm_device *drm, struct dev_pagemap *pagemap,
				       const struct drm_pagemap_ops *ops);
void drm_pagemap_put(struct drm_pagemap *dpagemap);
int drm_pagemap_reinit(struct drm_pagemap *dpagemap);
void drm_pagemap_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim);
struct drm_pagemap *drm_pagemap_page_to_dpagemap(struct page *page);
void drm_pagemap_devmem_init(struct drm_pagemap_devmem *devmem_allocation, struct device *dev,
			     struct mm_struct *mm, const struct drm_pagemap_devmem_ops *ops,
			     struct drm_pagemap *dpagemap, size_t size, ...);
int drm_pagemap_migrate_to_devmem(struct drm_pagemap_devmem *devmem_allocation, struct mm_struct *mm,
				  unsigned long start, unsigned long end, ...);
int drm_pagemap_evict_to_ram(struct drm_pagemap_devmem *devmem_allocation);
int drm_pagemap_populate_mm(struct drm_pagemap *dpagemap, unsigned long start, unsigned long end,
			    struct mm_struct *mm, unsigned long timeslice_ms);
const struct dev_pagemap_ops *drm_pagemap_pagemap_ops_get(void);

static inline struct drm_pagemap *drm_pagemap_get(struct drm_pagemap *dpagemap)
{
	if (dpagemap)
		kref_get(&dpagemap->ref);
	return dpagemap;
}

static inline struct drm_pagemap *drm_pagemap_get_unless_zero(struct drm_pagemap *dpagemap)
{
	return dpagemap && kref_get_unless_zero(&dpagemap->ref) ? dpagemap : NULL;
}

static inline struct drm_pagemap_zdd *drm_pagemap_page_zone_device_data(struct page *page)
{
	return page_zone_device_data(page);
}

#endif
