/*
 * Migration between system and device memory as drivers' copy ops meet it: pages collected and locked, arrays of addresses that are mapped
 * before and unmapped right after the copy, errors that release the allocation. The copy is always the destination's.
 */
#include <drm/drm_pagemap.h>
#include <drm/drm_drv.h>
#include <linux/dma-mapping.h>
#include <linux/memremap.h>
#include <linux/migrate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <interlock/pagemap-ledger.h>
#include <interlock/pagemap-ops.h>

struct __drm_migration {
	unsigned long npages;
	void *buffer;
	unsigned long *src;
	unsigned long *dst;
	struct drm_pagemap_addr *addr;
	struct page **pages;
};

/* What the driver fills in stands last: numbers that it writes behind the last page are behind the buffer. */
static int __migration_alloc(struct __drm_migration *migration, unsigned long npages, bool fills_src)
{
	unsigned long *first;

	migration->npages = npages;
	migration->buffer = kvcalloc(npages, 2 * sizeof(*migration->src) + sizeof(*migration->addr) +
					     sizeof(*migration->pages), GFP_KERNEL);
	if (!migration->buffer)
		return -ENOMEM;
	migration->addr = migration->buffer;
	migration->pages = (struct page **)(migration->addr + npages);
	first = (unsigned long *)(migration->pages + npages);
	migration->src = fills_src ? first + npages : first;
	migration->dst = fills_src ? first : first + npages;
	return 0;
}

/*
 * Maps what is copied: system memory for the device that copies, another device's pages by their own pagemap. One entry stands for a whole
 * folio: those behind it stay zero, as holes do.
 */
static int __migration_map(struct device *dev, struct __drm_migration *migration, const unsigned long *pfns,
			   enum dma_data_direction dir)
{
	struct drm_pagemap_zdd *peer;
	unsigned int order = 0;
	struct page *page;
	unsigned long i;
	dma_addr_t addr;

	for (i = 0; i < migration->npages; i += 1ul << order) {
		page = migrate_pfn_to_page(pfns[i]);
		order = page ? folio_order(page_folio(page)) : 0;
		if (!page)
			continue;
		if (is_device_private_page(page)) {
			peer = page_zone_device_data(page);
			if (!__pagemap_call_map(peer->dpagemap, dev, page, order, dir, &migration->addr[i])) {
				migration->addr[i] = (struct drm_pagemap_addr){};
				return -EFAULT;
			}
			continue;
		}
		addr = dma_map_page(dev, page, 0, PAGE_SIZE << order, dir);
		if (dma_mapping_error(dev, addr))
			return -EFAULT;
		migration->addr[i] = drm_pagemap_addr_encode(addr, DRM_INTERCONNECT_SYSTEM, order, dir);
	}
	return 0;
}

static void __migration_unmap(struct device *dev, struct __drm_migration *migration, const unsigned long *pfns,
			      enum dma_data_direction dir)
{
	struct drm_pagemap_addr *entry;
	struct drm_pagemap_zdd *peer;
	struct page *page;
	unsigned long i;

	for (i = 0; i < migration->npages; i += 1ul << entry->order) {
		entry = &migration->addr[i];
		if (!entry->addr)
			continue;
		page = migrate_pfn_to_page(pfns[i]);
		peer = is_device_private_page(page) ? page_zone_device_data(page) : NULL;
		if (peer)
			__pagemap_call_unmap(peer->dpagemap, dev, entry);
		else
			dma_unmap_page(dev, entry->addr, PAGE_SIZE << entry->order, dir);
	}
}

static void __zdd_free(struct kref *ref)
{
	struct drm_pagemap_zdd *zdd = container_of(ref, struct drm_pagemap_zdd, refcount);
	struct drm_pagemap_devmem *devmem = zdd->devmem_allocation;

	if (devmem) {
		complete_all(&devmem->detached);
		if (devmem->ops->devmem_release)
			devmem->ops->devmem_release(devmem);
	}
	kfree(zdd);
}

