/* Access to user memory: may fault, and so may sleep and take mmap_lock; may copy only a part. */
#ifndef __LINUX_UACCESS_H__
#define __LINUX_UACCESS_H__
#include <linux/types.h>
#include <linux/errno.h>

unsigned long copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long clear_user(void __user *to, unsigned long n);
long strncpy_from_user(char *dst, const char __user *src, long count);
long strnlen_user(const char __user *s, long n);
int copy_struct_from_user(void *dst, size_t ksize, const void __user *src, size_t usize);
bool access_ok(const void __user *addr, unsigned long size);
#define __copy_from_user(to, from, n) copy_from_user(to, from, n)
#define __copy_to_user(to, from, n) copy_to_user(to, from, n)
#define copy_from_user_inatomic(to, from, n) copy_from_user(to, from, n)
#define get_user(x, ptr) ({ typeof(*(ptr)) __gu_val; int __gu_err = copy_from_user(&__gu_val, (ptr), sizeof(*(ptr))) ? -EFAULT : 0; if (__gu_err) (x) = 0; else (x) = (typeof(x))__gu_val; __gu_err; })
#define put_user(x, ptr) ({ typeof(*(ptr)) __pu_val = (x); copy_to_user((ptr), &__pu_val, sizeof(*(ptr))) ? -EFAULT : 0; })
#define __get_user(x, ptr) get_user(x, ptr)
#define __put_user(x, ptr) put_user(x, ptr)
#define u64_to_user_ptr(x) ((void __user *)(uintptr_t)(u64)(x))
#define copy_array_from_user(dst, src, n, size) copy_from_user(dst, src, (n) * (size))

#endif
