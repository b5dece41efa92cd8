/* Object allocation: kmalloc and its relatives, kmem caches, arrays that fall back to vmalloc. */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H
#include <linux/types.h>
#include <linux/gfp.h>
#include <linux/string.h>
#include <linux/math.h>
#include <linux/cleanup.h>
#include <linux/err.h>

#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(x) ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)
#define KMALLOC_MAX_SIZE (1UL << 22)
#define KMALLOC_MIN_SIZE 8
#define ARCH_KMALLOC_MINALIGN 8

#define SLAB_HWCACHE_ALIGN 0x00002000u
#define SLAB_PANIC 0x00040000u
#define SLAB_TYPESAFE_BY_RCU 0x00080000u
#define SLAB_RECLAIM_ACCOUNT 0x00020000u
#define SLAB_ACCOUNT 0x04000000u
#define SLAB_POISON 0x00000800u

struct kmem_cache {
	const char *name;
	unsigned int object_size;
	unsigned int align;
	slab_flags_t flags;
	void (*ctor)(void *object);
	int refcount;
};

void *kmalloc(size_t size, gfp_t flags);
void *kzalloc(size_t size, gfp_t flags);
void *kcalloc(size_t n, size_t size, gfp_t flags);
void *kmalloc_array(size_t n, size_t size, gfp_t flags);
void *kmalloc_node(size_t size, gfp_t flags, int node);
void *kzalloc_node(size_t size, gfp_t flags, int node);
void *kcalloc_node(size_t n, size_t size, gfp_t flags, int node);
void *kmalloc_array_node(size_t n, size_t size, gfp_t flags, int node);
void *kmalloc_large(size_t size, gfp_t flags);
void *krealloc(const void *p, size_t new_size, gfp_t flags);
void *krealloc_array(void *p, size_t new_n, size_t new_size, gfp_t flags);
void *kmemdup(const void *src, size_t len, gfp_t gfp);
void *kmemdup_noprof(const void *src, size_t len, gfp_t gfp);
void *kmemdup_array(const void *src, size_t count, size_t element_size, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp);
char *kstrdup(const char *s, gfp_t gfp);
const char *kstrdup_const(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t max, gfp_t gfp);
char *kasprintf(gfp_t gfp, const char *fmt, ...);
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args);
void kfree(const void *object);
void kfree_const(const void *object);
void kfree_sensitive(const void *object);
size_t ksize(const void *object);
size_t kmalloc_size_roundup(size_t size);

void *kvmalloc(size_t size, gfp_t flags);
void *kvzalloc(size_t size, gfp_t flags);
void *kvmalloc_node(size_t size, gfp_t flags, int node);
void *kvzalloc_node(size_t size, gfp_t flags, int node);
void *kvmalloc_array(size_t n, size_t size, gfp_t flags);
void *kvcalloc(size_t n, size_t size, gfp_t flags);
void *kvmalloc_array_node(size_t n, size_t size, gfp_t flags, int node);
void *kvcalloc_node(size_t n, size_t size, gfp_t flags, int node);
void *kvrealloc(const void *p, size_t size, gfp_t flags);
void *kvmemdup(const void *src, size_t len, gfp_t gfp);
void kvfree(const void *addr);
void kvfree_sensitive(const void *addr, size_t len);

