/* VFIO devices, and the parts of vfio-pci that export device memory. */
#ifndef VFIO_H
#define VFIO_H
#include <linux/types.h>
#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/pci.h>
#include <linux/refcount.h>
#include <linux/completion.h>
#include <linux/dma-buf-mapping.h>

struct vfio_device;
struct vfio_device_ops;
struct vfio_group;

struct vfio_device {
	struct device *dev;
	const struct vfio_device_ops *ops;
	void *mig_ops;
	struct vfio_group *group;
	struct list_head dev_set_list;
	struct list_head group_next;
	u32 migration_flags;
	struct kvm *kvm;
	unsigned int index;
	struct device device;
	refcount_t refcount;
	unsigned int open_count;
	struct completion comp;
};

struct vfio_device_ops {
	char *name;
	int (*init)(struct vfio_device *vdev);
	void (*release)(struct vfio_device *vdev);
	int (*open_device)(struct vfio_device *vdev);
	void (*close_device)(struct vfio_device *vdev);
	long (*ioctl)(struct vfio_device *vdev, unsigned int cmd, unsigned long arg);
	int (*device_feature)(struct vfio_device *device, u32 flags, void __user *arg, size_t argsz);
};

struct vfio_pci_core_device {
	struct vfio_device vdev;
	struct pci_dev *pdev;
	void __iomem *barmap[6];
	bool bar_mmap_supported[6];
	u8 *pci_config_map;
	u8 *vconfig;
	spinlock_t irqlock;
	struct mutex igate;
	int irq_type;
	int num_regions;
	bool reset_works;
	bool pci_2_3;
	bool virq_disabled;
	bool disable_idle_d3;
	bool nointx;
	bool needs_pm_restore;
	bool pm_runtime_engaged;
	struct rw_semaphore memory_lock;
	struct list_head dmabufs;
	struct mutex dmabuf_lock;
};

enum {
	VFIO_PCI_BAR0_REGION_INDEX,
	VFIO_PCI_BAR1_REGION_INDEX,
	VFIO_PCI_BAR2_REGION_INDEX,
	VFIO_PCI_BAR3_REGION_INDEX,
	VFIO_PCI_BAR4_REGION_INDEX,
	VFIO_PCI_BAR5_REGION_INDEX,
	VFIO_PCI_ROM_REGION_INDEX,
	VFIO_PCI_CONFIG_REGION_INDEX,
	VFIO_PCI_VGA_REGION_INDEX,
};

struct vfio_region_dma_range {
	__u64 offset;
	__u64 length;
};

struct vfio_device_feature_dma_buf {
	__u32 region_index;
	__u32 open_flags;
	__u32 flags;
	__u32 nr_ranges;
	struct vfio_region_dma_range dma_ranges[];
};

#define VFIO_DEVICE_FEATURE_GET (1 << 16)
#define VFIO_DEVICE_FEATURE_SET (1 << 17)
#define VFIO_DEVICE_FEATURE_PROBE (1 << 18)

struct p2pdma_provider;
struct phys_vec;

/* Private to vfio_pci_dmabuf.c; patches to that file show only parts of it. */
struct vfio_pci_dma_buf {
	struct dma_buf *dmabuf;
	struct vfio_pci_core_device *vdev;
	struct list_head dmabufs_elm;
	size_t size;
	struct phys_vec *phys_vec;
	struct p2pdma_provider *provider;
	u32 nr_ranges;
	struct kref kref;
	struct completion comp;
	u8 revoked : 1;
};

bool vfio_device_try_get_registration(struct vfio_device *device);
void vfio_device_put_registration(struct vfio_device *device);
int vfio_check_feature(u32 flags, size_t argsz, u32 supported_ops, size_t minsz);
void vfio_pci_dma_buf_move(struct vfio_pci_core_device *vdev, bool revoked);
void vfio_pci_dma_buf_cleanup(struct vfio_pci_core_device *vdev);
bool __vfio_pci_memory_enabled(struct vfio_pci_core_device *vdev);
int vfio_pci_core_setup_barmap(struct vfio_pci_core_device *vdev, int bar);

#endif
