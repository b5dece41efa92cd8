/*
 * Data per processor, and references that are counted there. There is one processor: each variable is its own copy, and what keeps a task on
 * its processor keeps others off the copy.
 */
#ifndef _LINUX_PERCPU_H
#define _LINUX_PERCPU_H
#include <linux/types.h>
#include <linux/slab.h>
#include <linux/err.h>
#include <linux/preempt.h>

/* A type may be an array (`struct pool [2]`), or an expression that has the type meant: neither can stand before a name or a `*` as it is. */
#define DEFINE_PER_CPU(type, name) typeof(type) name
#define DEFINE_PER_CPU_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_READ_MOSTLY(type, name) DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU(type, name) extern typeof(type) name
#define DECLARE_PER_CPU_ALIGNED(type, name) DECLARE_PER_CPU(type, name)
#define DECLARE_PER_CPU_SHARED_ALIGNED(type, name) DECLARE_PER_CPU(type, name)
#define DECLARE_PER_CPU_READ_MOSTLY(type, name) DECLARE_PER_CPU(type, name)
#define EXPORT_PER_CPU_SYMBOL(name)
#define EXPORT_PER_CPU_SYMBOL_GPL(name)
#define per_cpu_ptr(ptr, cpu) ((void)(cpu), (ptr))
#define per_cpu(var, cpu) (*per_cpu_ptr(&(var), cpu))
#define raw_cpu_ptr(ptr) (ptr)
#define this_cpu_ptr(ptr) (ptr)
#define get_cpu_ptr(ptr) ({ preempt_disable(); (ptr); })
#define put_cpu_ptr(ptr) do { (void)(ptr); preempt_enable(); } while (0)
#define get_cpu_var(var) (*({ preempt_disable(); &(var); }))
#define put_cpu_var(var) do { (void)&(var); preempt_enable(); } while (0)
#define this_cpu_read(var) (var)
#define this_cpu_write(var, val) ((void)((var) = (val)))
#define this_cpu_add(var, val) ((void)((var) += (val)))
#define this_cpu_sub(var, val) ((void)((var) -= (val)))
#define this_cpu_inc(var) ((void)((var)++))
#define this_cpu_dec(var) ((void)((var)--))
#define this_cpu_add_return(var, val) ((var) += (val))
#define this_cpu_inc_return(var) (++(var))
#define this_cpu_xchg(var, val) ({ typeof(var) __tcx_old = (var); (var) = (val); __tcx_old; })
#define this_cpu_cmpxchg(var, old, val) ({ typeof(var) __tcc_old = (var); if (__tcc_old == (old)) (var) = (val); __tcc_old; })
#define __this_cpu_read(var) (var)
#define __this_cpu_write(var, val) this_cpu_write(var, val)
#define __this_cpu_add(var, val) this_cpu_add(var, val)
#define __this_cpu_inc(var) this_cpu_inc(var)
#define __this_cpu_dec(var) this_cpu_dec(var)
#define raw_cpu_read(var) (var)
#define raw_cpu_write(var, val) this_cpu_write(var, val)
#define __alloc_percpu_gfp(size, align, gfp) kzalloc(size, gfp)
#define __alloc_percpu(size, align) kzalloc(size, GFP_KERNEL)
#define alloc_percpu_gfp(type, gfp) ((typeof(type) *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))
#define alloc_percpu(type) ((typeof(type) *)__alloc_percpu(sizeof(type), __alignof__(type)))
#define free_percpu(ptr) kfree(ptr)

enum {
	PERCPU_REF_INIT_ATOMIC = 1 << 0,
	PERCPU_REF_INIT_DEAD = 1 << 1,
	PERCPU_REF_ALLOW_REINIT = 1 << 2,
};

struct percpu_ref;
typedef void (percpu_ref_func_t)(struct percpu_ref *ref);

/* Of what init allocates only the size and the names matter here: what is counted is in the reference itself. */
struct percpu_ref_data {
	atomic_long_t count;
	percpu_ref_func_t *release;
	percpu_ref_func_t *confirm_switch;
	bool force_atomic : 1;
	bool allow_reinit : 1;
	struct rcu_head rcu;
	struct percpu_ref *ref;
};

/* The reference that init takes is given back by kill; the last one releases, perhaps where one must not sleep. */
struct percpu_ref {
	unsigned long percpu_count_ptr;
	long count;
	bool dying;
	percpu_ref_func_t *release;
	struct percpu_ref_data *data;
};

static inline int percpu_ref_init(struct percpu_ref *ref, percpu_ref_func_t *release, unsigned int flags, gfp_t gfp)
{
	ref->data = kzalloc(sizeof(*ref->data), gfp);
	if (!ref->data)
		return -ENOMEM;
	ref->dying = flags & PERCPU_REF_INIT_DEAD;
	ref->count = ref->dying ? 0 : 1;
	ref->release = release;
	return 0;
}

static inline void percpu_ref_exit(struct percpu_ref *ref)
{
	kfree(ref->data);
	ref->data = NULL;
}

static inline void percpu_ref_get_many(struct percpu_ref *ref, unsigned long nr) { ref->count += nr; }
static inline void percpu_ref_get(struct percpu_ref *ref) { percpu_ref_get_many(ref, 1); }

static inline bool percpu_ref_tryget(struct percpu_ref *ref)
{
	if (ref->count == 0)
		return false;
	ref->count++;
	return true;
}

static inline bool percpu_ref_tryget_live(struct percpu_ref *ref) { return !ref->dying && percpu_ref_tryget(ref); }

static inline void percpu_ref_put_many(struct percpu_ref *ref, unsigned long nr)
{
	WARN_ON_ONCE(ref->count < (long)nr);
	ref->count -= nr;
	if (ref->count == 0) {
		rcu_read_lock();
		ref->release(ref);
		rcu_read_unlock();
	}
}
static inline void percpu_ref_put(struct percpu_ref *ref) { percpu_ref_put_many(ref, 1); }

static inline void percpu_ref_kill(struct percpu_ref *ref)
{
	WARN_ON_ONCE(ref->dying);
	ref->dying = true;
	percpu_ref_put(ref);
}

static inline void percpu_ref_reinit(struct percpu_ref *ref)
{
	WARN_ON_ONCE(ref->count != 0);
	ref->dying = false;
	ref->count = 1;
}

static inline bool percpu_ref_is_dying(struct percpu_ref *ref) { return ref->dying; }
static inline bool percpu_ref_is_zero(struct percpu_ref *ref) { return ref->count == 0; }

#endif
