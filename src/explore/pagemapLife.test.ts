/** Pagemap ops that ask functions nobody shows: the core looks at what they answer before it goes on, and what a failure leaves behind is lost. */
import { expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

/** A pagemap whose `device_iova_alloc` needs a window of unseen making, and does this when there is none. */
const pagemap = (onError: string): string => `#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <drm/drm_pagemap.h>

struct stoat_cookie { struct dma_iova_state iova; struct stoat_aperture *aperture; };
struct stoat_aperture *stoat_aperture_get(struct drm_pagemap *dpagemap, size_t length);
void stoat_aperture_put(struct stoat_aperture *aperture);
phys_addr_t stoat_phys(struct drm_pagemap *dpagemap, struct page *page);

static void *stoat_alloc(struct drm_pagemap *dpagemap, struct device *dev, size_t length, enum dma_data_direction dir)
{
	struct stoat_cookie *cookie = kzalloc(sizeof(*cookie), GFP_KERNEL);
	long err;

	if (!cookie)
		return ERR_PTR(-ENOMEM);
	if (!dma_iova_try_alloc(dev, &cookie->iova, 0, length)) {
		kfree(cookie);
		return NULL;
	}
	cookie->aperture = stoat_aperture_get(dpagemap, length);
	if (IS_ERR(cookie->aperture)) {
		err = PTR_ERR(cookie->aperture);
${onError}
		kfree(cookie);
		return ERR_PTR(err);
	}
	return cookie;
}

static void stoat_free(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie)
{
	struct stoat_cookie *c = cookie;

	stoat_aperture_put(c->aperture);
	dma_iova_free(dev, &c->iova);
	kfree(c);
}

static struct drm_pagemap_addr stoat_link(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					  size_t length, size_t offset, void *cookie, enum dma_data_direction dir)
{
	struct stoat_cookie *c = cookie;
	dma_addr_t addr = c->iova.addr + offset;

	if (dma_iova_link(dev, &c->iova, stoat_phys(dpagemap, page), offset, length, dir, DMA_ATTR_MMIO))
		addr = DMA_MAPPING_ERROR;
	return drm_pagemap_addr_encode(addr, DRM_INTERCONNECT_DRIVER, 0, dir);
}

static int stoat_sync(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie)
{
	return dma_iova_sync(dev, &((struct stoat_cookie *)cookie)->iova, 0, length);
}

static void stoat_unlink(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie,
			 enum dma_data_direction dir)
{
	dma_iova_unlink(dev, &((struct stoat_cookie *)cookie)->iova, 0, length, dir, DMA_ATTR_MMIO);
}

const struct drm_pagemap_ops stoat_ops = {
	.device_iova_alloc = stoat_alloc,
	.device_iova_free = stoat_free,
	.device_iova_link = stoat_link,
	.device_iova_sync = stoat_sync,
	.device_iova_unlink = stoat_unlink,
};
`;

it.each<readonly [string, string, readonly string[]]>([
  ['frees the IOVA', '\t\tdma_iova_free(dev, &cookie->iova);', []],
  ['keeps the IOVA', '', ['suspected IL0306']],
])('device_iova_alloc that %s when an unseen second step fails', async (_what, onError, found) => {
  const engine = await engineForTests();
  const { findings } = engine.analyse({ path: 'drivers/gpu/drm/stoat.c', text: pagemap(onError) });
  expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual(found);
});
