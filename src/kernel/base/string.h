/* Strings, memory blocks, formatted text and number parsing. */
#ifndef _LINUX_STRING_H
#define _LINUX_STRING_H
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/math.h>

static inline void *memcpy(void *to, const void *from, size_t n) { return __builtin_memcpy(to, from, n); }
static inline void *memmove(void *to, const void *from, size_t n) { return __builtin_memmove(to, from, n); }
static inline void *memset(void *s, int c, size_t n) { return __builtin_memset(s, c, n); }
static inline int memcmp(const void *a, const void *b, size_t n) { return __builtin_memcmp(a, b, n); }
static inline size_t strlen(const char *s) { return __builtin_strlen(s); }
static inline int strcmp(const char *a, const char *b) { return __builtin_strcmp(a, b); }
#define memzero_explicit(s, n) memset(s, 0, n)
#define mem_is_zero(s, n) (!memchr_inv(s, 0, n))
#define memcpy_fromio(to, from, n) memcpy(to, (const void *)(from), n)
#define memcpy_toio(to, from, n) memcpy((void *)(to), from, n)
#define memset_io(to, c, n) memset((void *)(to), c, n)
#define memset_startat(obj, v, member) memset((void *)(obj) + offsetof(typeof(*(obj)), member), v, sizeof(*(obj)) - offsetof(typeof(*(obj)), member))
#define memset_after(obj, v, member) memset((void *)(obj) + offsetofend(typeof(*(obj)), member), v, sizeof(*(obj)) - offsetofend(typeof(*(obj)), member))

static inline void *memset32(u32 *s, u32 v, size_t n)
{
	u32 *p = s;

	while (n--)
		*p++ = v;
	return s;
}

static inline void *memset64(u64 *s, u64 v, size_t n)
{
	u64 *p = s;

	while (n--)
		*p++ = v;
	return s;
}

static inline void *memset_p(void **s, void *v, size_t n)
{
	void **p = s;

	while (n--)
		*p++ = v;
	return s;
}

static inline void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)p;
	return NULL;
}

static inline void *memchr_inv(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n; n--, p++)
		if (*p != (unsigned char)c)
			return (void *)p;
	return NULL;
}

static inline size_t strnlen(const char *s, size_t count)
{
	size_t n = 0;

	while (n < count && s[n])
		n++;
	return n;
}

static inline int strncmp(const char *a, const char *b, size_t count)
{
	for (; count; count--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		if (!*a)
			break;
	}
	return 0;
}

static inline char __ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

static inline int strcasecmp(const char *a, const char *b)
{
	while (*a && __ascii_lower(*a) == __ascii_lower(*b)) {
		a++;
		b++;
	}
	return __ascii_lower(*a) - __ascii_lower(*b);
}

static inline int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (!*a || __ascii_lower(*a) != __ascii_lower(*b))
			return __ascii_lower(*a) - __ascii_lower(*b);
	return 0;
}

static inline char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

static inline char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

static inline char *strstr(const char *s, const char *word)
{
	size_t n = strlen(word);

	if (!n)
		return (char *)s;
	for (; *s; s++)
		if (!strncmp(s, word, n))
			return (char *)s;
	return NULL;
}

static inline ssize_t __strscpy(char *to, const char *from, size_t count)
{
	size_t n = 0;

	if (!count)
		return -E2BIG;
	while (n < count - 1 && from[n]) {
		to[n] = from[n];
		n++;
	}
	to[n] = 0;
	return from[n] ? -E2BIG : (ssize_t)n;
}

#define __strscpy_2(to, from) __strscpy(to, from, sizeof(to))
#define __strscpy_3(to, from, count) __strscpy(to, from, count)
#define __strscpy_pick(a, b, c, name, ...) name
#define strscpy(args...) __strscpy_pick(args, __strscpy_3, __strscpy_2, )(args)
#define strscpy_pad(args...) strscpy(args)

static inline char *strcpy(char *to, const char *from)
{
	char *p = to;

	while ((*p++ = *from++))
		;
	return to;
}

static inline char *strncpy(char *to, const char *from, size_t count)
{
	size_t n;

	for (n = 0; n < count; n++) {
		to[n] = *from;
		if (*from)
			from++;
	}
	return to;
}

static inline size_t strlcpy(char *to, const char *from, size_t count) { __strscpy(to, from, count); return strlen(from); }
static inline char *strcat(char *to, const char *from) { strcpy(to + strlen(to), from); return to; }
static inline bool str_has_prefix(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }
static inline bool strstarts(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }
static inline bool sysfs_streq(const char *a, const char *b) { return strcmp(a, b) == 0; }
#define str_yes_no(v) ((v) ? "yes" : "no")
#define str_on_off(v) ((v) ? "on" : "off")
#define str_enabled_disabled(v) ((v) ? "enabled" : "disabled")
#define str_enable_disable(v) ((v) ? "enable" : "disable")
#define str_true_false(v) ((v) ? "true" : "false")
#define str_read_write(v) ((v) ? "read" : "write")
#define str_plural(n) ((n) == 1 ? "" : "s")

int snprintf(char *buf, size_t size, const char *fmt, ...);
int scnprintf(char *buf, size_t size, const char *fmt, ...);
int sprintf(char *buf, const char *fmt, ...);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int sysfs_emit(char *buf, const char *fmt, ...);
int sysfs_emit_at(char *buf, int at, const char *fmt, ...);
int kstrtoint(const char *s, unsigned int base, int *res);
int kstrtouint(const char *s, unsigned int base, unsigned int *res);
int kstrtol(const char *s, unsigned int base, long *res);
int kstrtoul(const char *s, unsigned int base, unsigned long *res);
int kstrtoll(const char *s, unsigned int base, long long *res);
int kstrtoull(const char *s, unsigned int base, unsigned long long *res);
int kstrtobool(const char *s, bool *res);
#define kstrtou32(s, base, res) kstrtouint(s, base, res)
#define kstrtou64(s, base, res) kstrtoull(s, base, res)

#endif
