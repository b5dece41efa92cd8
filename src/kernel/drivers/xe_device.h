/* Getting from one Xe object to another, assertions, and runtime power management. */
#ifndef _XE_DEVICE_H_
#define _XE_DEVICE_H_
#include "xe_types.h"
#include <linux/bug.h>

static inline struct xe_device *to_xe_device(const struct drm_device *dev)
{
	return container_of(dev, struct xe_device, drm);
}

static inline struct xe_device *pdev_to_xe_device(struct pci_dev *pdev)
{
	struct drm_device *drm = pci_get_drvdata(pdev);

	return drm ? to_xe_device(drm) : NULL;
}

static inline struct xe_device *ttm_to_xe_device(struct ttm_device *ttm)
{
	return container_of(ttm, struct xe_device, ttm);
}

static inline struct xe_tile *xe_device_get_root_tile(struct xe_device *xe)
{
	return &xe->tiles[0];
}

static inline struct xe_gt *xe_root_mmio_gt(struct xe_device *xe)
{
	return xe->tiles[0].primary_gt;
}

static inline struct xe_gt *xe_root_tile_gt(struct xe_device *xe)
{
	return xe->tiles[0].primary_gt;
}

static inline struct xe_device *tile_to_xe(struct xe_tile *tile)
{
	return tile->xe;
}

static inline struct xe_tile *gt_to_tile(struct xe_gt *gt)
{
	return gt->tile;
}

static inline struct xe_device *gt_to_xe(struct xe_gt *gt)
{
	return gt->tile->xe;
}

static inline struct xe_device *xe_bo_device(struct xe_bo *bo)
{
	return ttm_to_xe_device(bo->ttm.bdev);
}

static inline struct xe_device *xe_vm_device(struct xe_vm *vm)
{
	return vm->xe;
}

static inline enum xe_sriov_mode xe_device_sriov_mode(const struct xe_device *xe)
{
	return xe->sriov.__mode;
}

#define IS_SRIOV_PF(xe) (xe_device_sriov_mode(xe) == XE_SRIOV_MODE_PF)
#define IS_SRIOV_VF(xe) (xe_device_sriov_mode(xe) == XE_SRIOV_MODE_VF)
#define IS_SRIOV(xe) (IS_SRIOV_PF(xe) || IS_SRIOV_VF(xe))
#define IS_DGFX(xe) ((xe)->info.is_dgfx)

#define for_each_tile(tile__, xe__, id__) \
	for ((id__) = 0; (id__) < (xe__)->info.tile_count; (id__)++) \
		for_each_if((tile__) = &(xe__)->tiles[(id__)])
#ifndef for_each_if
#define for_each_if(condition) if (!(condition)) {} else
#endif

int __xe_assert_failed(const char *condition);
/* An assertion on what nobody has decided is taken to hold. */
#define xe_assert(xe, condition) do {						\
	int __holds = !!(condition);						\
	if (__known(__holds) && unlikely(!__holds) && __xe_assert_failed(#condition)) \
		__interlock_impossible();					\
} while (0)
#define xe_assert_msg(xe, condition, msg, ...) xe_assert(xe, condition)
#define xe_tile_assert(tile, condition) xe_assert(tile, condition)
#define xe_tile_assert_msg(tile, condition, msg, ...) xe_assert(tile, condition)
#define xe_gt_assert(gt, condition) xe_assert(gt, condition)
#define xe_gt_assert_msg(gt, condition, msg, ...) xe_assert(gt, condition)
#define XE_WARN_ON(condition) WARN_ON(condition)

void xe_pm_runtime_get(struct xe_device *xe);
void xe_pm_runtime_put(struct xe_device *xe);
int xe_pm_runtime_get_ioctl(struct xe_device *xe);
bool xe_pm_runtime_get_if_active(struct xe_device *xe);
bool xe_pm_runtime_get_if_in_use(struct xe_device *xe);
void xe_pm_runtime_get_noresume(struct xe_device *xe);
bool xe_pm_runtime_resume_and_get(struct xe_device *xe);
void xe_pm_assert_unbounded_bridge(struct xe_device *xe);
void xe_device_assert_mem_access(struct xe_device *xe);

bool xe_device_wedged(struct xe_device *xe);

#endif
