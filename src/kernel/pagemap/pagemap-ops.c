/*
 * Calls of a pagemap's ops. The address is passed by value or by reference, under one of three type names of the same layout: which one is
 * read off the function that stands in the table.
 */
#include <drm/drm_pagemap.h>
#include <interlock/pagemap-ledger.h>
#include <interlock/pagemap-ops.h>

typedef struct drm_pagemap_addr (*__pagemap_map_fn)(struct drm_pagemap *, struct device *, struct page *,
						    unsigned int, enum dma_data_direction);
typedef void (*__pagemap_unmap_value_fn)(struct drm_pagemap *, struct device *, struct drm_pagemap_addr);
typedef void (*__pagemap_unmap_pointer_fn)(struct drm_pagemap *, struct device *, const struct drm_pagemap_addr *);
typedef struct drm_pagemap_addr (*__pagemap_link_fn)(struct drm_pagemap *, struct device *, struct page *, size_t,
						     size_t, void *, enum dma_data_direction);

bool __pagemap_has_unmap(struct drm_pagemap *dpagemap)
{
	return dpagemap->ops->device_unmap || dpagemap->ops->unmap_dma;
}

bool __pagemap_call_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order,
			enum dma_data_direction dir, struct drm_pagemap_addr *out)
{
	const struct drm_pagemap_ops *ops = dpagemap->ops;
	__pagemap_map_fn map;

	map = ops->device_map ? (__pagemap_map_fn)ops->device_map : (__pagemap_map_fn)ops->map_dma;
	*out = map(dpagemap, dev, page, order, dir);
	if (dma_mapping_error(dev, out->addr))
		return false;
	__pagemap_mapped(dpagemap, dev, out, order, dir);
	return true;
}

void __pagemap_call_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	const struct drm_pagemap_ops *ops = dpagemap->ops;
	const void *unmap = ops->device_unmap ? (const void *)ops->device_unmap : (const void *)ops->unmap_dma;

	__pagemap_unmapping(dpagemap, dev, addr);
	if (!unmap)
		return;
	if (__pagemap_takes_value(unmap, 2))
		((__pagemap_unmap_value_fn)unmap)(dpagemap, dev, *addr);
	else
		((__pagemap_unmap_pointer_fn)unmap)(dpagemap, dev, addr);
}

bool __pagemap_call_link(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, size_t length,
			 size_t offset, void *cookie, enum dma_data_direction dir, struct drm_pagemap_addr *out)
{
	__pagemap_link_fn link = (__pagemap_link_fn)dpagemap->ops->device_iova_link;

	*out = link(dpagemap, dev, page, length, offset, cookie, dir);
	if (dma_mapping_error(dev, out->addr))
		return false;
	return true;
}
