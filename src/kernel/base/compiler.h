/* Compiler-level words: annotations without run-time meaning, branch hints, ordered accesses, container_of. */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#define __KERNEL__ 1
#define __user
#define __kernel
#define __iomem
#define __percpu
#define __rcu
#define __force
#define __nocast
#define __bitwise
#define __private
#define __safe
#define __always_inline inline
#define noinline
#define noinline_for_stack
#define __noinline
#define __maybe_unused
#define __always_unused
#define __used
#define __unused
#define __cold
#define __hot
#define __pure
#define __attribute_const__
#define __malloc
#define __weak
#define __visible
#define __packed __attribute__((packed))
#define __aligned(x) __attribute__((aligned(x)))
/* The last `n` parameters came in a later version of the kernel; without them the function does the same. */
#define __gained(n) __attribute__((gained(n)))
#define ____cacheline_aligned
#define ____cacheline_aligned_in_smp
#define __cacheline_aligned_in_smp
#define __read_mostly
#define __ro_after_init
#define __randomize_layout
#define randomized_struct_fields_start
#define randomized_struct_fields_end
#define __init
#define __exit
#define __initdata
#define __initconst
#define __exitdata
#define __devinit
#define __ref
#define __refdata
#define __printf(a, b)
#define __scanf(a, b)
#define __alloc_size(x, ...)
#define __realloc_size(x, ...)
#define __counted_by(member)
#define __counted_by_ptr(member)
#define __nonstring
#define __no_kasan_or_inline
#define __no_sanitize_address
#define notrace
#define asmlinkage
#define __sched
#define fallthrough do { } while (0)
#define __diag_push()
#define __diag_pop()
#define __diag_ignore_all(option, comment)
#define uninitialized_var(x) x

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, val) ((void)(*(volatile typeof(x) *)&(x) = (val)))
#define data_race(expr) (expr)
#define ACCESS_PRIVATE(p, member) ((p)->member)

#define barrier() ((void)0)
#define barrier_data(ptr) ((void)(ptr))
#define mb() ((void)0)
#define rmb() ((void)0)
#define wmb() ((void)0)
#define dma_mb() ((void)0)
#define dma_rmb() ((void)0)
#define dma_wmb() ((void)0)
#define smp_mb() ((void)0)
#define smp_rmb() ((void)0)
#define smp_wmb() ((void)0)
#define smp_mb__before_atomic() ((void)0)
#define smp_mb__after_atomic() ((void)0)
#define smp_mb__after_spinlock() ((void)0)
#define smp_load_acquire(p) (*(const volatile typeof(*(p)) *)(p))
#define smp_store_release(p, v) ((void)(*(volatile typeof(*(p)) *)(p) = (v)))
#define smp_store_mb(var, value) WRITE_ONCE(var, value)

#define offsetof(type, member) __builtin_offsetof(type, member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define typeof_member(type, member) typeof(((type *)0)->member)
/* The third argument is of our own: it says what the member is where nobody shows the struct. */
#define container_of(ptr, type, member) ((type *)((void *)(ptr) - __builtin_offsetof(type, member, ptr)))
#define container_of_const(ptr, type, member) container_of(ptr, type, member)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define __stringify_1(x...) #x
#define __stringify(x...) __stringify_1(x)
#define ___PASTE(a, b) a##b
#define __PASTE(a, b) ___PASTE(a, b)
#define CONCATENATE(a, b) __PASTE(a, b)
#define __UNIQUE_ID(prefix) __PASTE(__UNIQUE_ID_##prefix, __COUNTER__)
#define __must_be_array(a) 0
#define __same_type(a, b) __builtin_types_compatible_p(typeof(a), typeof(b))
#define OPTIMIZER_HIDE_VAR(var) ((void)(var))
#define RELOC_HIDE(ptr, off) ((typeof(ptr))((unsigned long)(ptr) + (off)))
#define typecheck(type, x) 1
#define __struct_group(tag, name, attrs, members...) union { struct { members } attrs; struct tag { members } attrs name; } attrs
#define struct_group(name, members...) __struct_group(, name, , members)
#define struct_group_attr(name, attrs, members...) __struct_group(, name, attrs, members)
#define struct_group_tagged(tag, name, members...) __struct_group(tag, name, , members)
#define DECLARE_FLEX_ARRAY(type, name) type name[]
#define TYPEOF_UNQUAL(x) typeof(x)
#define unreachable() __builtin_unreachable()

/*
 * 1 when the value is settled, 0 when the document leaves it open. Bundled bodies ask before they judge a counter or follow a list, so
 * that nothing is concluded from what was never seen.
 */
#define __known(x) __builtin_known_p((unsigned long long)(x))
/* What the document leaves open is a count of one or more. */
void __interlock_counted(unsigned int count);
/* The last reference went, and what gives the object back is not shown. */
void __interlock_gone(const void *object);

#endif
