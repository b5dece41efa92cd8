/* Atomic integers. A task is only switched at the machine's own switch points, so plain accesses are atomic. */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H
#include <linux/types.h>

#define ATOMIC_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }
#define ATOMIC_LONG_INIT(i) { (i) }

#define __ATOMIC_FAMILY(family, value_t) \
static inline value_t family##_read(const family##_t *v) { return v->counter; } \
static inline value_t family##_read_acquire(const family##_t *v) { return v->counter; } \
static inline void family##_set(family##_t *v, value_t i) { v->counter = i; } \
static inline void family##_set_release(family##_t *v, value_t i) { v->counter = i; } \
static inline void family##_add(value_t i, family##_t *v) { v->counter += i; } \
static inline void family##_sub(value_t i, family##_t *v) { v->counter -= i; } \
static inline void family##_inc(family##_t *v) { v->counter += 1; } \
static inline void family##_dec(family##_t *v) { v->counter -= 1; } \
static inline void family##_and(value_t i, family##_t *v) { v->counter &= i; } \
static inline void family##_andnot(value_t i, family##_t *v) { v->counter &= ~i; } \
static inline void family##_or(value_t i, family##_t *v) { v->counter |= i; } \
static inline void family##_xor(value_t i, family##_t *v) { v->counter ^= i; } \
static inline value_t family##_add_return(value_t i, family##_t *v) { return v->counter += i; } \
static inline value_t family##_sub_return(value_t i, family##_t *v) { return v->counter -= i; } \
static inline value_t family##_inc_return(family##_t *v) { return v->counter += 1; } \
static inline value_t family##_dec_return(family##_t *v) { return v->counter -= 1; } \
static inline value_t family##_fetch_add(value_t i, family##_t *v) { value_t old = v->counter; v->counter = old + i; return old; } \
static inline value_t family##_fetch_sub(value_t i, family##_t *v) { value_t old = v->counter; v->counter = old - i; return old; } \
static inline value_t family##_fetch_inc(family##_t *v) { value_t old = v->counter; v->counter = old + 1; return old; } \
static inline value_t family##_fetch_dec(family##_t *v) { value_t old = v->counter; v->counter = old - 1; return old; } \
static inline value_t family##_fetch_or(value_t i, family##_t *v) { value_t old = v->counter; v->counter = old | i; return old; } \
static inline value_t family##_fetch_and(value_t i, family##_t *v) { value_t old = v->counter; v->counter = old & i; return old; } \
static inline value_t family##_fetch_andnot(value_t i, family##_t *v) { value_t old = v->counter; v->counter = old & ~i; return old; } \
static inline value_t family##_fetch_xor(value_t i, family##_t *v) { value_t old = v->counter; v->counter = old ^ i; return old; } \
static inline value_t family##_xchg(family##_t *v, value_t i) { value_t old = v->counter; v->counter = i; return old; } \
static inline value_t family##_cmpxchg(family##_t *v, value_t old, value_t new_) { value_t was = v->counter; if (was == old) v->counter = new_; return was; } \
static inline bool family##_try_cmpxchg(family##_t *v, value_t *old, value_t new_) { value_t was = v->counter; if (was == *old) { v->counter = new_; return true; } *old = was; return false; } \
static inline bool family##_sub_and_test(value_t i, family##_t *v) { v->counter -= i; return v->counter == 0; } \
static inline bool family##_dec_and_test(family##_t *v) { v->counter -= 1; return v->counter == 0; } \
static inline bool family##_inc_and_test(family##_t *v) { v->counter += 1; return v->counter == 0; } \
static inline bool family##_add_negative(value_t i, family##_t *v) { v->counter += i; return v->counter < 0; } \
static inline value_t family##_fetch_add_unless(family##_t *v, value_t a, value_t u) { value_t was = v->counter; if (was != u) v->counter = was + a; return was; } \
static inline bool family##_add_unless(family##_t *v, value_t a, value_t u) { if (v->counter == u) return false; v->counter += a; return true; } \
static inline bool family##_inc_not_zero(family##_t *v) { if (v->counter == 0) return false; v->counter += 1; return true; } \
static inline bool family##_inc_unless_negative(family##_t *v) { if (v->counter < 0) return false; v->counter += 1; return true; } \
static inline bool family##_dec_unless_positive(family##_t *v) { if (v->counter > 0) return false; v->counter -= 1; return true; } \
static inline value_t family##_dec_if_positive(family##_t *v) { value_t left = v->counter - 1; if (left >= 0) v->counter = left; return left; }

__ATOMIC_FAMILY(atomic, int)
__ATOMIC_FAMILY(atomic64, s64)
__ATOMIC_FAMILY(atomic_long, long)

#define atomic_add_return_relaxed(i, v) atomic_add_return(i, v)
#define atomic_inc_return_relaxed(v) atomic_inc_return(v)
#define atomic64_add_return_relaxed(i, v) atomic64_add_return(i, v)
#define atomic64_inc_return_relaxed(v) atomic64_inc_return(v)
#define atomic_cmpxchg_relaxed(v, o, n) atomic_cmpxchg(v, o, n)
#define atomic_cmpxchg_acquire(v, o, n) atomic_cmpxchg(v, o, n)
#define atomic_cmpxchg_release(v, o, n) atomic_cmpxchg(v, o, n)
#define atomic_fetch_add_relaxed(i, v) atomic_fetch_add(i, v)

#define xchg(ptr, v) ({ typeof(ptr) __xchg_p = (ptr); typeof(*(ptr)) __xchg_old = *__xchg_p; *__xchg_p = (v); __xchg_old; })
#define cmpxchg(ptr, o, n) ({ typeof(ptr) __cx_p = (ptr); typeof(*(ptr)) __cx_o = (o); typeof(*(ptr)) __cx_n = (n); typeof(*(ptr)) __cx_was = *__cx_p; if (__cx_was == __cx_o) *__cx_p = __cx_n; __cx_was; })
#define try_cmpxchg(ptr, oldp, n) ({ typeof(ptr) __tcx_p = (ptr); typeof(oldp) __tcx_o = (oldp); typeof(*(ptr)) __tcx_n = (n); typeof(*(ptr)) __tcx_was = *__tcx_p; bool __tcx_done = __tcx_was == *__tcx_o; if (__tcx_done) *__tcx_p = __tcx_n; else *__tcx_o = __tcx_was; __tcx_done; })
#define xchg_relaxed(ptr, v) xchg(ptr, v)
#define cmpxchg64(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg_relaxed(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg_release(ptr, o, n) cmpxchg(ptr, o, n)

#endif
