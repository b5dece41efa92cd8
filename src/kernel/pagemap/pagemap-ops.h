/* The ops of a pagemap table, called whatever generation the table is of. */
#ifndef _INTERLOCK_PAGEMAP_OPS_H
#define _INTERLOCK_PAGEMAP_OPS_H
#include <drm/drm_pagemap.h>

/* `*out` gets what the op returned; false when it says DMA_MAPPING_ERROR. */
bool __pagemap_call_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order,
			enum dma_data_direction dir, struct drm_pagemap_addr *out);
void __pagemap_call_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr);
bool __pagemap_call_link(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, size_t length,
			 size_t offset, void *cookie, enum dma_data_direction dir, struct drm_pagemap_addr *out);
bool __pagemap_has_unmap(struct drm_pagemap *dpagemap);

#endif
