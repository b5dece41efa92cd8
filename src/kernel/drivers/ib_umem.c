/* RDMA's import of dma-bufs: attached for the device, pinned or told of moves, mapped under the reservation, and undone in one call. */
#include <rdma/ib_umem.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <interlock/driver-answers.h>

static void interlock_umem_revoked(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
}

static const struct dma_buf_attach_ops interlock_umem_pinned_ops = {
	.allow_peer2peer = true,
	.move_notify = interlock_umem_revoked,
	.invalidate_mappings = interlock_umem_revoked,
};

/* The device that a device of unknown layout does its DMA with. */
struct device *__umem_dma_device(struct ib_device *device);

struct ib_umem_dmabuf *ib_umem_dmabuf_get(struct ib_device *device, unsigned long offset, size_t size, int fd, int access,
					  const struct dma_buf_attach_ops *ops)
{
	struct ib_umem_dmabuf *made;
	struct dma_buf_attachment *attach;
	struct dma_buf *dmabuf;

	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);
	made = kzalloc(sizeof(*made), GFP_KERNEL);
	if (!made) {
		dma_buf_put(dmabuf);
		return ERR_PTR(-ENOMEM);
	}
	made->umem.ibdev = device;
	made->umem.address = offset;
	made->umem.length = size;
	made->umem.is_dmabuf = 1;
	attach = dma_buf_dynamic_attach(dmabuf, __umem_dma_device(device), ops, made);
	if (IS_ERR(attach)) {
		kfree(made);
		dma_buf_put(dmabuf);
		return ERR_CAST(attach);
	}
	made->attach = attach;
	return made;
}

struct ib_umem_dmabuf *ib_umem_dmabuf_get_pinned(struct ib_device *device, unsigned long offset, size_t size, int fd,
						 int access)
{
	struct ib_umem_dmabuf *made;
	int ret;

	made = ib_umem_dmabuf_get(device, offset, size, fd, access, &interlock_umem_pinned_ops);
	if (IS_ERR(made))
		return made;
	dma_resv_lock(made->attach->dmabuf->resv, NULL);
	ret = dma_buf_pin(made->attach);
	if (!ret) {
		made->pinned = 1;
		ret = ib_umem_dmabuf_map_pages(made);
	}
	dma_resv_unlock(made->attach->dmabuf->resv);
	if (ret) {
		ib_umem_dmabuf_release(made);
		return ERR_PTR(ret);
	}
	return made;
}

int ib_umem_dmabuf_map_pages(struct ib_umem_dmabuf *umem_dmabuf)
{
	struct sg_table *sgt;
	long left;

	dma_resv_assert_held(umem_dmabuf->attach->dmabuf->resv);
	if (umem_dmabuf->revoked)
		return -EINVAL;
	if (!umem_dmabuf->sgt) {
		sgt = dma_buf_map_attachment(umem_dmabuf->attach, DMA_BIDIRECTIONAL);
		if (IS_ERR(sgt))
			return PTR_ERR(sgt);
		umem_dmabuf->sgt = sgt;
		umem_dmabuf->umem.sgt_append.sgt = *sgt;
	}
	left = dma_resv_wait_timeout(umem_dmabuf->attach->dmabuf->resv, DMA_RESV_USAGE_KERNEL, false, MAX_SCHEDULE_TIMEOUT);
	return left < 0 ? left : 0;
}

void ib_umem_dmabuf_unmap_pages(struct ib_umem_dmabuf *umem_dmabuf)
{
	dma_resv_assert_held(umem_dmabuf->attach->dmabuf->resv);
	if (!umem_dmabuf->sgt)
		return;
	dma_buf_unmap_attachment(umem_dmabuf->attach, umem_dmabuf->sgt, DMA_BIDIRECTIONAL);
	umem_dmabuf->sgt = NULL;
}

static void interlock_umem_let_go(struct ib_umem_dmabuf *umem_dmabuf)
{
	ib_umem_dmabuf_unmap_pages(umem_dmabuf);
	if (umem_dmabuf->pinned) {
		dma_buf_unpin(umem_dmabuf->attach);
		umem_dmabuf->pinned = 0;
	}
	umem_dmabuf->revoked = 1;
}

void ib_umem_dmabuf_revoke(struct ib_umem_dmabuf *umem_dmabuf)
{
	struct dma_resv *resv = umem_dmabuf->attach->dmabuf->resv;

	dma_resv_lock(resv, NULL);
	interlock_umem_let_go(umem_dmabuf);
	dma_resv_unlock(resv);
}

void ib_umem_dmabuf_release(struct ib_umem_dmabuf *umem_dmabuf)
{
	struct dma_buf *dmabuf = umem_dmabuf->attach->dmabuf;

	ib_umem_dmabuf_revoke(umem_dmabuf);
	dma_buf_detach(dmabuf, umem_dmabuf->attach);
	dma_buf_put(dmabuf);
	kfree(umem_dmabuf);
}

struct ib_umem *ib_umem_get(struct ib_device *device, unsigned long addr, size_t size, int access)
{
	struct ib_umem *made;

	might_sleep();
	made = kzalloc(sizeof(*made), GFP_KERNEL);
	if (!made)
		return ERR_PTR(-ENOMEM);
	made->ibdev = device;
	made->address = addr;
	made->length = size;
	return made;
}

void ib_umem_release(struct ib_umem *umem)
{
	if (!umem)
		return;
	if (umem->is_dmabuf) {
		ib_umem_dmabuf_release(to_ib_umem_dmabuf(umem));
		return;
	}
	kfree(umem);
}
