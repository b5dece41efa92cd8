/* The driver model's objects as far as drivers touch them: kobject, driver, device, resources. */
#ifndef _LINUX_DEVICE_H_
#define _LINUX_DEVICE_H_
#include <linux/refcount.h>
#include <linux/printk.h>
#include <linux/module.h>
#include <linux/ioport.h>

struct kset;
struct kobj_type;
struct device_node;
struct fwnode_handle;
struct iommu_group;
struct iommu_domain;
struct dev_iommu;
struct dma_map_ops;
struct bus_dma_region;
struct device_dma_parameters;
struct io_tlb_mem;
struct attribute_group;
struct class;

struct kobject {
	const char *name;
	struct list_head entry;
	struct kobject *parent;
	struct kset *kset;
	const struct kobj_type *ktype;
	struct kref kref;
};

struct attribute {
	const char *name;
	umode_t mode;
};

struct kobj_type {
	void (*release)(struct kobject *kobj);
};

struct bus_type {
	const char *name;
};

struct device;
struct dev_pm_ops;

struct device_driver {
	const char *name;
	const struct bus_type *bus;
	struct module *owner;
	const char *mod_name;
	const struct dev_pm_ops *pm;
};

struct dev_pm_info {
	atomic_t usage_count;
	int runtime_status;
};

struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
	ssize_t (*store)(struct device *dev, struct device_attribute *attr, const char *buf, size_t count);
};

struct class {
	const char *name;
	const struct attribute_group **class_groups;
	const struct attribute_group **dev_groups;
	int (*dev_uevent)(const struct device *dev, struct kobj_uevent_env *env);
	char *(*devnode)(const struct device *dev, umode_t *mode);
	void (*class_release)(const struct class *class);
	void (*dev_release)(struct device *dev);
	int (*shutdown_pre)(struct device *dev);
	const struct kobj_ns_type_operations *ns_type;
	const void *(*namespace)(const struct device *dev);
	void (*get_ownership)(const struct device *dev, kuid_t *uid, kgid_t *gid);
	const struct dev_pm_ops *pm;
};

struct device_type {
	const char *name;
	const struct attribute_group **groups;
	int (*uevent)(const struct device *dev, struct kobj_uevent_env *env);
	char *(*devnode)(const struct device *dev, unsigned short *mode, kuid_t *uid, kgid_t *gid);
	void (*release)(struct device *dev);
	const struct dev_pm_ops *pm;
};
struct device {
	struct kobject kobj;
	struct device *parent;
	const char *init_name;
	const struct device_type *type;
	const struct bus_type *bus;
	struct device_driver *driver;
	void *platform_data;
	void *driver_data;
	struct dev_pm_info power;
	const struct dma_map_ops *dma_ops;
	u64 *dma_mask;
	u64 coherent_dma_mask;
	u64 bus_dma_limit;
	const struct bus_dma_region *dma_range_map;
	struct device_dma_parameters *dma_parms;
	struct list_head dma_pools;
	struct io_tlb_mem *dma_io_tlb_mem;
	int numa_node;
	dev_t devt;
	u32 id;
	const struct class *class;
	struct device_node *of_node;
	struct fwnode_handle *fwnode;
	struct iommu_group *iommu_group;
	struct dev_iommu *iommu;
	void (*release)(struct device *dev);
	bool dma_coherent;
	bool dma_skip_sync;
	bool dma_iommu;
	bool dma_ops_bypass;
};

#define to_dev(obj) container_of(obj, struct device, kobj)
#define kobj_to_dev(obj) container_of(obj, struct device, kobj)

static inline const char *dev_name(const struct device *dev) { return dev->init_name ? dev->init_name : dev->kobj.name; }
static inline void *dev_get_drvdata(const struct device *dev) { return dev->driver_data; }
static inline void dev_set_drvdata(struct device *dev, void *data) { dev->driver_data = data; }
static inline void *dev_get_platdata(const struct device *dev) { return dev->platform_data; }
static inline int dev_to_node(struct device *dev) { return dev->numa_node; }
static inline void set_dev_node(struct device *dev, int node) { dev->numa_node = node; }
static inline const char *kobject_name(const struct kobject *kobj) { return kobj->name; }
const char *dev_driver_string(const struct device *dev);
const char *dev_bus_name(const struct device *dev);
int dev_set_name(struct device *dev, const char *name, ...);
int kobject_set_name(struct kobject *kobj, const char *name, ...);

void kobject_init(struct kobject *kobj, const struct kobj_type *ktype);
int kobject_init_and_add(struct kobject *kobj, const struct kobj_type *ktype, struct kobject *parent, const char *name, ...);
struct kobject *kobject_get(struct kobject *kobj);
void kobject_put(struct kobject *kobj);
struct device *get_device(struct device *dev);
void put_device(struct device *dev);
void device_initialize(struct device *dev);
int device_add(struct device *dev);
int device_register(struct device *dev);
void device_del(struct device *dev);
void device_unregister(struct device *dev);
int device_create_file(struct device *dev, const struct device_attribute *attr);
void device_remove_file(struct device *dev, const struct device_attribute *attr);

typedef void (*dr_release_t)(struct device *dev, void *res);
void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp);
void *devm_kzalloc(struct device *dev, size_t size, gfp_t gfp);
void *devm_kcalloc(struct device *dev, size_t n, size_t size, gfp_t flags);
void *devm_kmalloc_array(struct device *dev, size_t n, size_t size, gfp_t flags);
void *devm_kmemdup(struct device *dev, const void *src, size_t len, gfp_t gfp);
char *devm_kstrdup(struct device *dev, const char *s, gfp_t gfp);
char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...);
void devm_kfree(struct device *dev, const void *p);
int __devm_add_action(struct device *dev, void (*action)(void *), void *data, const char *name);
int __devm_add_action_or_reset(struct device *dev, void (*action)(void *), void *data, const char *name);
void devm_remove_action(struct device *dev, void (*action)(void *), void *data);
void devm_release_action(struct device *dev, void (*action)(void *), void *data);
#define devm_add_action(dev, action, data) __devm_add_action(dev, action, data, #action)
#define devm_add_action_or_reset(dev, action, data) __devm_add_action_or_reset(dev, action, data, #action)
void __interlock_device_unbind(struct device *dev);

#endif
