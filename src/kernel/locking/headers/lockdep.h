/* Lock validation seen from C: maps, keys, assertions. The map comes first in every lock, so a lock and its map have one address. */
#ifndef __LINUX_LOCKDEP_H
#define __LINUX_LOCKDEP_H
#include <linux/types.h>

#define MAX_LOCKDEP_SUBCLASSES 8UL
#define SINGLE_DEPTH_NESTING 1

struct lockdep_subclass_key {
	char __one_byte;
};

struct lock_class_key {
	struct lockdep_subclass_key subkeys[8];
};

struct lockdep_map {
	struct lock_class_key *key;
	const char *name;
	u8 wait_type_outer;
	u8 wait_type_inner;
	u8 lock_type;
};

struct pin_cookie {
	unsigned int val;
};

extern struct lock_class_key __lockdep_no_validate__;
extern struct lock_class_key __lockdep_no_track__;

enum lockdep_wait_type { LD_WAIT_INV = 0, LD_WAIT_FREE, LD_WAIT_SPIN, LD_WAIT_CONFIG, LD_WAIT_SLEEP, LD_WAIT_MAX };
enum lockdep_lock_type { LD_LOCK_NORMAL = 0, LD_LOCK_PERCPU, LD_LOCK_WAIT_OVERRIDE };

typedef int (*lock_cmp_fn)(const struct lockdep_map *a, const struct lockdep_map *b);

void lockdep_init_map_type(struct lockdep_map *map, const char *name, struct lock_class_key *key, int subclass, u8 inner,
			   u8 outer, u8 lock_type);
#define lockdep_init_map(map, name, key, sub) lockdep_init_map_type(map, name, key, sub, 0, 0, 0)
#define lockdep_init_map_wait(map, name, key, sub, inner) lockdep_init_map_type(map, name, key, sub, inner, 0, 0)
#define lockdep_init_map_waits(map, name, key, sub, inner, outer) lockdep_init_map_type(map, name, key, sub, inner, outer, 0)
#define DEFINE_WAIT_OVERRIDE_MAP(map_name, wait_type) struct lockdep_map map_name = { .name = #map_name, .wait_type_inner = (wait_type), .lock_type = LD_LOCK_WAIT_OVERRIDE }
#define STATIC_LOCKDEP_MAP_INIT(map_name, map_key) { .name = (map_name), .key = (void *)(map_key) }
#define DEFINE_STATIC_LOCKDEP_MAP(map_name) struct lockdep_map map_name = { .name = #map_name }

void lockdep_register_key(struct lock_class_key *key);
void lockdep_unregister_key(struct lock_class_key *key);
#define lock_set_cmp_fn(lock, args...) lockdep_set_lock_cmp_fn(&(lock)->dep_map, args)
void lockdep_set_lock_cmp_fn(void *lock, lock_cmp_fn compare, void *print);
void __lockdep_set_class(void *lock, struct lock_class_key *key, const char *name, int subclass);
void __lockdep_set_subclass(void *lock, int subclass);
#define lockdep_set_class(lock, key) __lockdep_set_class(lock, key, #key, 0)
#define lockdep_set_class_and_name(lock, key, name) __lockdep_set_class(lock, key, name, 0)
#define lockdep_set_class_and_subclass(lock, key, sub) __lockdep_set_class(lock, key, #key, sub)
#define lockdep_set_subclass(lock, sub) __lockdep_set_subclass(lock, sub)
#define lockdep_set_novalidate_class(lock) __lockdep_set_class(lock, &__lockdep_no_validate__, "__lockdep_no_validate__", 0)
#define lockdep_set_notrack_class(lock) __lockdep_set_class(lock, &__lockdep_no_track__, "__lockdep_no_track__", 0)

void lock_acquire(struct lockdep_map *lock, unsigned int subclass, int trylock, int read, int check,
		  struct lockdep_map *nest_lock, unsigned long ip);
void lock_release(struct lockdep_map *lock, unsigned long ip);
void lock_sync(struct lockdep_map *lock, unsigned int subclass, int read, int check, struct lockdep_map *nest_lock,
	       unsigned long ip);
void lock_set_class(struct lockdep_map *lock, const char *name, struct lock_class_key *key, unsigned int subclass,
		    unsigned long ip);
