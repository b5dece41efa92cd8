/* File references and descriptors, enough for objects that live behind a file: the last reference is dropped later, from a clean context. */
#include <linux/file.h>
#include <linux/anon_inodes.h>
#include <linux/slab.h>
#include <linux/sync_file.h>
#include <interlock/dma-buf-ledger.h>

/* The descriptor table and the queue of files to release; kept by files.ts. */
int __fd_reserve(unsigned int flags);
void __fd_unreserve(unsigned int fd);
void __fd_bind(unsigned int fd, struct file *file);
struct file *__fd_lookup(unsigned int fd);
struct file *__fd_unbind(unsigned int fd);
void __file_delay_release(struct file *file);
struct file *__file_next_delayed(void);

struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return ERR_PTR(-ENOMEM);
	atomic_long_set(&file->f_count, 1);
	file->f_op = fops;
	file->private_data = priv;
	file->f_flags = flags;
	return file;
}

int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(flags);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, priv, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

struct file *fget(unsigned int fd)
{
	struct file *file = __fd_lookup(fd);

	if (file)
		get_file(file);
	return file;
}

void fput(struct file *file)
{
	long left = atomic_long_dec_return(&file->f_count);

	/* A file that was there before: who else holds it is not known, and that there is a reference to drop is its owner's affair. */
	if (!__known(left)) {
		dma_fence_put(__sync_file_closed(file));
		return;
	}
	if (left < 0)
		__dma_buf_report("file-reference", "a reference of a file is dropped that nobody holds", file);
	if (left == 0)
		__file_delay_release(file);
}

void __fput_sync(struct file *file)
{
	fput(file);
	flush_delayed_fput();
}

void flush_delayed_fput(void)
{
	struct file *file;

	while ((file = __file_next_delayed())) {
		if (file->f_op && file->f_op->release)
			file->f_op->release(file->f_inode, file);
		kfree(file);
	}
}

int get_unused_fd_flags(unsigned int flags)
{
	return __fd_reserve(flags);
}

void put_unused_fd(unsigned int fd)
{
	__fd_unreserve(fd);
}

void fd_install(unsigned int fd, struct file *file)
{
	__fd_bind(fd, file);
}

int close_fd(unsigned int fd)
{
	struct file *file = __fd_unbind(fd);

	if (!file)
		return -EBADF;
	fput(file);
	return 0;
}
