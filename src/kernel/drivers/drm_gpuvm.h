/* drm_gpuvm: a GPU's address space, whose private objects share one reservation, and the locking of all its objects at once. */
#ifndef __DRM_GPUVM_H__
#define __DRM_GPUVM_H__
#include <linux/types.h>
#include <linux/kref.h>
#include <drm/drm_exec.h>
#include <drm/drm_gem.h>

struct drm_gpuvm {
	const char *name;
	struct drm_device *drm;
	u64 mm_start;
	u64 mm_range;
	struct kref kref;
	struct drm_gem_object *r_obj;
};

struct drm_gpuvm_exec {
	struct drm_exec exec;
	u32 flags;
	struct drm_gpuvm *vm;
	unsigned int num_fences;
	struct {
		int (*fn)(struct drm_gpuvm_exec *vm_exec);
		void *priv;
	} extra;
};

#define drm_gpuvm_resv(gpuvm__) ((gpuvm__)->r_obj->resv)
#define drm_gpuvm_resv_obj(gpuvm__) ((gpuvm__)->r_obj)
#define drm_gpuvm_resv_held(gpuvm__) dma_resv_held(drm_gpuvm_resv(gpuvm__))
#define drm_gpuvm_resv_assert_held(gpuvm__) dma_resv_assert_held(drm_gpuvm_resv(gpuvm__))

int drm_gpuvm_prepare_vm(struct drm_gpuvm *gpuvm, struct drm_exec *exec, unsigned int num_fences);
int drm_gpuvm_prepare_objects(struct drm_gpuvm *gpuvm, struct drm_exec *exec, unsigned int num_fences);
int drm_gpuvm_prepare_range(struct drm_gpuvm *gpuvm, struct drm_exec *exec, u64 addr, u64 range,
			    unsigned int num_fences);
int drm_gpuvm_exec_lock(struct drm_gpuvm_exec *vm_exec);
int drm_gpuvm_validate(struct drm_gpuvm *gpuvm, struct drm_exec *exec);

static inline void drm_gpuvm_exec_unlock(struct drm_gpuvm_exec *vm_exec)
{
	drm_exec_fini(&vm_exec->exec);
}

#endif
