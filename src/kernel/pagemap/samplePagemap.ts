/** A driver with device memory as plain as it can be right, for tests: tests replace single functions by wrong ones. */

const PARTS: Readonly<Record<string, string>> = {
  prelude: `
#include <drm/drm_pagemap.h>
#include <drm/drm_gpusvm.h>
#include <linux/slab.h>

#define LUMEN_PEER (DRM_INTERCONNECT_DRIVER + 1)

struct lumen_cookie {
	size_t length;
	size_t linked;
	dma_addr_t base;
};
`,
  lumen_map: `
static struct drm_pagemap_addr lumen_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					 unsigned int order, enum dma_data_direction dir)
{
	return drm_pagemap_addr_encode(0x200000000000 + page_to_phys(page), LUMEN_PEER, order, dir);
}
`,
  lumen_unmap: `
static void lumen_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
}
`,
  lumen_pagemap: `
const struct drm_pagemap_ops lumen_pagemap = {
	.device_map = lumen_map,
	.device_unmap = lumen_unmap,
};
`,
};

/** The driver's text, with some parts replaced. */
export function samplePagemap(replaced: Readonly<Record<string, string>> = {}, more = ''): string {
  return Object.keys(PARTS)
    .map((name) => replaced[name] ?? PARTS[name])
    .concat(more)
    .join('\n');
}

/** The address by value, as releases before 2026 have it. */
export const BY_VALUE: Readonly<Record<string, string>> = {
  lumen_unmap: `
static void lumen_unmap(struct drm_pagemap *dpagemap, struct device *dev, struct drm_pagemap_addr addr)
{
	WARN_ON(addr.proto != LUMEN_PEER);
}
`,
};

/** The first proposal's names. */
export const FIRST_PROPOSAL: Readonly<Record<string, string>> = {
  lumen_map: `
static struct drm_pagemap_dma_addr lumen_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					     unsigned int order, enum dma_data_direction dir)
{
	return drm_pagemap_dma_addr_encode(0x200000000000 + page_to_phys(page), LUMEN_PEER, order, dir);
}
`,
  lumen_unmap: `
static void lumen_unmap(struct drm_pagemap *dpagemap, struct device *dev, struct drm_pagemap_dma_addr addr)
{
	WARN_ON(addr.proto != LUMEN_PEER);
}
`,
  lumen_pagemap: `
const struct drm_pagemap_ops lumen_pagemap = {
	.map_dma = lumen_map,
	.unmap_dma = lumen_unmap,
};
`,
};

/** A driver that has an address range allocated for it and links pages into it. */
export const WITH_COOKIE: Readonly<Record<string, string>> = {
  lumen_pagemap: `
static void *lumen_alloc(struct drm_pagemap *dpagemap, struct device *dev, size_t length, enum dma_data_direction dir)
{
	struct lumen_cookie *cookie = kzalloc(sizeof(*cookie), GFP_KERNEL);

	if (!cookie)
		return ERR_PTR(-ENOMEM);
	cookie->length = length;
	cookie->base = 0x200000000000;
	return cookie;
}

static void lumen_free(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data)
{
	kfree(data);
}

static struct drm_pagemap_addr lumen_link(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					  size_t length, size_t offset, void *data, enum dma_data_direction dir)
{
	struct lumen_cookie *cookie = data;

	if (offset + length > cookie->length)
		return drm_pagemap_addr_encode(DMA_MAPPING_ERROR, LUMEN_PEER, 0, dir);
	cookie->linked += length;
	return drm_pagemap_addr_encode(cookie->base + offset, LUMEN_PEER, get_order(length), dir);
}

static int lumen_sync(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data)
{
	return 0;
}

static void lumen_unlink(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data,
			 enum dma_data_direction dir)
{
	struct lumen_cookie *cookie = data;

	WARN_ON(cookie->linked != length);
	cookie->linked = 0;
}

const struct drm_pagemap_ops lumen_pagemap = {
	.device_map = lumen_map,
	.device_unmap = lumen_unmap,
	.device_iova_alloc = lumen_alloc,
	.device_iova_free = lumen_free,
	.device_iova_link = lumen_link,
	.device_iova_sync = lumen_sync,
	.device_iova_unlink = lumen_unlink,
};
`,
};
