/**
 * Bundled contracts of the dma-buf ops tables: `dma_buf_ops`, `dma_buf_attach_ops` and the interconnect RFC's `dma_buf_interconnect_ops`.
 * Which ops the core calls with `dmabuf->resv` held: drivers/dma-buf/dma-buf.c, "Locking convention" and the functions named.
 */
import type { OpContract } from './contract.ts';
import { contractsOf } from './drmPagemapOps.ts';

const core = 'drivers/dma-buf/dma-buf.c';
const rfc = 'RFC "dma-buf: Add support for mapping dmabufs via interconnects"';
const types = 'RFC "Add DMA-buf mapping types and convert vfio/iommufd to use them"';

export const dmaBufOps: readonly OpContract[] = contractsOf('dma_buf_ops', [
  [
    'attach',
    ['no-resv'],
    ['dma-buf', 'attachment'],
    'errno',
    'unspecified',
    true,
    'no',
    `${core}:dma_buf_dynamic_attach`,
  ],
  ['detach', ['no-resv'], ['dma-buf', 'attachment'], 'void', 'unspecified', true, 'no', `${core}:dma_buf_detach`],
  ['pin', ['resv'], ['attachment'], 'errno', 'unspecified', true, 'together with unpin', `${core}:dma_buf_pin`],
  ['unpin', ['resv'], ['attachment'], 'void', 'unspecified', true, 'together with pin', `${core}:dma_buf_unpin`],
  [
    'map_dma_buf',
    ['resv'],
    ['attachment', 'direction'],
    'err-ptr',
    'unspecified',
    true,
    'yes',
    `${core}:__map_dma_buf`,
  ],
  [
    'unmap_dma_buf',
    ['resv'],
    ['attachment', 'sg-table', 'direction'],
    'void',
    'unspecified',
    true,
    'yes',
    `${core}:__unmap_dma_buf`,
  ],
  ['release', ['no-resv'], ['dma-buf'], 'void', 'unspecified', true, 'yes', `${core}:dma_buf_release`],
  [
    'begin_cpu_access',
    ['no-resv'],
    ['dma-buf', 'direction'],
    'errno',
    'unspecified',
    true,
    'no',
    `${core}:dma_buf_begin_cpu_access`,
  ],
  [
    'end_cpu_access',
    ['no-resv'],
    ['dma-buf', 'direction'],
    'errno',
    'unspecified',
    true,
    'no',
    `${core}:dma_buf_end_cpu_access`,
  ],
  ['mmap', ['mmap'], ['dma-buf', 'by-type'], 'errno', 'unspecified', true, 'no', `${core}:dma_buf_mmap_internal`],
  ['vmap', ['resv'], ['dma-buf', 'by-type'], 'errno', 'unspecified', true, 'no', `${core}:dma_buf_vmap`],
  ['vunmap', ['resv'], ['dma-buf', 'by-type'], 'void', 'unspecified', true, 'no', `${core}:dma_buf_vunmap`],
  ['match_mapping', ['no-resv'], ['by-type'], 'errno', 'unspecified', true, 'no', `${types}: dma_buf_mapping_attach`],
]);

/** What a mapping type asks of both sides while they agree, and of the exporter afterwards. */
export const dmaBufMappingTypes: readonly OpContract[] = [
  ...contractsOf('dma_buf_mapping_type', [
    ['match', ['no-resv'], ['dma-buf', 'by-type', 'by-type'], 'errno', 'unspecified', true, 'no', types],
    ['finish_match', ['no-resv'], ['by-type', 'by-type', 'by-type'], 'void', 'unspecified', true, 'no', types],
    ['debugfs_dump', ['resv'], ['by-type', 'attachment'], 'void', 'unspecified', true, 'no', types],
  ]),
  ...contractsOf('dma_buf_mapping_sgt_exp_ops', [
    ['map_dma_buf', ['resv'], ['attachment', 'direction'], 'err-ptr', 'unspecified', true, 'yes', types],
    ['unmap_dma_buf', ['resv'], ['attachment', 'sg-table', 'direction'], 'void', 'unspecified', true, 'yes', types],
  ]),
  ...contractsOf('dma_buf_mapping_pal_exp_ops', [
    ['map_phys', ['resv'], ['attachment'], 'err-ptr', 'unspecified', true, 'yes', types],
    ['unmap_phys', ['resv'], ['attachment', 'by-type'], 'void', 'unspecified', true, 'yes', types],
  ]),
];

export const dmaBufAttachOps: readonly OpContract[] = contractsOf('dma_buf_attach_ops', [
  ['move_notify', ['resv'], ['attachment'], 'void', 'unspecified', true, 'up to v7.0', `${core}:dma_buf_move_notify`],
  [
    'invalidate_mappings',
    ['resv'],
    ['attachment'],
    'void',
    'unspecified',
    true,
    'no',
    `${core}:dma_buf_invalidate_mappings`,
  ],
  ['supports_interconnects', ['no-resv'], ['attachment', 'by-type', 'by-type'], 'bool', 'unspecified', true, 'no', rfc],
]);

export const dmaBufInterconnectOps: readonly OpContract[] = contractsOf('dma_buf_interconnect_ops', [
  [
    'map_interconnect',
    ['resv'],
    ['attachment', 'ranges'],
    'errno',
    'unspecified',
    true,
    'together with unmap_interconnect',
    rfc,
  ],
  [
    'unmap_interconnect',
    ['resv'],
    ['attachment', 'ranges'],
    'void',
    'unspecified',
    true,
    'together with map_interconnect',
    rfc,
  ],
  ['match_interconnect', ['no-resv'], ['by-type', 'by-type'], 'bool', 'unspecified', true, 'no', rfc],
]);
