/**
 * Functions that take and drop references, as data: which argument or result names the object, and what gives it back. `stem` joins those
 * that belong together. Names of the form `<stem>_get` / `<stem>_put` need no row.
 */
export type Taken =
  /** The object is the first argument, and is always taken. */
  | 'argument'
  /** The object is the first argument; a result of false or 0 means that nothing was taken. */
  | 'argument-if-true'
  /** The object is the first argument; only a result of 0 means that it was taken. */
  | 'argument-if-zero'
  /** The object is the result, unless that is NULL or an error pointer. */
  | 'result';

interface Pair {
  readonly stem: string;
  readonly take: Readonly<Record<string, Taken>>;
  readonly drop: readonly string[];
}

const PAIRS: readonly Pair[] = [
  {
    stem: 'dma_fence',
    take: {
      dma_fence_get: 'argument',
      dma_fence_get_rcu: 'result',
      dma_fence_get_rcu_safe: 'result',
      dma_fence_get_stub: 'result',
      dma_fence_allocate_private_stub: 'result',
      sync_file_get_fence: 'result',
      drm_syncobj_fence_get: 'result',
    },
    drop: ['dma_fence_put'],
  },
  {
    stem: 'drm_gem_object',
    take: { drm_gem_object_get: 'argument', drm_gem_object_lookup: 'result' },
    drop: ['drm_gem_object_put', 'drm_gem_object_put_unlocked'],
  },
  { stem: 'drm_syncobj', take: { drm_syncobj_get: 'argument', drm_syncobj_find: 'result' }, drop: ['drm_syncobj_put'] },
  { stem: 'drm_dev', take: { drm_dev_get: 'argument' }, drop: ['drm_dev_put'] },
  { stem: 'drm_dev_enter', take: { drm_dev_enter: 'argument-if-true' }, drop: ['drm_dev_exit'] },
  { stem: 'dma_buf', take: { get_dma_buf: 'argument', dma_buf_get: 'result' }, drop: ['dma_buf_put', 'dma_buf_fd'] },
  { stem: 'file', take: { get_file: 'argument', fget: 'result' }, drop: ['fput', 'fd_install'] },
  {
    stem: 'device',
    take: { get_device: 'argument', bus_find_device: 'result', class_find_device: 'result' },
    drop: ['put_device'],
  },
  {
    stem: 'platform_device',
    take: { of_find_device_by_node: 'result' },
    drop: ['put_device', 'platform_device_put', 'of_dev_put'],
  },
  {
    stem: 'pci_dev',
    take: {
      pci_dev_get: 'argument',
      pci_get_domain_bus_and_slot: 'result',
      pci_get_slot: 'result',
      pci_get_class: 'result',
    },
    drop: ['pci_dev_put'],
  },
  {
    stem: 'of_node',
    take: {
      of_node_get: 'argument',
      of_parse_phandle: 'result',
      of_find_node_by_name: 'result',
      of_get_child_by_name: 'result',
    },
    drop: ['of_node_put'],
  },
  { stem: 'iommu_group', take: { iommu_group_get: 'result' }, drop: ['iommu_group_put'] },
  {
    stem: 'module',
    take: { __module_get: 'argument', try_module_get: 'argument-if-true' },
    drop: ['module_put'],
  },
  {
    stem: 'mm',
    take: { mmget: 'argument', mmget_not_zero: 'argument-if-true', get_task_mm: 'result' },
    drop: ['mmput', 'mmput_async'],
  },
  { stem: 'mm_struct', take: { mmgrab: 'argument' }, drop: ['mmdrop'] },
  { stem: 'kref', take: { kref_get: 'argument', kref_get_unless_zero: 'argument-if-true' }, drop: ['kref_put'] },
  {
    stem: 'refcount',
    take: { refcount_inc: 'argument', refcount_inc_not_zero: 'argument-if-true' },
    drop: ['refcount_dec_and_test', 'refcount_dec', 'refcount_dec_and_lock', 'refcount_dec_and_mutex_lock'],
  },
  {
    stem: 'dma_buf_pin',
    take: { dma_buf_pin: 'argument-if-zero' },
    drop: ['dma_buf_unpin'],
  },
  {
    stem: 'drm_gem_pin',
    take: { drm_gem_pin: 'argument-if-zero', drm_gem_pin_unlocked: 'argument-if-zero' },
    drop: ['drm_gem_unpin', 'drm_gem_unpin_unlocked', 'drm_gem_unpin_locked'],
  },
  { stem: 'kobject', take: { kobject_get: 'argument' }, drop: ['kobject_put'] },
  { stem: 'ttm_bo', take: { ttm_bo_get: 'argument' }, drop: ['ttm_bo_put'] },
  { stem: 'drm_pagemap', take: { drm_pagemap_get: 'argument' }, drop: ['drm_pagemap_put'] },
  {
    stem: 'pm_runtime',
    take: {
      pm_runtime_get: 'argument',
      pm_runtime_get_sync: 'argument',
      pm_runtime_get_noresume: 'argument',
      pm_runtime_resume_and_get: 'argument-if-zero',
    },
    drop: [
      'pm_runtime_put',
      'pm_runtime_put_sync',
      'pm_runtime_put_autosuspend',
      'pm_runtime_put_noidle',
      'pm_runtime_put_sync_suspend',
      'pm_runtime_put_sync_autosuspend',
    ],
  },
];

export interface ReferenceMove {
  readonly stem: string;
  /** Null: a reference is dropped. */
  readonly taken: Taken | null;
}

const moves: ReadonlyMap<string, ReferenceMove> = new Map(
  PAIRS.flatMap(({ stem, take, drop }) => [
    ...Object.entries(take).map(([name, taken]): [string, ReferenceMove] => [name, { stem, taken }]),
    ...drop.map((name): [string, ReferenceMove] => [name, { stem, taken: null }]),
  ]),
);

/** Whether a function gives back references of this stem: `put_device()` does those of several. */
export function drops(name: string, stem: string): boolean {
  return PAIRS.some((pair) => pair.stem === stem && pair.drop.includes(name));
}

/** What a call of this function does to a count of references; null: nothing that is known. */
export function referenceMove(name: string): ReferenceMove | null {
  return moves.get(name) ?? null;
}

/** What gives back a reference of this stem, for messages: the first of the row. */
export function dropOf(stem: string): string {
  return PAIRS.find((pair) => pair.stem === stem)?.drop[0] ?? `${stem}_put`;
}
