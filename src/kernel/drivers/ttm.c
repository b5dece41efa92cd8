/* TTM buffer objects: reserving, validating, pinning and mapping them, with the lock each call wants and the ways it fails. */
#include <drm/ttm/ttm_bo.h>
#include <linux/bug.h>
#include <linux/dma-resv.h>
#include <linux/sched/mm.h>
#include <interlock/driver-answers.h>

int ttm_bo_reserve(struct ttm_buffer_object *bo, bool interruptible, bool no_wait, struct ww_acquire_ctx *ticket)
{
	int ret;

	if (no_wait)
		return dma_resv_trylock(bo->base.resv) ? 0 : -EBUSY;
	if (interruptible)
		ret = dma_resv_lock_interruptible(bo->base.resv, ticket);
	else
		ret = dma_resv_lock(bo->base.resv, ticket);
	return ret == -EINTR ? -ERESTARTSYS : ret;
}

int ttm_bo_reserve_slowpath(struct ttm_buffer_object *bo, bool interruptible, struct ww_acquire_ctx *ticket)
{
	int ret;

	if (!interruptible) {
		dma_resv_lock_slow(bo->base.resv, ticket);
		return 0;
	}
	ret = dma_resv_lock_slow_interruptible(bo->base.resv, ticket);
	return ret == -EINTR ? -ERESTARTSYS : ret;
}

void ttm_bo_unreserve(struct ttm_buffer_object *bo)
{
	dma_resv_unlock(bo->base.resv);
}

