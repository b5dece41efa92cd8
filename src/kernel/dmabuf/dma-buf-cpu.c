/* The CPU's side of a buffer: access brackets, mmap, vmap. */
#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <interlock/dma-buf-ledger.h>

int dma_buf_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	bool write = dir == DMA_BIDIRECTIONAL || dir == DMA_TO_DEVICE;
	long waited;
	int ret = 0;

	if (DMA_BUF_RULE(__absent(dmabuf), "dma-buf-null", "`dma_buf_begin_cpu_access` of NULL", dmabuf))
		return -EINVAL;
	might_lock(&dmabuf->resv->lock.base);
	__dma_buf_adopt(dmabuf);

	if (dmabuf->ops->begin_cpu_access) {
		ret = dmabuf->ops->begin_cpu_access(dmabuf, dir);
		__dma_buf_check_result("begin_cpu_access", ret);
	}
	if (ret == 0) {
		/* Also when the exporter has no op: the fences count. */
		waited = dma_resv_wait_timeout(dmabuf->resv, dma_resv_usage_rw(write), true, MAX_SCHEDULE_TIMEOUT);
		if (waited < 0)
			ret = waited;
	}
	if (!ret)
		__dma_buf_cpu_access(dmabuf, true);
	return ret;
}

int dma_buf_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	int ret = 0;

	if (DMA_BUF_RULE(__absent(dmabuf), "dma-buf-null", "`dma_buf_end_cpu_access` of NULL", dmabuf))
		return -EINVAL;
	might_lock(&dmabuf->resv->lock.base);
	__dma_buf_adopt(dmabuf);

	__dma_buf_cpu_access(dmabuf, false);
	if (dmabuf->ops->end_cpu_access) {
		ret = dmabuf->ops->end_cpu_access(dmabuf, dir);
		__dma_buf_check_result("end_cpu_access", ret);
	}
	return ret;
}

int dma_buf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma, unsigned long pgoff)
{
	unsigned long pages;

	if (DMA_BUF_RULE(__absent(dmabuf) || __absent(vma), "dma-buf-null", "`dma_buf_mmap` of NULL", dmabuf))
		return -EINVAL;
	might_sleep();
	if (!dmabuf->ops->mmap)
		return -EINVAL;

	pages = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
	if (pgoff + pages < pgoff)
		return -EOVERFLOW;
	if (pgoff + pages > dmabuf->size >> PAGE_SHIFT)
		return -EINVAL;

	vma_set_file(vma, dmabuf->file);
	vma->vm_pgoff = pgoff;
	return dmabuf->ops->mmap(dmabuf, vma);
}

int dma_buf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct iosys_map made;
	int ret;

	iosys_map_clear(map);
	if (DMA_BUF_RULE(__absent(dmabuf), "dma-buf-null", "`dma_buf_vmap` of NULL", dmabuf))
		return -EINVAL;
	might_sleep();
	dma_resv_assert_held(dmabuf->resv);
	__dma_buf_adopt(dmabuf);
	if (!dmabuf->ops->vmap)
		return -EINVAL;

	if (__known(dmabuf->vmapping_counter) && dmabuf->vmapping_counter) {
		dmabuf->vmapping_counter++;
		*map = dmabuf->vmap_ptr;
		return 0;
	}
	iosys_map_clear(&made);
	ret = dmabuf->ops->vmap(dmabuf, &made);
	__dma_buf_check_result("vmap", ret);
	if (ret)
		return ret;
	DMA_BUF_RULE(made.vaddr == NULL, "dma-buf-vmap-null", "`vmap` succeeded and left the map empty", dmabuf);
	dmabuf->vmap_ptr = made;
	dmabuf->vmapping_counter = 1;
	*map = made;
	return 0;
}

int dma_buf_vmap_unlocked(struct dma_buf *dmabuf, struct iosys_map *map)
{
	int ret;

	iosys_map_clear(map);
	if (DMA_BUF_RULE(__absent(dmabuf), "dma-buf-null", "`dma_buf_vmap_unlocked` of NULL", dmabuf))
		return -EINVAL;
	dma_resv_lock(dmabuf->resv, NULL);
	ret = dma_buf_vmap(dmabuf, map);
	dma_resv_unlock(dmabuf->resv);
	return ret;
}

void dma_buf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	if (DMA_BUF_RULE(__absent(dmabuf), "dma-buf-null", "`dma_buf_vunmap` of NULL", dmabuf))
		return;
	might_sleep();
	dma_resv_assert_held(dmabuf->resv);
	__dma_buf_adopt(dmabuf);

	/* The kernel stops with BUG() on each of these. */
	if (DMA_BUF_RULE(dmabuf->vmapping_counter == 0, "dma-buf-vunmap", "`dma_buf_vunmap` without a map that is live", dmabuf))
		return;
	if (DMA_BUF_RULE(dmabuf->vmap_ptr.vaddr != map->vaddr, "dma-buf-vunmap", "`dma_buf_vunmap` of another map", dmabuf))
		return;
	dmabuf->vmapping_counter--;
	if (dmabuf->vmapping_counter)
		return;
	if (dmabuf->ops->vunmap)
		dmabuf->ops->vunmap(dmabuf, map);
	iosys_map_clear(&dmabuf->vmap_ptr);
}

void dma_buf_vunmap_unlocked(struct dma_buf *dmabuf, struct iosys_map *map)
{
	if (DMA_BUF_RULE(__absent(dmabuf), "dma-buf-null", "`dma_buf_vunmap_unlocked` of NULL", dmabuf))
		return;
	dma_resv_lock(dmabuf->resv, NULL);
	dma_buf_vunmap(dmabuf, map);
	dma_resv_unlock(dmabuf->resv);
}
