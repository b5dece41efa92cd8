/**
 * Ops that callers rely on and the table lacks: by the cores' models when the table is used, and by the table as it is written. Of a table
 * only what it shows counts: one that is cut, or quoted in part, is not blamed for what is not there.
 */
import type { SourceUnit } from '../c/source.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { type CheckReport, check, passingOn, type RunView, reportsOf } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { flowOf } from './flowGraph.ts';
import { bare, constantOf } from './irNames.ts';
import page from './required-op-missing.md?raw';

/** An op, and what it obliges the table to. `when`: only tables that also have this member. */
interface Obligation {
  readonly struct: string;
  readonly has: string;
  readonly needs: string;
  readonly when?: string;
  /** What must be so for the op to be missed. */
  readonly assuming?: string;
}

/** drm_gpusvm.c does without; drm_pagemap.c calls it where pages go from one device to another. */
const PEERS = 'another device migrates pages that this table mapped for it';

const OBLIGATIONS: readonly Obligation[] = [
  { struct: 'dma_buf_ops', has: 'pin', needs: 'unpin' },
  { struct: 'dma_buf_ops', has: 'unpin', needs: 'pin' },
  { struct: 'dma_buf_ops', has: 'map_dma_buf', needs: 'unmap_dma_buf' },
  { struct: 'dma_buf_ops', has: 'unmap_dma_buf', needs: 'map_dma_buf' },
  { struct: 'dma_buf_ops', has: 'map_dma_buf', needs: 'release' },
  { struct: 'dma_buf_interconnect_ops', has: 'map_interconnect', needs: 'unmap_interconnect' },
  { struct: 'dma_buf_interconnect_ops', has: 'unmap_interconnect', needs: 'map_interconnect' },
  { struct: 'drm_pagemap_ops', has: 'device_iova_alloc', needs: 'device_iova_free' },
  { struct: 'drm_pagemap_ops', has: 'device_iova_link', needs: 'device_iova_sync' },
  { struct: 'drm_pagemap_ops', has: 'device_iova_link', needs: 'device_iova_unlink' },
  { struct: 'drm_pagemap_ops', has: 'device_iova_link', needs: 'device_iova_alloc' },
  // drm_pagemap.c:drm_pagemap_migrate_unmap_pages calls it untested; drm_pagemap_migrate_to_devmem refuses a table without all three copy ops.
  { struct: 'drm_pagemap_ops', has: 'device_map', needs: 'device_unmap', when: 'populate_mm', assuming: PEERS },
  { struct: 'drm_pagemap_ops', has: 'map_dma', needs: 'unmap_dma', when: 'populate_mm', assuming: PEERS },
  { struct: 'drm_pagemap_devmem_ops', has: 'populate_devmem_pfn', needs: 'copy_to_devmem' },
  { struct: 'drm_pagemap_devmem_ops', has: 'copy_to_devmem', needs: 'copy_to_ram' },
  { struct: 'drm_pagemap_devmem_ops', has: 'copy_to_ram', needs: 'copy_to_devmem' },
  { struct: 'drm_pagemap_devmem_ops', has: 'copy_to_ram', needs: 'populate_devmem_pfn' },
  // A table with `device_map` is meant to be whole: a cookie then needs what is done with it.
  { struct: 'drm_pagemap_ops', has: 'device_iova_alloc', needs: 'device_iova_link', when: 'device_map' },
  { struct: 'mmu_interval_notifier_ops', has: 'invalidate_range', needs: 'invalidate' },
];

/** True when the whole initialiser is in the unit: its head and its closing brace are there and no lines are missing between them. */
function isWhole(unit: SourceUnit | undefined, table: Pick<OpsTable, 'symbol'>): boolean {
  const start = table.symbol.at?.start ?? 0;
  const close = unit?.text.indexOf('\n};', start) ?? -1;
  const oneLine = unit?.text.slice(start).match(/^[^\n]*\};/) !== null;
  if (unit === undefined || (close < 0 && !oneLine)) return false;
  const end = oneLine ? unit.text.indexOf('\n', start) : close;
  // A hunk that begins inside of the table: its head is known from the hunk's heading.
  const [head = ''] = unit.text.slice(start, end).split('{');
  if (!head.includes(table.symbol.name)) return false;
  return !(unit.holes ?? []).some((hole) => hole.at > start && hole.at <= end);
}

