/* Files for debugging: what stands behind `data` is read and written when somebody opens them, never by the call that makes them. */
#ifndef _LINUX_DEBUGFS_H
#define _LINUX_DEBUGFS_H
#include <linux/types.h>

struct dentry;
struct device;
struct file_operations;
struct seq_file;

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent, const void *data, const struct file_operations *fops);
struct dentry *debugfs_create_file_unsafe(const char *name, umode_t mode, struct dentry *parent, const void *data, const struct file_operations *fops);
void debugfs_create_file_size(const char *name, umode_t mode, struct dentry *parent, const void *data, const struct file_operations *fops, loff_t size);
struct dentry *debugfs_create_symlink(const char *name, struct dentry *parent, const char *target);
struct dentry *debugfs_lookup(const char *name, struct dentry *parent);
void debugfs_remove(struct dentry *dentry);
void debugfs_lookup_and_remove(const char *name, struct dentry *parent);
void debugfs_create_u8(const char *name, umode_t mode, struct dentry *parent, const u8 *value);
void debugfs_create_u16(const char *name, umode_t mode, struct dentry *parent, const u16 *value);
void debugfs_create_u32(const char *name, umode_t mode, struct dentry *parent, const u32 *value);
void debugfs_create_u64(const char *name, umode_t mode, struct dentry *parent, const u64 *value);
void debugfs_create_ulong(const char *name, umode_t mode, struct dentry *parent, const unsigned long *value);
void debugfs_create_x8(const char *name, umode_t mode, struct dentry *parent, const u8 *value);
void debugfs_create_x16(const char *name, umode_t mode, struct dentry *parent, const u16 *value);
void debugfs_create_x32(const char *name, umode_t mode, struct dentry *parent, const u32 *value);
void debugfs_create_x64(const char *name, umode_t mode, struct dentry *parent, const u64 *value);
void debugfs_create_size_t(const char *name, umode_t mode, struct dentry *parent, const size_t *value);
void debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent, const bool *value);
void debugfs_create_atomic_t(const char *name, umode_t mode, struct dentry *parent, const atomic_t *value);
void debugfs_create_devm_seqfile(struct device *dev, const char *name, struct dentry *parent, int (*read)(struct seq_file *s, void *data));
#define debugfs_remove_recursive(dentry) debugfs_remove(dentry)

#endif
