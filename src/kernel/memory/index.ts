/** The memory subsystem: slab, vmalloc, pages, device memory, device-managed memory, user memory, address spaces. */
import type { Subsystem } from '../subsystem.ts';
import { addressSpaceModels } from './addressSpace.ts';
import { cacheModels } from './caches.ts';
import { devresModels } from './devres.ts';
import gfp from './gfp.h?raw';
import mm from './mm.h?raw';
import mmTypes from './mm_types.h?raw';
import { pageModels } from './pageModels.ts';
import percpu from './percpu.h?raw';
import { reverseMapModels } from './reverseMap.ts';
import { rules } from './rules.ts';
import shrinker from './shrinker.h?raw';
import { shrinkerModels } from './shrinkers.ts';
import slab from './slab.h?raw';
import { slabModels } from './slab.ts';
import uaccess from './uaccess.h?raw';
import { userAccessModels } from './userAccess.ts';
import vmalloc from './vmalloc.h?raw';
import { vmallocModels } from './vmalloc.ts';
import { zoneDeviceModels } from './zoneDevice.ts';

export const memory: Subsystem = {
  name: 'memory',
  scope: `Every allocation checks reclaim and sleeping before anything else, asks once whether it fails, and gives memory that is zero
or uninitialised as its flags say. Frees check the allocator, the object's life and held locks inside. Pages have order, count and lock;
the last put of device memory calls its driver. Device-managed memory and actions end at unbind, newest first.
Left out: real reclaim (no shrinker runs because memory is short: hides findings in shrinkers that no scenario calls); memory limits and
NUMA (hides nothing); page tables of processes (a value read back through a mapping is unknown: can hide findings). An allocation of
unknown size is treated as large enough (hides overruns). A page whose frame number was taken is never called leaked (hides page leaks).
kvmalloc memory counts as vmalloc memory above one page (kvfree in atomic context is reported only then).`,
  declarations: [
    { path: 'include/linux/mm_types.h', text: mmTypes },
    { path: 'include/linux/gfp.h', text: gfp },
    { path: 'include/linux/slab.h', text: slab },
    { path: 'include/linux/vmalloc.h', text: vmalloc },
    { path: 'include/linux/percpu.h', text: percpu },
    { path: 'include/linux/mm.h', text: mm },
    { path: 'include/linux/uaccess.h', text: uaccess },
    { path: 'include/linux/shrinker.h', text: shrinker },
  ],
  models: [
    ...slabModels,
    ...cacheModels,
    ...vmallocModels,
    ...pageModels,
    ...zoneDeviceModels,
    ...devresModels,
    ...shrinkerModels,
    ...userAccessModels,
    ...addressSpaceModels,
    ...reverseMapModels,
  ],
  rules,
};