/* A device page whose last reference went: its data loses one, and with the last of them the allocation is released. */
static void __drm_pagemap_folio_free(struct folio *folio)
{
	struct drm_pagemap_zdd *zdd = folio_zone_device_data(folio);

	if (zdd)
		kref_put(&zdd->refcount, __zdd_free);
}

static vm_fault_t __drm_pagemap_to_ram(struct vm_fault *vmf)
{
	struct drm_pagemap_zdd *zdd = page_zone_device_data(vmf->page);

	return drm_pagemap_evict_to_ram(zdd->devmem_allocation) ? VM_FAULT_SIGBUS : 0;
}

const struct dev_pagemap_ops __drm_pagemap_pagemap_ops = {
	.folio_free = __drm_pagemap_folio_free,
	.migrate_to_ram = __drm_pagemap_to_ram,
};

const struct dev_pagemap_ops *drm_pagemap_pagemap_ops_get(void)
{
	return &__drm_pagemap_pagemap_ops;
}

static bool __devmem_ops_complete(const struct drm_pagemap_devmem_ops *ops)
{
	return ops->populate_devmem_pfn && ops->copy_to_devmem && ops->copy_to_ram;
}

static int __migration_to_device(struct drm_pagemap_devmem *devmem, struct migrate_vma *migrate,
				 struct __drm_migration *migration, struct drm_pagemap_zdd *zdd)
{
	struct dev_pagemap *pagemap = devmem->dpagemap->pagemap;
	struct page *page;
	unsigned long i;
	int err;

	/* What is there already does not move within the same memory. */
	for (i = 0; i < migrate->npages; i++) {
		page = migrate_pfn_to_page(migrate->src[i]);
		if (page && is_zone_device_page(page) && page_pgmap(page) == pagemap)
			return -EBUSY;
	}
	err = devmem->ops->populate_devmem_pfn(devmem, migrate->npages, migrate->dst);
	if (err) {
		memset(migrate->dst, 0, migrate->npages * sizeof(*migrate->dst));
		return err;
	}
	__devmem_pfns(pagemap, migrate->dst, migrate->npages);
	err = __migration_map(devmem->dev, migration, migrate->src, DMA_TO_DEVICE);
	if (err) {
		memset(migrate->dst, 0, migrate->npages * sizeof(*migrate->dst));
		goto out_unmap;
	}
	for (i = 0; i < migrate->npages; i++) {
		if (!(migrate->src[i] & MIGRATE_PFN_MIGRATE)) {
			migrate->dst[i] = 0;
			continue;
		}
		migration->pages[i] = pfn_to_page(migrate->dst[i]);
		migrate->dst[i] = migrate_pfn(migrate->dst[i]);
		zone_device_page_init(migration->pages[i], pagemap, 0);
		migration->pages[i]->zone_device_data = zdd;
		kref_get(&zdd->refcount);
	}
	err = devmem->ops->copy_to_devmem(migration->pages, migration->addr, migrate->npages,
					  devmem->pre_migrate_fence);
out_unmap:
	__migration_unmap(devmem->dev, migration, migrate->src, DMA_TO_DEVICE);
	return err;
}

static void __migration_drop_pages(struct __drm_migration *migration)
{
	struct page *page;
	unsigned long i;

	for (i = 0; i < migration->npages; i++) {
		page = migrate_pfn_to_page(migration->dst[i]);
		if (!page)
			continue;
		unlock_page(page);
		put_page(page);
		migration->dst[i] = 0;
	}
}

