/* The DRM device, its life, and the sections in which its hardware is known to be there. */
#ifndef _DRM_DEVICE_H_
#define _DRM_DEVICE_H_
#include <linux/types.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/device.h>
#include <linux/idr.h>

struct drm_driver;
struct drm_minor;
struct drm_vma_offset_manager;
struct inode;

struct drm_device {
	int if_version;
	struct kref ref;
	struct device *dev;
	struct device *dma_dev;
	const struct drm_driver *driver;
	void *dev_private;
	struct drm_minor *primary;
	struct drm_minor *render;
	struct drm_minor *accel;
	bool registered;
	u32 driver_features;
	bool unplugged;
	struct inode *anon_inode;
	char *unique;
	struct mutex struct_mutex;
	struct mutex master_mutex;
	atomic_t open_count;
	struct mutex filelist_mutex;
	struct list_head filelist;
	struct mutex object_name_lock;
	struct idr object_name_idr;
	struct drm_vma_offset_manager *vma_offset_manager;
	struct {
		void *final_kfree;
	} managed;
};

static inline struct device *drm_dev_dma_dev(struct drm_device *dev)
{
	return dev->dma_dev ? dev->dma_dev : dev->dev;
}

#endif
