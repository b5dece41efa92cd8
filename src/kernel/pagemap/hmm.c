/* Faulting in what a device wants to see, and moving pages. Which pages there are is decided by addressSpace.ts. */
#include <linux/hmm.h>
#include <linux/migrate.h>
#include <linux/memremap.h>
#include <linux/sched/mm.h>
#include <interlock/pagemap-ledger.h>

int hmm_range_fault(struct hmm_range *range)
{
	mmap_assert_locked(range->notifier->mm);
	/* A page that is not present is faulted in, with everything that takes. */
	might_alloc(GFP_HIGHUSER_MOVABLE);
	if (mmu_interval_check_retry(range->notifier, range->notifier_seq))
		return -EBUSY;
	return __hmm_fill(range);
}

int hmm_range_fault_unlocked_timeout(struct hmm_range *range, unsigned long timeout)
{
	struct mm_struct *mm = range->notifier->mm;
	int ret;

	if (!mmget_not_zero(mm))
		return -EFAULT;
	range->notifier_seq = mmu_interval_read_begin(range->notifier);
	mmap_read_lock(mm);
	ret = hmm_range_fault(range);
	mmap_read_unlock(mm);
	mmput(mm);
	return ret;
}

/* What nobody knows is taken to be in order. */
#define CERTAINLY(condition) ({ int __so = !!(condition); __known(__so) && __so; })

static int __migrate_args_valid(const struct migrate_vma *args)
{
	unsigned long start = args->start, end = args->end;
	/* No `bool`: to make one of what is not known would settle it. */
	int private;

	if (CERTAINLY(!args->vma) || CERTAINLY(!args->src) || CERTAINLY(!args->dst))
		return -EINVAL;
	if (__known(args->vma->vm_flags) &&
	    ((args->vma->vm_flags & (VM_IO | VM_PFNMAP)) || is_vm_hugetlb_page(args->vma)))
		return -EINVAL;
	if (!__known(start) || !__known(end))
		return 0;
	if ((start | end) & (PAGE_SIZE - 1) || start >= end)
		return -EINVAL;
	if (CERTAINLY(start < args->vma->vm_start) || CERTAINLY(end > args->vma->vm_end))
		return -EINVAL;
	private = args->fault_page ? is_device_private_page(args->fault_page) : true;
	if (__known(private) && !private)
		return -EINVAL;
	return 0;
}

int migrate_vma_setup(struct migrate_vma *args)
{
	struct mmu_notifier_range range;
	int ret;

	ret = __migrate_args_valid(args);
	if (PAGEMAP_RULE(ret, "migrate-arguments", "`migrate_vma_setup` refuses these arguments (`-EINVAL`)", args))
		return ret;
	mmap_assert_locked(args->vma->vm_mm);
	might_sleep();
	if (__migrate_refused())
		return -EINVAL;

	args->npages = (args->end - args->start) >> PAGE_SHIFT;
	memset(args->src, 0, sizeof(*args->src) * args->npages);
	mmu_notifier_range_init_owner(&range, MMU_NOTIFY_MIGRATE, 0, args->vma->vm_mm, args->start, args->end,
				      args->pgmap_owner);
	mmu_notifier_invalidate_range_start(&range);
	args->cpages = __migrate_collect(args);
	mmu_notifier_invalidate_range_end(&range);
	return 0;
}

void migrate_vma_pages(struct migrate_vma *migrate)
{
	mmap_assert_locked(migrate->vma->vm_mm);
	might_sleep();
	__migrate_commit(migrate->src, migrate->dst, migrate->npages, true);
}

/* What moved loses its old page, what stayed its new one. */
static void __migrate_finalize(const unsigned long *src, const unsigned long *dst, unsigned long npages)
{
	struct page *from, *to;
	unsigned long i;

	might_sleep();
	for (i = 0; i < npages; i++) {
		if (!__known(src[i]) || !__known(dst[i]))
			continue;
		from = migrate_pfn_to_page(src[i]);
		to = migrate_pfn_to_page(dst[i]);
		if (!to)
			continue;
		unlock_page(to);
		if (!(src[i] & MIGRATE_PFN_MIGRATE))
			put_page(to);
		else if (from)
			put_page(from);
	}
}

void migrate_vma_finalize(struct migrate_vma *migrate)
{
	__migrate_finalize(migrate->src, migrate->dst, migrate->npages);
}

/* A frame that nobody uses has no page to move. */
static void __migrate_drop_free(unsigned long *pfns, unsigned long npages)
{
	unsigned long i;

	for (i = 0; i < npages; i++) {
		if (__known(pfns[i]) && pfns[i] && !page_count(pfn_to_page(pfns[i])))
			pfns[i] = 0;
	}
}

/* Whoever has these pages mapped is told before they go (mm/rmap.c:try_to_migrate). */
static void __migrate_unmap_pfns(unsigned long *src_pfns, unsigned long npages)
{
	struct mmu_notifier_range range = {};
	bool mapped;

	__migrate_drop_free(src_pfns, npages);
	mapped = __migrate_mapped(src_pfns, npages, &range);
	if (mapped)
		mmu_notifier_invalidate_range_start(&range);
	__migrate_collect_pfns(src_pfns, npages);
	if (mapped)
		mmu_notifier_invalidate_range_end(&range);
}

int migrate_device_pfns(unsigned long *src_pfns, unsigned long npages)
{
	might_sleep();
	__migrate_unmap_pfns(src_pfns, npages);
	return 0;
}