int ttm_bo_validate(struct ttm_buffer_object *bo, struct ttm_placement *placement, struct ttm_operation_ctx *ctx)
{
	dma_resv_assert_held(bo->base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("ttm_bo_validate()", -ENOMEM);
}

/* Where another place for an object is found: what it is like is not said. */
static struct ttm_resource __ttm_other_place;

int ttm_bo_mem_space(struct ttm_buffer_object *bo, struct ttm_placement *placement, struct ttm_resource **mem,
		     struct ttm_operation_ctx *ctx)
{
	int ret;

	dma_resv_assert_held(bo->base.resv);
	might_alloc(GFP_KERNEL);
	ret = __may_fail("ttm_bo_mem_space()", -ENOSPC);
	if (!ret)
		*mem = &__ttm_other_place;
	return ret;
}

int ttm_bo_wait_ctx(struct ttm_buffer_object *bo, struct ttm_operation_ctx *ctx)
{
	long waited;

	if (ctx->no_wait_gpu)
		return dma_resv_test_signaled(bo->base.resv, DMA_RESV_USAGE_BOOKKEEP) ? 0 : -EBUSY;
	waited = dma_resv_wait_timeout(bo->base.resv, DMA_RESV_USAGE_BOOKKEEP, ctx->interruptible, 15 * HZ);
	if (waited < 0)
		return waited;
	return waited ? 0 : -EBUSY;
}

int ttm_bo_vmap(struct ttm_buffer_object *bo, struct iosys_map *map)
{
	static char window[4096];

	dma_resv_assert_held(bo->base.resv);
	might_alloc(GFP_KERNEL);
	if (__may_fail("ttm_bo_vmap()", -ENOMEM))
		return -ENOMEM;
	iosys_map_set_vaddr(map, window);
	return 0;
}

void ttm_bo_vunmap(struct ttm_buffer_object *bo, struct iosys_map *map)
{
	dma_resv_assert_held(bo->base.resv);
	iosys_map_clear(map);
}

int ttm_bo_kmap(struct ttm_buffer_object *bo, unsigned long start_page, unsigned long num_pages,
		struct ttm_bo_kmap_obj *map)
{
	static char window[4096];

	might_alloc(GFP_KERNEL);
	map->bo = bo;
	map->virtual = window;
	return __may_fail("ttm_bo_kmap()", -ENOMEM);
}

void ttm_bo_kunmap(struct ttm_bo_kmap_obj *map)
{
	map->virtual = NULL;
	map->bo = NULL;
}

void *ttm_kmap_obj_virtual(struct ttm_bo_kmap_obj *map, bool *is_iomem)
{
	*is_iomem = false;
	return map->virtual;
}

void ttm_bo_pin(struct ttm_buffer_object *bo)
{
	dma_resv_assert_held(bo->base.resv);
	/* A count that nobody showed is no count that wraps. */
	bo->pin_count = __known(bo->pin_count) ? bo->pin_count + 1 : 1;
}

void ttm_bo_unpin(struct ttm_buffer_object *bo)
{
	dma_resv_assert_held(bo->base.resv);
	if (!__known(bo->pin_count))
		return;
	if (DRIVER_RULE(bo->pin_count == 0, "bo-unpin-unbalanced", "a buffer object is unpinned that is not pinned"))
		return;
	bo->pin_count--;
}

static void __ttm_bo_release(struct kref *kref)
{
	struct ttm_buffer_object *bo = container_of(kref, struct ttm_buffer_object, kref);

	/* Waits for fences, or hands over to a worker when somebody holds the reservation. */
	might_sleep();
	if (bo->destroy)
		bo->destroy(bo);
}

void ttm_bo_put(struct ttm_buffer_object *bo)
{
	kref_put(&bo->kref, __ttm_bo_release);
}

void ttm_bo_move_to_lru_tail(struct ttm_buffer_object *bo)
{
	dma_resv_assert_held(bo->base.resv);
}

void ttm_bo_move_to_lru_tail_unlocked(struct ttm_buffer_object *bo)
{
}

void ttm_bo_unmap_virtual(struct ttm_buffer_object *bo)
{
	might_sleep();
}

int ttm_bo_populate(struct ttm_buffer_object *bo, struct ttm_operation_ctx *ctx)
{
	dma_resv_assert_held(bo->base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("ttm_bo_populate()", -ENOMEM);
}

int ttm_tt_populate(struct ttm_device *bdev, struct ttm_tt *ttm, struct ttm_operation_ctx *ctx)
{
	might_alloc(GFP_KERNEL);
	return __may_fail("ttm_tt_populate()", -ENOMEM);
}

struct ttm_resource_manager *ttm_manager_type(struct ttm_device *bdev, int mem_type)
{
	return bdev->man_drv[mem_type];
}

/* An object that cannot be placed is gone: the driver's destroy() has run when this fails. */
int ttm_bo_init_reserved(struct ttm_device *bdev, struct ttm_buffer_object *bo, enum ttm_bo_type type,
			 struct ttm_placement *placement, u32 alignment, struct ttm_operation_ctx *ctx,
			 struct sg_table *sg, struct dma_resv *resv, void (*destroy)(struct ttm_buffer_object *bo))
{
	int ret;

	kref_init(&bo->kref);
	bo->bdev = bdev;
	bo->type = type;
	bo->page_alignment = alignment;
	bo->destroy = destroy;
	bo->sg = sg;
	bo->pin_count = 0;
	bo->bulk_move = NULL;
	bo->base.resv = resv ? resv : &bo->base._resv;
	if (resv)
		dma_resv_assert_held(resv);
	else if (!dma_resv_trylock(bo->base.resv))
		/* Nobody else knows the object yet. */
		__interlock_impossible();
	ret = ttm_bo_validate(bo, placement, ctx);
	if (!ret)
		return 0;
	if (!resv)
		dma_resv_unlock(bo->base.resv);
	ttm_bo_put(bo);
	return ret;
}

int ttm_bo_init_validate(struct ttm_device *bdev, struct ttm_buffer_object *bo, enum ttm_bo_type type,
			 struct ttm_placement *placement, u32 alignment, bool interruptible,
			 struct sg_table *sg, struct dma_resv *resv, void (*destroy)(struct ttm_buffer_object *bo))
{
	struct ttm_operation_ctx ctx = { .interruptible = interruptible };
	int ret;

	ret = ttm_bo_init_reserved(bdev, bo, type, placement, alignment, &ctx, sg, resv, destroy);
	if (!ret && !resv)
		ttm_bo_unreserve(bo);
	return ret;
}
