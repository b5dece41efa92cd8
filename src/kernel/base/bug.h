/* Assertions. A warning that fires is a report; BUG ends the run. */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H
#include <linux/compiler.h>

/* True: the condition was only guessed to be so, which the author's word excludes; the run ends there. */
int __warn_fired(const char *condition);
int __warn_fired_once(const char *condition);
void __warn_printf(const char *format, ...);
int __bug_fired(const char *condition);
void __interlock_impossible(void) __attribute__((noreturn));

#define WARN_ON(condition) ({ int __warn_ret = !!(condition); if (unlikely(__warn_ret) && __warn_fired(#condition)) __interlock_impossible(); unlikely(__warn_ret); })
#define WARN_ON_ONCE(condition) ({ int __warn_ret = !!(condition); if (unlikely(__warn_ret) && __warn_fired_once(#condition)) __interlock_impossible(); unlikely(__warn_ret); })
#define WARN(condition, format...) ({ int __warn_ret = !!(condition); if (unlikely(__warn_ret)) { __warn_printf(format); if (__warn_fired(#condition)) __interlock_impossible(); } unlikely(__warn_ret); })
#define WARN_ONCE(condition, format...) ({ int __warn_ret = !!(condition); if (unlikely(__warn_ret)) { __warn_printf(format); if (__warn_fired_once(#condition)) __interlock_impossible(); } unlikely(__warn_ret); })
#define WARN_ON_SMP(condition) WARN_ON(condition)
#define WARN_TAINT(condition, taint, format...) WARN(condition, format)
#define WARN_RATELIMIT(condition, format...) WARN(condition, format)
#define CHECK_DATA_CORRUPTION(condition, addr, format...) WARN(condition, format)
#define VM_WARN_ON(condition) WARN_ON(condition)
#define VM_WARN_ON_ONCE(condition) WARN_ON_ONCE(condition)
#define VM_WARN_ON_FOLIO(condition, folio) WARN_ON(condition)
#define VM_WARN_ON_ONCE_FOLIO(condition, folio) WARN_ON_ONCE(condition)
#define VM_WARN_ON_ONCE_PAGE(condition, page) WARN_ON_ONCE(condition)
#define MMWARN_ON_ONCE(condition) WARN_ON_ONCE(condition)

#define BUG() do { __bug_fired("BUG()"); __interlock_impossible(); } while (0)
#define BUG_ON(condition) do { if (unlikely(condition) && __bug_fired(#condition)) __interlock_impossible(); } while (0)
#define VM_BUG_ON(condition) BUG_ON(condition)
#define VM_BUG_ON_PAGE(condition, page) BUG_ON(condition)
#define VM_BUG_ON_FOLIO(condition, folio) BUG_ON(condition)
#define VM_BUG_ON_VMA(condition, vma) BUG_ON(condition)
#define panic(format...) do { __bug_fired("panic"); __interlock_impossible(); } while (0)

#define BUILD_BUG_ON(condition) ((void)sizeof(char))
#define BUILD_BUG_ON_ZERO(e) 0
#define BUILD_BUG_ON_MSG(condition, message) ((void)sizeof(char))
#define BUILD_BUG_ON_NOT_POWER_OF_2(n) ((void)sizeof(char))
#define BUILD_BUG_ON_INVALID(e) ((void)sizeof(char))
#define BUILD_BUG() ((void)sizeof(char))
#define static_assert(expr, ...) _Static_assert(1, "")

#endif
