/* The life of a pagemap: making, references, and destruction when the last one goes, which may happen anywhere. */
#include <drm/drm_pagemap.h>
#include <drm/drm_pagemap_util.h>
#include <drm/drm_drv.h>
#include <linux/slab.h>
#include <interlock/pagemap-ledger.h>

int drm_pagemap_init(struct drm_pagemap *dpagemap, ...)
{
	kref_init(&dpagemap->ref);
	INIT_LIST_HEAD(&dpagemap->shrink_link);
	return 0;
}

struct drm_pagemap *drm_pagemap_create(struct drm_device *drm, struct dev_pagemap *pagemap,
				       const struct drm_pagemap_ops *ops)
{
	struct drm_pagemap *dpagemap = kzalloc(sizeof(*dpagemap), GFP_KERNEL);

	if (!dpagemap)
		return ERR_PTR(-ENOMEM);
	drm_pagemap_init(dpagemap);
	dpagemap->ops = ops;
	dpagemap->drm = drm;
	dpagemap->pagemap = pagemap;
	return dpagemap;
}

void drm_pagemap_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim)
{
	if (dpagemap->ops->destroy) {
		bool unseen = !__known(dpagemap->ops->destroy);

		dpagemap->ops->destroy(dpagemap, is_atomic_or_reclaim);
		if (unseen)
			__interlock_gone(dpagemap);
	} else
		kfree(dpagemap);
}

static void __drm_pagemap_release(struct kref *ref)
{
	drm_pagemap_shrinker_add(container_of(ref, struct drm_pagemap, ref));
}

void drm_pagemap_put(struct drm_pagemap *dpagemap)
{
	if (!dpagemap)
		return;
	drm_pagemap_shrinker_might_lock(dpagemap);
	kref_put(&dpagemap->ref, __drm_pagemap_release);
}

int drm_pagemap_reinit(struct drm_pagemap *dpagemap)
{
	kref_init(&dpagemap->ref);
	return 0;
}

struct drm_pagemap *drm_pagemap_page_to_dpagemap(struct page *page)
{
	struct drm_pagemap_zdd *zdd = page_zone_device_data(page);

	if (zdd->dpagemap)
		return zdd->dpagemap;
	return zdd->devmem_allocation->dpagemap;
}

void drm_pagemap_devmem_init(struct drm_pagemap_devmem *devmem_allocation, struct device *dev, struct mm_struct *mm,
			     const struct drm_pagemap_devmem_ops *ops, struct drm_pagemap *dpagemap, size_t size, ...)
{
	init_completion(&devmem_allocation->detached);
	devmem_allocation->dev = dev;
	devmem_allocation->mm = mm;
	devmem_allocation->ops = ops;
	devmem_allocation->dpagemap = dpagemap;
	devmem_allocation->size = size;
}

int drm_pagemap_populate_mm(struct drm_pagemap *dpagemap, unsigned long start, unsigned long end,
			    struct mm_struct *mm, unsigned long timeslice_ms)
{
	int err;

	if (!mmget_not_zero(mm))
		return -EFAULT;
	mmap_read_lock(mm);
	err = dpagemap->ops->populate_mm(dpagemap, start, end, mm, timeslice_ms);
	mmap_read_unlock(mm);
	mmput(mm);
	return err;
}
