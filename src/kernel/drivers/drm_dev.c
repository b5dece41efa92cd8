/* DRM devices: references, registration, and the sections in which the hardware is known to be there. */
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_prime.h>
#include <linux/dma-buf.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/sched/mm.h>
#include <interlock/driver-answers.h>

DEFINE_STATIC_SRCU(drm_unplug_srcu);

bool drm_dev_enter(struct drm_device *dev, int *idx)
{
	*idx = srcu_read_lock(&drm_unplug_srcu);
	if (dev->unplugged) {
		srcu_read_unlock(&drm_unplug_srcu, *idx);
		return false;
	}
	return true;
}

void drm_dev_exit(int idx)
{
	srcu_read_unlock(&drm_unplug_srcu, idx);
}

bool drm_dev_is_unplugged(struct drm_device *dev)
{
	int idx;

	if (drm_dev_enter(dev, &idx)) {
		drm_dev_exit(idx);
		return false;
	}
	return true;
}

void drm_dev_unplug(struct drm_device *dev)
{
	dev->unplugged = true;
	synchronize_srcu(&drm_unplug_srcu);
	drm_dev_unregister(dev);
}

int drm_dev_register(struct drm_device *dev, unsigned long flags)
{
	might_alloc(GFP_KERNEL);
	return __may_fail("drm_dev_register()", -ENOMEM);
}

void drm_dev_unregister(struct drm_device *dev)
{
	might_sleep();
	dev->registered = false;
}

void drm_dev_get(struct drm_device *dev)
{
	if (dev)
		kref_get(&dev->ref);
}

static void __drm_dev_release(struct kref *ref)
{
	struct drm_device *dev = container_of(ref, struct drm_device, ref);

	if (dev->driver && dev->driver->release)
		dev->driver->release(dev);
	__interlock_drm_managed_release(dev);
}

void drm_dev_put(struct drm_device *dev)
{
	if (dev)
		kref_put(&dev->ref, __drm_dev_release);
}
