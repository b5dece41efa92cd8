/* GEM objects: references, handles, reservation, pinning and mapping. */
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_prime.h>
#include <linux/dma-buf.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/sched/mm.h>
#include <interlock/driver-answers.h>

void drm_gem_object_free(struct kref *kref)
{
	struct drm_gem_object *obj = container_of(kref, struct drm_gem_object, refcount);

	/* The op is mandatory: a table that another file fills in has one. */
	if (!__known(obj->funcs) || (obj->funcs && (!__known(obj->funcs->free) || obj->funcs->free)))
		obj->funcs->free(obj);
}

struct drm_gem_object *drm_gem_object_lookup(struct drm_file *file, u32 handle)
{
	struct drm_gem_object *obj;

	spin_lock(&file->table_lock);
	obj = idr_find(&file->object_idr, handle);
	/* The handle is what user space says it is. */
	if (!__known(obj) && __may_fail("drm_gem_object_lookup()", -ENOENT))
		obj = NULL;
	if (obj)
		drm_gem_object_get(obj);
	spin_unlock(&file->table_lock);
	return obj;
}

void drm_gem_private_object_init(struct drm_device *dev, struct drm_gem_object *obj, size_t size)
{
	obj->dev = dev;
	obj->filp = NULL;
	kref_init(&obj->refcount);
	obj->handle_count = 0;
	obj->size = size;
	mutex_init(&obj->gpuva.lock);
	INIT_LIST_HEAD(&obj->gpuva.list);
	dma_resv_init(&obj->_resv);
	if (!obj->resv)
		obj->resv = &obj->_resv;
}

/* What they hold is not said. */
extern struct file __gem_shmem_file;
extern struct page *__gem_pages[];

int drm_gem_object_init(struct drm_device *dev, struct drm_gem_object *obj, size_t size)
{
	might_alloc(GFP_KERNEL);
	drm_gem_private_object_init(dev, obj, size);
	if (__may_fail("drm_gem_object_init()", -ENOMEM))
		return -ENOMEM;
	/* The shmem file behind it is the kernel's. */
	obj->filp = &__gem_shmem_file;
	return 0;
}

struct page **drm_gem_get_pages(struct drm_gem_object *obj)
{
	might_alloc(GFP_KERNEL);
	return __may_fail("drm_gem_get_pages()", -ENOMEM) ? ERR_PTR(-ENOMEM) : __gem_pages;
}

void drm_gem_put_pages(struct drm_gem_object *obj, struct page **pages, bool dirty, bool accessed)
{
	might_sleep();
	/* A driver may have filled an array of its own: it goes with its pages. */
	if (__known(pages) && pages != __gem_pages)
		kvfree(pages);
}

void drm_gem_private_object_fini(struct drm_gem_object *obj)
{
	dma_resv_fini(&obj->_resv);
}

void drm_gem_object_release(struct drm_gem_object *obj)
{
	might_sleep();
	drm_gem_private_object_fini(obj);
	drm_gem_free_mmap_offset(obj);
}

/* Comes with object_name_lock held, and goes without. */
int drm_gem_handle_create_tail(struct drm_file *file, struct drm_gem_object *obj, u32 *handle)
{
	int ret;

	lockdep_assert_held(&obj->dev->object_name_lock);
	might_alloc(GFP_KERNEL);
	ret = __may_fail("drm_gem_handle_create()", -ENOMEM);
	if (!ret) {
		obj->handle_count++;
		drm_gem_object_get(obj);
		/* The file finds it by its handle. */
		__keep_outside(obj);
		*handle = 1;
	}
	mutex_unlock(&obj->dev->object_name_lock);
	return ret;
}

int drm_gem_handle_create(struct drm_file *file, struct drm_gem_object *obj, u32 *handle)
{
	mutex_lock(&obj->dev->object_name_lock);
	return drm_gem_handle_create_tail(file, obj, handle);
}

int drm_gem_handle_delete(struct drm_file *file, u32 handle)
{
	might_sleep();
	return __may_be("the handle is not known") ? -EINVAL : 0;
}

int drm_gem_create_mmap_offset(struct drm_gem_object *obj)
{
	might_alloc(GFP_KERNEL);
	return __may_fail("drm_gem_create_mmap_offset()", -ENOMEM);
}

void drm_gem_free_mmap_offset(struct drm_gem_object *obj)
{
}

void drm_gem_lock(struct drm_gem_object *obj)
{
	dma_resv_lock(obj->resv, NULL);
}

