/** The models on the real machine: C text in, findings and results out. */
import { describe, expect, it } from 'vitest';
import { runOnTopology } from '../../../test/topologyRuns.ts';
import { accessScatterlist, dmaSegments } from './access.ts';

const HEAD = `
#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/gfp.h>
`;

interface Case {
  readonly what: string;
  readonly topology?: string;
  readonly choose?: readonly string[];
  readonly code: string;
  readonly lines: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: 'a page is mapped, checked and unmapped',
    code: `int test(struct device *dev) {
      struct page *page = alloc_page(GFP_KERNEL);
      dma_addr_t addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
      if (dma_mapping_error(dev, addr)) { __free_page(page); return -ENOMEM; }
      dma_unmap_page(dev, addr, PAGE_SIZE, DMA_TO_DEVICE);
      __free_page(page);
      return 0;
    }`,
    lines: ['= 0'],
  },
  {
    what: 'the error is not asked about, the direction differs, and a second mapping leaks',
    code: `int test(struct device *dev) {
      struct page *page = alloc_page(GFP_KERNEL);
      dma_addr_t addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
      dma_unmap_page(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);
      addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
      return dma_mapping_error(dev, addr);
    }`,
    lines: [
      'dma-unmap-direction: `dma_unmap_page` with DMA_FROM_DEVICE, mapped with DMA_TO_DEVICE',
      'dma-error-unchecked: `dma_unmap_page` of an address that `dma_mapping_error` was not asked about',
      'dma-mapping-leak: 0x83fffffff000+0x1000 of `dma_map_page` for gpu0 is still there at the end',
      '= 0',
    ],
  },
  {
    what: 'a failing mapping gives the error value',
    choose: ['dma_map_phys'],
    code: `int test(struct device *dev) {
      dma_addr_t addr = dma_map_phys(dev, 0x200000000, PAGE_SIZE, DMA_TO_DEVICE, 0);
      return addr == DMA_MAPPING_ERROR && dma_mapping_error(dev, addr) == -ENOMEM;
    }`,
    lines: ['= 1'],
  },
  {
    what: 'the life of an IOVA state, with device and size in the struct',
    code: `int test(struct device *dev) {
      struct dma_iova_state state = {};
      int err;
      if (!dma_iova_try_alloc(dev, &state, 0, 4 * PAGE_SIZE) || !dma_use_iova(&state) || dma_iova_size(&state) != 4 * PAGE_SIZE)
        return -1;
      for (int i = 0; i < 4; i++) {
        err = dma_iova_link(dev, &state, 0x200000000 + i * 8192, i * PAGE_SIZE, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
        if (err) { dma_iova_destroy(dev, &state, i * PAGE_SIZE, DMA_BIDIRECTIONAL, 0); return err; }
      }
      err = dma_iova_sync(dev, &state, 0, 4 * PAGE_SIZE);
      dma_iova_unlink(dev, &state, 0, 4 * PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
      dma_iova_free(dev, &state);
      return err;
    }`,
    lines: ['= 0'],
  },
  {
    what: 'passthrough has no IOVA, and the state is cleared',
    topology: 'gpu-passthrough',
    code: `int test(struct device *dev) {
      struct dma_iova_state state = { .addr = 5, .__size = 7 };
      bool got = dma_iova_try_alloc(dev, &state, 0, PAGE_SIZE);
      return got || state.addr || dma_use_iova(&state);
    }`,
    lines: ['= 0'],
  },
  {
    what: 'a retry goes on with the state that was freed',
    code: `int test(struct device *dev) {
      struct dma_iova_state state = {};
      int tries = 0;
    retry:
      if (!tries)
        dma_iova_try_alloc(dev, &state, 0, PAGE_SIZE);
      if (dma_iova_link(dev, &state, 0x200000000, 0, PAGE_SIZE, DMA_TO_DEVICE, 0))
        goto out;
      dma_iova_sync(dev, &state, 0, PAGE_SIZE);
    out:
      dma_iova_destroy(dev, &state, PAGE_SIZE, DMA_TO_DEVICE, 0);
      if (tries++ == 0)
        goto retry;
      return 0;
    }`,
    lines: [
      'iova-stale-state: `dma_iova_link` on a state that was freed and not cleared',
      'iova-double-free: `dma_iova_destroy` of an IOVA that was freed before',
      '= 0',
    ],
  },
  {
    what: 'a link that fails leaves a smaller range to take down',
    choose: ['dma_iova_link'],
    code: `int test(struct device *dev) {
      struct dma_iova_state state;
      dma_iova_try_alloc(dev, &state, 0, 2 * PAGE_SIZE);
      int err = dma_iova_link(dev, &state, 0x200000000, 0, PAGE_SIZE, DMA_TO_DEVICE, 0);
      dma_iova_free(dev, &state);
      return err;
    }`,
    lines: ['= -12'],
  },
  {
    what: 'a size that nobody knows is not judged',
    code: `int test(struct device *dev) {
      struct dma_iova_state state;
      extern size_t how_much(void);
      if (!dma_iova_try_alloc(dev, &state, 0, PAGE_SIZE)) return 1;
      dma_iova_link(dev, &state, 0x200000000, how_much(), how_much(), DMA_TO_DEVICE, 0);
      dma_iova_free(dev, &state);
      return 0;
    }`,
    lines: [
      'assumption: `how_much()` is not known: its effects and result are assumed',
      'assumption: `how_much()` is not known: its effects and result are assumed',
      'assumption: the range given to `dma_iova_link` is not known: its mapping is not checked',
      '= 0',
    ],
  },
  {
    what: 'memory that cannot be mapped as linear memory',
    code: `int test(struct device *dev) {
      int on_stack;
      void *buffer = kmalloc(64, GFP_KERNEL);
      if (!buffer) return -ENOMEM;
      dma_addr_t a = dma_map_single(dev, &on_stack, 4, DMA_TO_DEVICE);
      if (!dma_mapping_error(dev, a)) dma_unmap_single(dev, a, 4, DMA_TO_DEVICE);
      a = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE);
      if (!dma_mapping_error(dev, a)) dma_unmap_single(dev, a, 64, DMA_TO_DEVICE);
      kfree(buffer);
      return 0;
    }`,
    lines: ['dma-map-stack: `dma_map_single` of memory on the stack (local on_stack of test())', '= 0'],
  },
  {
    what: 'memory that is gone, read-only, or not linear',
    code: `#include <linux/vmalloc.h>
    static const char text[64] = "x";
    static void map(struct device *dev, void *p) {
      dma_addr_t a = dma_map_single(dev, p, 16, DMA_TO_DEVICE);
      if (!dma_mapping_error(dev, a)) dma_unmap_single(dev, a, 16, DMA_TO_DEVICE);
    }
    int test(struct device *dev) {
      void *p = vmalloc(64);
      if (!p) return -ENOMEM;
      map(dev, p);
      vfree(p);
      map(dev, p);
      map(dev, (void *)text);
      map(dev, (void *)0x1234);
      return 0;
    }`,
    lines: [
      'dma-map-vmalloc: `dma_map_single` of vmalloc memory, which is not linear (vmalloc(64))',
      'dma-map-freed: `dma_map_single` of freed memory',
      'dma-map-text: `dma_map_single` of kernel text or read-only data (text)',
      'dma-map-invalid: `dma_map_single` of an address that is no kernel memory',
      '= 0',
    ],
  },
  {
    what: 'what a call leaves open is neither wrong nor left over',
    code: `extern unsigned long open(void);
    int test(struct device *dev) {
      dma_addr_t a = dma_map_phys(dev, open(), PAGE_SIZE, DMA_TO_DEVICE, 0);
      dma_addr_t b = dma_map_phys(dev, 0x200000000, PAGE_SIZE, DMA_TO_DEVICE, 0);
      if (dma_mapping_error(dev, a) || dma_mapping_error(dev, b)) return -1;
      dma_unmap_phys(dev, a, open(), DMA_TO_DEVICE, 0);
      dma_unmap_phys(dev, open(), PAGE_SIZE, DMA_TO_DEVICE, 0);
      return 0;
    }`,
    lines: [
      'assumption: `open()` is not known: its effects and result are assumed',
      'assumption: `open()` is not known: its effects and result are assumed',
      'assumption: `open()` is not known: its effects and result are assumed',
      '= 0',
    ],
  },
  {
    what: 'a device that nobody identified may be the one that is known',
    code: `extern struct device *some_device(void);
    int test(struct device *dev) {
      struct dma_iova_state state;
      struct device *other = some_device();
      dma_addr_t a = dma_map_phys(dev, 0x200000000, PAGE_SIZE, DMA_TO_DEVICE, 0);
      if (dma_mapping_error(other, a)) return -1;
      dma_unmap_phys(other, a, PAGE_SIZE, DMA_TO_DEVICE, 0);
      if (!dma_iova_try_alloc(dev, &state, 0, PAGE_SIZE)) return -1;
      dma_iova_free(other, &state);
      return 0;
    }`,
    lines: [
      'assumption: `some_device()` is not known: its effects and result are assumed',
      'assumption: `some_device()` is assumed to be a valid pointer',
      '= 0',
    ],
  },
  {
    what: 'a scatterlist is mapped into fewer segments and unmapped with its own count',
    code: `int test(struct device *dev) {
      struct sg_table sgt;
      struct page *pages[3];
      struct scatterlist *sg;
      u64 total = 0;
      int i, err;
      for (i = 0; i < 3; i++) { pages[i] = alloc_page(GFP_KERNEL | __GFP_NOFAIL); }
      err = sg_alloc_table(&sgt, 3, GFP_KERNEL);
      if (err) return err;
      for_each_sgtable_sg(&sgt, sg, i) sg_set_page(sg, pages[i], PAGE_SIZE, 0);
      err = dma_map_sgtable(dev, &sgt, DMA_BIDIRECTIONAL, 0);
      if (err) return err;
      for_each_sgtable_dma_sg(&sgt, sg, i) total += sg_dma_len(sg);
      dma_unmap_sg(dev, sgt.sgl, sgt.nents, DMA_BIDIRECTIONAL);
      sg_free_table(&sgt);
      for (i = 0; i < 3; i++) __free_page(pages[i]);
      return sgt.nents * 100000 + total;
    }`,
    lines: ['dma-unmap-entries: `dma_unmap_sg` of 1 entries, 3 were mapped', '= 12288'],
  },
  {
    what: 'coherent memory',
    code: `int test(struct device *dev) {
      dma_addr_t handle;
      u32 *ring = dma_alloc_coherent(dev, 8192, &handle, GFP_KERNEL);
      if (!ring) return -ENOMEM;
      u32 first = ring[0];
      dma_free_coherent(dev, 4096, ring, handle);
      return first;
    }`,
    lines: ['dma-unmap-size: `dma_free_coherent` of 0x1000 bytes, 0x2000 were mapped', '= 0'],
  },
  {
    what: 'a BAR address needs the MMIO attribute',
    topology: 'two-gpus-switch',
    code: `int test(struct device *dev, struct pci_dev *peer) {
      struct dma_iova_state state;
      if (!dma_iova_try_alloc(dev, &state, 0, PAGE_SIZE)) return 1;
      int err = dma_iova_link(dev, &state, pci_resource_start(peer, 2), 0, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
      dma_iova_destroy(dev, &state, err ? 0 : PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
      return err;
    }`,
    lines: [
      'address-kind: `dma_iova_link` gets a CPU physical address of a PCI BAR of gpu1 (0x210400000000, memory offset 0x0), needs `DMA_ATTR_MMIO` for it',
      '= 0',
    ],
  },
  {
    what: "a domain of the driver's own",
    code: `int test(struct device *dev) {
      struct iommu_domain *domain = iommu_paging_domain_alloc(dev);
      if (IS_ERR(domain)) return PTR_ERR(domain);
      int err = iommu_map(domain, 0x100000, 0x200000000, 2 * PAGE_SIZE, IOMMU_READ, GFP_KERNEL);
      if (err) return err;
      if (iommu_map(domain, 0x100800, 0x200000000, PAGE_SIZE, IOMMU_READ, GFP_KERNEL) != -EINVAL) return 1;
      if (iommu_iova_to_phys(domain, 0x101010) != 0x200001010) return 2;
      size_t gone = iommu_unmap(domain, 0x100000, 4 * PAGE_SIZE);
      iommu_domain_free(domain);
      return gone;
    }`,
    lines: ['= 8192'],
  },
  {
    what: 'NULL and error pointers are no devices',
    code: `int test(struct device *dev) { dma_addr_t a = dma_map_phys(NULL, 0x200000000, 4096, DMA_TO_DEVICE, 0); return dma_mapping_error(dev, a); }`,
    lines: ['fault null-dereference: NULL is passed as a device or state', '= -12'],
  },
  {
    what: 'masks and limits',
    code: `int test(struct device *dev) {
      if (dma_get_mask(dev) != DMA_BIT_MASK(64) || dma_set_mask_and_coherent(dev, DMA_BIT_MASK(47))) return 1;
      if (dma_get_mask(dev) != DMA_BIT_MASK(47) || dma_set_mask(dev, 0xff) != -EIO) return 2;
      if (dma_get_merge_boundary(dev) != PAGE_SIZE - 1 || dma_opt_mapping_size(dev) != 32 * PAGE_SIZE) return 3;
      if (dma_max_mapping_size(dev) != SIZE_MAX || dma_addressing_limited(dev)) return 4;
      dma_set_max_seg_size(dev, SZ_4M);
      return dma_get_max_seg_size(dev) == SZ_4M && dma_need_unmap(dev) ? 0 : 5;
    }`,
    lines: ['= 0'],
  },
];

describe('mapping models on the machine', () => {
  it.each(CASES)('$what', async ({ topology, choose, code, lines }) => {
    const test = { ...(topology === undefined ? {} : { topology }), ...(choose === undefined ? {} : { choose }) };
    expect(await runOnTopology(HEAD + code, test)).toEqual(lines);
  });

  it('a device reads what a scatterlist was mapped to, and not what is left after the unmap', async () => {
    const code = `struct sg_table sgt;
    int test(struct device *dev) {
      struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 1);
      struct scatterlist *sg;
      if (sg_alloc_table(&sgt, 1, GFP_KERNEL | __GFP_NOFAIL)) return 1;
      sg_set_page(sgt.sgl, page, 2 * PAGE_SIZE, 0);
      return dma_map_sgtable(dev, &sgt, DMA_TO_DEVICE, 0);
    }`;
    const seen: unknown[] = [];
    await runOnTopology(HEAD + code, {
      after: (machine, [device = 0]) => {
        const table = machine.addressOf('sgt') ?? 0;
        seen.push(
          dmaSegments(machine, table)?.map((segment) => segment.length),
          accessScatterlist(machine, device, table),
        );
      },
    });
    expect(seen).toEqual([[8192], true]);
  });
});
