/**
 * Every member of every ops table that Interlock knows the callers of, in all generations: a table with all of them, and in which scenarios
 * each is called. A table that nobody described runs in plain process context.
 */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

/** [member, the function's type and parameters]; what it returns follows from the type. */
type Member = readonly [member: string, result: string, parameters: string];

const ADDRESS = 'struct drm_pagemap_addr ';
const MAP =
  'struct drm_pagemap *dp, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir';
const TABLES: Readonly<Record<string, readonly Member[]>> = {
  drm_pagemap_ops: [
    ['device_map', ADDRESS, MAP],
    ['device_unmap', 'void ', 'struct drm_pagemap *dp, struct device *dev, const struct drm_pagemap_addr *addr'],
    [
      'populate_mm',
      'int ',
      'struct drm_pagemap *dp, unsigned long start, unsigned long end, struct mm_struct *mm, unsigned long timeslice_ms',
    ],
    ['destroy', 'void ', 'struct drm_pagemap *dp, bool is_atomic_or_reclaim'],
    [
      'device_iova_alloc',
      'void *',
      'struct drm_pagemap *dp, struct device *dev, size_t length, enum dma_data_direction dir',
    ],
    ['device_iova_free', 'void ', 'struct drm_pagemap *dp, struct device *dev, size_t length, void *cookie'],
    [
      'device_iova_link',
      ADDRESS,
      'struct drm_pagemap *dp, struct device *dev, struct page *page, size_t length, size_t offset, void *cookie, enum dma_data_direction dir',
    ],
    ['device_iova_sync', 'int ', 'struct drm_pagemap *dp, struct device *dev, size_t length, void *cookie'],
    [
      'device_iova_unlink',
      'void ',
      'struct drm_pagemap *dp, struct device *dev, size_t length, void *cookie, enum dma_data_direction dir',
    ],
  ],
  // As first merged: the address by value.
  'drm_pagemap_ops 6.15': [
    ['device_map', 'struct drm_pagemap_device_addr ', MAP],
    ['device_unmap', 'void ', 'struct drm_pagemap *dp, struct device *dev, struct drm_pagemap_device_addr addr'],
  ],
  // As proposed in early 2025.
  'drm_pagemap_ops 2025': [
    ['map_dma', 'struct drm_pagemap_dma_addr ', MAP],
    ['unmap_dma', 'void ', 'struct drm_pagemap *dp, struct device *dev, struct drm_pagemap_dma_addr addr'],
  ],
  drm_pagemap_devmem_ops: [
    ['devmem_release', 'void ', 'struct drm_pagemap_devmem *devmem'],
    ['populate_devmem_pfn', 'int ', 'struct drm_pagemap_devmem *devmem, unsigned long npages, unsigned long *pfn'],
    [
      'copy_to_devmem',
      'int ',
      'struct page **pages, struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *fence',
    ],
    [
      'copy_to_ram',
      'int ',
      'struct page **pages, struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *fence',
    ],
  ],
  drm_gpusvm_ops: [
    ['notifier_alloc', 'struct drm_gpusvm_notifier *', 'void'],
    ['notifier_free', 'void ', 'struct drm_gpusvm_notifier *notifier'],
    ['range_alloc', 'struct drm_gpusvm_range *', 'struct drm_gpusvm *gpusvm'],
    ['range_free', 'void ', 'struct drm_gpusvm_range *range'],
    [
      'invalidate',
      'void ',
      'struct drm_gpusvm *gpusvm, struct drm_gpusvm_notifier *notifier, const struct mmu_notifier_range *mmu_range',
    ],
  ],
  dev_pagemap_ops: [
    ['page_free', 'void ', 'struct page *page'],
    ['folio_free', 'void ', 'struct folio *folio'],
    ['migrate_to_ram', 'vm_fault_t ', 'struct vm_fault *vmf'],
    ['memory_failure', 'int ', 'struct dev_pagemap *pgmap, unsigned long pfn, unsigned long nr_pages, int mf_flags'],
    ['folio_split', 'void ', 'struct folio *head, struct folio *tail'],
  ],
  mmu_interval_notifier_ops: [
    [
      'invalidate',
      'bool ',
      'struct mmu_interval_notifier *sub, const struct mmu_notifier_range *range, unsigned long cur_seq',
    ],
  ],
  dma_buf_ops: [
    ['attach', 'int ', 'struct dma_buf *dmabuf, struct dma_buf_attachment *attach'],
    ['detach', 'void ', 'struct dma_buf *dmabuf, struct dma_buf_attachment *attach'],
    ['pin', 'int ', 'struct dma_buf_attachment *attach'],
    ['unpin', 'void ', 'struct dma_buf_attachment *attach'],
    ['map_dma_buf', 'struct sg_table *', 'struct dma_buf_attachment *attach, enum dma_data_direction dir'],
    ['unmap_dma_buf', 'void ', 'struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir'],
    ['release', 'void ', 'struct dma_buf *dmabuf'],
    ['begin_cpu_access', 'int ', 'struct dma_buf *dmabuf, enum dma_data_direction dir'],
    ['end_cpu_access', 'int ', 'struct dma_buf *dmabuf, enum dma_data_direction dir'],
    ['mmap', 'int ', 'struct dma_buf *dmabuf, struct vm_area_struct *vma'],
    ['vmap', 'int ', 'struct dma_buf *dmabuf, struct iosys_map *map'],
    ['vunmap', 'void ', 'struct dma_buf *dmabuf, struct iosys_map *map'],
  ],
  'dma_buf_ops 2026': [
    ['match_mapping', 'int ', 'struct dma_buf_match_args *args'],
    ['release', 'void ', 'struct dma_buf *dmabuf'],
  ],
  dma_buf_attach_ops: [
    ['move_notify', 'void ', 'struct dma_buf_attachment *attach'],
    [
      'supports_interconnects',
      'bool ',
      'struct dma_buf_attachment *attach, const struct dma_buf_interconnect_match *exp, unsigned int num_ics',
    ],
  ],
  'dma_buf_attach_ops 7.1': [['invalidate_mappings', 'void ', 'struct dma_buf_attachment *attach']],
  dma_buf_interconnect_ops: [
    ['map_interconnect', 'int ', 'struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges'],
    ['unmap_interconnect', 'void ', 'struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges'],
    ['match_interconnect', 'bool ', 'const struct dma_buf_interconnect *exp, const struct dma_buf_interconnect *imp'],
  ],
  dma_buf_mapping_type: [
    [
      'match',
      'int ',
      'struct dma_buf *dmabuf, const struct dma_buf_mapping_match *exp, const struct dma_buf_mapping_match *imp',
    ],
    [
      'finish_match',
      'void ',
      'struct dma_buf_match_args *args, const struct dma_buf_mapping_match *exp, const struct dma_buf_mapping_match *imp',
    ],
    ['debugfs_dump', 'void ', 'struct seq_file *s, struct dma_buf_attachment *attach'],
  ],
  dma_buf_mapping_sgt_exp_ops: [
    ['map_dma_buf', 'struct sg_table *', 'struct dma_buf_attachment *attach, enum dma_data_direction dir'],
    ['unmap_dma_buf', 'void ', 'struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir'],
  ],
  dma_buf_mapping_pal_exp_ops: [
    ['map_phys', 'struct dma_buf_phys_list *', 'struct dma_buf_attachment *attach'],
    ['unmap_phys', 'void ', 'struct dma_buf_attachment *attach, struct dma_buf_phys_list *phys'],
  ],
};

