/**
 * Pages that `drm_gpusvm_get_pages()` mapped, and whoever puts their addresses into the device's page tables: the notifier may have unmapped
 * them since, which only `drm_gpusvm_range_pages_valid()` under the notifier lock tells (drm_gpusvm.c, "DOC: Examples"). Read, not run.
 */
import type { FunctionSymbol, Place } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const GETS = /^drm_gpusvm_(?:range_)?get_pages$/;
/** Ask by themselves, or compare the sequence; a driver's own wrapper is called like them. */
const ASKS = /pages_valid|^mmu_interval_(?:read|check)_retry$/;
/** Calls that are looked through from whoever got the pages. */
const DEPTH = 3;

/** Addresses of mapped pages that are used with nobody asking whether the pages are still valid. */
export function mappedPagesUnasked(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  if (reads.some((read) => callsOf(read, ASKS).length > 0)) return [];
  const bySymbol = new Map(reads.map((read) => [read.symbol, read]));
  const found = new Map<number, DocumentReport>();
  for (const read of reads)
    for (const { at, call, name } of callsOf(read, GETS)) {
      if (read.ir.partial) continue;
      const { has } = waysOf(read.graph).from(at.node.next);
      for (const node of read.nodes) {
        if (has[node.node.id] !== 1) continue;
        const use = useFrom(read, node, bySymbol, DEPTH);
        if (use === null || found.has(use.node.node.at.start)) continue;
        found.set(
          use.node.node.at.start,
          told(
            use.read,
            use.node.node.at,
            `addresses of \`${name}()\` are used, and nobody asks whether the pages are still valid`,
            'nobody who is not shown asks `drm_gpusvm_range_pages_valid()`',
            [{ message: 'the pages were got here', at: call.at }],
          ),
        );
        break;
      }
    }
  return [...found.values()];
}

/** Where a step, or a function that it calls, reads the addresses. */
function useFrom(
  read: ReadFunction,
  node: ReadNode,
  bySymbol: ReadonlyMap<FunctionSymbol, ReadFunction>,
  depth: number,
): { readonly read: ReadFunction; readonly node: ReadNode } | null {
  if (readsAddresses(node)) return { read, node };
  if (depth === 0) return null;
  for (const { callee } of node.calls) {
    const called = callee.kind === 'direct' ? bySymbol.get(callee.symbol) : undefined;
    if (called === undefined || called.ir.partial) continue;
    for (const each of called.nodes) {
      const use = useFrom(called, each, bySymbol, depth - 1);
      if (use !== null) return use;
    }
  }
  return null;
}

/** The array of addresses is read; asking whether there is one uses none. */
function readsAddresses({ node, all }: ReadNode): boolean {
  return node.kind !== 'branch' && all.some((each) => each.kind === 'load' && isAddresses(each.place));
}

function isAddresses(place: Place): boolean {
  return (
    place.kind === 'member' &&
    place.member.name === 'dma_addr' &&
    place.base.type.kind === 'struct' &&
    /^drm_gpusvm_(?:pages|range)$/.test(place.base.type.tag)
  );
}
