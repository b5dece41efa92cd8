/** DRM core objects, TTM, and the driver helpers that patches call. All of it is bundled C; models only answer its questions. */
import type { Subsystem } from '../subsystem.ts';
import amdgpu from './amdgpu.h?raw';
import answers from './answers.h?raw';
import { answerModels } from './answers.ts';
import drmDevBody from './drm_dev.c?raw';
import drmDevice from './drm_device.h?raw';
import drmDrv from './drm_drv.h?raw';
import drmFile from './drm_file.h?raw';
import drmGemBody from './drm_gem.c?raw';
import drmGem from './drm_gem.h?raw';
import drmGemShmemBody from './drm_gem_shmem_helper.c?raw';
import drmGemShmem from './drm_gem_shmem_helper.h?raw';
import drmGpuvmBody from './drm_gpuvm.c?raw';
import drmGpuvm from './drm_gpuvm.h?raw';
import drmPrimeBody from './drm_prime.c?raw';
import drmPrime from './drm_prime.h?raw';
import i915 from './i915_gem.h?raw';
import ibUmemBody from './ib_umem.c?raw';
import ibUmem from './ib_umem.h?raw';
import peersBody from './interconnect_peers.c?raw';
import peers from './interconnect_peers.h?raw';
import other from './other.c?raw';
import { rules } from './rules.ts';
import ttmBody from './ttm.c?raw';
import ttm from './ttm.h?raw';
import vfio from './vfio.h?raw';
import xeBoBody from './xe_bo.c?raw';
import xeBo from './xe_bo.h?raw';
import xeDeviceBody from './xe_device.c?raw';
import xeDevice from './xe_device.h?raw';
import xeSriov from './xe_sriov.h?raw';
import xeSvmBody from './xe_svm.c?raw';
import xeSvm from './xe_svm.h?raw';
import xeTypes from './xe_types.h?raw';
import xeValidationBody from './xe_validation.c?raw';
import xeValidation from './xe_validation.h?raw';

const scope = `
Models DRM devices (unplug sections, references), GEM objects (references, reservation, pin, vmap, PRIME export and import side) and those of anonymous memory, TTM buffer
objects (reserve, validate, pin, map), the locking of a drm_gpuvm's objects, RDMA's user memory (its dma-buf import as well), and the helpers of Xe, amdgpu, i915 and VFIO that dma-buf and SVM patches call: the lock each wants
or takes, whether it sleeps or allocates, and how it fails.
Left out: placement and eviction of other buffers (a validate never moves anybody else's object: hides findings that need an eviction in
between), GPU page tables and command submission, modesetting. A driver structure has only the members listed; any other reads as unknown.
Runtime power management takes its lockdep map on every get, but references are not counted (hides an unbalanced put).
\`drm_gem_vmap\` takes the reservation lock or wants it held, depending on the release; here it follows what the caller holds, so a caller that
picks the wrong one of the two is not reported.
`.trim();

const XE = 'drivers/gpu/drm/xe';

export const subsystem: Subsystem = {
  name: 'drivers',
  scope,
  declarations: [
    { path: 'include/interlock/driver-answers.h', text: answers },
    { path: 'include/drm/drm_device.h', text: drmDevice },
    { path: 'include/drm/drm_drv.h', text: drmDrv },
    { path: 'include/drm/drm_file.h', text: drmFile },
    { path: 'include/drm/drm_gem.h', text: drmGem },
    { path: 'include/drm/drm_gem_shmem_helper.h', text: drmGemShmem },
    { path: 'include/drm/drm_gpuvm.h', text: drmGpuvm },
    { path: 'include/drm/drm_prime.h', text: drmPrime },
    { path: 'include/drm/ttm/ttm_bo.h', text: ttm },
    { path: 'include/linux/vfio.h', text: vfio },
    { path: 'include/rdma/ib_umem.h', text: ibUmem },
    { path: `${XE}/xe_types.h`, text: xeTypes },
    { path: `${XE}/xe_device.h`, text: xeDevice },
    { path: `${XE}/xe_bo.h`, text: xeBo },
    { path: `${XE}/xe_svm.h`, text: xeSvm },
    { path: `${XE}/xe_sriov.h`, text: xeSriov },
    { path: `${XE}/xe_validation.h`, text: xeValidation },
    { path: 'drivers/gpu/drm/amd/amdgpu/amdgpu.h', text: amdgpu },
    { path: 'drivers/gpu/drm/i915/gem/i915_gem.h', text: i915 },
    { path: 'interlock/drivers/drm_dev.c', text: drmDevBody },
    { path: 'interlock/drivers/drm_gem.c', text: drmGemBody },
    { path: 'interlock/drivers/drm_gem_shmem_helper.c', text: drmGemShmemBody },
    { path: 'interlock/drivers/drm_gpuvm.c', text: drmGpuvmBody },
    { path: 'interlock/drivers/drm_prime.c', text: drmPrimeBody },
    { path: 'interlock/drivers/ib_umem.c', text: ibUmemBody },
    { path: 'interlock/drivers/ttm.c', text: ttmBody },
    { path: 'interlock/drivers/xe_device.c', text: xeDeviceBody },
    { path: 'interlock/drivers/xe_bo.c', text: xeBoBody },
    { path: 'interlock/drivers/xe_svm.c', text: xeSvmBody },
    { path: 'interlock/drivers/xe_validation.c', text: xeValidationBody },
    { path: 'interlock/drivers/other.c', text: other },
    { path: 'interlock/drivers/interconnect_peers.h', text: peers },
    { path: 'interlock/drivers/interconnect_peers.c', text: peersBody },
  ],
  models: answerModels,
  rules,
};
