/* Kernel log. What is printed becomes a print event; nothing is filtered by level. */
#ifndef _LINUX_PRINTK_H
#define _LINUX_PRINTK_H
#include <linux/types.h>

#define KERN_SOH "\001"
#define KERN_EMERG KERN_SOH "0"
#define KERN_ALERT KERN_SOH "1"
#define KERN_CRIT KERN_SOH "2"
#define KERN_ERR KERN_SOH "3"
#define KERN_WARNING KERN_SOH "4"
#define KERN_NOTICE KERN_SOH "5"
#define KERN_INFO KERN_SOH "6"
#define KERN_DEBUG KERN_SOH "7"
#define KERN_DEFAULT ""
#define KERN_CONT KERN_SOH "c"

#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME "module"
#endif
#ifndef KBUILD_BASENAME
#define KBUILD_BASENAME "module"
#endif
#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

int _printk(const char *fmt, ...);
int vprintk(const char *fmt, va_list args);

#define printk(fmt...) _printk(fmt)
#define printk_once(fmt...) _printk(fmt)
#define printk_deferred(fmt...) _printk(fmt)
#define printk_ratelimited(fmt...) _printk(fmt)
#define no_printk(fmt...) 0
#define pr_emerg(fmt, ...) _printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...) _printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...) _printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...) _printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...) _printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...) _printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...) _printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...) _printk(KERN_CONT fmt, ##__VA_ARGS__)
#define pr_debug(fmt, ...) _printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_devel(fmt, ...) _printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_once(fmt, ...) pr_err(fmt, ##__VA_ARGS__)
#define pr_warn_once(fmt, ...) pr_warn(fmt, ##__VA_ARGS__)
#define pr_info_once(fmt, ...) pr_info(fmt, ##__VA_ARGS__)
#define pr_debug_once(fmt, ...) pr_debug(fmt, ##__VA_ARGS__)
#define pr_err_ratelimited(fmt, ...) pr_err(fmt, ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) pr_warn(fmt, ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...) pr_info(fmt, ##__VA_ARGS__)
#define pr_debug_ratelimited(fmt, ...) pr_debug(fmt, ##__VA_ARGS__)
#define trace_printk(fmt...) _printk(fmt)

void dump_stack(void);
bool printk_ratelimit(void);
void print_hex_dump(const char *level, const char *prefix, int prefix_type, int rowsize, int groupsize,
		    const void *buf, size_t len, bool ascii);

struct device;
void _dev_printk(const char *level, const struct device *dev, const char *fmt, ...);
#define dev_printk(level, dev, fmt...) _dev_printk(level, dev, fmt)
#define dev_emerg(dev, fmt...) _dev_printk(KERN_EMERG, dev, fmt)
#define dev_alert(dev, fmt...) _dev_printk(KERN_ALERT, dev, fmt)
#define dev_crit(dev, fmt...) _dev_printk(KERN_CRIT, dev, fmt)
#define dev_err(dev, fmt...) _dev_printk(KERN_ERR, dev, fmt)
#define dev_warn(dev, fmt...) _dev_printk(KERN_WARNING, dev, fmt)
#define dev_notice(dev, fmt...) _dev_printk(KERN_NOTICE, dev, fmt)
#define dev_info(dev, fmt...) _dev_printk(KERN_INFO, dev, fmt)
#define dev_dbg(dev, fmt...) _dev_printk(KERN_DEBUG, dev, fmt)
#define dev_vdbg(dev, fmt...) _dev_printk(KERN_DEBUG, dev, fmt)
#define dev_err_once(dev, fmt...) dev_err(dev, fmt)
#define dev_warn_once(dev, fmt...) dev_warn(dev, fmt)
#define dev_info_once(dev, fmt...) dev_info(dev, fmt)
#define dev_dbg_once(dev, fmt...) dev_dbg(dev, fmt)
#define dev_err_ratelimited(dev, fmt...) dev_err(dev, fmt)
#define dev_warn_ratelimited(dev, fmt...) dev_warn(dev, fmt)
#define dev_info_ratelimited(dev, fmt...) dev_info(dev, fmt)
#define dev_dbg_ratelimited(dev, fmt...) dev_dbg(dev, fmt)
#define dev_WARN(dev, format...) WARN(1, format)
#define dev_WARN_ONCE(dev, condition, format...) WARN_ONCE(condition, format)
int dev_err_probe(const struct device *dev, int err, const char *fmt, ...);

#endif
