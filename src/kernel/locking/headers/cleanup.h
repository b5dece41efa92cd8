/* Scope-bound cleanup: variables that free themselves, classes with constructor and destructor, lock guards. */
#ifndef _LINUX_CLEANUP_H
#define _LINUX_CLEANUP_H
#include <linux/compiler.h>
#include <linux/types.h>

#define __cleanup(func) __attribute__((cleanup(func)))

#define DEFINE_FREE(_name, _type, _free) \
static inline void __free_##_name(void *p) { _type _T = *(_type *)p; _free; }
#define __free(_name) __cleanup(__free_##_name)
#define __get_and_null(p, nullvalue) ({ __auto_type __gan_taken = (p); (p) = (nullvalue); __gan_taken; })
#define no_free_ptr(p) __get_and_null(p, NULL)
#define return_ptr(p) return no_free_ptr(p)
#define not_null_ptr(p) ((p) != NULL)
#define retain_and_null_ptr(p) ((void)__get_and_null(p, NULL))

#define DEFINE_CLASS(_name, _type, _exit, _init, _init_args...) \
typedef _type class_##_name##_t; \
static inline void class_##_name##_destructor(_type *p) { _type _T = *p; _exit; } \
static inline _type class_##_name##_constructor(_init_args) { _type t = _init; return t; }
#define EXTEND_CLASS(_name, ext, _init, _init_args...) \
typedef class_##_name##_t class_##_name##ext##_t; \
static inline void class_##_name##ext##_destructor(class_##_name##_t *p) { class_##_name##_destructor(p); } \
static inline class_##_name##_t class_##_name##ext##_constructor(_init_args) { class_##_name##_t t = _init; return t; }
#define CLASS(_name, var) \
	class_##_name##_t var __cleanup(class_##_name##_destructor) = class_##_name##_constructor
#define CLASS_INIT(_name, _var, _init_expr) \
	class_##_name##_t _var __cleanup(class_##_name##_destructor) = (_init_expr)
#define scoped_class(_name, var, args...) \
	for (bool __sc_once = true; __sc_once; __sc_once = false) \
		for (CLASS(_name, var)(args); __sc_once; __sc_once = false)

/* A guard is a class whose value is the lock's address, or NULL (or an error pointer) when a conditional one was not taken. */
#define __GUARD_LOCKED(value) ((unsigned long)((long)(value) - 1) < (unsigned long)-4096L)
#define __DEFINE_GUARD_QUESTIONS(_name) \
static inline void *class_##_name##_lock_ptr(class_##_name##_t *p) { void *held = (void *)*p; return __GUARD_LOCKED(held) ? held : NULL; } \
static inline int class_##_name##_lock_err(class_##_name##_t *p) { long held = (long)*p; return __GUARD_LOCKED(held) ? 0 : held ? (int)held : -16; }
#define DEFINE_GUARD(_name, _type, _lock, _unlock) \
DEFINE_CLASS(_name, _type, if (__GUARD_LOCKED(_T)) { _unlock; }, ({ _lock; _T; }), _type _T) \
__DEFINE_GUARD_QUESTIONS(_name)

