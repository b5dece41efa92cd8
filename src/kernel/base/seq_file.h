/* Text files of debugfs and procfs. */
#ifndef _LINUX_SEQ_FILE_H
#define _LINUX_SEQ_FILE_H
#include <linux/types.h>

struct file;

struct seq_file {
	char *buf;
	size_t size;
	size_t count;
	void *private;
	struct file *file;
};

void seq_printf(struct seq_file *m, const char *fmt, ...);
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
#define DEFINE_SHOW_ATTRIBUTE(name) static const struct file_operations name##_fops = { .owner = THIS_MODULE }

#endif
