/* Fences as file descriptors. */
#ifndef _LINUX_SYNC_FILE_H
#define _LINUX_SYNC_FILE_H
#include <linux/dma-fence.h>

struct file;

struct sync_file {
	struct file *file;
	char user_name[32];
	struct dma_fence *fence;
};

struct sync_file *sync_file_create(struct dma_fence *fence);
struct dma_fence *sync_file_get_fence(int fd);
/* The fence whose reference goes with this file, which is closed; NULL for any other file. */
struct dma_fence *__sync_file_closed(struct file *file);
char *sync_file_get_name(struct sync_file *sync_file, char *buf, int len);

#endif
