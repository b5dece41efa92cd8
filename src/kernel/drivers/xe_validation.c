/* The guard's two ends: the device-wide lock, shared unless asked otherwise, around the transaction. */
#include "xe_types.h"
#include "xe_validation.h"
#include <drm/drm_exec.h>

int xe_validation_ctx_init(struct xe_validation_ctx *ctx, struct xe_validation_device *val, struct drm_exec *exec,
			   const struct xe_val_flags flags)
{
	int ret = 0;

	ctx->exec = exec;
	ctx->val = val;
	ctx->val_flags = flags;
	ctx->lock_held_exclusive = flags.exclusive;
	if (flags.no_block)
		ret = (flags.exclusive ? down_write_trylock(&val->lock) : down_read_trylock(&val->lock)) ? 0 : -EBUSY;
	else if (flags.interruptible)
		ret = flags.exclusive ? down_write_killable(&val->lock) : down_read_interruptible(&val->lock);
	else if (flags.exclusive)
		down_write(&val->lock);
	else
		down_read(&val->lock);
	if (ret)
		return ret;
	ctx->lock_held = true;
	if (exec)
		drm_exec_init(exec, flags.interruptible ? DRM_EXEC_INTERRUPTIBLE_WAIT : 0, 0);
	return 0;
}

void xe_validation_ctx_fini(struct xe_validation_ctx *ctx)
{
	if (ctx->exec)
		drm_exec_fini(ctx->exec);
	if (!ctx->lock_held)
		return;
	if (ctx->lock_held_exclusive)
		up_write(&ctx->val->lock);
	else
		up_read(&ctx->val->lock);
	ctx->lock_held = false;
}
