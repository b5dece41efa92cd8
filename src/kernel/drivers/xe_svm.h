/* Xe shared virtual memory: page to address, VM and range helpers, page-table work from notifiers, copies. */
#ifndef _XE_SVM_H_
#define _XE_SVM_H_
#include "xe_types.h"
#include "xe_device.h"

struct dma_fence;

static inline struct xe_vm *gpusvm_to_vm(struct drm_gpusvm *gpusvm)
{
	return container_of(gpusvm, struct xe_vm, svm.gpusvm);
}

static inline struct xe_vm *range_to_vm(struct drm_gpusvm_range *range)
{
	return gpusvm_to_vm(range->gpusvm);
}

static inline struct xe_svm_range *to_xe_range(struct drm_gpusvm_range *range)
{
	return container_of(range, struct xe_svm_range, base);
}

static inline struct xe_bo *to_xe_bo(struct drm_pagemap_devmem *devmem_allocation)
{
	return container_of(devmem_allocation, struct xe_bo, devmem_allocation);
}

struct xe_pagemap *xe_page_to_pagemap(struct page *page);
struct xe_vram_region *xe_page_to_vr(struct page *page);
struct xe_vram_region *xe_pagemap_to_vr(struct xe_pagemap *xpagemap);
u64 xe_page_to_dpa(struct page *page);
u64 xe_page_to_pcie(struct page *page);
u64 xe_vram_region_page_to_dpa(struct xe_vram_region *vr, struct page *page);

#define xe_svm_notifier_lock(vm) drm_gpusvm_notifier_lock(&(vm)->svm.gpusvm)
#define xe_svm_notifier_unlock(vm) drm_gpusvm_notifier_unlock(&(vm)->svm.gpusvm)
#define xe_svm_assert_in_notifier(vm) lockdep_assert_held_write(&(vm)->svm.gpusvm.notifier_lock)

struct dma_fence *xe_migrate_to_vram(struct xe_migrate *m, unsigned long npages, struct drm_pagemap_addr *src_addr,
				     u64 dst_addr, ...);
struct dma_fence *xe_migrate_from_vram(struct xe_migrate *m, unsigned long npages, u64 src_addr,
				       struct drm_pagemap_addr *dst_addr, ...);
struct xe_vm *xe_vm_get(struct xe_vm *vm);
void xe_vm_put(struct xe_vm *vm);
bool xe_vm_is_closed(struct xe_vm *vm);
void xe_vm_kill(struct xe_vm *vm, bool unlocked);
struct dma_resv *xe_vm_resv(struct xe_vm *vm);
#define xe_vm_assert_held(vm) dma_resv_assert_held(xe_vm_resv(vm))
int xe_vm_lock(struct xe_vm *vm, bool intr);
void xe_vm_unlock(struct xe_vm *vm);
bool xe_pt_zap_ptes_range(struct xe_tile *tile, struct xe_vm *vm, struct xe_svm_range *range);
int xe_vm_range_tilemask_tlb_inval(struct xe_vm *vm, u64 start, u64 end, u8 tile_mask);
struct dma_fence *xe_vm_range_rebind(struct xe_vm *vm, ...);
int xe_svm_bo_evict(struct xe_bo *bo);

void xe_res_first(struct ttm_resource *res, u64 start, u64 size, struct xe_res_cursor *cur);
void xe_res_first_sg(const struct sg_table *sg, u64 start, u64 size, struct xe_res_cursor *cur);
void xe_res_first_dma(const struct drm_pagemap_addr *dma_addr, u64 start, u64 size, struct xe_res_cursor *cur);
void xe_res_next(struct xe_res_cursor *cur, u64 size);
u64 xe_res_dma(const struct xe_res_cursor *cur);
bool xe_res_is_vram(const struct xe_res_cursor *cur);

#endif
