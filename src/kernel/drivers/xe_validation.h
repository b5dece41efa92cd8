/* Xe's guard around everything that validates buffer objects: a device-wide lock, and a drm_exec transaction inside it. */
#ifndef _XE_VALIDATION_H_
#define _XE_VALIDATION_H_
#include "xe_types.h"
#include <drm/drm_exec.h>
#include <linux/cleanup.h>

struct xe_validation_ctx {
	struct drm_exec *exec;
	struct xe_validation_device *val;
	struct xe_val_flags val_flags;
	bool lock_held;
	bool lock_held_exclusive;
	bool request_exclusive;
	u32 exec_flags;
	unsigned int nr;
};

#define XE_VALIDATION_UNIMPLEMENTED ((struct drm_exec *)-1UL)
#define XE_VALIDATION_UNSUPPORTED ((struct drm_exec *)-2UL)
#define XE_VALIDATION_OPT_OUT ((struct drm_exec *)-3UL)

int xe_validation_ctx_init(struct xe_validation_ctx *ctx, struct xe_validation_device *val, struct drm_exec *exec,
			   const struct xe_val_flags flags);
void xe_validation_ctx_fini(struct xe_validation_ctx *ctx);
int xe_validation_exec_lock(struct xe_validation_ctx *ctx, struct drm_gpuvm_exec *vm_exec, struct xe_validation_device *val);

static inline struct xe_validation_ctx *__xe_validation_begin(struct xe_validation_ctx *ctx, struct xe_validation_device *val,
							       struct drm_exec *exec, const struct xe_val_flags flags, int *ret)
{
	*ret = xe_validation_ctx_init(ctx, val, exec, flags);
	return *ret ? NULL : ctx;
}

DEFINE_CLASS(xe_validation, struct xe_validation_ctx *, if (_T) xe_validation_ctx_fini(_T),
	     __xe_validation_begin(ctx, val, exec, flags, ret), struct xe_validation_ctx *ctx,
	     struct xe_validation_device *val, struct drm_exec *exec, const struct xe_val_flags flags, int *ret)

static inline void *class_xe_validation_lock_ptr(class_xe_validation_t *held)
{
	return *held;
}

#define xe_validation_guard(ctx__, val__, exec__, flags__, ret__)				\
	scoped_guard(xe_validation, (ctx__), (val__), (exec__), (flags__), &(ret__))		\
		drm_exec_until_all_locked(exec__)

/* Out of memory: one more round, alone on the device, if the first was not. Here the one round decides. */
#define xe_validation_retry_on_oom(ctx__, ret__) do { } while (0)
#define xe_validation_assert_exec(xe, exec, obj) do { } while (0)
#define xe_validation_is_oom(err) ((err) == -ENOMEM)

static inline void xe_validation_device_init(struct xe_validation_device *val)
{
	init_rwsem(&val->lock);
}

#endif
