/* What a DRM driver declares about itself, and the device references and unplug sections it uses. */
#ifndef _DRM_DRV_H_
#define _DRM_DRV_H_
#include <drm/drm_device.h>

struct drm_file;
struct drm_gem_object;
struct dma_buf;
struct dma_buf_attachment;
struct sg_table;
struct file_operations;

enum drm_driver_feature {
	DRIVER_GEM = 1 << 0,
	DRIVER_MODESET = 1 << 1,
	DRIVER_RENDER = 1 << 3,
	DRIVER_ATOMIC = 1 << 4,
	DRIVER_SYNCOBJ = 1 << 5,
	DRIVER_SYNCOBJ_TIMELINE = 1 << 6,
	DRIVER_COMPUTE_ACCEL = 1 << 7,
	DRIVER_GEM_GPUVA = 1 << 8,
};

struct drm_driver {
	int (*load)(struct drm_device *dev, unsigned long flags);
	int (*open)(struct drm_device *dev, struct drm_file *file);
	void (*postclose)(struct drm_device *dev, struct drm_file *file);
	void (*unload)(struct drm_device *dev);
	void (*release)(struct drm_device *dev);
	struct drm_gem_object *(*gem_create_object)(struct drm_device *dev, size_t size);
	int (*prime_handle_to_fd)(struct drm_device *dev, struct drm_file *file, u32 handle, u32 flags, int *prime_fd);
	int (*prime_fd_to_handle)(struct drm_device *dev, struct drm_file *file, int prime_fd, u32 *handle);
	struct drm_gem_object *(*gem_prime_import)(struct drm_device *dev, struct dma_buf *dma_buf);
	struct drm_gem_object *(*gem_prime_import_sg_table)(struct drm_device *dev, struct dma_buf_attachment *attach,
							    struct sg_table *sgt);
	const char *name;
	const char *desc;
	int major;
	int minor;
	int patchlevel;
	u32 driver_features;
	const struct file_operations *fops;
};

int drm_dev_init(struct drm_device *dev, const struct drm_driver *driver, struct device *parent);
int devm_drm_dev_init(struct device *parent, struct drm_device *dev, const struct drm_driver *driver);
struct drm_device *drm_dev_alloc(const struct drm_driver *driver, struct device *parent);
void *__devm_drm_dev_alloc(struct device *parent, const struct drm_driver *driver, size_t size, size_t offset);
#define devm_drm_dev_alloc(parent, driver, type, member) ((type *)__devm_drm_dev_alloc(parent, driver, sizeof(type), offsetof(type, member)))
void drmm_add_final_kfree(struct drm_device *dev, void *container);
bool drm_dev_enter(struct drm_device *dev, int *idx);
void drm_dev_exit(int idx);
void drm_dev_get(struct drm_device *dev);
void drm_dev_put(struct drm_device *dev);
void drm_dev_unplug(struct drm_device *dev);
bool drm_dev_is_unplugged(struct drm_device *dev);
int drm_dev_register(struct drm_device *dev, unsigned long flags);
void drm_dev_unregister(struct drm_device *dev);

static inline bool drm_core_check_feature(const struct drm_device *dev, enum drm_driver_feature feature)
{
	return dev->driver->driver_features & feature;
}

#define drmm_add_action(dev, action, data) __drmm_add_action(dev, action, data, #action)
#define drmm_add_action_or_reset(dev, action, data) __drmm_add_action_or_reset(dev, action, data, #action)
int __drmm_add_action(struct drm_device *dev, void (*action)(struct drm_device *dev, void *data), void *data,
		      const char *name);
int __drmm_add_action_or_reset(struct drm_device *dev, void (*action)(struct drm_device *dev, void *data), void *data,
			       const char *name);
void drmm_kfree(struct drm_device *dev, void *data);
void __interlock_drm_managed_release(struct drm_device *dev);
void *drmm_kmalloc(struct drm_device *dev, size_t size, gfp_t gfp);
void *drmm_kzalloc(struct drm_device *dev, size_t size, gfp_t gfp);
#define drmm_kmalloc_array(dev, n, size, flags) drmm_kmalloc(dev, array_size(n, size), flags)
#define drmm_kcalloc(dev, n, size, flags) drmm_kzalloc(dev, array_size(n, size), flags)
static inline char *drmm_kstrdup(struct drm_device *dev, const char *s, gfp_t gfp)
{
	size_t size = s ? strlen(s) + 1 : 0;
	char *copy = s ? drmm_kmalloc(dev, size, gfp) : NULL;

	if (copy)
		memcpy(copy, s, size);
	return copy;
}
void drmm_release_action(struct drm_device *dev, void (*action)(struct drm_device *dev, void *data), void *data);
int drmm_mutex_init(struct drm_device *dev, struct mutex *lock);

#endif
