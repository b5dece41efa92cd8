/* The bodies of scenario.h. Which calls there are depends on what the driver's table has. */
#include <linux/mmu_notifier.h>
#include <linux/slab.h>
#include <interlock/pagemap-ledger.h>
#include <interlock/pagemap-ops.h>
#include <interlock/pagemap-scenario.h>

static size_t __mapping_length(const struct interlock_mapping *mapping)
{
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < mapping->count; i++)
		length += PAGE_SIZE << mapping->orders[i];
	return length;
}

static size_t __mapping_linked(const struct interlock_mapping *mapping)
{
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < mapping->done; i++)
		length += PAGE_SIZE << mapping->orders[i];
	return length;
}

/* Undoes the first `done` entries; the notifier lock is held. */
static void __mapping_undo(struct interlock_mapping *mapping)
{
	const struct drm_pagemap_ops *ops = mapping->dpagemap->ops;
	unsigned int i;

	if (mapping->cookie) {
		if (mapping->done && ops->device_iova_unlink)
			ops->device_iova_unlink(mapping->dpagemap, mapping->dev, __mapping_linked(mapping),
						mapping->cookie, mapping->dir);
	} else if (__pagemap_has_unmap(mapping->dpagemap)) {
		for (i = 0; i < mapping->done; i++)
			__pagemap_call_unmap(mapping->dpagemap, mapping->dev, &mapping->addr[i]);
	}
	mapping->done = 0;
	mapping->mapped = false;
}

static int __mapping_fill(struct interlock_mapping *mapping)
{
	const struct drm_pagemap_ops *ops = mapping->dpagemap->ops;
	size_t offset = 0, length;
	bool mapped;

	for (mapping->done = 0; mapping->done < mapping->count; mapping->done++) {
		length = PAGE_SIZE << mapping->orders[mapping->done];
		if (mapping->cookie)
			mapped = __pagemap_call_link(mapping->dpagemap, mapping->dev, mapping->pages[mapping->done],
						     length, offset, mapping->cookie, mapping->dir,
						     &mapping->addr[mapping->done]);
		else
			mapped = __pagemap_call_map(mapping->dpagemap, mapping->dev, mapping->pages[mapping->done],
						    mapping->orders[mapping->done], mapping->dir,
						    &mapping->addr[mapping->done]);
		if (!mapped)
			return -EFAULT;
		offset += length;
	}
	if (mapping->cookie && ops->device_iova_sync)
		return ops->device_iova_sync(mapping->dpagemap, mapping->dev, mapping->length, mapping->cookie);
	return 0;
}

int interlock_pagemap_map(struct interlock_mapping *mapping)
{
	const struct drm_pagemap_ops *ops = mapping->dpagemap->ops;
	unsigned long seq = 0;
	int err;

	mapping->length = __mapping_length(mapping);
retry:
	interlock_pagemap_free(mapping);
	if (mapping->notifier)
		seq = mmu_interval_read_begin(mapping->notifier);
	if (!mapping->addr) {
		mapping->addr = kvcalloc(mapping->count, sizeof(*mapping->addr), GFP_KERNEL);
		if (!mapping->addr)
			return -ENOMEM;
	}
	if (ops->device_iova_alloc) {
		mapping->cookie = ops->device_iova_alloc(mapping->dpagemap, mapping->dev, mapping->length, mapping->dir);
		if (IS_ERR(mapping->cookie)) {
			err = PTR_ERR(mapping->cookie);
			mapping->cookie = NULL;
			goto err_free_array;
		}
	}

	down_read(mapping->notifier_lock);
	if (mapping->notifier && mmu_interval_read_retry(mapping->notifier, seq)) {
		up_read(mapping->notifier_lock);
		goto retry;
	}
	err = __mapping_fill(mapping);
	if (err)
		__mapping_undo(mapping);
	else
		mapping->mapped = true;
	up_read(mapping->notifier_lock);
	if (!err)
		return 0;

	interlock_pagemap_free(mapping);
err_free_array:
	kvfree(mapping->addr);
	mapping->addr = NULL;
	return err;
}

void interlock_pagemap_unmap(struct interlock_mapping *mapping, bool in_notifier)
{
	if (!in_notifier)
		down_read(mapping->notifier_lock);
	if (mapping->mapped)
		__mapping_undo(mapping);
	if (!in_notifier)
		up_read(mapping->notifier_lock);
}

void interlock_pagemap_free(struct interlock_mapping *mapping)
{
	const struct drm_pagemap_ops *ops = mapping->dpagemap->ops;

	if (!mapping->cookie)
		return;
	if (!PAGEMAP_RULE(!ops->device_iova_free, "pagemap-op-missing", "a cookie is there and no `device_iova_free`",
			  ops))
		ops->device_iova_free(mapping->dpagemap, mapping->dev, mapping->length, mapping->cookie);
	mapping->cookie = NULL;
}

void interlock_pagemap_fini(struct interlock_mapping *mapping)
{
	interlock_pagemap_free(mapping);
	kvfree(mapping->addr);
	mapping->addr = NULL;
}

bool interlock_usable_cookie(const void *cookie)
{
	return !IS_ERR_OR_NULL(cookie);
}

int interlock_devmem_populate(struct drm_pagemap_devmem *devmem, unsigned long npages, unsigned long *pfns)
{
	if (!devmem->ops->populate_devmem_pfn || !devmem->ops->copy_to_devmem || !devmem->ops->copy_to_ram)
		return -EOPNOTSUPP;
	return devmem->ops->populate_devmem_pfn(devmem, npages, pfns);
}

int interlock_devmem_copy(struct drm_pagemap_devmem *devmem, bool to_device, struct page **pages,
			  struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *pre_migrate_fence)
{
	if (to_device)
		return devmem->ops->copy_to_devmem(pages, addr, npages, pre_migrate_fence);
	return devmem->ops->copy_to_ram(pages, addr, npages, pre_migrate_fence);
}

void interlock_devmem_release(struct drm_pagemap_devmem *devmem)
{
	if (devmem->ops->devmem_release)
		devmem->ops->devmem_release(devmem);
}
