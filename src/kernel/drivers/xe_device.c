/* Xe: assertions and runtime power management, when the patch or the tree does not bring them. */
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

struct lockdep_map __xe_pm_runtime_map = { .name = "xe_pm_runtime_lockdep_map" };

int __xe_assert_failed(const char *condition)
{
	return __driver_report("driver-assertion", condition);
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
