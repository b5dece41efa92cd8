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
	/* The memory that the device itself lies in goes last. */
	kfree(dev->managed.final_kfree);
}

void drm_dev_put(struct drm_device *dev)
{
	if (dev)
		kref_put(&dev->ref, __drm_dev_release);
}

void drmm_add_final_kfree(struct drm_device *dev, void *container)
{
	WARN_ON(dev->managed.final_kfree);
	dev->managed.final_kfree = container;
}

static void drm_dev_init_release(struct drm_device *dev, void *data)
{
	put_device(dev->dev);
	/* Nobody may use the parent through the device any more. */
	dev->dev = NULL;
	mutex_destroy(&dev->master_mutex);
	mutex_destroy(&dev->filelist_mutex);
	mutex_destroy(&dev->struct_mutex);
}

int drm_dev_init(struct drm_device *dev, const struct drm_driver *driver, struct device *parent)
{
	if (WARN_ON(!parent))
		return -EINVAL;
	kref_init(&dev->ref);
	dev->dev = get_device(parent);
	dev->driver = driver;
	dev->driver_features = ~0u;
	INIT_LIST_HEAD(&dev->filelist);
	mutex_init(&dev->struct_mutex);
	mutex_init(&dev->filelist_mutex);
	mutex_init(&dev->master_mutex);
	return drmm_add_action_or_reset(dev, drm_dev_init_release, NULL);
}

static void devm_drm_dev_init_release(void *data)
{
	drm_dev_put(data);
}

int devm_drm_dev_init(struct device *parent, struct drm_device *dev, const struct drm_driver *driver)
{
	int ret = drm_dev_init(dev, driver, parent);

	if (ret)
		return ret;
	return devm_add_action_or_reset(parent, devm_drm_dev_init_release, dev);
}

void *__devm_drm_dev_alloc(struct device *parent, const struct drm_driver *driver, size_t size, size_t offset)
{
	void *container = kzalloc(size, GFP_KERNEL);
	struct drm_device *drm;
	int ret;

	if (!container)
		return ERR_PTR(-ENOMEM);
	drm = container + offset;
	ret = devm_drm_dev_init(parent, drm, driver);
	if (ret) {
		kfree(container);
		return ERR_PTR(ret);
	}
	drmm_add_final_kfree(drm, container);
	return container;
}

struct drm_device *drm_dev_alloc(const struct drm_driver *driver, struct device *parent)
{
	struct drm_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int ret;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	ret = drm_dev_init(dev, driver, parent);
	if (ret) {
		kfree(dev);
		return ERR_PTR(ret);
	}
	drmm_add_final_kfree(dev, dev);
	return dev;
}