int migrate_device_range(unsigned long *src_pfns, unsigned long start, unsigned long npages)
{
	unsigned long i;

	might_sleep();
	for (i = 0; i < npages; i++)
		src_pfns[i] = start + i;
	__migrate_unmap_pfns(src_pfns, npages);
	return 0;
}

void migrate_device_pages(unsigned long *src_pfns, unsigned long *dst_pfns, unsigned long npages)
{
	might_sleep();
	__migrate_commit(src_pfns, dst_pfns, npages, false);
}

void migrate_device_finalize(unsigned long *src_pfns, unsigned long *dst_pfns, unsigned long npages)
{
	__migrate_finalize(src_pfns, dst_pfns, npages);
}

int hmm_dma_map_alloc(struct device *dev, struct hmm_dma_map *map, size_t nr_entries, size_t dma_entry_size)
{
	if (!(nr_entries * PAGE_SIZE / dma_entry_size) || dma_addressing_limited(dev))
		return -EOPNOTSUPP;
	map->dma_entry_size = dma_entry_size;
	map->pfn_list = kvcalloc(nr_entries, sizeof(*map->pfn_list), GFP_KERNEL);
	if (!map->pfn_list)
		return -ENOMEM;
	dma_iova_try_alloc(dev, &map->state, 0, nr_entries * PAGE_SIZE);
	if (dma_use_iova(&map->state))
		return 0;
	map->dma_list = kvcalloc(nr_entries, sizeof(*map->dma_list), GFP_KERNEL);
	if (!map->dma_list) {
		kvfree(map->pfn_list);
		return -ENOMEM;
	}
	return 0;
}

void hmm_dma_map_free(struct device *dev, struct hmm_dma_map *map)
{
	if (dma_use_iova(&map->state))
		dma_iova_free(dev, &map->state);
	kvfree(map->pfn_list);
	kvfree(map->dma_list);
}

/* One entry of the array to the device; what is mapped already keeps its address. */
dma_addr_t hmm_dma_map_pfn(struct device *dev, struct hmm_dma_map *map, size_t idx, struct pci_p2pdma_map_state *p2pdma_state)
{
	unsigned long *pfn = &map->pfn_list[idx], attrs = 0;
	phys_addr_t paddr = hmm_pfn_to_phys(*pfn);
	size_t offset = idx * map->dma_entry_size;
	bool iova = dma_use_iova(&map->state);
	dma_addr_t addr;

	if ((*pfn & HMM_PFN_DMA_MAPPED) && !(*pfn & HMM_PFN_P2PDMA_BUS))
		return iova ? map->state.addr + offset : map->dma_list[idx];
	switch (pci_p2pdma_state(p2pdma_state, dev, hmm_pfn_to_page(*pfn))) {
	case PCI_P2PDMA_MAP_NONE:
		break;
	case PCI_P2PDMA_MAP_THRU_HOST_BRIDGE:
		attrs = DMA_ATTR_MMIO;
		*pfn |= HMM_PFN_P2PDMA;
		break;
	case PCI_P2PDMA_MAP_BUS_ADDR:
		*pfn |= HMM_PFN_P2PDMA_BUS | HMM_PFN_DMA_MAPPED;
		return pci_p2pdma_bus_addr_map(p2pdma_state, paddr);
	default:
		return DMA_MAPPING_ERROR;
	}
	if (iova) {
		addr = map->state.addr + offset;
		if (dma_iova_link(dev, &map->state, paddr, offset, map->dma_entry_size, DMA_BIDIRECTIONAL, attrs))
			goto failed;
		if (dma_iova_sync(dev, &map->state, offset, map->dma_entry_size)) {
			dma_iova_unlink(dev, &map->state, offset, map->dma_entry_size, DMA_BIDIRECTIONAL, attrs);
			goto failed;
		}
	} else {
		if (WARN_ON_ONCE(dma_need_unmap(dev) && !map->dma_list))
			goto failed;
		addr = dma_map_phys(dev, paddr, map->dma_entry_size, DMA_BIDIRECTIONAL, attrs);
		if (dma_mapping_error(dev, addr))
			goto failed;
		if (dma_need_unmap(dev))
			map->dma_list[idx] = addr;
	}
	*pfn |= HMM_PFN_DMA_MAPPED;
	return addr;
failed:
	*pfn &= ~HMM_PFN_P2PDMA;
	return DMA_MAPPING_ERROR;
}

bool hmm_dma_unmap_pfn(struct device *dev, struct hmm_dma_map *map, size_t idx)
{
	const unsigned long both = HMM_PFN_VALID | HMM_PFN_DMA_MAPPED;
	unsigned long *pfn = &map->pfn_list[idx], attrs = 0;

	if ((*pfn & both) != both)
		return false;
	if (*pfn & HMM_PFN_P2PDMA)
		attrs = DMA_ATTR_MMIO;
	if (*pfn & HMM_PFN_P2PDMA_BUS)
		;
	else if (dma_use_iova(&map->state))
		dma_iova_unlink(dev, &map->state, idx * map->dma_entry_size, map->dma_entry_size, DMA_BIDIRECTIONAL, attrs);
	else if (dma_need_unmap(dev))
		dma_unmap_phys(dev, map->dma_list[idx], map->dma_entry_size, DMA_BIDIRECTIONAL, attrs);
	*pfn &= ~HMM_PFN_INOUT_FLAGS;
	return true;
}
