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

int i915_gem_object_lock(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww)
{
	return dma_resv_lock(obj->base.resv, ww ? &ww->ctx : NULL);
}

int i915_gem_object_lock_interruptible(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww)
{
	return dma_resv_lock_interruptible(obj->base.resv, ww ? &ww->ctx : NULL);
}

void i915_gem_object_unlock(struct drm_i915_gem_object *obj)
{
	dma_resv_unlock(obj->base.resv);
}

int i915_gem_object_pin_pages(struct drm_i915_gem_object *obj)
{
	dma_resv_assert_held(obj->base.resv);
	might_alloc(GFP_KERNEL);
	return __may_fail("i915_gem_object_pin_pages()", -ENOMEM);
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
