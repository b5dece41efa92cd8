/* A client's open DRM device. */
#ifndef _DRM_FILE_H_
#define _DRM_FILE_H_
#include <linux/types.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/mutex.h>
#include <linux/idr.h>

struct file;
struct drm_minor;

struct drm_prime_file_private {
	struct mutex lock;
	struct rb_root dmabufs;
	struct rb_root handles;
};

struct drm_file {
	bool authenticated;
	struct drm_minor *minor;
	struct list_head lhead;
	struct idr object_idr;
	spinlock_t table_lock;
	struct file *filp;
	void *driver_priv;
	struct drm_prime_file_private prime;
};

#endif