int drm_pagemap_migrate_to_devmem(struct drm_pagemap_devmem *devmem_allocation, struct mm_struct *mm,
				  unsigned long start, unsigned long end, ...)
{
	struct drm_pagemap_devmem *devmem = devmem_allocation;
	struct migrate_vma migrate = {
		.start = start,
		.end = end,
		.pgmap_owner = devmem->dpagemap->pagemap->owner,
		.flags = MIGRATE_VMA_SELECT_SYSTEM | MIGRATE_VMA_SELECT_DEVICE_PRIVATE,
	};
	struct __drm_migration migration = {};
	struct drm_pagemap_zdd *zdd;
	int err;

	mmap_assert_locked(mm);
	if (!__devmem_ops_complete(devmem->ops))
		return -EOPNOTSUPP;
	migrate.vma = vma_lookup(mm, start);
	if (!migrate.vma || end > migrate.vma->vm_end) {
		err = -EINVAL;
		goto err_release;
	}
	err = __migration_alloc(&migration, (end - start) >> PAGE_SHIFT, false);
	if (err)
		goto err_release;
	zdd = kzalloc(sizeof(*zdd), GFP_KERNEL);
	if (!zdd) {
		err = -ENOMEM;
		goto err_free;
	}
	kref_init(&zdd->refcount);
	zdd->dpagemap = devmem->dpagemap;
	migrate.src = migration.src;
	migrate.dst = migration.dst;

	err = migrate_vma_setup(&migrate);
	if (err)
		goto err_zdd;
	if (!migrate.cpages) {
		err = -EFAULT;
		goto err_finalize;
	}
	err = __migration_to_device(devmem, &migrate, &migration, zdd);
	if (err)
		goto err_finalize;
	/* From here on the pages hold the data, and through it the allocation. */
	zdd->devmem_allocation = devmem;
	migrate_vma_pages(&migrate);
	migrate_vma_finalize(&migrate);
	kref_put(&zdd->refcount, __zdd_free);
	kvfree(migration.buffer);
	return 0;

err_finalize:
	__migration_drop_pages(&migration);
	migrate_vma_finalize(&migrate);
err_zdd:
	kref_put(&zdd->refcount, __zdd_free);
err_free:
	kvfree(migration.buffer);
err_release:
	if (devmem->ops->devmem_release)
		devmem->ops->devmem_release(devmem);
	return err;
}

static int __migration_ram_pages(struct __drm_migration *migration)
{
	struct page *page;
	unsigned long i;

	for (i = 0; i < migration->npages; i++) {
		if (!(migration->src[i] & MIGRATE_PFN_MIGRATE))
			continue;
		page = alloc_page(GFP_HIGHUSER);
		if (!page)
			return -ENOMEM;
		lock_page(page);
		migration->dst[i] = migrate_pfn(page_to_pfn(page));
		migration->pages[i] = migrate_pfn_to_page(migration->src[i]);
	}
	return 0;
}

int drm_pagemap_evict_to_ram(struct drm_pagemap_devmem *devmem_allocation)
{
	struct drm_pagemap_devmem *devmem = devmem_allocation;
	struct __drm_migration migration = {};
	int err;

	if (!mmget_not_zero(devmem->mm))
		return -EFAULT;
	err = __migration_alloc(&migration, devmem->size >> PAGE_SHIFT, true);
	if (err)
		goto out_mm;
	err = devmem->ops->populate_devmem_pfn(devmem, migration.npages, migration.src);
	if (err)
		goto out_free;
	err = migrate_device_pfns(migration.src, migration.npages);
	if (err)
		goto out_free;
	err = __migration_ram_pages(&migration);
	if (!err)
		err = __migration_map(devmem->dev, &migration, migration.dst, DMA_FROM_DEVICE);
	if (!err)
		err = devmem->ops->copy_to_ram(migration.pages, migration.addr, migration.npages, NULL);
	__migration_unmap(devmem->dev, &migration, migration.dst, DMA_FROM_DEVICE);
	if (err)
		__migration_drop_pages(&migration);
	migrate_device_pages(migration.src, migration.dst, migration.npages);
	migrate_device_finalize(migration.src, migration.dst, migration.npages);
out_free:
	kvfree(migration.buffer);
out_mm:
	mmput_async(devmem->mm);
	return err;
}
