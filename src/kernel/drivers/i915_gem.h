/* i915 GEM objects as its dma-buf code uses them. */
#ifndef __I915_GEM_OBJECT_H__
#define __I915_GEM_OBJECT_H__
#include <drm/drm_gem.h>
#include <drm/ttm/ttm_bo.h>

struct i915_gem_ww_ctx {
	struct ww_acquire_ctx ctx;
	struct list_head obj_list;
	struct drm_i915_gem_object *contended;
	bool intr;
};

struct drm_i915_gem_object {
	union {
		struct drm_gem_object base;
		struct ttm_buffer_object __do_not_access;
	};
	struct list_head obj_link;
	struct {
		struct sg_table *pages;
		atomic_t pages_pin_count;
		void *mapping;
	} mm;
};

static inline struct drm_i915_gem_object *to_intel_bo(struct drm_gem_object *gem)
{
	return container_of(gem, struct drm_i915_gem_object, base);
}

void i915_gem_ww_ctx_init(struct i915_gem_ww_ctx *ctx, bool intr);
void i915_gem_ww_ctx_fini(struct i915_gem_ww_ctx *ctx);
int i915_gem_ww_ctx_backoff(struct i915_gem_ww_ctx *ctx);

static inline int __i915_gem_ww_round(struct i915_gem_ww_ctx *ww, int err)
{
	if (err == -EDEADLK) {
		err = i915_gem_ww_ctx_backoff(ww);
		if (!err)
			return -EDEADLK;
	}
	i915_gem_ww_ctx_fini(ww);
	return err;
}

#define for_i915_gem_ww(ww__, err__, intr__)					\
	for (i915_gem_ww_ctx_init((ww__), (intr__)), (err__) = -EDEADLK;	\
	     (err__) == -EDEADLK;						\
	     (err__) = __i915_gem_ww_round((ww__), (err__)))

int i915_gem_object_lock(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww);
int i915_gem_object_lock_interruptible(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww);
void i915_gem_object_unlock(struct drm_i915_gem_object *obj);
int i915_gem_object_pin_pages(struct drm_i915_gem_object *obj);
int i915_gem_object_pin_pages_unlocked(struct drm_i915_gem_object *obj);
void i915_gem_object_unpin_pages(struct drm_i915_gem_object *obj);
bool i915_gem_object_can_migrate(struct drm_i915_gem_object *obj, int id);
int i915_gem_object_migrate(struct drm_i915_gem_object *obj, struct i915_gem_ww_ctx *ww, int id);
int i915_gem_object_wait_migration(struct drm_i915_gem_object *obj, unsigned int flags);
int i915_gem_object_set_to_cpu_domain(struct drm_i915_gem_object *obj, bool write);
int i915_gem_object_set_to_gtt_domain(struct drm_i915_gem_object *obj, bool write);

#endif