const INCLUDES = [
  'drm/drm_pagemap.h',
  'drm/drm_gpusvm.h',
  'linux/dma-buf.h',
  'linux/dma-buf-interconnect.h',
  'linux/dma-buf-mapping.h',
  'linux/memremap.h',
  'linux/mmu_notifier.h',
];

function bodyOf(result: string): string {
  if (result === 'void ') return '';
  if (result === 'bool ') return ' return true;';
  if (result.endsWith('*')) return ' return NULL;';
  if (!result.startsWith('struct')) return ' return 0;';
  return ` ${result}addr = { .addr = DMA_MAPPING_ERROR };  return addr;`;
}

function driver(struct: string, members: readonly Member[]): string {
  return [
    ...INCLUDES.map((path) => `#include <${path}>`),
    ...members.map(
      ([member, result, parameters]) => `static ${result}dotterel_${member}(${parameters}) {${bodyOf(result)} }`,
    ),
    `const struct ${struct} dotterel_ops = { ${members.map(([member]) => `.${member} = dotterel_${member}`).join(', ')} };`,
    '',
  ].join('\n');
}

/** The contexts in which an op is called alone, and the lives that call it. */
function families(names: readonly string[]): string {
  return [
    ...new Set(
      names.map((name) =>
        name.replace(/^op\.\w+\./, '').replace(/^([\w-]+-life|svm|migrate|interval|destroy)\..*/, '$1'),
      ),
    ),
  ].join(' ');
}

