/* Xe buffer objects: the lock each call wants, what it allocates, how it fails. */
#include "xe_types.h"
#include "xe_device.h"
#include "xe_bo.h"
#include "xe_svm.h"
#include "xe_sriov.h"
#include <drm/drm_drv.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/dma-fence.h>
#include <interlock/driver-answers.h>

int xe_bo_lock(struct xe_bo *bo, bool intr)
{
	if (intr)
		return dma_resv_lock_interruptible(bo->ttm.base.resv, NULL);
	dma_resv_lock(bo->ttm.base.resv, NULL);
	return 0;
}

void xe_bo_unlock(struct xe_bo *bo)
{
	dma_resv_unlock(bo->ttm.base.resv);
}

void xe_bo_put(struct xe_bo *bo)
{
	might_sleep();
	if (bo)
		drm_gem_object_put(&bo->ttm.base);
}

/* A worker frees it; safe anywhere. */
void xe_bo_put_async(struct xe_bo *bo)
{
	if (bo)
		drm_gem_object_put(&bo->ttm.base);
}

bool xe_bo_put_deferred(struct xe_bo *bo, struct llist_head *deferred)
{
	return bo && __may_be("xe_bo_put_deferred() drops the last reference");
}

void xe_bo_put_commit(struct llist_head *deferred)
{
	might_sleep();
}

static void __xe_bo_free(struct drm_gem_object *obj)
{
	drm_gem_private_object_fini(obj);
	kfree(gem_to_xe_bo(obj));
}

static const struct drm_gem_object_funcs __xe_bo_funcs = {
	.free = __xe_bo_free,
};

/* A new object in its own memory, of which the driver has seen nothing yet. */
static struct xe_bo *__xe_bo_new(struct xe_device *xe, size_t size, bool locked)
{
	struct xe_bo *bo;

	might_alloc(GFP_KERNEL);
	bo = kzalloc(sizeof(*bo), GFP_KERNEL);
	if (!bo)
		return ERR_PTR(-ENOMEM);
	drm_gem_private_object_init(&xe->drm, &bo->ttm.base, size);
	kref_init(&bo->ttm.kref);
	bo->ttm.base.funcs = &__xe_bo_funcs;
	bo->ttm.bdev = &xe->ttm;
	bo->size = size;
	if (locked)
		dma_resv_lock(bo->ttm.base.resv, NULL);
	return bo;
}

struct xe_bo *xe_bo_create_locked(struct xe_device *xe, struct xe_tile *tile, struct xe_vm *vm, size_t size, ...)
{
	return __xe_bo_new(xe, size, true);
}

struct xe_bo *xe_bo_create_pin_map(struct xe_device *xe, struct xe_tile *tile, struct xe_vm *vm, size_t size, ...)
{
	struct xe_bo *bo = __xe_bo_new(xe, size, true);

	if (IS_ERR(bo))
		return bo;
	ttm_bo_pin(&bo->ttm);
	xe_bo_unlock(bo);
	return bo;
}

struct xe_bo *xe_managed_bo_create_pin_map(struct xe_device *xe, struct xe_tile *tile, size_t size, u32 flags)
{
	return xe_bo_create_pin_map(xe, tile, NULL, size, flags);
}

void xe_bo_unpin_map_no_vm(struct xe_bo *bo)
{
	if (IS_ERR_OR_NULL(bo))
		return;
	xe_bo_lock(bo, false);
	ttm_bo_unpin(&bo->ttm);
	xe_bo_unlock(bo);
	xe_bo_put(bo);
}

int xe_bo_validate(struct xe_bo *bo, struct xe_vm *vm, bool allow_res_evict, ...)
{
	dma_resv_assert_held(bo->ttm.base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("xe_bo_validate()", -ENOMEM);
}

int xe_bo_migrate(struct xe_bo *bo, u32 mem_type, ...)
{
	dma_resv_assert_held(bo->ttm.base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("xe_bo_migrate()", -ENOMEM);
}

int xe_bo_evict(struct xe_bo *bo, ...)
{
	dma_resv_assert_held(bo->ttm.base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("xe_bo_evict()", -ENOMEM);
}

int xe_bo_pin(struct xe_bo *bo, ...)
{
	int ret;

	dma_resv_assert_held(bo->ttm.base.resv);
	might_alloc(GFP_KERNEL);
	ret = __may_fail("xe_bo_pin()", -ENOMEM);
	if (!ret)
		ttm_bo_pin(&bo->ttm);
	return ret;
}

int xe_bo_pin_external(struct xe_bo *bo, ...)
{
	return xe_bo_pin(bo);
}

void xe_bo_unpin(struct xe_bo *bo)
{
	ttm_bo_unpin(&bo->ttm);
}

void xe_bo_unpin_external(struct xe_bo *bo)
{
	ttm_bo_unpin(&bo->ttm);
}

int xe_bo_vmap(struct xe_bo *bo)
{
	dma_resv_assert_held(bo->ttm.base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("xe_bo_vmap()", -ENOMEM);
}

void xe_bo_vunmap(struct xe_bo *bo)
{
	dma_resv_assert_held(bo->ttm.base.resv);
}

bool xe_bo_is_mem_type(struct xe_bo *bo, u32 mem_type)
{
	dma_resv_assert_held(bo->ttm.base.resv);
	return bo->ttm.resource->mem_type == mem_type;
}

bool xe_bo_is_vram(struct xe_bo *bo)
{
	u32 mem_type = bo->ttm.resource->mem_type;

	return mem_type == XE_PL_VRAM0 || mem_type == XE_PL_VRAM1 || mem_type == XE_PL_STOLEN;
}

bool xe_bo_is_stolen(struct xe_bo *bo)
{
	return bo->ttm.resource->mem_type == XE_PL_STOLEN;
}

struct sg_table *xe_bo_sg(struct xe_bo *bo)
{
	struct xe_ttm_tt *xe_tt;

	dma_resv_assert_held(bo->ttm.base.resv);
	if (!bo->ttm.ttm)
		return NULL;
	xe_tt = container_of(bo->ttm.ttm, struct xe_ttm_tt, ttm);
	return xe_tt->sg;
}

dma_addr_t __xe_bo_addr(struct xe_bo *bo, u64 offset, size_t page_size)
{
	DRIVER_RULE(page_size > PAGE_SIZE, "bo-addr-page-size", "`xe_bo_addr` is asked for more than one page");
	DRIVER_RULE(offset >= bo->ttm.base.size, "bo-addr-offset", "`xe_bo_addr` is asked for an offset beyond the object");
	/* The page that holds `offset`; the next one may lie anywhere. */
	return vram_region_gpu_offset(bo->ttm.resource) + offset;
}

dma_addr_t xe_bo_addr(struct xe_bo *bo, u64 offset, size_t page_size)
{
	if (!bo->ttm.pin_count)
		dma_resv_assert_held(bo->ttm.base.resv);
	return __xe_bo_addr(bo, offset, page_size);
}

struct xe_vram_region *res_to_mem_region(struct ttm_resource *res)
{
	struct xe_device *xe = ttm_to_xe_device(res->bo->bdev);

	return xe->mem.vram;
}

u64 vram_region_gpu_offset(struct ttm_resource *res)
{
	return res_to_mem_region(res)->dpa_base + (res->start << PAGE_SHIFT);
}
