/* Helpers of the Xe driver that its patches call, when the patch or the tree does not bring them. */
#include "xe_types.h"
#include "xe_device.h"
#include "xe_bo.h"
#include "xe_svm.h"
#include "xe_sriov.h"
#include <drm/drm_drv.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <interlock/driver-answers.h>

struct lockdep_map __xe_pm_runtime_map = { .name = "xe_pm_runtime_lockdep_map" };

void __xe_assert_failed(const char *condition)
{
	__driver_report("driver-assertion", condition);
}

/* Resuming takes the locks of the resume callback; lockdep is taught so on every get. */
static void __xe_pm_might_resume(void)
{
	might_sleep();
	lock_map_acquire(&__xe_pm_runtime_map);
	lock_map_release(&__xe_pm_runtime_map);
}

void xe_pm_runtime_get(struct xe_device *xe)
{
	__xe_pm_might_resume();
}

int xe_pm_runtime_get_ioctl(struct xe_device *xe)
{
	__xe_pm_might_resume();
	return __may_fail("xe_pm_runtime_get_ioctl()", -EIO);
}

bool xe_pm_runtime_resume_and_get(struct xe_device *xe)
{
	__xe_pm_might_resume();
	return !__may_be("xe_pm_runtime_resume_and_get() fails");
}

bool xe_pm_runtime_get_if_active(struct xe_device *xe)
{
	return !__may_be("the device is suspended");
}

bool xe_pm_runtime_get_if_in_use(struct xe_device *xe)
{
	return !__may_be("the device is not in use");
}

void xe_pm_runtime_get_noresume(struct xe_device *xe)
{
}

void xe_pm_runtime_put(struct xe_device *xe)
{
}

void xe_device_assert_mem_access(struct xe_device *xe)
{
}

bool xe_device_wedged(struct xe_device *xe)
{
	return __may_be("the device is wedged");
}

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
	if (page_size > PAGE_SIZE)
		__driver_report("bo-addr-page-size", "`xe_bo_addr` is asked for more than one page");
	if (offset >= bo->ttm.base.size)
		__driver_report("bo-addr-offset", "`xe_bo_addr` is asked for an offset beyond the object");
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

struct xe_pagemap *xe_page_to_pagemap(struct page *page)
{
	return container_of(page_pgmap(page), struct xe_pagemap, pagemap);
}

struct xe_vram_region *xe_pagemap_to_vr(struct xe_pagemap *xpagemap)
{
	return xpagemap->vr;
}

struct xe_vram_region *xe_page_to_vr(struct page *page)
{
	return xe_pagemap_to_vr(xe_page_to_pagemap(page));
}

u64 xe_vram_region_page_to_dpa(struct xe_vram_region *vr, struct page *page)
{
	u64 offset = page_to_phys(page) - xe_page_to_pagemap(page)->hpa_base;

	xe_assert(vr->xe, offset < vr->io_size);
	return vr->dpa_base + offset;
}

u64 xe_page_to_dpa(struct page *page)
{
	if (!is_device_private_page(page))
		__driver_report("not-device-page", "`xe_page_to_dpa` of a page that is not device memory");
	return xe_vram_region_page_to_dpa(xe_page_to_vr(page), page);
}

u64 xe_page_to_pcie(struct page *page)
{
	struct xe_pagemap *xpagemap = xe_page_to_pagemap(page);

	if (!is_device_private_page(page))
		__driver_report("not-device-page", "`xe_page_to_pcie` of a page that is not device memory");
	return xpagemap->vr->io_start + (page_to_phys(page) - xpagemap->hpa_base);
}

struct xe_vm *xe_vm_get(struct xe_vm *vm)
{
	kref_get(&vm->gpuvm.kref);
	return vm;
}

static void __xe_vm_release(struct kref *kref)
{
	might_sleep();
}

void xe_vm_put(struct xe_vm *vm)
{
	kref_put(&vm->gpuvm.kref, __xe_vm_release);
}

bool xe_vm_is_closed(struct xe_vm *vm)
{
	return __may_be("the VM is closed");
}

struct dma_resv *xe_vm_resv(struct xe_vm *vm)
{
	return vm->gpuvm.r_obj->resv;
}

int xe_vm_lock(struct xe_vm *vm, bool intr)
{
	if (intr)
		return dma_resv_lock_interruptible(xe_vm_resv(vm), NULL);
	return dma_resv_lock(xe_vm_resv(vm), NULL);
}

void xe_vm_unlock(struct xe_vm *vm)
{
	dma_resv_unlock(xe_vm_resv(vm));
}

bool xe_pt_zap_ptes_range(struct xe_tile *tile, struct xe_vm *vm, struct xe_svm_range *range)
{
	xe_svm_assert_in_notifier(vm);
	return !__may_be("no page table entry was live");
}

int xe_vm_range_tilemask_tlb_inval(struct xe_vm *vm, u64 start, u64 end, u8 tile_mask)
{
	return __may_fail("xe_vm_range_tilemask_tlb_inval()", -ETIME);
}

int xe_svm_bo_evict(struct xe_bo *bo)
{
	dma_resv_assert_held(bo->ttm.base.resv);
	return drm_pagemap_evict_to_ram(&bo->devmem_allocation);
}

struct mutex *xe_gt_sriov_pf_master_mutex(struct xe_gt *gt)
{
	return &gt_to_xe(gt)->sriov.pf.master_lock;
}

struct xe_bo *xe_gt_sriov_pf_config_get_lmem_obj(struct xe_gt *gt, unsigned int vfid)
{
	struct xe_bo *lmem_obj;

	mutex_lock(xe_gt_sriov_pf_master_mutex(gt));
	lmem_obj = pf_pick_vf_config(gt, vfid)->lmem_obj;
	mutex_unlock(xe_gt_sriov_pf_master_mutex(gt));
	return lmem_obj;
}

/* The page table walk looks at one segment after the other. */
static void __xe_res_segment(struct xe_res_cursor *cur)
{
	cur->dma_start = cur->start;
	cur->dma_seg_size = PAGE_SIZE << cur->dma_addr->order;
}

void xe_res_first_dma(const struct drm_pagemap_addr *dma_addr, u64 start, u64 size, struct xe_res_cursor *cur)
{
	xe_assert(NULL, dma_addr);
	cur->node = NULL;
	cur->sgl = NULL;
	cur->start = start;
	cur->remaining = size;
	cur->dma_addr = dma_addr;
	__xe_res_segment(cur);
	cur->size = cur->dma_seg_size < size ? cur->dma_seg_size : size;
}

u64 xe_res_dma(const struct xe_res_cursor *cur)
{
	if (cur->dma_addr)
		return cur->dma_addr->addr + (cur->start - cur->dma_start);
	if (cur->sgl)
		return sg_dma_address(cur->sgl) + cur->start;
	return cur->start;
}

bool xe_res_is_vram(const struct xe_res_cursor *cur)
{
	if (cur->dma_addr)
		return cur->dma_addr->proto == XE_INTERCONNECT_VRAM;
	return cur->mem_type != XE_PL_SYSTEM && cur->mem_type != XE_PL_TT;
}
