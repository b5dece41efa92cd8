/* The driver and its tables that stand in where a document is the core itself and shows no driver. Any op of it may fail. */
#ifndef _INTERLOCK_PAGEMAP_STANDIN_H
#define _INTERLOCK_PAGEMAP_STANDIN_H
#include <drm/drm_pagemap.h>
#include <drm/drm_gpusvm.h>

/* An allocation of device memory: consecutive frames. One reference, which a migration takes over. */
struct interlock_devmem {
	struct drm_pagemap_devmem devmem;
	struct kref refcount;
	unsigned long first_pfn;
};

extern const struct drm_pagemap_ops interlock_standin_pagemap_ops;
extern const struct drm_pagemap_devmem_ops interlock_standin_devmem_ops;
extern const struct drm_pagemap_devmem_ops interlock_standin_devmem_ops_without_copy;
extern const struct drm_gpusvm_ops interlock_standin_gpusvm_ops;

/* Whoever has memory evicted holds the allocation meanwhile. */
void interlock_standin_hold(struct drm_pagemap_devmem *devmem);
void interlock_standin_let_go(struct drm_pagemap_devmem *devmem);

/* Asks whether this op of a driver that nobody shows fails. */
bool __driver_fails(const char *op);

#endif