#define lock_set_subclass(lock, subclass, ip) lock_set_class(lock, (lock)->name, NULL, subclass, ip)
void lock_downgrade(struct lockdep_map *lock, unsigned long ip);
int lock_is_held_type(const struct lockdep_map *lock, int read);
struct pin_cookie lock_pin_lock(struct lockdep_map *lock);
#define lock_is_held(lock) lock_is_held_type(lock, -1)
#define lock_acquire_exclusive(l, s, t, n, i) lock_acquire(l, s, t, 0, 1, n, i)
#define lock_acquire_shared(l, s, t, n, i) lock_acquire(l, s, t, 1, 1, n, i)
#define lock_acquire_shared_recursive(l, s, t, n, i) lock_acquire(l, s, t, 2, 1, n, i)
#define lock_map_acquire(l) lock_acquire(l, 0, 0, 0, 1, NULL, 0)
#define lock_map_acquire_try(l) lock_acquire(l, 0, 1, 0, 1, NULL, 0)
#define lock_map_acquire_read(l) lock_acquire(l, 0, 0, 2, 1, NULL, 0)
#define lock_map_acquire_tryread(l) lock_acquire(l, 0, 1, 1, 1, NULL, 0)
#define lock_map_release(l) lock_release(l, 0)
#define lock_map_sync(l) lock_sync(l, 0, 0, 1, NULL, 0)
#define spin_acquire(l, s, t, i) lock_acquire(l, s, t, 0, 1, NULL, i)
#define spin_acquire_nest(l, s, t, n, i) lock_acquire(l, s, t, 0, 1, n, i)
#define spin_release(l, i) lock_release(l, i)
#define rwlock_acquire(l, s, t, i) lock_acquire(l, s, t, 0, 1, NULL, i)
#define rwlock_acquire_read(l, s, t, i) lock_acquire(l, s, t, 2, 1, NULL, i)
#define rwlock_release(l, i) lock_release(l, i)
#define seqcount_acquire(l, s, t, i) lock_acquire(l, s, t, 0, 1, NULL, i)
#define seqcount_acquire_read(l, s, t, i) lock_acquire(l, s, t, 2, 1, NULL, i)
#define seqcount_release(l, i) lock_release(l, i)
/* Statistics of waiting: nothing to simulate. */
#define lock_acquired(lock, ip) ((void)(lock))
#define lock_contended(lock, ip) ((void)(lock))
#define mutex_acquire(l, s, t, i) lock_acquire(l, s, t, 0, 1, NULL, i)
#define mutex_acquire_nest(l, s, t, n, i) lock_acquire(l, s, t, 0, 1, n, i)
#define mutex_release(l, i) lock_release(l, i)
#define rwsem_acquire(l, s, t, i) lock_acquire(l, s, t, 0, 1, NULL, i)
#define rwsem_acquire_read(l, s, t, i) lock_acquire(l, s, t, 1, 1, NULL, i)
#define rwsem_release(l, i) lock_release(l, i)

void __lockdep_pin(void *lock);
void __lockdep_unpin(void *lock);
#define lockdep_pin_lock(l) ({ struct pin_cookie __ldp_cookie = { 1 }; __lockdep_pin(l); __ldp_cookie; })
#define lockdep_repin_lock(l, c) __lockdep_pin(l)
#define lockdep_unpin_lock(l, c) __lockdep_unpin(l)

/* mode: 0 held somehow, 1 for write, 2 for read, 3 not held. */
void __lockdep_assert(const void *lock, int mode, const char *text);
int __lockdep_is_held(const void *lock);
int __lockdep_is_held_type(const void *lock, int read);
#define lockdep_is_held(lock) __lockdep_is_held(lock)
#define lockdep_is_held_type(lock, r) __lockdep_is_held_type(lock, r)
#define lockdep_assert_held(l) __lockdep_assert(l, 0, #l)
#define lockdep_assert_held_write(l) __lockdep_assert(l, 1, #l)
#define lockdep_assert_held_read(l) __lockdep_assert(l, 2, #l)
#define lockdep_assert_not_held(l) __lockdep_assert(l, 3, #l)
#define lockdep_assert_held_once(l) __lockdep_assert(l, 0, #l)
#define lockdep_assert(cond) ((void)__lockdep_check(!!(cond), #cond))
#define lockdep_assert_once(cond) ((void)__lockdep_check(!!(cond), #cond))
void __lockdep_check(int holds, const char *text);
void lockdep_assert_none_held_once(void);
void lockdep_assert_irqs_enabled(void);
void lockdep_assert_irqs_disabled(void);
void lockdep_assert_in_irq(void);
void lockdep_assert_no_hardirq(void);
void lockdep_assert_preemption_enabled(void);
void lockdep_assert_preemption_disabled(void);
void lockdep_assert_in_softirq(void);
void lockdep_assert_RT_in_threaded_ctx(void);
#define lockdep_assert_in_softirq_func() lockdep_assert_in_softirq()
int lockdep_match_class(const void *lock, struct lock_class_key *key);
int lockdep_match_key(const struct lockdep_map *lock, struct lock_class_key *key);
int __lockdep_depth(void);
#define lockdep_depth(task) __lockdep_depth()
#define lockdep_hardirq_context() in_hardirq()
#define lockdep_softirq_context(task) in_serving_softirq()
#define lockdep_hardirqs_enabled() (!irqs_disabled())
void lockdep_hardirq_enter(void);
void lockdep_hardirq_exit(void);
void lockdep_softirq_enter(void);
void lockdep_softirq_exit(void);
void debug_show_held_locks(struct task_struct *task);
void debug_show_all_locks(void);
#define lockdep_recursing(task) 0
#define lockdep_off() ((void)0)
#define lockdep_on() ((void)0)
#define lockdep_hardirqs_on() ((void)0)
#define debug_locks 1

void __might_lock(void *lock, int subclass, int read);
#define might_lock(lock) __might_lock(lock, 0, 0)
#define might_lock_read(lock) __might_lock(lock, 0, 1)
#define might_lock_nested(lock, subclass) __might_lock(lock, subclass, 0)

void debug_check_no_locks_freed(const void *from, unsigned long len);
void debug_check_no_locks_held(void);

#endif
