/**
 * Bundled contracts of the tables by which drivers hang themselves into DRM, TTM, the scheduler, the driver model and the VFS: in which
 * context each member is called, and which lock of its argument the caller holds. A member that is not listed is called in process context.
 */
import type { OpContract } from './contract.ts';
import { openContracts } from './openContracts.ts';

const gem = 'drivers/gpu/drm/drm_gem.c';
const ttm = 'drivers/gpu/drm/ttm';
const sched = 'drivers/gpu/drm/scheduler/sched_main.c';

/** Fences that reclaim may wait for are signalled by what the op does, says the documentation; the scheduler annotates nothing. */
function signalling(contract: OpContract): OpContract {
  const why = `\`${contract.member}\` is on the way to the signal of the job's fence (Documentation/driver-api/dma-buf.rst)`;
  return { ...contract, contexts: ['process', 'signalling'], assumed: { context: 'signalling', why } };
}

export const driverOps: readonly OpContract[] = [
  ...openContracts('drm_gem_object_funcs', [
    ['pin', 'resv', `${gem}:drm_gem_pin_locked`, ['gem-object'], 'errno'],
    ['unpin', 'resv', `${gem}:drm_gem_unpin_locked`, ['gem-object'], 'void'],
    ['vmap', 'resv', `${gem}:drm_gem_vmap_locked`, ['gem-object'], 'errno'],
    ['vunmap', 'resv', `${gem}:drm_gem_vunmap_locked`, ['gem-object'], 'void'],
    ['get_sg_table', 'resv', 'drivers/gpu/drm/drm_prime.c:drm_gem_map_dma_buf', ['gem-object'], 'err-ptr'],
    ['evict', 'resv', `${gem}:drm_gem_evict_locked`, ['gem-object'], 'errno'],
    ['mmap', 'mmap', `${gem}:drm_gem_mmap_obj`, ['by-type', 'by-type'], 'errno'],
    ['status rss', 'atomic', 'drivers/gpu/drm/drm_file.c:drm_show_memory_stats, under table_lock'],
    ['free open close print_info export', 'process', gem],
  ]),
  ...openContracts('ttm_device_funcs', [
    ['ttm_tt_create', 'resv', `${ttm}/ttm_tt.c:ttm_tt_create`, ['ttm-object'], 'null'],
    ['evict_flags', 'resv', `${ttm}/ttm_bo.c:ttm_bo_evict`, ['ttm-object'], 'void'],
    ['eviction_valuable', 'resv', `${ttm}/ttm_bo.c:ttm_bo_evict_cb`, ['ttm-object']],
    ['move', 'resv', `${ttm}/ttm_bo.c:ttm_bo_handle_move_mem`, ['ttm-object'], 'errno'],
    ['delete_mem_notify', 'resv', `${ttm}/ttm_bo.c:ttm_bo_cleanup_memtype_use`, ['ttm-object'], 'void'],
    ['swap_notify', 'resv', `${ttm}/ttm_bo.c:ttm_bo_swapout_cb`, ['ttm-object'], 'void'],
    ['io_mem_pfn access_memory', 'resv', `${ttm}/ttm_bo_vm.c`, ['ttm-object']],
    ['io_mem_reserve io_mem_free', 'process', `${ttm}/ttm_bo_util.c:ttm_mem_io_reserve`],
    ['ttm_tt_populate ttm_tt_unpopulate ttm_tt_destroy', 'process', `${ttm}/ttm_tt.c`],
    ['release_notify', 'process', `${ttm}/ttm_bo.c:ttm_bo_release`],
  ]),
  ...openContracts('drm_sched_backend_ops', [
    ['run_job timedout_job', 'process', `${sched}:drm_sched_run_job_work; include/drm/gpu_scheduler.h`],
    ['prepare_job free_job cancel_job', 'process', sched],
  ]).map((contract) => (/^(?:run|timedout)_job$/.test(contract.member) ? signalling(contract) : contract)),
  ...openContracts('drm_driver', [
    ['get_vblank_counter get_vblank_timestamp', 'atomic', 'drivers/gpu/drm/drm_vblank.c, under vblank_time_lock'],
    ['irq_handler', 'hardirq', 'drivers/gpu/drm/drm_irq.c'],
    [
      'load open postclose lastclose unload release master_set master_drop debugfs_init gem_create_object prime_handle_to_fd prime_fd_to_handle gem_prime_import gem_prime_import_sg_table dumb_create dumb_map_offset show_fdinfo',
      'process',
      'include/drm/drm_drv.h',
    ],
  ]),
  ...openContracts('vm_operations_struct', [
    ['fault huge_fault page_mkwrite pfn_mkwrite', 'C4', 'mm/memory.c:__do_fault'],
    ['access', 'C4', 'mm/memory.c:__access_remote_vm'],
    ['map_pages', 'atomic', 'mm/memory.c:do_fault_around, under rcu_read_lock'],
    ['open close may_split mremap mprotect', 'mmap', 'mm/mmap.c'],
  ]),
  ...openContracts('file_operations', [
    ['mmap', 'mmap', 'mm/vma.c:mmap_region'],
    ['open release flush read write read_iter write_iter unlocked_ioctl compat_ioctl poll llseek', 'process', 'fs'],
  ]),
  ...openContracts('mmu_notifier_ops', [
    ['invalidate_range_start invalidate_range_end', 'notifier', 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start'],
    ['arch_invalidate_secondary_tlbs', 'atomic', 'mm/mmu_notifier.c, under the page table lock'],
    ['release', 'process', 'mm/mmu_notifier.c:mn_hlist_release'],
  ]),
  ...openContracts('iommu_domain_ops', [
    ['iotlb_sync flush_iotlb_all iova_to_phys', 'atomic', 'drivers/iommu/iommu.c: DMA API from any context'],
    ['attach_dev free', 'process', 'drivers/iommu/iommu.c:__iommu_attach_device'],
  ]),
  ...openContracts('pci_driver', [['probe remove shutdown', 'process', 'drivers/pci/pci-driver.c']]),
  ...openContracts('platform_driver', [['probe remove remove_new shutdown', 'process', 'drivers/base/platform.c']]),
  ...openContracts('auxiliary_driver', [['probe remove shutdown', 'process', 'drivers/base/auxiliary.c']]),
  ...openContracts('dev_pm_ops', [
    [
      'suspend_noirq resume_noirq freeze_noirq thaw_noirq poweroff_noirq restore_noirq',
      'process',
      'drivers/base/power',
    ],
    ['suspend resume freeze thaw poweroff restore prepare complete', 'process', 'drivers/base/power/main.c'],
    ['runtime_suspend runtime_resume runtime_idle', 'process', 'drivers/base/power/runtime.c:rpm_callback'],
  ]),
  ...openContracts('notifier_block', [['notifier_call', 'process', 'kernel/notifier.c:notifier_call_chain']]),
];