#define __GUARD_ARGS(a, b, c, d, n, ...) n
#define __GUARD_COUNT(args...) __GUARD_ARGS(args, 4, 3, 2, 1)
#define DEFINE_GUARD_COND(args...) CONCATENATE(__DEFINE_GUARD_COND_, __GUARD_COUNT(args))(args)
#define __DEFINE_GUARD_COND_3(_name, _ext, _lock) __DEFINE_GUARD_COND_4(_name, _ext, _lock, _RET)
#define __DEFINE_GUARD_COND_4(_name, _ext, _lock, _cond) \
EXTEND_CLASS(_name, _ext, ({ long _RET = (long)(_lock); void *__gc_t = (void *)_T; if (!(_cond)) __gc_t = _RET < 0 ? (void *)_RET : NULL; (class_##_name##_t)__gc_t; }), class_##_name##_t _T) \
static inline void *class_##_name##_ext##_lock_ptr(class_##_name##_t *p) { return class_##_name##_lock_ptr(p); } \
static inline int class_##_name##_ext##_lock_err(class_##_name##_t *p) { return class_##_name##_lock_err(p); }

#define guard(_name) CLASS(_name, __UNIQUE_ID(guard))
#define __guard_ptr(_name) class_##_name##_lock_ptr
#define __guard_err(_name) class_##_name##_lock_err
#define ACQUIRE(_name, _var) CLASS(_name, _var)
#define ACQUIRE_ERR(_name, _var) __guard_err(_name)(_var)
#define scoped_guard(_name, args...) \
	for (bool __sg_once = true; __sg_once; __sg_once = false) \
		for (CLASS(_name, __sg_scope)(args); __sg_once && __guard_ptr(_name)(&__sg_scope); __sg_once = false)
#define scoped_cond_guard(_name, _fail, args...) \
	for (bool __sg_once = true; __sg_once; __sg_once = false) \
		for (CLASS(_name, __sg_scope)(args); __sg_once; __sg_once = false) \
			if (!__guard_ptr(_name)(&__sg_scope)) { _fail; } else

#define __DEFINE_UNLOCK_GUARD(_name, _type, _unlock, ...) \
typedef struct { _type *lock; __VA_ARGS__; } class_##_name##_t; \
static inline void class_##_name##_destructor(class_##_name##_t *_T) { if (__GUARD_LOCKED(_T->lock)) { _unlock; } } \
static inline void *class_##_name##_lock_ptr(class_##_name##_t *_T) { return __GUARD_LOCKED(_T->lock) ? (void *)_T->lock : NULL; } \
static inline int class_##_name##_lock_err(class_##_name##_t *_T) { long held = (long)_T->lock; return __GUARD_LOCKED(held) ? 0 : held ? (int)held : -16; }
#define DEFINE_LOCK_GUARD_1(_name, _type, _lock, _unlock, ...) \
__DEFINE_UNLOCK_GUARD(_name, _type, _unlock, __VA_ARGS__) \
static inline class_##_name##_t class_##_name##_constructor(_type *l) { class_##_name##_t _t = { .lock = l }, *_T = &_t; _lock; return _t; }
#define DEFINE_LOCK_GUARD_0(_name, _lock, _unlock, ...) \
__DEFINE_UNLOCK_GUARD(_name, void, _unlock, __VA_ARGS__) \
static inline class_##_name##_t class_##_name##_constructor(void) { class_##_name##_t _t = { .lock = (void *)1 }, *_T = &_t; _lock; return _t; }
#define DEFINE_LOCK_GUARD_1_COND(args...) CONCATENATE(__DEFINE_LOCK_GUARD_1_COND_, __GUARD_COUNT(args))(args)
#define __DEFINE_LOCK_GUARD_1_COND_3(_name, _ext, _lock) __DEFINE_LOCK_GUARD_1_COND_4(_name, _ext, _lock, _RET)
#define __DEFINE_LOCK_GUARD_1_COND_4(_name, _ext, _lock, _cond) \
typedef class_##_name##_t class_##_name##_ext##_t; \
static inline void class_##_name##_ext##_destructor(class_##_name##_t *p) { class_##_name##_destructor(p); } \
static inline class_##_name##_t class_##_name##_ext##_constructor(typeof(((class_##_name##_t *)0)->lock) l) { class_##_name##_t _t = { .lock = l }, *_T = &_t; long _RET = (long)(_lock); if (!(_cond)) _t.lock = (void *)(_RET < 0 ? _RET : 0); return _t; } \
static inline void *class_##_name##_ext##_lock_ptr(class_##_name##_t *p) { return class_##_name##_lock_ptr(p); } \
static inline int class_##_name##_ext##_lock_err(class_##_name##_t *p) { return class_##_name##_lock_err(p); }

#endif