void drm_gem_unlock(struct drm_gem_object *obj)
{
	dma_resv_unlock(obj->resv);
}

int drm_gem_lock_reservations(struct drm_gem_object **objs, int count, struct ww_acquire_ctx *acquire_ctx)
{
	int contended = -1;
	int i, ret;

	ww_acquire_init(acquire_ctx, &reservation_ww_class);
retry:
	if (contended != -1) {
		ret = dma_resv_lock_slow_interruptible(objs[contended]->resv, acquire_ctx);
		if (ret) {
			ww_acquire_fini(acquire_ctx);
			return ret;
		}
	}
	for (i = 0; i < count; i++) {
		if (i == contended)
			continue;
		ret = dma_resv_lock_interruptible(objs[i]->resv, acquire_ctx);
		if (!ret)
			continue;
		if (contended >= i)
			dma_resv_unlock(objs[contended]->resv);
		while (i--)
			dma_resv_unlock(objs[i]->resv);
		if (ret == -EDEADLK) {
			contended = i + 1;
			goto retry;
		}
		ww_acquire_fini(acquire_ctx);
		return ret;
	}
	ww_acquire_done(acquire_ctx);
	return 0;
}

void drm_gem_unlock_reservations(struct drm_gem_object **objs, int count, struct ww_acquire_ctx *acquire_ctx)
{
	int i;

	for (i = 0; i < count; i++)
		dma_resv_unlock(objs[i]->resv);
	ww_acquire_fini(acquire_ctx);
}

int drm_gem_pin_locked(struct drm_gem_object *obj)
{
	dma_resv_assert_held(obj->resv);
	if (obj->funcs->pin)
		return obj->funcs->pin(obj);
	return 0;
}

void drm_gem_unpin_locked(struct drm_gem_object *obj)
{
	dma_resv_assert_held(obj->resv);
	if (obj->funcs->unpin)
		obj->funcs->unpin(obj);
}

int drm_gem_pin(struct drm_gem_object *obj)
{
	int ret;

	dma_resv_lock(obj->resv, NULL);
	ret = drm_gem_pin_locked(obj);
	dma_resv_unlock(obj->resv);
	return ret;
}

void drm_gem_unpin(struct drm_gem_object *obj)
{
	dma_resv_lock(obj->resv, NULL);
	drm_gem_unpin_locked(obj);
	dma_resv_unlock(obj->resv);
}

int drm_gem_vmap_locked(struct drm_gem_object *obj, struct iosys_map *map)
{
	int ret;

	dma_resv_assert_held(obj->resv);
	if (!obj->funcs->vmap)
		return -EOPNOTSUPP;
	ret = obj->funcs->vmap(obj, map);
	if (ret)
		return ret;
	return iosys_map_is_null(map) ? -ENOMEM : 0;
}

void drm_gem_vunmap_locked(struct drm_gem_object *obj, struct iosys_map *map)
{
	dma_resv_assert_held(obj->resv);
	if (iosys_map_is_null(map))
		return;
	if (obj->funcs->vunmap)
		obj->funcs->vunmap(obj, map);
	iosys_map_clear(map);
}

int drm_gem_vmap_unlocked(struct drm_gem_object *obj, struct iosys_map *map)
{
	int ret;

	dma_resv_lock(obj->resv, NULL);
	ret = drm_gem_vmap_locked(obj, map);
	dma_resv_unlock(obj->resv);
	return ret;
}

void drm_gem_vunmap_unlocked(struct drm_gem_object *obj, struct iosys_map *map)
{
	dma_resv_lock(obj->resv, NULL);
	drm_gem_vunmap_locked(obj, map);
	dma_resv_unlock(obj->resv);
}

/* Up to 6.15 these two want the lock held, since 6.16 they take it: which tree the caller is of shows in what it holds. */
int drm_gem_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	return dma_resv_held(obj->resv) ? drm_gem_vmap_locked(obj, map) : drm_gem_vmap_unlocked(obj, map);
}

void drm_gem_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	if (dma_resv_held(obj->resv))
		drm_gem_vunmap_locked(obj, map);
	else
		drm_gem_vunmap_unlocked(obj, map);
}

int drm_gem_evict_locked(struct drm_gem_object *obj)
{
	dma_resv_assert_held(obj->resv);
	if (obj->funcs->evict)
		return obj->funcs->evict(obj);
	return 0;
}