/* By the type of the object; without flags they are GFP_KERNEL. */
#define __default_gfp(...) __default_gfp_pick(, ##__VA_ARGS__, GFP_KERNEL)
#define __default_gfp_pick(nothing, first, ...) first
#define kmalloc_obj(var, ...) ((typeof(var) *)kmalloc(sizeof(var), __default_gfp(__VA_ARGS__)))
#define kzalloc_obj(var, ...) ((typeof(var) *)kzalloc(sizeof(var), __default_gfp(__VA_ARGS__)))
#define kvmalloc_obj(var, ...) ((typeof(var) *)kvmalloc(sizeof(var), __default_gfp(__VA_ARGS__)))
#define kvzalloc_obj(var, ...) ((typeof(var) *)kvzalloc(sizeof(var), __default_gfp(__VA_ARGS__)))
#define kmalloc_objs(var, count, ...) ((typeof(var) *)kmalloc_array(count, sizeof(var), __default_gfp(__VA_ARGS__)))
#define kzalloc_objs(var, count, ...) ((typeof(var) *)kcalloc(count, sizeof(var), __default_gfp(__VA_ARGS__)))
#define kvmalloc_objs(var, count, ...) ((typeof(var) *)kvmalloc_array(count, sizeof(var), __default_gfp(__VA_ARGS__)))
#define kvzalloc_objs(var, count, ...) ((typeof(var) *)kvcalloc(count, sizeof(var), __default_gfp(__VA_ARGS__)))
#define kmalloc_flex(var, member, count, ...) ((typeof(var) *)kmalloc(struct_size((typeof(var) *)NULL, member, count), __default_gfp(__VA_ARGS__)))
#define kzalloc_flex(var, member, count, ...) ((typeof(var) *)kzalloc(struct_size((typeof(var) *)NULL, member, count), __default_gfp(__VA_ARGS__)))
#define kvmalloc_flex(var, member, count, ...) ((typeof(var) *)kvmalloc(struct_size((typeof(var) *)NULL, member, count), __default_gfp(__VA_ARGS__)))
#define kvzalloc_flex(var, member, count, ...) ((typeof(var) *)kvzalloc(struct_size((typeof(var) *)NULL, member, count), __default_gfp(__VA_ARGS__)))

void __kfree_rcu(const void *object, size_t offset);
void __kfree_rcu_mightsleep(const void *object);
#define kfree_rcu(ptr, member) do { typeof(ptr) __kfr = (ptr); if (__kfr) __kfree_rcu(__kfr, offsetof(typeof(*(ptr)), member)); } while (0)
#define kvfree_rcu(ptr, member) kfree_rcu(ptr, member)
#define kfree_rcu_mightsleep(ptr) __kfree_rcu_mightsleep(ptr)
#define kvfree_rcu_mightsleep(ptr) __kfree_rcu_mightsleep(ptr)

struct kmem_cache_args {
	unsigned int align;
	unsigned int useroffset;
	unsigned int usersize;
	void (*ctor)(void *object);
};

struct kmem_cache *__interlock_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags, void (*ctor)(void *object));
static inline struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size, struct kmem_cache_args *args, slab_flags_t flags)
{
	return __interlock_cache_create(name, size, args ? args->align : 0, flags, args ? args->ctor : NULL);
}
#define __kmem_cache_3(name, size, args, ...) __kmem_cache_create_args(name, size, args, __VA_ARGS__)
#define __kmem_cache_5(name, size, align, flags, ctor) __interlock_cache_create(name, size, align, flags, ctor)
#define __kmem_cache_pick(a, b, c, d, e, name, ...) name
#define kmem_cache_create(args...) __kmem_cache_pick(args, __kmem_cache_5, __kmem_cache_3, )(args)
#define kmem_cache_create_usercopy(name, size, align, flags, useroffset, usersize, ctor) __interlock_cache_create(name, size, align, flags, ctor)
#define KMEM_CACHE(name, flags) __interlock_cache_create(#name, sizeof(struct name), 0, flags, NULL)
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags);
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t flags);
void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t flags, int node);
int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t flags, size_t size, void **p);
void kmem_cache_free(struct kmem_cache *cache, void *object);
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t size, void **p);
void kmem_cache_destroy(struct kmem_cache *cache);
int kmem_cache_shrink(struct kmem_cache *cache);
unsigned int kmem_cache_size(struct kmem_cache *cache);

void *memdup_user(const void __user *src, size_t len);
void *vmemdup_user(const void __user *src, size_t len);
void *memdup_array_user(const void __user *src, size_t n, size_t size);
void *vmemdup_array_user(const void __user *src, size_t n, size_t size);
void *memdup_user_nul(const void __user *src, size_t len);
char *strndup_user(const char __user *s, long n);

/* Scoped ownership: freed when the variable's scope is left, unless no_free_ptr() took it over. */
DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
DEFINE_FREE(kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))
DEFINE_FREE(vfree, void *, if (_T) vfree(_T))

#endif
