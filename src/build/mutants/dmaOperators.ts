/** Operators on addresses, sizes, directions, devices, allocation flags and tables. */
import type { Statement } from './code.ts';
import { callee, drop, isReturn, replace } from './edit.ts';
import type { Change, Operator, Site } from './mutant.ts';

const DMA_CALL = /\b(?:dma_map_\w+|dma_unmap_\w+|dma_iova_\w+|dma_buf_\w*map_attachment\w*)\(/;
const dmaCalls = (statement: Statement): boolean =>
  DMA_CALL.test(statement.text) || /drm_pagemap_addr_encode\(/.test(statement.text);

/** The first of the rewritings that fits, with all DMA calls of the file as partners. */
function rewrite(site: Site, ...rules: readonly (readonly [RegExp, string])[]): Change[] {
  for (const [pattern, by] of rules) {
    const edit = replace(site.statement, pattern, by);
    if (edit) return [{ edits: [edit], partner: isReturn, anywhere: dmaCalls }];
  }
  return [];
}

const MAY_WAIT = 'who holds nothing but a reservation may wait for reclaim (dma-resv.c:dma_resv_lockdep)';

/** The function says that it is called with a reservation, and has taken nothing itself before the statement. */
function onlyReserved({ fn, index }: Site): boolean {
  const before = fn.statements.slice(0, index).map(({ text }) => text);
  const reserved = before.some((text) => text.startsWith('dma_resv_assert_held('));
  return reserved && !before.some((text) => /\b(?:\w*_lock\w*|guard|scoped_guard|\w*begin_signalling)\(/.test(text));
}

export const dmaOperators: readonly Operator[] = [
  {
    name: 'blocking-allocation',
    plants: 'an allocation that may wait for reclaim where it must not',
    changes: (site) => {
      const edit = replace(site.statement, /\bGFP_(?:NOWAIT|ATOMIC)\b/, 'GFP_KERNEL');
      return edit ? [{ edits: [edit], equivalent: onlyReserved(site) ? MAY_WAIT : null }] : [];
    },
  },
  {
    name: 'drop-sync',
    plants: 'an IOVA range that is used without a sync',
    changes: (site) =>
      rewrite(site, [/^return dma_iova_sync\(.*\);$/, 'return 0;'], [/= dma_iova_sync\(.*\);$/, '= 0;']),
  },
  {
    name: 'sync-too-far',
    plants: 'a sync of more than is linked',
    changes: (site) => rewrite(site, [/(dma_iova_sync\(.*), length\)/, '$1, length + PAGE_SIZE)']),
  },
  {
    name: 'unlink-too-far',
    plants: 'an unlink one page too long',
    changes: (site) => rewrite(site, [/(dma_iova_unlink\(.*), length,/, '$1, length + PAGE_SIZE,']),
  },
  {
    name: 'unlink-too-short',
    plants: 'an unlink one page too short',
    changes: (site) => rewrite(site, [/(dma_iova_unlink\(.*), length,/, '$1, length - PAGE_SIZE,']),
  },
  {
    name: 'link-at-wrong-offset',
    plants: 'a link one page further',
    changes: (site) => rewrite(site, [/(dma_iova_link\(.*), offset, length,/, '$1, offset + PAGE_SIZE, length,']),
  },
  {
    name: 'range-too-short',
    plants: 'an IOVA range shorter than what is linked',
    changes: (site) => rewrite(site, [/(dma_iova_try_alloc\(.*), length\)/, '$1, length - PAGE_SIZE)']),
  },
  {
    name: 'map-at-wrong-size',
    plants: 'a mapping or unmapping of another size than the page',
    changes: (site) => rewrite(site, [/(dma_(?:un)?map_\w+\(.*PAGE_SIZE << )([\w>-]+)/, '$1($2 + 1)']),
  },
  {
    name: 'wrong-order',
    plants: 'another order than was asked for',
    changes: (site) =>
      rewrite(
        site,
        [/(addr_encode\(.*)get_order\(length\)/, '$1get_order(length) + 1'],
        [/(addr_encode\(.*), order,/, '$1, order + 1,'],
      ),
  },
  {
    name: 'wrong-direction',
    plants: 'another direction than the mapping has',
    changes: (site) =>
      rewrite(
        site,
        [/(dma_(?:un)?map_\w+\(.*|dma_iova_(?:un)?link\(.*|addr_encode\(.*), (?:addr->)?dir\b/, '$1, DMA_TO_DEVICE'],
        [/(dma_buf_unmap_attachment\(.*), DMA_BIDIRECTIONAL/, '$1, DMA_FROM_DEVICE'],
      ),
  },
  {
    name: 'no-direction',
    plants: 'a direction that gives no access',
    changes: (site) =>
      rewrite(
        site,
        [/(dma_map_\w+\(.*|dma_iova_link\(.*), dir\b/, '$1, DMA_NONE'],
        [/(dma_buf_map_attachment\(.*), DMA_BIDIRECTIONAL/, '$1, DMA_NONE'],
      ),
  },
  {
    name: 'wrong-attributes',
    plants: 'an unmap with other attributes than the mapping',
    changes: (site) => rewrite(site, [/(dma_iova_(?:un)?link\(.*) \| DMA_ATTR_MMIO/, '$1']),
  },
  {
    name: 'wrong-device',
    plants: 'the device that owns the memory instead of the one that maps it',
    changes: (site) =>
      /dpagemap\b/.test(site.fn.head)
        ? rewrite(site, [/\b(dma_(?!addr)\w+\()dev,/, '$1dpagemap->drm->dev,'])
        : rewrite(site, [/\b(dma_(?:un)?map_\w+\()attach->dev,/, '$1buf->host->dev,']).filter(() =>
            /buf->host|\bhost\b/.test(site.code.document.join('\n')),
          ),
  },
  {
    name: 'swap-address-helpers',
    plants: 'an address of the other kind',
    changes: (site) =>
      rewrite(
        site,
        [/\bheron_to_bar\(/, 'heron_to_local('],
        [/\bheron_to_local\(/, 'heron_to_bar('],
        [/(\w+_page)_to_bar\(/, '$1_to_dpa('],
        [/(\w+_page)_to_dpa\(/, '$1_to_bar('],
      ),
  },
  {
    name: 'swap-protocols',
    plants: 'an address under the protocol of the other kind',
    changes: (site) =>
      rewrite(
        site,
        [/(encode\(addr, \w+)_LOCAL,/, '$1_BAR,'],
        [/(encode\(addr, \w+)_BAR,/, '$1_LOCAL,'],
        [/(proto = \w+)_LOCAL;/, '$1_P2P;'],
        [/(proto = \w+)_P2P;/, '$1_LOCAL;'],
      ),
  },
  {
    name: 'loop-off-by-one',
    plants: 'a loop that goes one round too far',
    changes: (site) => {
      const edit = replace(site.statement, /^(for \(.*; \w+ <) (\w+;)/, '$1= $2');
      return edit
        ? [{ edits: [edit], partner: (_, index) => index === site.index + 1 || index === site.index + 2 }]
        : [];
    },
  },
  {
    name: 'drop-fence-slot',
    plants: 'a fence that is added without a reserved slot',
    changes: (site) => {
      const edit = replace(site.statement, /= dma_resv_reserve_fences\(.*\);$/, '= 0;');
      return edit ? [{ edits: [edit], anywhere: (other) => callee(other) === 'dma_resv_add_fence' }] : [];
    },
  },
  {
    name: 'drop-map-error-value',
    plants: 'an address handed on although linking failed',
    changes: (site) => {
      if (!/\baddr = DMA_MAPPING_ERROR;$/.test(site.statement.text)) return [];
      const initial = /^dma_addr_t/.test(site.statement.text);
      return [
        {
          edits: [initial ? { statement: site.statement, text: 'dma_addr_t addr;' } : drop(site.statement)],
          partner: (other) => /\baddr\b/.test(other.text),
          anywhere: dmaCalls,
        },
      ];
    },
  },
];
