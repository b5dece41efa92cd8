/* User memory that an RDMA device maps, from a process or from a dma-buf. A `struct ib_device` has only the members that this needs. */
#ifndef IB_UMEM_H
#define IB_UMEM_H
#include <linux/types.h>
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/scatterlist.h>

struct ib_device;
struct mm_struct;

struct ib_umem {
	struct ib_device *ibdev;
	struct mm_struct *owning_mm;
	u64 iova;
	size_t length;
	unsigned long address;
	u32 writable : 1;
	u32 is_odp : 1;
	u32 is_dmabuf : 1;
	struct sg_append_table sgt_append;
};

struct ib_umem_dmabuf {
	struct ib_umem umem;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	struct scatterlist *first_sg;
	struct scatterlist *last_sg;
	unsigned long first_sg_offset;
	unsigned long last_sg_trim;
	void (*pinned_revoke)(void *priv);
	void *private;
	u8 pinned : 1;
	u8 revoked : 1;
};

static inline struct ib_umem_dmabuf *to_ib_umem_dmabuf(struct ib_umem *umem)
{
	return container_of(umem, struct ib_umem_dmabuf, umem);
}

struct ib_umem *ib_umem_get(struct ib_device *device, unsigned long addr, size_t size, int access);
void ib_umem_release(struct ib_umem *umem);
struct ib_umem_dmabuf *ib_umem_dmabuf_get(struct ib_device *device, unsigned long offset, size_t size, int fd, int access,
					  const struct dma_buf_attach_ops *ops);
struct ib_umem_dmabuf *ib_umem_dmabuf_get_pinned(struct ib_device *device, unsigned long offset, size_t size, int fd,
						 int access);
int ib_umem_dmabuf_map_pages(struct ib_umem_dmabuf *umem_dmabuf);
void ib_umem_dmabuf_unmap_pages(struct ib_umem_dmabuf *umem_dmabuf);
void ib_umem_dmabuf_revoke(struct ib_umem_dmabuf *umem_dmabuf);
void ib_umem_dmabuf_release(struct ib_umem_dmabuf *umem_dmabuf);

#endif
