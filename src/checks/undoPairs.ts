/**
 * Which function undoes which, by the names the kernel gives to such pairs. Responsible for names only; where an undo is due is for those who
 * read the ways through a function.
 */

/** Words of a name that say that something begins, and the words that end it. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  lock: ['unlock'],
  trylock: ['unlock'],
  get: ['put'],
  begin: ['end'],
  map: ['unmap'],
  vmap: ['vunmap'],
  kmap: ['kunmap'],
  pin: ['unpin'],
  attach: ['detach'],
  enable: ['disable'],
  alloc: ['free'],
  zalloc: ['free'],
  create: ['destroy', 'free', 'put'],
  acquire: ['release'],
  register: ['unregister', 'deregister'],
  reserve: ['unreserve'],
  prepare: ['unprepare', 'cleanup', 'unreserve'],
  enter: ['exit', 'leave'],
  init: ['fini', 'cleanup', 'destroy', 'uninit'],
  open: ['close'],
  save: ['restore'],
  ref: ['unref'],
  start: ['stop'],
  lookup: ['put'],
  import: ['release', 'put'],
};

/** Pairs whose names say less. */
const NAMED: Readonly<Record<string, RegExp>> = {
  get_dma_buf: /^dma_buf_put$/,
  dma_buf_get: /^dma_buf_put$/,
  dma_buf_export: /^dma_buf_put$/,
  drm_gem_prime_export: /^dma_buf_put$/,
  dma_buf_attach: /^dma_buf_detach$/,
  dma_buf_dynamic_attach: /^dma_buf_detach$/,
  drm_syncobj_find_fence: /^dma_fence_put$/,
  sync_file_get_fence: /^dma_fence_put$/,
  dma_resv_get_singleton: /^dma_fence_put$/,
  drm_gem_object_lookup: /^drm_gem_object_put/,
  get_device: /^put_device$/,
  get_page: /^put_page$/,
  get_file: /^fput$/,
  get_task_mm: /^mmput/,
  mmget: /^mmput/,
  mmget_not_zero: /^mmput/,
  mmgrab: /^mmdrop/,
  fget: /^fput$/,
  kref_get_unless_zero: /_put$/,
  try_module_get: /^module_put$/,
  pci_get_device: /^pci_dev_put$/,
  pci_get_domain_bus_and_slot: /^pci_dev_put$/,
  pci_get_slot: /^pci_dev_put$/,
  pci_get_class: /^pci_dev_put$/,
  of_parse_phandle: /^of_node_put$/,
  of_get_child_by_name: /^of_node_put$/,
  of_get_compatible_child: /^of_node_put$/,
  of_get_parent: /^of_node_put$/,
  of_get_next_child: /^of_node_put$/,
  of_get_next_available_child: /^of_node_put$/,
  of_node_get: /^of_node_put$/,
  of_find_node_by_name: /^of_node_put$/,
  of_find_node_by_path: /^of_node_put$/,
  of_find_compatible_node: /^of_node_put$/,
  of_find_matching_node: /^of_node_put$/,
  of_graph_get_endpoint_by_regs: /^of_node_put$/,
  of_graph_get_port_by_id: /^of_node_put$/,
  of_graph_get_port_parent: /^of_node_put$/,
  of_graph_get_remote_node: /^of_node_put$/,
  of_graph_get_remote_port: /^of_node_put$/,
  of_graph_get_remote_port_parent: /^of_node_put$/,
  of_graph_get_remote_endpoint: /^of_node_put$/,
  of_find_device_by_node: /^(?:put_device|platform_device_put|of_dev_put)$/,
  bus_find_device: /^put_device$/,
  fwnode_graph_get_remote_endpoint: /^fwnode_handle_put$/,
  fwnode_graph_get_remote_port_parent: /^fwnode_handle_put$/,
  fwnode_graph_get_endpoint_by_id: /^fwnode_handle_put$/,
  fwnode_graph_get_port_parent: /^fwnode_handle_put$/,
  fwnode_get_named_child_node: /^fwnode_handle_put$/,
  fwnode_get_parent: /^fwnode_handle_put$/,
  device_get_named_child_node: /^fwnode_handle_put$/,
  pm_runtime_get_sync: /^pm_runtime_put/,
  pm_runtime_resume_and_get: /^pm_runtime_put/,
  pm_runtime_get_noresume: /^pm_runtime_put/,
  clk_prepare_enable: /^clk_disable_unprepare$/,
  dma_alloc_coherent: /^dma_free_coherent$/,
  dma_map_sg: /^dma_unmap_sg$/,
  dma_map_single: /^dma_unmap_single$/,
  dma_map_page: /^dma_unmap_page$/,
  request_irq: /^free_irq$/,
  request_threaded_irq: /^free_irq$/,
  alloc_workqueue: /^destroy_workqueue$/,
  alloc_ordered_workqueue: /^destroy_workqueue$/,
  sg_alloc_table: /^sg_free_table$/,
  sg_alloc_table_from_pages: /^sg_free_table$/,
  sg_alloc_table_from_pages_segment: /^sg_free_table$/,
  ioremap: /^iounmap$/,
  migrate_vma_setup: /^migrate_vma_finalize$/,
  migrate_device_pfns: /^migrate_device_finalize$/,
  migrate_device_range: /^migrate_device_finalize$/,
  kobject_get: /^kobject_put$/,
  vfio_device_try_get_registration: /^vfio_device_put_registration$/,
  down_read: /^up_read$/,
  down_write: /^up_write$/,
  alloc_page: /^(?:__free_page|put_page)$/,
  alloc_pages: /^(?:__free_pages?|put_page)$/,
};

