/* drm_exec: the bodies. Objects are held by reference while they are locked; the contended one is locked first in the next round. */
#include <drm/drm_exec.h>
#include <drm/drm_gem.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>

/* Not yet in a round: the acquire context does not exist. */
#define __DRM_EXEC_FRESH ((struct drm_gem_object *)~0ul)
/* Set up by a function that nobody sees: what it locked, and whether the acquire context exists, is not known. */
#define __DRM_EXEC_UNSEEN ((struct drm_gem_object *)~1ul)

static inline void __drm_exec_unlock_all(struct drm_exec *exec)
{
	while (exec->num_objects) {
		struct drm_gem_object *obj = exec->objects[--exec->num_objects];

		dma_resv_unlock(obj->resv);
		drm_gem_object_put(obj);
	}
	drm_gem_object_put(exec->prelocked);
	exec->prelocked = NULL;
}

/* `nr` since 6.8. */
void __gained(1) drm_exec_init(struct drm_exec *exec, u32 flags, unsigned int nr)
{
	exec->flags = flags;
	exec->max_objects = nr ? nr : 512;
	exec->objects = kvmalloc_array(exec->max_objects, sizeof(void *), GFP_KERNEL);
	if (!exec->objects)
		exec->max_objects = 0;
	exec->num_objects = 0;
	exec->contended = __DRM_EXEC_FRESH;
	exec->prelocked = NULL;
}

void drm_exec_fini(struct drm_exec *exec)
{
	__drm_exec_unlock_all(exec);
	kvfree(exec->objects);
	if (exec->contended == __DRM_EXEC_FRESH || exec->contended == __DRM_EXEC_UNSEEN)
		return;
	drm_gem_object_put(exec->contended);
	ww_acquire_fini(&exec->ticket);
}

bool drm_exec_cleanup(struct drm_exec *exec)
{
	if (!exec->contended) {
		ww_acquire_done(&exec->ticket);
		return false;
	}
	if (exec->contended == __DRM_EXEC_FRESH || exec->contended == __DRM_EXEC_UNSEEN) {
		exec->contended = NULL;
		ww_acquire_init(&exec->ticket, &reservation_ww_class);
		return true;
	}
	__drm_exec_unlock_all(exec);
	return true;
}

bool drm_exec_is_contended(struct drm_exec *exec)
{
	return !!exec->contended;
}

static inline int __drm_exec_remember(struct drm_exec *exec, struct drm_gem_object *obj)
{
	if (exec->num_objects == exec->max_objects) {
		unsigned int i, wanted = exec->max_objects + 512;
		struct drm_gem_object **grown = kvmalloc_array(wanted, sizeof(void *), GFP_KERNEL);

		if (!grown)
			return -ENOMEM;
		for (i = 0; i < exec->num_objects; i++)
			grown[i] = exec->objects[i];
		kvfree(exec->objects);
		exec->objects = grown;
		exec->max_objects = wanted;
	}
	drm_gem_object_get(obj);
	exec->objects[exec->num_objects++] = obj;
	return 0;
}

static inline int __drm_exec_take_contended(struct drm_exec *exec)
{
	struct drm_gem_object *obj = exec->contended;
	int ret;

	if (!obj)
		return 0;
	exec->contended = NULL;
	if (obj == __DRM_EXEC_UNSEEN) {
		ww_acquire_init(&exec->ticket, &reservation_ww_class);
		return 0;
	}
	if (exec->flags & DRM_EXEC_INTERRUPTIBLE_WAIT) {
		ret = dma_resv_lock_slow_interruptible(obj->resv, &exec->ticket);
		if (ret) {
			drm_gem_object_put(obj);
			return ret;
		}
	} else {
		dma_resv_lock_slow(obj->resv, &exec->ticket);
	}
	ret = __drm_exec_remember(exec, obj);
	if (ret) {
		dma_resv_unlock(obj->resv);
		drm_gem_object_put(obj);
		return ret;
	}
	exec->prelocked = obj;
	return 0;
}

int drm_exec_lock_obj(struct drm_exec *exec, struct drm_gem_object *obj)
{
	int ret = __drm_exec_take_contended(exec);

	if (ret)
		return ret;
	if (exec->prelocked == obj) {
		drm_gem_object_put(exec->prelocked);
		exec->prelocked = NULL;
		return 0;
	}
	if (exec->flags & DRM_EXEC_INTERRUPTIBLE_WAIT)
		ret = dma_resv_lock_interruptible(obj->resv, &exec->ticket);
	else
		ret = dma_resv_lock(obj->resv, &exec->ticket);
	if (ret == -EDEADLK) {
		drm_gem_object_get(obj);
		exec->contended = obj;
		return ret;
	}
	if (ret == -EALREADY && (exec->flags & DRM_EXEC_IGNORE_DUPLICATES))
		return 0;
	if (ret)
		return ret;
	ret = __drm_exec_remember(exec, obj);
	if (ret)
		dma_resv_unlock(obj->resv);
	return ret;
}

void drm_exec_unlock_obj(struct drm_exec *exec, struct drm_gem_object *obj)
{
	unsigned int i;

	for (i = exec->num_objects; i--; ) {
		if (exec->objects[i] != obj)
			continue;
		dma_resv_unlock(obj->resv);
		for (++i; i < exec->num_objects; i++)
			exec->objects[i - 1] = exec->objects[i];
		exec->num_objects--;
		drm_gem_object_put(obj);
		return;
	}
}

int drm_exec_prepare_obj(struct drm_exec *exec, struct drm_gem_object *obj, unsigned int num_fences)
{
	int ret = drm_exec_lock_obj(exec, obj);

	if (ret)
		return ret;
	ret = dma_resv_reserve_fences(obj->resv, num_fences);
	if (ret)
		drm_exec_unlock_obj(exec, obj);
	return ret;
}

int drm_exec_prepare_array(struct drm_exec *exec, struct drm_gem_object **objects, unsigned int num_objects,
			   unsigned int num_fences)
{
	unsigned int i;

	for (i = 0; i < num_objects; i++) {
		int ret = drm_exec_prepare_obj(exec, objects[i], num_fences);

		if (ret)
			return ret;
	}
	return 0;
}
