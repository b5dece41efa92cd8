/* File descriptors and file references. The last reference is dropped later, from a clean context, never inside fput. */
#ifndef __LINUX_FILE_H
#define __LINUX_FILE_H
#include <linux/fs.h>

struct fd {
	struct file *file;
};

#define fd_file(f) ((f).file)
#define fd_empty(f) (!(f).file)

struct file *fget(unsigned int fd);
void fput(struct file *file);
void __fput_sync(struct file *file);
void flush_delayed_fput(void);
int get_unused_fd_flags(unsigned int flags);
void put_unused_fd(unsigned int fd);
/* A number that goes back by itself unless it is taken over. */
DEFINE_CLASS(get_unused_fd, int, if (_T >= 0) put_unused_fd(_T), get_unused_fd_flags(flags), unsigned int flags)
#define get_unused_fd() get_unused_fd_flags(0)
#define take_fd(fd) __get_and_null(fd, -EBADF)
void fd_install(unsigned int fd, struct file *file);
int close_fd(unsigned int fd);

static inline struct fd fdget(unsigned int fd)
{
	return (struct fd) { .file = fget(fd) };
}

static inline void fdput(struct fd fd)
{
	if (fd.file)
		fput(fd.file);
}
DEFINE_CLASS(fd, struct fd, fdput(_T), fdget(fd), int fd)

#endif