const listed: string[] = [];

describe('each op of a table', () => {
  it.each(Object.entries(TABLES))('%s', { timeout: 120_000 }, async (name, members) => {
    const engine = await engineForTests();
    const input = { path: 'drivers/gpu/drm/dotterel.c', text: driver(name.split(' ')[0] ?? name, members) };
    const rows = engine
      .choices(input)
      .map((choice) => `${choice.op}: ${families(choice.scenarios.map((scenario) => scenario.name))}`);
    const report = engine.analyse(input, { maxRuns: 30, maxInterleavings: 4 });
    expect(rows.map((row) => row.replace(/:.*/, ''))).toEqual(members.map(([member]) => member));
    expect(rows.filter((row) => row.endsWith(': '))).toEqual([]);
    expect(report.functions.filter((each) => !each.executed).map((each) => each.function)).toEqual([]);
    expect(report.unsupported).toEqual([]);
    for (const row of rows) listed.push(`${name} ${row}`);
  });

  // The kernel that a patch is for has the members of its generation and no others: our callers do without.
  it.each(Object.entries(TABLES))('%s, as the document declares them', { timeout: 120_000 }, async (name, members) => {
    const engine = await engineForTests();
    const struct = name.split(' ')[0] ?? name;
    const declared = members.map(([member, result, parameters]) => `${result}(*${member})(${parameters});`).join(' ');
    const text = driver(struct, members).replace('\nstatic ', `\nstruct ${struct} { ${declared} };\nstatic `);
    const report = engine.analyse({ path: 'drivers/gpu/drm/dotterel.c', text }, { maxRuns: 4, maxInterleavings: 1 });
    expect(report.functions.filter((each) => !each.executed).map((each) => each.function)).toEqual([]);
    expect(report.unsupported).toEqual([]);
  });

  it('is called alone in its contexts, or in lives', () => {
    expect(`\n${listed.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      drm_pagemap_ops device_map: device_map-life range-life svm migrate concurrent.processes concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      drm_pagemap_ops device_unmap: device_map-life range-life svm migrate concurrent.processes concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      drm_pagemap_ops populate_mm: C3'
      drm_pagemap_ops destroy: destroy svm migrate concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      drm_pagemap_ops device_iova_alloc: iova-life range-life concurrent.processes
      drm_pagemap_ops device_iova_free: iova-life range-life concurrent.processes
      drm_pagemap_ops device_iova_link: iova-life range-life concurrent.processes
      drm_pagemap_ops device_iova_sync: iova-life range-life concurrent.processes
      drm_pagemap_ops device_iova_unlink: iova-life range-life concurrent.processes
      drm_pagemap_ops 6.15 device_map: device_map-life range-life svm migrate concurrent.processes concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      drm_pagemap_ops 6.15 device_unmap: device_map-life range-life svm migrate concurrent.processes concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      drm_pagemap_ops 2025 map_dma: map_dma-life range-life svm migrate concurrent.processes concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      drm_pagemap_ops 2025 unmap_dma: map_dma-life range-life svm migrate concurrent.processes concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      drm_pagemap_devmem_ops devmem_release: C7a C3 migrate concurrent.devmem-eviction concurrent.devmem-fault concurrent.devmem-munmap concurrent.devmem-migration
      drm_pagemap_devmem_ops populate_devmem_pfn: C3 C5 migrate concurrent.devmem-eviction concurrent.devmem-fault concurrent.devmem-munmap concurrent.devmem-migration
      drm_pagemap_devmem_ops copy_to_devmem: C3 migrate concurrent.devmem-eviction concurrent.devmem-fault concurrent.devmem-munmap concurrent.devmem-migration
      drm_pagemap_devmem_ops copy_to_ram: C4 C5 C3 migrate concurrent.devmem-eviction concurrent.devmem-fault concurrent.devmem-munmap concurrent.devmem-migration
      drm_gpusvm_ops notifier_alloc: process
      drm_gpusvm_ops notifier_free: process
      drm_gpusvm_ops range_alloc: process
      drm_gpusvm_ops range_free: process
      drm_gpusvm_ops invalidate: C2 svm concurrent.eviction concurrent.fault concurrent.munmap concurrent.migration concurrent.peer-migration concurrent.put
      dev_pagemap_ops page_free: atomic C3
      dev_pagemap_ops folio_free: atomic C3
      dev_pagemap_ops migrate_to_ram: C4
      dev_pagemap_ops memory_failure: process
      dev_pagemap_ops folio_split: C3'
      mmu_interval_notifier_ops invalidate: interval notifier
      dma_buf_ops attach: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops detach: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops pin: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops unpin: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops map_dma_buf: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops unmap_dma_buf: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops release: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops begin_cpu_access: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops end_cpu_access: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops mmap: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops vmap: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops vunmap: buffer-life concurrent.importers concurrent.processor
      dma_buf_ops 2026 match_mapping: buffer-life
      dma_buf_ops 2026 release: buffer-life
      dma_buf_attach_ops move_notify: import-life resv interconnect-life
      dma_buf_attach_ops supports_interconnects: import-life no-resv interconnect-life
      dma_buf_attach_ops 7.1 invalidate_mappings: import-life resv
      dma_buf_interconnect_ops map_interconnect: resv
      dma_buf_interconnect_ops unmap_interconnect: resv
      dma_buf_interconnect_ops match_interconnect: no-resv
      dma_buf_mapping_type match: no-resv
      dma_buf_mapping_type finish_match: no-resv
      dma_buf_mapping_type debugfs_dump: resv
      dma_buf_mapping_sgt_exp_ops map_dma_buf: resv
      dma_buf_mapping_sgt_exp_ops unmap_dma_buf: resv
      dma_buf_mapping_pal_exp_ops map_phys: resv
      dma_buf_mapping_pal_exp_ops unmap_phys: resv
      "
    `);
  });

  it('that nobody described runs in plain process context, and that is said', async () => {
    const engine = await engineForTests();
    const text =
      '#include <linux/types.h>\nstruct plover_ops { int (*probe)(void *data); };\nstatic int plover_probe(void *data) { return 0; }\nconst struct plover_ops plover_table = { .probe = plover_probe };\n';
    const input = { path: 'plover.c', text };
    const run = engine.simulate(input, { table: 'plover_table' });
    expect([run.scenario, run.context]).toEqual(['op.probe.process', 'process context, no lock held']);
    expect(engine.analyse(input).scenarios?.map((scenario) => scenario.name)).toEqual(['op.probe.process']);
  });
});
