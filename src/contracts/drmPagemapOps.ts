/**
 * Bundled contracts of `struct drm_pagemap_ops` in all its generations, of `struct drm_pagemap_devmem_ops` and of `struct drm_gpusvm_ops`.
 * Who calls each op with which locks: drm_gpusvm.c, drm_pagemap.c and xe_svm.c of early 2026; the `device_iova_*` members: the RFC that
 * proposed them (never merged), whose kernel-doc says reclaim safe or unsafe.
 */
import type { ContextId, OpContract, ParameterRole, ResultConvention } from './contract.ts';

type Row = readonly [
  member: string,
  contexts: readonly ContextId[],
  roles: readonly ParameterRole[],
  result: ResultConvention,
  reclaim: OpContract['reclaim'],
  maySleep: boolean,
  required: OpContract['required'],
  source: string,
];

/** Turns rows to contracts of one table. */
export function contractsOf(table: string, rows: readonly Row[]): OpContract[] {
  return rows.map(([member, contexts, roles, result, reclaim, maySleep, required, source]) => ({
    table,
    member,
    contexts,
    roles,
    result,
    reclaim,
    maySleep,
    required,
    source,
    documented: null,
  }));
}

const MAP: readonly ParameterRole[] = ['pagemap', 'mapper-device', 'page', 'order', 'direction'];
const UNMAP: readonly ParameterRole[] = ['pagemap', 'mapper-device', 'address'];
const mapSource = 'drivers/gpu/drm/drm_gpusvm.c:drm_gpusvm_get_pages, under notifier_lock';
const unmapSource = 'drivers/gpu/drm/drm_gpusvm.c:__drm_gpusvm_unmap_pages, under notifier_lock';
const rfc = 'RFC "Use new dma-map IOVA alloc, link, and sync API in GPU SVM and DRM pagemap", v3 06/11';
const whenCookie = 'if device_iova_alloc returns a cookie';

export const drmPagemapOps: readonly OpContract[] = contractsOf('drm_pagemap_ops', [
  ['map_dma', ['C1', 'C3'], MAP, 'dma-address', 'safe', true, 'yes', mapSource],
  [
    'unmap_dma',
    ['C2', 'C6', 'C1', 'C3'],
    UNMAP,
    'void',
    'safe',
    true,
    'if a peer can migrate from the pages',
    unmapSource,
  ],
  ['device_map', ['C1', 'C3'], MAP, 'dma-address', 'safe', true, 'yes', mapSource],
  [
    'device_unmap',
    ['C2', 'C6', 'C1', 'C3'],
    UNMAP,
    'void',
    'safe',
    true,
    'if a peer can migrate from the pages',
    unmapSource,
  ],
  [
    'populate_mm',
    // The entry of C3: the buffer and its reservation are the driver's to make.
    ["C3'"],
    ['pagemap', 'by-type', 'by-type', 'by-type', 'by-type'],
    'errno',
    'unsafe',
    true,
    'if drm_pagemap_populate_mm is used',
    'drivers/gpu/drm/drm_pagemap.c:drm_pagemap_populate_mm',
  ],
  [
    'destroy',
    ['C7', 'C7a', 'process'],
    ['pagemap', 'atomic-flag'],
    'void',
    'safe',
    true,
    'no',
    'drivers/gpu/drm/drm_pagemap.c:drm_pagemap_destroy',
  ],
  [
    'device_iova_alloc',
    ['C1u', "C3'"],
    ['pagemap', 'mapper-device', 'length', 'direction'],
    'cookie',
    'unsafe',
    true,
    'yes',
    rfc,
  ],
  [
    'device_iova_free',
    ['C1u', "C3'"],
    ['pagemap', 'mapper-device', 'length', 'cookie'],
    'void',
    'unsafe',
    true,
    whenCookie,
    rfc,
  ],
  [
    'device_iova_link',
    ['C1', "C3'"],
    ['pagemap', 'mapper-device', 'page', 'length', 'offset', 'cookie', 'direction'],
    'dma-address',
    'safe',
    true,
    whenCookie,
    rfc,
  ],
  [
    'device_iova_sync',
    ['C1', "C3'"],
    ['pagemap', 'mapper-device', 'length', 'cookie'],
    'errno',
    'safe',
    true,
    whenCookie,
    rfc,
  ],
  [
    'device_iova_unlink',
    ['C2', 'C6', 'C1', "C3'"],
    ['pagemap', 'mapper-device', 'length', 'cookie', 'direction'],
    'void',
    'safe',
    true,
    whenCookie,
    rfc,
  ],
]);

const devmem = 'drivers/gpu/drm/drm_pagemap.c';

export const drmPagemapDevmemOps: readonly OpContract[] = contractsOf('drm_pagemap_devmem_ops', [
  [
    'devmem_release',
    ['C7a', 'C3'],
    ['by-type'],
    'void',
    'safe',
    false,
    'yes',
    `${devmem}:drm_pagemap_zdd_destroy, from the page-free path`,
  ],
  [
    'populate_devmem_pfn',
    ['C3', 'C5'],
    ['by-type', 'by-type', 'by-type'],
    'errno',
    'unspecified',
    true,
    'yes',
    `${devmem}:drm_pagemap_migrate_to_devmem`,
  ],
  [
    'copy_to_devmem',
    ['C3'],
    ['by-type', 'by-type', 'by-type', 'by-type'],
    'errno',
    'unspecified',
    true,
    'yes',
    `${devmem}:drm_pagemap_migrate_to_devmem`,
  ],
  [
    'copy_to_ram',
    ['C4', 'C5', 'C3'],
    ['by-type', 'by-type', 'by-type', 'by-type'],
    'errno',
    'unspecified',
    true,
    'yes',
    `${devmem}:__drm_pagemap_migrate_to_ram`,
  ],
]);

const svm = 'drivers/gpu/drm/drm_gpusvm.c';

export const drmGpusvmOps: readonly OpContract[] = contractsOf('drm_gpusvm_ops', [
  ['notifier_alloc', ['process'], [], 'null', 'unspecified', true, 'no', `${svm}:drm_gpusvm_notifier_alloc`],
  ['notifier_free', ['process'], ['by-type'], 'void', 'unspecified', true, 'no', `${svm}:drm_gpusvm_notifier_free`],
  ['range_alloc', ['process'], ['by-type'], 'null', 'unspecified', true, 'no', `${svm}:drm_gpusvm_range_alloc`],
  ['range_free', ['process'], ['by-type'], 'void', 'unspecified', true, 'no', `${svm}:drm_gpusvm_range_destroy`],
  [
    'invalidate',
    ['C2'],
    ['by-type', 'by-type', 'by-type'],
    'void',
    'safe',
    true,
    'in full SVM mode',
    `${svm}:drm_gpusvm_notifier_invalidate`,
  ],
]);
