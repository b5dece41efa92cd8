/*
 * The bodies of standin.h. Argument lists are open where generations of the core differ: an address by value or by reference, a fence or
 * none. What the ops do is the least that their contracts ask for.
 */
#include <linux/mmu_notifier.h>
#include <linux/slab.h>
#include <interlock/pagemap-standin.h>

/* Where the stand-in's device sees its own memory: a window of device addresses. */
#define STANDIN_DPA 0x100000000000ULL

static struct drm_pagemap_addr __standin_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					     unsigned int order, enum dma_data_direction dir)
{
	u64 offset = ((u64)page_to_pfn(page) << PAGE_SHIFT) - dpagemap->pagemap->range.start;

	if (__driver_fails("device_map"))
		return drm_pagemap_addr_encode(DMA_MAPPING_ERROR, DRM_INTERCONNECT_DRIVER, order, dir);
	return drm_pagemap_addr_encode(STANDIN_DPA + offset, DRM_INTERCONNECT_DRIVER, order, dir);
}

static void __standin_unmap(struct drm_pagemap *dpagemap, struct device *dev, ...)
{
}

static int __standin_populate_mm(struct drm_pagemap *dpagemap, unsigned long start, unsigned long end,
				 struct mm_struct *mm, ...)
{
	mmap_assert_locked(mm);
	might_sleep();
	return __driver_fails("populate_mm") ? -ENODEV : 0;
}

static void __standin_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim)
{
}

const struct drm_pagemap_ops interlock_standin_pagemap_ops = {
	.device_map = __standin_map,
	.device_unmap = __standin_unmap,
	.populate_mm = __standin_populate_mm,
	.destroy = __standin_destroy,
};

static struct interlock_devmem *__standin_devmem(struct drm_pagemap_devmem *devmem)
{
	return container_of(devmem, struct interlock_devmem, devmem);
}

static void __standin_free(struct kref *ref)
{
	kfree(container_of(ref, struct interlock_devmem, refcount));
}

static void __standin_release(struct drm_pagemap_devmem *devmem)
{
	kref_put(&__standin_devmem(devmem)->refcount, __standin_free);
}

void interlock_standin_hold(struct drm_pagemap_devmem *devmem)
{
	kref_get(&__standin_devmem(devmem)->refcount);
}

void interlock_standin_let_go(struct drm_pagemap_devmem *devmem)
{
	__standin_release(devmem);
}

static int __standin_populate(struct drm_pagemap_devmem *devmem, unsigned long npages, unsigned long *pfn)
{
	unsigned long i;

	might_sleep();
	if (__driver_fails("populate_devmem_pfn"))
		return -ENOMEM;
	for (i = 0; i < npages; i++)
		pfn[i] = __standin_devmem(devmem)->first_pfn + i;
	return 0;
}

static int __standin_copy_to_devmem(struct page **pages, void *addresses, unsigned long npages, ...)
{
	might_sleep();
	return __driver_fails("copy_to_devmem") ? -EIO : 0;
}

static int __standin_copy_to_ram(struct page **pages, void *addresses, unsigned long npages, ...)
{
	might_sleep();
	return __driver_fails("copy_to_ram") ? -EIO : 0;
}

const struct drm_pagemap_devmem_ops interlock_standin_devmem_ops = {
	.devmem_release = __standin_release,
	.populate_devmem_pfn = __standin_populate,
	.copy_to_devmem = __standin_copy_to_devmem,
	.copy_to_ram = __standin_copy_to_ram,
};

/* A driver that cannot move anything. */
const struct drm_pagemap_devmem_ops interlock_standin_devmem_ops_without_copy = {
	.devmem_release = __standin_release,
	.populate_devmem_pfn = __standin_populate,
};

/* What the core asks of a driver in a notifier: the pages of every range in it are given up, and ranges that are gone say so. */
static void __standin_invalidate(struct drm_gpusvm *gpusvm, struct drm_gpusvm_notifier *notifier,
				 const struct mmu_notifier_range *mmu_range)
{
	struct drm_gpusvm_ctx ctx = { .in_notifier = true };
	struct drm_gpusvm_range *range;

	list_for_each_entry(range, &notifier->range_list, entry) {
		if (drm_gpusvm_range_start(range) >= mmu_range->end || drm_gpusvm_range_end(range) <= mmu_range->start)
			continue;
		drm_gpusvm_range_unmap_pages(gpusvm, range, &ctx);
		if (mmu_range->event == MMU_NOTIFY_UNMAP)
			drm_gpusvm_range_set_unmapped(range, mmu_range);
	}
}

const struct drm_gpusvm_ops interlock_standin_gpusvm_ops = {
	.invalidate = __standin_invalidate,
};
