/* Xe buffer objects. Where the last parameter changed between releases (a flag, then a drm_exec) the argument list is open. */
#ifndef _XE_BO_H_
#define _XE_BO_H_
#include "xe_types.h"
#include "xe_device.h"

#define XE_BO_FLAG_USER (1 << 0)
#define XE_BO_FLAG_SYSTEM (1 << 1)
#define XE_BO_FLAG_VRAM0 (1 << 2)
#define XE_BO_FLAG_VRAM1 (1 << 3)
#define XE_BO_FLAG_VRAM_MASK (XE_BO_FLAG_VRAM0 | XE_BO_FLAG_VRAM1)
#define XE_BO_FLAG_STOLEN (1 << 5)
#define XE_BO_FLAG_VRAM_IF_DGFX(tile) (IS_DGFX(tile_to_xe(tile)) ? XE_BO_FLAG_VRAM0 << (tile)->id : XE_BO_FLAG_SYSTEM)
#define XE_BO_FLAG_VRAM(vram) (XE_BO_FLAG_VRAM0 << ((vram)->id))
#define XE_BO_FLAG_GGTT (1 << 5)
#define XE_BO_FLAG_IGNORE_MIN_PAGE_SIZE (1 << 6)
#define XE_BO_FLAG_PINNED (1 << 7)
#define XE_BO_FLAG_NEEDS_CPU_ACCESS (1 << 12)
#define XE_BO_FLAG_CPU_ADDR_MIRROR (1 << 22)

struct drm_exec;

static inline struct xe_bo *ttm_to_xe_bo(const struct ttm_buffer_object *bo)
{
	return container_of(bo, struct xe_bo, ttm);
}

static inline struct xe_bo *gem_to_xe_bo(const struct drm_gem_object *obj)
{
	return container_of(obj, struct xe_bo, ttm.base);
}

static inline struct ttm_buffer_object *__xe_bo_ttm(struct xe_bo *bo)
{
	return &bo->ttm;
}

static inline struct xe_bo *xe_bo_get(struct xe_bo *bo)
{
	if (bo)
		drm_gem_object_get(&bo->ttm.base);
	return bo;
}

static inline size_t xe_bo_size(struct xe_bo *bo)
{
	return bo->ttm.base.size;
}

static inline bool xe_bo_is_pinned(struct xe_bo *bo)
{
	return bo->ttm.pin_count;
}

#define xe_bo_assert_held(bo) do { struct xe_bo *__bo = (bo); if (__bo) dma_resv_assert_held(__bo->ttm.base.resv); } while (0)

void xe_bo_put(struct xe_bo *bo);
void xe_bo_put_async(struct xe_bo *bo);
bool xe_bo_put_deferred(struct xe_bo *bo, struct llist_head *deferred);
void xe_bo_put_commit(struct llist_head *deferred);
int xe_bo_lock(struct xe_bo *bo, bool intr);
void xe_bo_unlock(struct xe_bo *bo);
struct xe_bo *xe_bo_create_locked(struct xe_device *xe, struct xe_tile *tile, struct xe_vm *vm, size_t size, ...);
struct xe_bo *xe_bo_create_user(struct xe_device *xe, ...);
struct xe_bo *xe_bo_create_pin_map(struct xe_device *xe, struct xe_tile *tile, struct xe_vm *vm, size_t size, ...);
struct xe_bo *xe_managed_bo_create_pin_map(struct xe_device *xe, struct xe_tile *tile, size_t size, u32 flags);
void xe_bo_unpin_map_no_vm(struct xe_bo *bo);
int xe_bo_validate(struct xe_bo *bo, struct xe_vm *vm, bool allow_res_evict, ...);
int xe_bo_migrate(struct xe_bo *bo, u32 mem_type, ...);
int xe_bo_evict(struct xe_bo *bo, ...);
int xe_bo_pin(struct xe_bo *bo, ...);
int xe_bo_pin_external(struct xe_bo *bo, ...);
void xe_bo_unpin(struct xe_bo *bo);
void xe_bo_unpin_external(struct xe_bo *bo);
int xe_bo_vmap(struct xe_bo *bo);
void xe_bo_vunmap(struct xe_bo *bo);
bool xe_bo_can_migrate(struct xe_bo *bo, u32 mem_type);
bool xe_bo_is_vram(struct xe_bo *bo);
bool xe_bo_is_stolen(struct xe_bo *bo);
bool xe_bo_is_mem_type(struct xe_bo *bo, u32 mem_type);
bool xe_bo_is_vm_bound(struct xe_bo *bo);
dma_addr_t xe_bo_addr(struct xe_bo *bo, u64 offset, size_t page_size);
dma_addr_t __xe_bo_addr(struct xe_bo *bo, u64 offset, size_t page_size);
struct sg_table *xe_bo_sg(struct xe_bo *bo);
u32 xe_bo_ggtt_addr(struct xe_bo *bo);
u64 vram_region_gpu_offset(struct ttm_resource *res);
struct xe_vram_region *res_to_mem_region(struct ttm_resource *res);

struct drm_gem_object *xe_gem_prime_import(struct drm_device *dev, struct dma_buf *dma_buf);
struct dma_buf *xe_gem_prime_export(struct drm_gem_object *obj, int flags);

#endif
