/*
 * GPU SVM as its users meet it: the notifier that a range's invalidation goes through, and getting, undoing and freeing the pages of a range.
 * The order of calls and locks is the kernel's; lookup and chunking of ranges are left out.
 */
#include <drm/drm_gpusvm.h>
#include <drm/drm_drv.h>
#include <linux/hmm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <interlock/pagemap-ledger.h>
#include <interlock/pagemap-ops.h>

/* Teaches that notifier_lock is taken in reclaim, as the kernel's init does. */
void __drm_gpusvm_prime(struct drm_gpusvm *gpusvm)
{
	fs_reclaim_acquire(GFP_KERNEL);
	might_lock(&gpusvm->notifier_lock);
	fs_reclaim_release(GFP_KERNEL);
}

void __drm_gpusvm_setup(struct drm_gpusvm *gpusvm)
{
	init_rwsem(&gpusvm->notifier_lock);
	INIT_LIST_HEAD(&gpusvm->notifier_list);
	gpusvm->root = RB_ROOT_CACHED;
	__drm_gpusvm_prime(gpusvm);
}

bool __drm_gpusvm_notifier_invalidate(struct mmu_interval_notifier *sub, const struct mmu_notifier_range *range,
				      unsigned long cur_seq)
{
	struct drm_gpusvm_notifier *notifier = container_of(sub, struct drm_gpusvm_notifier, notifier);
	struct drm_gpusvm *gpusvm = notifier->gpusvm;

	if (!mmu_notifier_range_blockable(range))
		return false;
	down_write(&gpusvm->notifier_lock);
	mmu_interval_set_seq(sub, cur_seq);
	gpusvm->ops->invalidate(gpusvm, notifier, range);
	up_write(&gpusvm->notifier_lock);
	return true;
}

const struct mmu_interval_notifier_ops __drm_gpusvm_notifier_ops = {
	.invalidate = __drm_gpusvm_notifier_invalidate,
};

bool drm_gpusvm_pages_valid(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages)
{
	lockdep_assert_held(&gpusvm->notifier_lock);
	return svm_pages->flags.has_devmem_pages || svm_pages->flags.has_dma_mapping;
}

bool drm_gpusvm_range_pages_valid(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range)
{
	return drm_gpusvm_pages_valid(gpusvm, &range->pages);
}

void drm_gpusvm_range_set_unmapped(struct drm_gpusvm_range *range, ...)
{
	lockdep_assert_held_write(&range->gpusvm->notifier_lock);
	range->flags.unmapped = true;
	range->pages.flags.unmapped = true;
}

struct drm_gpusvm_range *drm_gpusvm_range_get(struct drm_gpusvm_range *range)
{
	kref_get(&range->refcount);
	return range;
}

static void __drm_gpusvm_range_free(struct kref *ref)
{
	struct drm_gpusvm_range *range = container_of(ref, struct drm_gpusvm_range, refcount);

	if (range->gpusvm->ops->range_free)
		range->gpusvm->ops->range_free(range);
	else
		kfree(range);
}

void drm_gpusvm_range_put(struct drm_gpusvm_range *range)
{
	kref_put(&range->refcount, __drm_gpusvm_range_free);
}

/* Undoes every mapping of the array: entries are packed, each covers `1 << order` pages. */
static void __drm_gpusvm_unmap(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages, unsigned long npages)
{
	struct drm_pagemap *dpagemap = svm_pages->dpagemap;
	struct device *dev = svm_pages->drm->dev;
	struct drm_pagemap_addr *addr;
	unsigned long i, j;

	lockdep_assert_held(&gpusvm->notifier_lock);
	if (!svm_pages->flags.has_dma_mapping)
		return;
	for (i = 0, j = 0; i < npages; j++) {
		addr = &svm_pages->dma_addr[j];
		if (addr->proto == DRM_INTERCONNECT_SYSTEM)
			dma_unmap_page(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir);
		else if (dpagemap && __pagemap_has_unmap(dpagemap))
			__pagemap_call_unmap(dpagemap, dev, addr);
		i += 1UL << addr->order;
	}
	/* Readers look at the flags without the lock. */
	svm_pages->flags.has_devmem_pages = false;
	svm_pages->flags.has_dma_mapping = false;
	drm_pagemap_put(svm_pages->dpagemap);
	svm_pages->dpagemap = NULL;
}

void drm_gpusvm_unmap_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages, unsigned long npages,
			    const struct drm_gpusvm_ctx *ctx)
{
	if (ctx->in_notifier)
		lockdep_assert_held_write(&gpusvm->notifier_lock);
	else
		drm_gpusvm_notifier_lock(gpusvm);
	__drm_gpusvm_unmap(gpusvm, svm_pages, npages);
	if (!ctx->in_notifier)
		drm_gpusvm_notifier_unlock(gpusvm);
}

void drm_gpusvm_range_unmap_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range,
				  const struct drm_gpusvm_ctx *ctx)
{
	drm_gpusvm_unmap_pages(gpusvm, &range->pages, drm_gpusvm_range_size(range) >> PAGE_SHIFT, ctx);
}

