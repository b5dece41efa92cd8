/* PCI devices as drivers of GPUs and their peers use them. */
#ifndef _LINUX_PCI_H
#define _LINUX_PCI_H
#include <linux/types.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/dma-mapping.h>

#define PCI_STD_NUM_BARS 6
#define PCI_ROM_RESOURCE 6
#define PCI_IOV_RESOURCES 7
#define PCI_IOV_RESOURCE_END 12
#define PCI_NUM_RESOURCES 17
#define PCI_ANY_ID (~0U)

#define PCI_DEVFN(slot, func) ((((slot) & 0x1f) << 3) | ((func) & 0x07))
#define PCI_SLOT(devfn) (((devfn) >> 3) & 0x1f)
#define PCI_FUNC(devfn) ((devfn) & 0x07)
#define PCI_DEVID(bus, devfn) ((((u16)(bus)) << 8) | (devfn))
#define PCI_BUS_NUM(x) (((x) >> 8) & 0xff)
#define PCI_VENDOR_ID_INTEL 0x8086
#define PCI_VENDOR_ID_AMD 0x1022
#define PCI_VENDOR_ID_ATI 0x1002
#define PCI_VENDOR_ID_NVIDIA 0x10de

struct pci_dev;
struct pci_sriov;
struct pci_driver;

struct pci_bus {
	struct pci_bus *parent;
	struct pci_dev *self;
	unsigned char number;
	int domain_nr;
	struct list_head devices;
};

struct pci_dev {
	struct list_head bus_list;
	struct pci_bus *bus;
	unsigned int devfn;
	unsigned short vendor;
	unsigned short device;
	unsigned short subsystem_vendor;
	unsigned short subsystem_device;
	unsigned int class;
	u8 revision;
	u64 dma_mask;
	struct pci_driver *driver;
	struct device dev;
	struct resource resource[PCI_NUM_RESOURCES];
	unsigned int untrusted : 1;
	unsigned int is_physfn : 1;
	unsigned int is_virtfn : 1;
	unsigned int is_busmaster : 1;
	union {
		struct pci_sriov *sriov;
		struct pci_dev *physfn;
	};
};

#define to_pci_dev(n) container_of(n, struct pci_dev, dev)
bool dev_is_pci(const struct device *dev);
static inline const char *pci_name(const struct pci_dev *pdev) { return dev_name(&pdev->dev); }
static inline void *pci_get_drvdata(struct pci_dev *pdev) { return dev_get_drvdata(&pdev->dev); }
static inline void pci_set_drvdata(struct pci_dev *pdev, void *data) { dev_set_drvdata(&pdev->dev, data); }

static inline struct pci_dev *pci_dev_get(struct pci_dev *dev)
{
	if (dev)
		get_device(&dev->dev);
	return dev;
}

static inline void pci_dev_put(struct pci_dev *dev)
{
	if (dev)
		put_device(&dev->dev);
}

resource_size_t pci_resource_start(struct pci_dev *dev, int bar);
resource_size_t pci_resource_end(struct pci_dev *dev, int bar);
resource_size_t pci_resource_len(struct pci_dev *dev, int bar);
unsigned long pci_resource_flags(struct pci_dev *dev, int bar);
#define pci_resource_n(dev, bar) (&(dev)->resource[(bar)])
u64 pci_bus_address(struct pci_dev *pdev, int bar);
u16 pci_dev_id(struct pci_dev *dev);
int pci_domain_nr(struct pci_bus *bus);

struct pci_dev *pci_physfn(struct pci_dev *dev);
int pci_iov_vf_id(struct pci_dev *dev);
int pci_num_vf(struct pci_dev *dev);
int pci_sriov_get_totalvfs(struct pci_dev *dev);
int pci_iov_virtfn_bus(struct pci_dev *dev, int id);
int pci_iov_virtfn_devfn(struct pci_dev *dev, int id);

struct pci_dev *pci_get_device(unsigned int vendor, unsigned int device, struct pci_dev *from);
struct pci_dev *pci_get_domain_bus_and_slot(int domain, unsigned int bus, unsigned int devfn);
#define for_each_pci_dev(d) while ((d = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, d)) != NULL)

#endif
