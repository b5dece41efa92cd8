/* drm_gpuvm: which objects are locked for a submission. Objects of the space's own share its reservation; which others there are, is not said. */
#include <drm/drm_gpuvm.h>
#include <linux/dma-resv.h>
#include <linux/sched/mm.h>
#include <interlock/driver-answers.h>

int drm_gpuvm_prepare_vm(struct drm_gpuvm *gpuvm, struct drm_exec *exec, unsigned int num_fences)
{
	return num_fences ? drm_exec_prepare_obj(exec, gpuvm->r_obj, num_fences) : drm_exec_lock_obj(exec, gpuvm->r_obj);
}

int drm_gpuvm_prepare_objects(struct drm_gpuvm *gpuvm, struct drm_exec *exec, unsigned int num_fences)
{
	might_alloc(GFP_KERNEL);
	return __may_fail("drm_gpuvm_prepare_objects()", -ENOMEM);
}

int drm_gpuvm_prepare_range(struct drm_gpuvm *gpuvm, struct drm_exec *exec, u64 addr, u64 range,
			    unsigned int num_fences)
{
	might_alloc(GFP_KERNEL);
	return __may_fail("drm_gpuvm_prepare_range()", -ENOMEM);
}

int drm_gpuvm_exec_lock(struct drm_gpuvm_exec *vm_exec)
{
	struct drm_exec *exec = &vm_exec->exec;
	int ret;

	drm_exec_init(exec, vm_exec->flags, 0);
	drm_exec_until_all_locked(exec) {
		ret = drm_gpuvm_prepare_vm(vm_exec->vm, exec, vm_exec->num_fences);
		drm_exec_retry_on_contention(exec);
		if (!ret)
			ret = drm_gpuvm_prepare_objects(vm_exec->vm, exec, vm_exec->num_fences);
		if (!ret && vm_exec->extra.fn) {
			ret = vm_exec->extra.fn(vm_exec);
			drm_exec_retry_on_contention(exec);
		}
		if (ret) {
			drm_exec_fini(exec);
			return ret;
		}
	}
	return 0;
}

int drm_gpuvm_validate(struct drm_gpuvm *gpuvm, struct drm_exec *exec)
{
	might_alloc(GFP_KERNEL);
	return __may_fail("drm_gpuvm_validate()", -ENOMEM);
}
