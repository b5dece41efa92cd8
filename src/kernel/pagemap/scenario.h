/* Callers that stand for the core around a driver's pagemap ops: the order of calls and locks is the kernel's, without its page tables. */
#ifndef _INTERLOCK_PAGEMAP_SCENARIO_H
#define _INTERLOCK_PAGEMAP_SCENARIO_H
#include <drm/drm_pagemap.h>
#include <linux/rwsem.h>

/* One range of one device's pages, as a mapping device gets to it. */
struct interlock_mapping {
	struct drm_pagemap *dpagemap;
	struct device *dev;
	struct rw_semaphore *notifier_lock;
	struct mmu_interval_notifier *notifier;
	struct page **pages;
	unsigned int *orders;
	unsigned int count;
	enum dma_data_direction dir;
	/* Written by the calls below. */
	void *cookie;
	size_t length;
	unsigned int done;
	bool mapped;
	struct drm_pagemap_addr *addr;
};

/* Allocates what needs memory, maps under the notifier lock, starts over when a notifier came in between, undoes on failure. */
int interlock_pagemap_map(struct interlock_mapping *mapping);
/* Undoes under the notifier lock; in a notifier the caller holds it for writing. */
void interlock_pagemap_unmap(struct interlock_mapping *mapping, bool in_notifier);
/* What a notifier must leave behind: the cookie, freed when nothing is held. */
void interlock_pagemap_free(struct interlock_mapping *mapping);
/* Frees the array of addresses too, when the range goes away. */
void interlock_pagemap_fini(struct interlock_mapping *mapping);

/* Whether `device_iova_alloc` gave an IOVA: neither none needed nor an error. */
bool interlock_usable_cookie(const void *cookie);

/* Asks for device pages, then copies to or from them, as a migration does. */
int interlock_devmem_populate(struct drm_pagemap_devmem *devmem, unsigned long npages, unsigned long *pfns);
int interlock_devmem_copy(struct drm_pagemap_devmem *devmem, bool to_device, struct page **pages,
			  struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *pre_migrate_fence);
void interlock_devmem_release(struct drm_pagemap_devmem *devmem);

#endif
