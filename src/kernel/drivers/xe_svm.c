/* Xe shared virtual memory: page to address, VM locks, page-table work from notifiers, copies, SR-IOV shares, cursors. */
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
	DRIVER_RULE(!is_device_private_page(page), "not-device-page",
		    "`xe_page_to_dpa` of a page that is not device memory");
	return xe_vram_region_page_to_dpa(xe_page_to_vr(page), page);
}

u64 xe_page_to_pcie(struct page *page)
{
	struct xe_pagemap *xpagemap = xe_page_to_pagemap(page);

	DRIVER_RULE(!is_device_private_page(page), "not-device-page",
		    "`xe_page_to_pcie` of a page that is not device memory");
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
	/* Its own work takes it apart (xe_vm.c:vm_destroy_work_func). */
	__keep_outside(container_of(kref, struct xe_vm, gpuvm.kref));
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

static struct dma_fence *__xe_migrate(const char *what)
{
	might_alloc(GFP_KERNEL);
	if (__may_fail(what, -ENOMEM))
		return ERR_PTR(-ENOMEM);
	return dma_fence_get_stub();
}

struct dma_fence *xe_migrate_to_vram(struct xe_migrate *m, unsigned long npages, struct drm_pagemap_addr *src_addr,
				     u64 dst_addr, ...)
{
	return __xe_migrate("xe_migrate_to_vram()");
}

struct dma_fence *xe_migrate_from_vram(struct xe_migrate *m, unsigned long npages, u64 src_addr,
				       struct drm_pagemap_addr *dst_addr, ...)
{
	return __xe_migrate("xe_migrate_from_vram()");
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
