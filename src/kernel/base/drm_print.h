/* DRM's printing and assertion macros. */
#ifndef _DRM_PRINT_H_
#define _DRM_PRINT_H_
#include <linux/printk.h>
#include <linux/bug.h>

struct drm_device;
struct seq_file;

struct drm_printer {
	void (*printfn)(struct drm_printer *p, void *vaf);
	void *arg;
	const char *prefix;
};

void __drm_printk(const char *level, const struct drm_device *drm, const char *fmt, ...);
void drm_printf(struct drm_printer *p, const char *f, ...);
void drm_puts(struct drm_printer *p, const char *str);
struct drm_printer drm_seq_file_printer(struct seq_file *f);
struct drm_printer drm_info_printer(struct device *dev);
struct drm_printer drm_dbg_printer(struct drm_device *drm, int category, const char *prefix);
struct drm_printer drm_err_printer(struct drm_device *drm, const char *prefix);

/* The device is only looked up, not told: what the lookup reads is read. */
#define drm_emerg(drm, fmt...) ((void)(drm), __drm_printk(KERN_EMERG, NULL, fmt))
#define drm_err(drm, fmt...) ((void)(drm), __drm_printk(KERN_ERR, NULL, fmt))
#define drm_warn(drm, fmt...) ((void)(drm), __drm_printk(KERN_WARNING, NULL, fmt))
#define drm_notice(drm, fmt...) ((void)(drm), __drm_printk(KERN_NOTICE, NULL, fmt))
#define drm_info(drm, fmt...) ((void)(drm), __drm_printk(KERN_INFO, NULL, fmt))
#define drm_dbg(drm, fmt...) ((void)(drm), __drm_printk(KERN_DEBUG, NULL, fmt))
#define drm_dbg_core(drm, fmt...) drm_dbg(drm, fmt)
#define drm_dbg_driver(drm, fmt...) drm_dbg(drm, fmt)
#define drm_dbg_kms(drm, fmt...) drm_dbg(drm, fmt)
#define drm_dbg_prime(drm, fmt...) drm_dbg(drm, fmt)
#define drm_dbg_ratelimited(drm, fmt...) drm_dbg(drm, fmt)
#define drm_err_once(drm, fmt...) drm_err(drm, fmt)
#define drm_warn_once(drm, fmt...) drm_warn(drm, fmt)
#define drm_info_once(drm, fmt...) drm_info(drm, fmt)
#define drm_err_ratelimited(drm, fmt...) drm_err(drm, fmt)
#define drm_info_ratelimited(drm, fmt...) drm_info(drm, fmt)
#define DRM_DEV_ERROR(dev, fmt...) dev_err(dev, fmt)
#define DRM_DEV_INFO(dev, fmt...) dev_info(dev, fmt)
#define DRM_DEV_DEBUG(dev, fmt...) dev_dbg(dev, fmt)
#define DRM_DEV_DEBUG_DRIVER(dev, fmt...) dev_dbg(dev, fmt)
#define DRM_ERROR(fmt...) __drm_printk(KERN_ERR, NULL, fmt)
#define DRM_WARN(fmt...) __drm_printk(KERN_WARNING, NULL, fmt)
#define DRM_NOTE(fmt...) __drm_printk(KERN_NOTICE, NULL, fmt)
#define DRM_INFO(fmt...) __drm_printk(KERN_INFO, NULL, fmt)
#define DRM_DEBUG(fmt...) __drm_printk(KERN_DEBUG, NULL, fmt)
#define DRM_DEBUG_DRIVER(fmt...) __drm_printk(KERN_DEBUG, NULL, fmt)
#define DRM_DEBUG_KMS(fmt...) __drm_printk(KERN_DEBUG, NULL, fmt)
#define DRM_DEBUG_PRIME(fmt...) __drm_printk(KERN_DEBUG, NULL, fmt)
#define DRM_ERROR_RATELIMITED(fmt...) __drm_printk(KERN_ERR, NULL, fmt)

#define drm_WARN(drm, condition, format...) WARN(condition, format)
#define drm_WARN_ONCE(drm, condition, format...) WARN_ONCE(condition, format)
#define drm_WARN_ON(drm, condition) WARN_ON(condition)
#define drm_WARN_ON_ONCE(drm, condition) WARN_ON_ONCE(condition)

#endif
