/* Helpers of amdgpu, i915 and VFIO that dma-buf code of these drivers calls. */
#include "amdgpu.h"
#include "i915_gem.h"
#include <linux/vfio.h>
#include <linux/sched/mm.h>
#include <interlock/driver-answers.h>

int amdgpu_bo_reserve(struct amdgpu_bo *bo, bool no_intr)
{
	return ttm_bo_reserve(&bo->tbo, !no_intr, false, NULL);
}

void amdgpu_bo_unreserve(struct amdgpu_bo *bo)
{
	ttm_bo_unreserve(&bo->tbo);
}

int amdgpu_bo_pin(struct amdgpu_bo *bo, u32 domain)
{
	int ret;

	dma_resv_assert_held(bo->tbo.base.resv);
	might_alloc(GFP_KERNEL);
	ret = __may_fail("amdgpu_bo_pin()", -ENOMEM);
	if (!ret)
		ttm_bo_pin(&bo->tbo);
	return ret;
}

void amdgpu_bo_unpin(struct amdgpu_bo *bo)
{
	ttm_bo_unpin(&bo->tbo);
}

int amdgpu_bo_kmap(struct amdgpu_bo *bo, void **ptr)
{
	int ret;

	dma_resv_assert_held(bo->tbo.base.resv);
	ret = ttm_bo_kmap(&bo->tbo, 0, 1, &bo->kmap);
	if (!ret && ptr)
		*ptr = bo->kmap.virtual;
	return ret;
}

void amdgpu_bo_kunmap(struct amdgpu_bo *bo)
{
	ttm_bo_kunmap(&bo->kmap);
}

struct amdgpu_bo *amdgpu_bo_ref(struct amdgpu_bo *bo)
{
	if (bo)
		drm_gem_object_get(&bo->tbo.base);
	return bo;
}

void amdgpu_bo_unref(struct amdgpu_bo **bo)
{
	if (!*bo)
		return;
	drm_gem_object_put(&(*bo)->tbo.base);
	*bo = NULL;
}

void amdgpu_bo_placement_from_domain(struct amdgpu_bo *abo, u32 domain)
{
}

int amdgpu_bo_sync_wait(struct amdgpu_bo *bo, void *owner, bool intr)
{
	might_sleep();
	return __may_fail("amdgpu_bo_sync_wait()", -ERESTARTSYS);
}

void i915_gem_ww_ctx_init(struct i915_gem_ww_ctx *ctx, bool intr)
{
	ww_acquire_init(&ctx->ctx, &reservation_ww_class);
	INIT_LIST_HEAD(&ctx->obj_list);
	ctx->intr = intr;
	ctx->contended = NULL;
}

static void __i915_unlock_all(struct i915_gem_ww_ctx *ctx)
{
	struct drm_i915_gem_object *obj, *next;

	list_for_each_entry_safe(obj, next, &ctx->obj_list, obj_link) {
		list_del(&obj->obj_link);
		dma_resv_unlock(obj->base.resv);
	}
}

void i915_gem_ww_ctx_fini(struct i915_gem_ww_ctx *ctx)
{
	__i915_unlock_all(ctx);
	ww_acquire_fini(&ctx->ctx);
}

int i915_gem_ww_ctx_backoff(struct i915_gem_ww_ctx *ctx)
{
	struct drm_i915_gem_object *obj = ctx->contended;
	int ret = 0;

	__i915_unlock_all(ctx);
	ctx->contended = NULL;
	if (!obj)
		return 0;
	if (ctx->intr)
		ret = dma_resv_lock_slow_interruptible(obj->base.resv, &ctx->ctx);
	else
		dma_resv_lock_slow(obj->base.resv, &ctx->ctx);
	if (!ret)
		list_add_tail(&obj->obj_link, &ctx->obj_list);
	return ret;
}

/* In a transaction the object stays locked until its end; locking it again there is no error. */
static int __i915_lock(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww, bool intr)
{
	struct ww_acquire_ctx *ctx = ww ? &ww->ctx : NULL;
	int ret = intr ? dma_resv_lock_interruptible(obj->base.resv, ctx) : dma_resv_lock(obj->base.resv, ctx);

	if (!ret && ww)
		list_add_tail(&obj->obj_link, &ww->obj_list);
	if (ret == -EALREADY)
		ret = 0;
	if (ret == -EDEADLK && ww)
		ww->contended = obj;
	return ret;
}

int i915_gem_object_lock(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww)
{
	return __i915_lock(obj, ww, ww && ww->intr);
}

int i915_gem_object_lock_interruptible(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww)
{
	return __i915_lock(obj, ww, true);
}

void i915_gem_object_unlock(struct drm_i915_gem_object *obj)
{
	dma_resv_unlock(obj->base.resv);
}

/* The pages of an object that is pinned: how many, and which, is not said. */
extern struct sg_table __i915_pinned_pages;

int i915_gem_object_pin_pages(struct drm_i915_gem_object *obj)
{
	int ret;

	dma_resv_assert_held(obj->base.resv);
	might_alloc(GFP_KERNEL);
	ret = __may_fail("i915_gem_object_pin_pages()", -ENOMEM);
	/* What is pinned is there. */
	if (!ret && (!__known(obj->mm.pages) || IS_ERR_OR_NULL(obj->mm.pages)))
		obj->mm.pages = &__i915_pinned_pages;
	return ret;
}

int i915_gem_object_pin_pages_unlocked(struct drm_i915_gem_object *obj)
{
	int ret;

	dma_resv_lock(obj->base.resv, NULL);
	ret = i915_gem_object_pin_pages(obj);
	dma_resv_unlock(obj->base.resv);
	return ret;
}

void i915_gem_object_unpin_pages(struct drm_i915_gem_object *obj)
{
}

bool i915_gem_object_can_migrate(struct drm_i915_gem_object *obj, int id)
{
	return !__may_be("the object cannot move there");
}

int i915_gem_object_migrate(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww, int id)
{
	dma_resv_assert_held(obj->base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("i915_gem_object_migrate()", -ENOMEM);
}

int i915_gem_object_wait_migration(struct drm_i915_gem_object *obj, unsigned int flags)
{
	dma_resv_assert_held(obj->base.resv);
	might_sleep();
	return __may_fail("i915_gem_object_wait_migration()", -ERESTARTSYS);
}

int i915_gem_object_set_to_cpu_domain(struct drm_i915_gem_object *obj, bool write)
{
	dma_resv_assert_held(obj->base.resv);
	might_sleep();
	return __may_fail("i915_gem_object_set_to_cpu_domain()", -ERESTARTSYS);
}

int i915_gem_object_set_to_gtt_domain(struct drm_i915_gem_object *obj, bool write)
{
	dma_resv_assert_held(obj->base.resv);
	might_sleep();
	return __may_fail("i915_gem_object_set_to_gtt_domain()", -ERESTARTSYS);
}

bool vfio_device_try_get_registration(struct vfio_device *device)
{
	return refcount_inc_not_zero(&device->refcount);
}

void vfio_device_put_registration(struct vfio_device *device)
{
	if (refcount_dec_and_test(&device->refcount))
		complete(&device->comp);
}

int vfio_check_feature(u32 flags, size_t argsz, u32 supported_ops, size_t minsz)
{
	if ((flags & (VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET)) & ~supported_ops)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	if (!(flags & (VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET)) || argsz < minsz)
		return -EINVAL;
	return 1;
}
