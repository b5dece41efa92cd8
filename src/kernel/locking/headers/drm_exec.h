/* drm_exec: locks any number of GEM objects in one acquire context and starts over when one of them is contended. */
#ifndef __DRM_EXEC_H__
#define __DRM_EXEC_H__
#include <linux/types.h>
#include <linux/ww_mutex.h>

#define DRM_EXEC_INTERRUPTIBLE_WAIT (1u << 0)
#define DRM_EXEC_IGNORE_DUPLICATES (1u << 1)

struct drm_gem_object;

struct drm_exec {
	u32 flags;
	struct ww_acquire_ctx ticket;
	unsigned int num_objects;
	unsigned int max_objects;
	struct drm_gem_object **objects;
	struct drm_gem_object *contended;
	struct drm_gem_object *prelocked;
};

void drm_exec_init(struct drm_exec *exec, u32 flags, unsigned int nr);
void drm_exec_fini(struct drm_exec *exec);
bool drm_exec_cleanup(struct drm_exec *exec);
int drm_exec_lock_obj(struct drm_exec *exec, struct drm_gem_object *obj);
void drm_exec_unlock_obj(struct drm_exec *exec, struct drm_gem_object *obj);
int drm_exec_prepare_obj(struct drm_exec *exec, struct drm_gem_object *obj, unsigned int num_fences);
int drm_exec_prepare_array(struct drm_exec *exec, struct drm_gem_object **objects, unsigned int num_objects,
			   unsigned int num_fences);
bool drm_exec_is_contended(struct drm_exec *exec);

static inline struct drm_gem_object *drm_exec_obj(struct drm_exec *exec, unsigned long index)
{
	return index < exec->num_objects ? exec->objects[index] : NULL;
}

#define drm_exec_for_each_locked_object(exec, ...) \
	__DRM_EXEC_EACH(exec, __VA_ARGS__, __DRM_EXEC_EACH_INDEX, __DRM_EXEC_EACH_PLAIN)(exec, __VA_ARGS__)
#define __DRM_EXEC_EACH(exec, a, b, chosen, ...) chosen
#define __DRM_EXEC_EACH_INDEX(exec, index, obj) \
	for ((index) = 0; ((obj) = drm_exec_obj(exec, index)) != NULL; ++(index))
#define __DRM_EXEC_EACH_PLAIN(exec, obj) \
	for (unsigned long __dee_index = 0; ((obj) = drm_exec_obj(exec, __dee_index)) != NULL; ++__dee_index)
#define drm_exec_for_each_locked_object_reverse(exec, obj) \
	for (unsigned long __der_index = (exec)->num_objects; ((obj) = drm_exec_obj(exec, --__der_index)) != NULL; )

/* The loop runs until a round ends without contention; a contended lock jumps back to its head from any depth inside. */
#define drm_exec_until_all_locked(exec) \
__PASTE(__drm_exec_round_, __LINE__): \
	for (void *const __drm_exec_round = &&__PASTE(__drm_exec_round_, __LINE__); \
	     ((void)__drm_exec_round, drm_exec_cleanup(exec)); )
#define drm_exec_retry_on_contention(exec) do { if (drm_exec_is_contended(exec)) goto *__drm_exec_round; } while (0)
#define drm_exec_retry(exec) do { goto *__drm_exec_round; } while (0)
#define drm_exec_ticket(exec) (&(exec)->ticket)

#endif
