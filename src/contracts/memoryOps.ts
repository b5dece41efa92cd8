/**
 * Bundled contracts of ops tables of memory management that DRM drivers fill: device pages, interval notifiers, shrinkers, fences. These
 * are the callers' rules only; what the drivers' own tables promise comes from their kernel-doc.
 */
import type { OpContract } from './contract.ts';
import { contractsOf } from './drmPagemapOps.ts';
import { openContracts } from './openContracts.ts';

export const devPagemapOps: readonly OpContract[] = contractsOf('dev_pagemap_ops', [
  ['page_free', ['atomic', 'C3'], ['by-type'], 'void', 'safe', false, 'no', 'mm/memremap.c:free_zone_device_folio'],
  ['folio_free', ['atomic', 'C3'], ['by-type'], 'void', 'safe', false, 'no', 'mm/memremap.c:free_zone_device_folio'],
  ['migrate_to_ram', ['C4'], ['by-type'], 'unknown', 'unspecified', true, 'no', 'mm/memory.c:do_swap_page'],
  [
    'memory_failure',
    ['process'],
    ['by-type', 'by-type', 'by-type', 'by-type'],
    'errno',
    'unspecified',
    true,
    'no',
    'mm/memory-failure.c:memory_failure_dev_pagemap',
  ],
  ['folio_split', ["C3'"], ['by-type', 'by-type'], 'void', 'unspecified', true, 'no', 'mm/huge_memory.c:__folio_split'],
]);

export const mmuIntervalNotifierOps: readonly OpContract[] = contractsOf('mmu_interval_notifier_ops', [
  [
    'invalidate',
    ['notifier'],
    ['by-type', 'by-type', 'by-type'],
    'bool',
    'safe',
    true,
    'yes',
    'mm/mmu_notifier.c:mn_itree_invalidate',
  ],
]);

export const shrinkerOps: readonly OpContract[] = openContracts('shrinker', [
  ['count_objects scan_objects', 'shrinker', 'mm/shrinker.c:do_shrink_slab'],
]).map((contract) => ({ ...contract, required: 'yes' }));

const fence = 'drivers/dma-buf/dma-fence.c';

export const dmaFenceOps: readonly OpContract[] = [
  ...openContracts('dma_fence_ops', [
    ['get_driver_name get_timeline_name', 'atomic', `${fence}:dma_fence_driver_name`, ['fence']],
    ['enable_signaling', 'fence-callback', `${fence}:__dma_fence_enable_signaling`, ['fence'], 'bool'],
    ['signaled', 'atomic', 'include/linux/dma-fence.h:dma_fence_is_signaled', ['fence'], 'bool'],
    ['release', 'atomic', `${fence}:dma_fence_release`, ['fence'], 'void'],
    ['wait', 'process', `${fence}:dma_fence_wait_timeout`, ['fence']],
    ['set_deadline', 'process', `${fence}:dma_fence_set_deadline`, ['fence'], 'void'],
  ]),
];