/** The argument through which a function gives what it began. */
const FILLED_IN: Readonly<Record<string, number>> = { dma_resv_get_singleton: 2, drm_syncobj_find_fence: 4 };

export function filledIn(name: string): number | null {
  return Object.hasOwn(FILLED_IN, name) ? (FILLED_IN[name] ?? null) : null;
}

const MEMORY =
  /^(?:k[mzc]alloc|kmalloc|kmemdup|kstrdup|kasprintf|k[mc]alloc_(?:array|node)|krealloc|kzalloc)(?:_noprof)?$/;
const LARGE = /^(?:kv[mzc]alloc|kvmalloc_array|kvcalloc|vmalloc|vzalloc)(?:_noprof)?$/;

/** Ends of names that say how, not what. */
const MANNER =
  /_(?:interruptible|killable|nested|unlocked|locked|irq|irqsave|irqrestore|bh|slow|sync|noprof|single|sgtable|attrs|noresume|autosuspend|flags|rcu|unless_zero|for_read|timeout|node|nest_lock)$/;
/** Managed by a device, or by the scope they stand in. */
const MANAGED = /^(?:devm|drmm|pcim|class|__)_|_(?:devm|managed)$/;

function plain(name: string): string {
  let short = name;
  while (MANNER.test(short)) short = short.replace(MANNER, '');
  return short;
}

/** Of these the section is being off: what is switched off is switched on again. */
const OFF_FIRST =
  /^(?:(?:preempt|migrate|pagefault|local_irq|raw_local_irq|local_bh|tasklet)_(?:enable|disable)|(?:enable|disable)_irq(?:_nosync)?$)/;

/** Tells the names that undo what a function of this name does; null: it begins nothing that has an end. */
export function undoOf(name: string): ((other: string) => boolean) | null {
  if (MANAGED.test(name)) return null;
  const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (named !== undefined) return (other) => named.test(other);
  if (MEMORY.test(name)) return (other) => /^k(?:v?free|free_sensitive)$/.test(other);
  if (LARGE.test(name)) return (other) => /^k?vfree$/.test(other);
  if (OFF_FIRST.test(name)) {
    if (/enable/.test(name)) return null;
    const on = plain(name).replace('disable', 'enable').replace('_nosync', '');
    return (other) => plain(other) === on;
  }
  const words = plain(name).split('_');
  const ends = new Set<string>();
  for (const [i, word] of words.entries()) {
    const others = Object.hasOwn(VERBS, word) ? VERBS[word] : undefined;
    for (const end of others ?? []) ends.add([...words.slice(0, i), end, ...words.slice(i + 1)].join('_'));
  }
  if (ends.size === 0) return null;
  return (other) => ends.has(plain(other));
}

/**
 * Ends one thing about an object, or gives back a reference on it, and leaves what else was begun on it
 * (dma-buf.c:dma_buf_release, dma_buf_detach, dma_buf_end_cpu_access).
 */
const KEEPS_IN_PLACE: readonly (readonly [ends: RegExp, begun: RegExp])[] = [
  [/^dma_buf_put$/, /^dma_buf_(?:vmap|attach|dynamic_attach|begin_cpu_access|pin|map_attachment)(?:_unlocked)?$/],
  [/^dma_buf_(?:detach|unpin)$/, /^dma_buf_(?:pin|map_attachment|vmap|begin_cpu_access)(?:_unlocked)?$/],
  [/^dma_buf_end_cpu_access$/, /^dma_buf_(?:vmap|attach|dynamic_attach|pin|map_attachment)(?:_unlocked)?$/],
  [/^dma_buf_(?:unmap_attachment|vunmap)(?:_unlocked)?$/, /^dma_buf_(?:pin|attach|dynamic_attach|begin_cpu_access)$/],
  [/^drm_gem_object_put$/, /^drm_gem_(?:vmap|pin)(?:_unlocked|_locked)?$/],
];

/** Whether a function that takes something apart leaves in place what one of the other name began. */
export function keepsInPlace(name: string, begun: string): boolean {
  return KEEPS_IN_PLACE.some(([ends, begins]) => ends.test(name) && begins.test(begun));
}

/** Begins a stretch rather than an object's life: a lock, a reader, a section. */
export function isStretch(name: string): boolean {
  return /(?:^|_)(?:lock|trylock|enter|begin|save)(?:_|$)|^down_(?:read|write)/.test(name);
}

/** Keeps a device awake: what is asked of the device, whatever it is, does not ask for that. */
export function isPower(name: string): boolean {
  return /(?:^|_)(?:pm|rpm|runtime|power|clk|forcewake|fw_ref)(?:_|$)/.test(name);
}

/** Names of functions that end something: what they are given may be gone, in whatever part. */
export const TAKES_APART =
  /(?:^|_)(?:free|put|release|destroy|unref|drop|cleanup|fini|remove|del|delete|close|kill|unwind|abort|cancel|exit|teardown|undo|rollback|unlock|unpin|unmap|detach|disable|stop|end|error|fail|unreserve|unprepare|reset|deinit|uninit|unregister|discard|clear|backoff|finish|complete|revert)(?:_|$)/;
