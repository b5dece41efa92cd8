/* Peer-to-peer DMA: can a device reach another's BAR, and by which address. */
#ifndef _LINUX_PCI_P2P_H
#define _LINUX_PCI_P2P_H
#include <linux/pci.h>

struct page;
struct dev_pagemap;

/* A BAR whose memory may be given to peers. */
struct p2pdma_provider {
	struct device *owner;
	u64 bus_offset;
};

enum pci_p2pdma_map_type {
	PCI_P2PDMA_MAP_UNKNOWN = 0,
	PCI_P2PDMA_MAP_NONE,
	PCI_P2PDMA_MAP_NOT_SUPPORTED,
	PCI_P2PDMA_MAP_BUS_ADDR,
	PCI_P2PDMA_MAP_THRU_HOST_BRIDGE,
};

/* Remembers the answer for the pages of one provider. */
struct pci_p2pdma_map_state {
	struct p2pdma_provider *mem;
	struct dev_pagemap *pgmap;
	enum pci_p2pdma_map_type map;
	u64 bus_off;
};

int pci_p2pdma_distance_many(struct pci_dev *provider, struct device **clients, int num_clients, bool verbose);
int pci_p2pdma_distance(struct pci_dev *provider, struct device *client, bool verbose);
enum pci_p2pdma_map_type pci_p2pdma_map_type(struct p2pdma_provider *provider, struct device *dev);
enum pci_p2pdma_map_type pci_p2pdma_state(struct pci_p2pdma_map_state *state, struct device *dev, struct page *page);
dma_addr_t pci_p2pdma_bus_addr_map(void *provider_or_state, phys_addr_t paddr);
struct p2pdma_provider *pcim_p2pdma_provider(struct pci_dev *pdev, int bar);
int pcim_p2pdma_init(struct pci_dev *pdev);
struct pci_dev *pci_p2pmem_find_many(struct device **clients, int num_clients);
#define pci_p2pmem_find(client) pci_p2pmem_find_many(&(client), 1)
bool is_pci_p2pdma_page(const struct page *page);

#endif
