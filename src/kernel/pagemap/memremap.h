/* Pages that stand for memory of a device: private, coherent, peer-to-peer. */
#ifndef _LINUX_MEMREMAP_H_
#define _LINUX_MEMREMAP_H_
#include <linux/types.h>
#include <linux/ioport.h>
#include <linux/completion.h>
#include <linux/mm.h>

struct device;

enum memory_type {
	MEMORY_DEVICE_PRIVATE = 1,
	MEMORY_DEVICE_COHERENT,
	MEMORY_DEVICE_FS_DAX,
	MEMORY_DEVICE_GENERIC,
	MEMORY_DEVICE_PCI_P2PDMA,
};

struct dev_pagemap_ops {
	/* page_free up to 6.18, folio_free since. */
	void (*page_free)(struct page *page);
	void (*folio_free)(struct folio *folio);
	vm_fault_t (*migrate_to_ram)(struct vm_fault *vmf);
	int (*memory_failure)(struct dev_pagemap *pgmap, unsigned long pfn, unsigned long nr_pages, int mf_flags);
	void (*folio_split)(struct folio *head, struct folio *tail);
};

/* Struct pages that lie in the device's own memory. */
struct vmem_altmap {
	unsigned long base_pfn;
	unsigned long end_pfn;
	unsigned long reserve;
	unsigned long free;
	unsigned long align;
	unsigned long alloc;
};

struct dev_pagemap {
	struct vmem_altmap altmap;
	struct completion done;
	enum memory_type type;
	unsigned int flags;
	unsigned long vmemmap_shift;
	const struct dev_pagemap_ops *ops;
	void *owner;
	int nr_range;
	union {
		struct range range;
		struct range ranges[1];
	};
};

bool is_zone_device_page(const struct page *page);
bool is_device_private_page(const struct page *page);
bool is_device_coherent_page(const struct page *page);
bool is_pci_p2pdma_page(const struct page *page);
bool folio_is_zone_device(const struct folio *folio);
bool folio_is_device_private(const struct folio *folio);
bool folio_is_device_coherent(const struct folio *folio);
bool folio_is_pci_p2pdma(const struct folio *folio);
struct dev_pagemap *page_pgmap(const struct page *page);
struct dev_pagemap *folio_pgmap(const struct folio *folio);
void *page_zone_device_data(const struct page *page);
void *folio_zone_device_data(const struct folio *folio);
void folio_set_zone_device_data(struct folio *folio, void *data);

/* The argument lists grew: (page), (page, order), (page, pgmap, order). */
void zone_device_page_init(struct page *page, ...);
void zone_device_folio_init(struct folio *folio, ...);

void *memremap_pages(struct dev_pagemap *pgmap, int nid);
void memunmap_pages(struct dev_pagemap *pgmap);
void *devm_memremap_pages(struct device *dev, struct dev_pagemap *pgmap);
void devm_memunmap_pages(struct device *dev, struct dev_pagemap *pgmap);
struct dev_pagemap *get_dev_pagemap(unsigned long pfn, ...);
void put_dev_pagemap(struct dev_pagemap *pgmap);
struct resource *devm_request_free_mem_region(struct device *dev, struct resource *base, unsigned long size);
struct resource *request_free_mem_region(struct resource *base, unsigned long size, const char *name);
void devm_release_mem_region(struct device *dev, resource_size_t start, resource_size_t n);
void release_mem_region(resource_size_t start, resource_size_t n);
extern struct resource iomem_resource;

#endif