void drm_gpusvm_free_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages, unsigned long npages)
{
	drm_gpusvm_notifier_lock(gpusvm);
	__drm_gpusvm_unmap(gpusvm, svm_pages, npages);
	drm_gpusvm_notifier_unlock(gpusvm);
	kvfree(svm_pages->dma_addr);
	svm_pages->dma_addr = NULL;
}

/* One page of the array: through the owner's table for another device's memory, else through the DMA API. */
static int __drm_gpusvm_map_one(struct drm_gpusvm_pages *svm_pages, struct page *page, unsigned int order,
				enum dma_data_direction dir, struct drm_pagemap_addr *out)
{
	struct device *dev = svm_pages->drm->dev;
	struct drm_pagemap *dpagemap;
	dma_addr_t addr;

	if (is_device_private_page(page)) {
		dpagemap = drm_pagemap_page_to_dpagemap(page);
		if (svm_pages->dpagemap && svm_pages->dpagemap != dpagemap)
			return -EOPNOTSUPP;
		if (!svm_pages->dpagemap)
			svm_pages->dpagemap = drm_pagemap_get(dpagemap);
		svm_pages->flags.has_devmem_pages = true;
		return __pagemap_call_map(dpagemap, dev, page, order, dir, out) ? 0 : -EFAULT;
	}
	addr = dma_map_page(dev, page, 0, PAGE_SIZE << order, dir);
	if (dma_mapping_error(dev, addr))
		return -EFAULT;
	*out = drm_pagemap_addr_encode(addr, DRM_INTERCONNECT_SYSTEM, order, dir);
	return 0;
}

static unsigned int __drm_gpusvm_order(unsigned long hmm_pfn, unsigned long index, unsigned long npages)
{
	unsigned int order = hmm_pfn_to_map_order(hmm_pfn);

	while (order && index + (1UL << order) > npages)
		order--;
	return order;
}

int drm_gpusvm_get_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages, struct mm_struct *mm,
			 struct mmu_interval_notifier *notifier, unsigned long pages_start, unsigned long pages_end,
			 const struct drm_gpusvm_ctx *ctx)
{
	enum dma_data_direction dir = ctx->read_only ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
	unsigned long npages = (pages_end - pages_start) >> PAGE_SHIFT;
	struct hmm_range range = {
		.notifier = notifier,
		.start = pages_start,
		.end = pages_end,
		.default_flags = HMM_PFN_REQ_FAULT | (ctx->read_only ? 0 : HMM_PFN_REQ_WRITE),
		.dev_private_owner = ctx->device_private_page_owner,
	};
	unsigned long *pfns;
	unsigned long i, j;
	unsigned int order;
	int err;

retry:
	range.notifier_seq = mmu_interval_read_begin(notifier);
	pfns = kvmalloc_array(npages, sizeof(*pfns), GFP_KERNEL);
	if (!pfns)
		return -ENOMEM;
	if (!mmget_not_zero(mm)) {
		kvfree(pfns);
		return -EFAULT;
	}
	range.hmm_pfns = pfns;
	do {
		mmap_read_lock(mm);
		err = hmm_range_fault(&range);
		mmap_read_unlock(mm);
		if (err == -EBUSY)
			range.notifier_seq = mmu_interval_read_begin(notifier);
	} while (err == -EBUSY);
	mmput(mm);
	if (err)
		goto err_free;

map_pages:
	drm_gpusvm_notifier_lock(gpusvm);
	if (svm_pages->flags.unmapped) {
		drm_gpusvm_notifier_unlock(gpusvm);
		err = -EFAULT;
		goto err_free;
	}
	if (mmu_interval_read_retry(notifier, range.notifier_seq)) {
		drm_gpusvm_notifier_unlock(gpusvm);
		kvfree(pfns);
		goto retry;
	}
	if (!svm_pages->dma_addr) {
		/* Allocating needs the lock dropped, and then another look. */
		drm_gpusvm_notifier_unlock(gpusvm);
		svm_pages->dma_addr = kvmalloc_array(npages, sizeof(*svm_pages->dma_addr), GFP_KERNEL);
		if (!svm_pages->dma_addr) {
			err = -ENOMEM;
			goto err_free;
		}
		goto map_pages;
	}

	svm_pages->flags.has_dma_mapping = true;
	for (i = 0, j = 0; i < npages; j++) {
		order = __drm_gpusvm_order(pfns[i], i, npages);
		err = __drm_gpusvm_map_one(svm_pages, hmm_pfn_to_page(pfns[i]), order, dir, &svm_pages->dma_addr[j]);
		if (err)
			goto err_unmap;
		i += 1UL << order;
	}
	svm_pages->notifier_seq = range.notifier_seq;
	drm_gpusvm_notifier_unlock(gpusvm);
	kvfree(pfns);
	return 0;

err_unmap:
	__drm_gpusvm_unmap(gpusvm, svm_pages, i);
	drm_gpusvm_notifier_unlock(gpusvm);
err_free:
	kvfree(pfns);
	return err;
}

int drm_gpusvm_range_get_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range,
			       const struct drm_gpusvm_ctx *ctx)
{
	return drm_gpusvm_get_pages(gpusvm, &range->pages, gpusvm->mm, &range->notifier->notifier,
				    drm_gpusvm_range_start(range), drm_gpusvm_range_end(range), ctx);
}
