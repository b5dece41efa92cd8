/* Open files as far as drivers that export buffers and fences touch them. */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H
#include <linux/types.h>
#include <linux/err.h>
#include <linux/atomic.h>

struct file;
struct vm_area_struct;
struct address_space;
struct poll_table_struct;
struct module;

struct inode {
	umode_t i_mode;
	loff_t i_size;
	void *i_private;
	struct address_space *i_mapping;
};

struct file_operations {
	struct module *owner;
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	ssize_t (*read)(struct file *file, char __user *buf, size_t count, loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t count, loff_t *pos);
	__poll_t (*poll)(struct file *file, struct poll_table_struct *table);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*open)(struct inode *inode, struct file *file);
	int (*flush)(struct file *file, void *id);
	int (*release)(struct inode *inode, struct file *file);
};

struct file {
	atomic_long_t f_count;
	fmode_t f_mode;
	unsigned int f_flags;
	const struct file_operations *f_op;
	struct address_space *f_mapping;
	struct inode *f_inode;
	void *private_data;
	loff_t f_pos;
};

#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_ACCMODE 3
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000
#define FMODE_READ 1
#define FMODE_WRITE 2
#define FMODE_LSEEK 4

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_inode;
}

static inline long file_count(struct file *file)
{
	return atomic_long_read(&file->f_count);
}

static inline struct file *get_file(struct file *file)
{
	atomic_long_inc(&file->f_count);
	return file;
}

#endif
