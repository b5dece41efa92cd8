/* The buffer itself: export, file descriptor, references, and the release that the last reference brings. */
#include <linux/dma-buf.h>
#include <linux/slab.h>
#include <linux/module.h>
#include <linux/anon_inodes.h>
#include <interlock/dma-buf-ledger.h>

/* The embedded reservation object of a buffer that was exported without one. */
struct __dma_buf_with_resv {
	struct dma_buf dmabuf;
	struct dma_resv resv;
};

static int __dma_buf_file_release(struct inode *inode, struct file *file)
{
	struct dma_buf *dmabuf = file->private_data;
	struct __dma_buf_with_resv *own = container_of(dmabuf, struct __dma_buf_with_resv, dmabuf);

	__dma_buf_releasing(dmabuf);
	if (__known(dmabuf->vmapping_counter) && dmabuf->vmapping_counter)
		__dma_buf_report("dma-buf-release-mapped", "released while a `vmap` of it is live", dmabuf);

	dmabuf->ops->release(dmabuf);

	if (dmabuf->resv == &own->resv)
		dma_resv_fini(dmabuf->resv);
	module_put(dmabuf->owner);
	kfree(dmabuf->name);
	kfree(dmabuf);
	return 0;
}

const struct file_operations __dma_buf_fops = {
	.release = __dma_buf_file_release,
};

bool is_dma_buf_file(struct file *file)
{
	return file->f_op == &__dma_buf_fops;
}

static bool __dma_buf_ops_complete(const struct dma_buf_ops *ops)
{
	if (__dma_buf_ops_of_another_core())
		return true;
	/* Of a table that nobody shows nothing is held against anybody. */
	if (__present(ops->match_mapping) || __present(ops->single_exporter_match))
		return !DMA_BUF_RULE(__present(ops->map_dma_buf) || __present(ops->unmap_dma_buf), "dma-buf-export-ops",
				     "`match_mapping` together with `map_dma_buf`/`unmap_dma_buf`", ops);
	return !DMA_BUF_RULE(__absent(ops->map_dma_buf) || __absent(ops->unmap_dma_buf), "dma-buf-export-ops",
			     "`map_dma_buf` or `unmap_dma_buf` is missing", ops);
}

static bool __dma_buf_ops_agree(const struct dma_buf_ops *ops)
{
	if (__dma_buf_ops_of_another_core())
		return true;
	if (DMA_BUF_RULE(__present(ops->cache_sgt_mapping) && (__present(ops->pin) || __present(ops->unpin)), "dma-buf-export-ops",
			 "`cache_sgt_mapping` together with `pin`/`unpin`", ops))
		return false;
	return !DMA_BUF_RULE((__present(ops->pin) && __absent(ops->unpin)) || (__absent(ops->pin) && __present(ops->unpin)), "dma-buf-export-ops", "only one of `pin` and `unpin`", ops);
}

struct dma_buf *dma_buf_export(const struct dma_buf_export_info *exp_info)
{
	const struct dma_buf_ops *ops = exp_info->ops;
	struct dma_buf *dmabuf;
	struct file *file;

	if (DMA_BUF_RULE(__absent(exp_info->priv), "dma-buf-export-ops", "`priv` is NULL", exp_info))
		return ERR_PTR(-EINVAL);
	if (DMA_BUF_RULE(__absent(ops), "dma-buf-export-ops", "`ops` is NULL", exp_info))
		return ERR_PTR(-EINVAL);
	if (!__dma_buf_ops_complete(ops))
		return ERR_PTR(-EINVAL);
	if (DMA_BUF_RULE(__absent(ops->release), "dma-buf-export-ops", "`release` is missing", ops))
		return ERR_PTR(-EINVAL);
	if (!__dma_buf_ops_agree(ops))
		return ERR_PTR(-EINVAL);

	if (!try_module_get(exp_info->owner))
		return ERR_PTR(-ENOENT);

	/* One allocation for the buffer and, when it needs one, its reservation object. */
	dmabuf = kzalloc(exp_info->resv ? sizeof(struct dma_buf) : sizeof(struct __dma_buf_with_resv), GFP_KERNEL);
	if (!dmabuf) {
		module_put(exp_info->owner);
		return ERR_PTR(-ENOMEM);
	}
	file = anon_inode_getfile("dmabuf", &__dma_buf_fops, dmabuf, exp_info->flags);
	if (IS_ERR(file)) {
		kfree(dmabuf);
		module_put(exp_info->owner);
		return ERR_CAST(file);
	}

	dmabuf->priv = exp_info->priv;
	dmabuf->ops = ops;
	dmabuf->size = exp_info->size;
	dmabuf->exp_name = exp_info->exp_name;
	dmabuf->owner = exp_info->owner;
	spin_lock_init(&dmabuf->name_lock);
	init_waitqueue_head(&dmabuf->poll);
	INIT_LIST_HEAD(&dmabuf->attachments);
	if (exp_info->resv) {
		dmabuf->resv = exp_info->resv;
	} else {
		dmabuf->resv = &container_of(dmabuf, struct __dma_buf_with_resv, dmabuf)->resv;
		dma_resv_init(dmabuf->resv);
	}
	dmabuf->file = file;
	return dmabuf;
}

int dma_buf_fd(struct dma_buf *dmabuf, int flags)
{
	int fd;

	if (!dmabuf || !dmabuf->file)
		return -EINVAL;
	fd = get_unused_fd_flags(flags);
	if (fd < 0)
		return fd;
	fd_install(fd, dmabuf->file);
	return fd;
}

struct dma_buf *dma_buf_get(int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (!is_dma_buf_file(file)) {
		fput(file);
		return ERR_PTR(-EINVAL);
	}
	return file->private_data;
}

void dma_buf_put(struct dma_buf *dmabuf)
{
	if (DMA_BUF_RULE(__absent(dmabuf) || __absent(dmabuf->file), "dma-buf-null", "`dma_buf_put` of NULL", dmabuf))
		return;
	fput(dmabuf->file);
}