/** `.release = NULL` in a table that other files see: a template, which its user completes (drivers/gpu/drm/vmwgfx/ttm_object.c). */
function leftToOthers({ symbol }: OpsTable, member: string): boolean {
  const init = symbol.isStatic ? null : symbol.init();
  return init?.kind === 'aggregate' && init.stores.some((store) => store.member?.replace(/^.*\./, '') === member);
}

/** An importer's table that says nothing of moves; it may hold no function at all, and then it is no table of ops. */
function silentImporters(document: DocumentView): DocumentReport[] {
  return document.program.globals.flatMap((symbol) => {
    const { at, type } = symbol;
    if (at === null || type.kind !== 'struct' || type.tag !== 'dma_buf_attach_ops' || !document.inDocument(at))
      return [];
    const init = symbol.init();
    const unit = document.program.units[at.unit];
    if (init?.kind !== 'aggregate' || init.stores.length === 0 || !isWhole(unit, { symbol })) return [];
    if (init.stores.some(({ member }) => /move_notify|invalidate_mappings/.test(member ?? ''))) return [];
    return [
      {
        at,
        message: `\`${symbol.name}\` has no \`move_notify\`: attaching with it fails`,
        function: null,
        op: null,
        related: [],
        assumption: 'the tree is older than v7.1, where the op became optional',
      },
    ];
  });
}

function inspect(document: DocumentView): DocumentReport[] {
  return [...silentImporters(document), ...incomplete(document)];
}

/** An op that only ever says that no cookie is needed: nobody has one to do anything with. */
function givesNothing(table: OpsTable, member: string): boolean {
  const body = table.ops.find((op) => op.member === member)?.function.body() ?? null;
  if (body === null || body.partial) return false;
  const { nodes } = flowOf(body);
  const returns = nodes.filter(({ kind }) => kind === 'return');
  return (
    returns.length > 0 &&
    returns.every(({ values: [value] }) => value !== undefined && Number(constantOf(bare(value)) ?? 1) === 0)
  );
}

function incomplete(document: DocumentView): DocumentReport[] {
  return document.tables.flatMap((table) => {
    const at = table.symbol.at;
    if (at === null || table.made === true || !isWhole(document.program.units[at.unit], table)) return [];
    const members = new Set(table.ops.map((op) => op.member));
    const missing = OBLIGATIONS.filter(
      ({ struct, has, needs, when }) =>
        struct === table.struct &&
        members.has(has) &&
        !members.has(needs) &&
        (when === undefined || members.has(when)) &&
        !leftToOthers(table, needs) &&
        !(has === 'device_iova_alloc' && givesNothing(table, has)),
    );
    return missing.slice(0, 1).map(({ has, needs, assuming }) => ({
      at: table.struct === 'dma_buf_interconnect_ops' ? (table.ops.find((op) => op.member === has)?.at ?? at) : at,
      message: `\`${table.symbol.name}\` has \`${has}\` and no \`${needs}\``,
      function: null,
      op: `${table.symbol.name}.${needs}`,
      related: missing.slice(1).map((other) => ({
        message: `\`${other.has}\` also needs \`${other.needs}\``,
        at,
      })),
      assumption: assuming ?? null,
    }));
  });
}

const used = reportsOf(['pagemap-op-missing', 'dma-buf-export-ops', 'dma-buf-no-move-notify']);

/** A table that no line declares has what its user needs. */
function undeclared({ trace }: RunView, { event }: CheckReport): boolean {
  return trace.some(
    (each, i) => i < event && each.kind === 'assumption' && each.message.startsWith('no line that is shown declares'),
  );
}

export default check(page, {
  ...used,
  judge: passingOn((run) => used.judge?.(run).filter((report) => !undeclared(run, report)) ?? []),
  inspect,
});
