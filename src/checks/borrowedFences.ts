/**
 * Fences that a walk over a reservation object shows belong to that object: who keeps one for later counts it (dma-resv.c:dma_resv_iter_first).
 * One that is kept without, and then given back or waited for behind the walk's lock. Read, not run: the fences of most objects nobody shows.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, valueName } from './irNames.ts';
import {
  type CallExpr,
  calledIn,
  type ReadFunction,
  type ReadNode,
  readFunctions,
  type Store,
  told,
} from './readFunctions.ts';

const SHOWS = /^dma_resv_iter_(?:first|next)(?:_unlocked)?$/;
const PUTS = /^dma_fence_put$/;
const WAITS = /^dma_fence_wait(?:_timeout)?$/;
const LETS_GO = /^(?:dma_resv_unlock|drm_gem_unlock|ttm_bo_unreserve|dma_resv_iter_end)$/;
/** Take no reference on what they are given. */
const LOOKS =
  /^(?:dma_fence_(?:put|wait\w*|is_\w+|later|get_status|add_callback)|dma_resv_\w+|to_\w+|WARN\w*|\w*printk)$/;

/** Fences that a function keeps as if it had a reference. */
export function borrowedFences(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    const shown = new Set(
      read.nodes.flatMap(({ stores }) => stores.filter(({ value }) => SHOWS.test(calledIn(value))).map(({ to }) => to)),
    );
    if (shown.size === 0) return [];
    return read.nodes.flatMap((node) =>
      node.stores
        .filter(({ to, value }) => !shown.has(to) && shown.has(valueName(bare(value)) ?? ''))
        .flatMap((store) => asIfCounted(read, node, store)),
    );
  });
}

function asIfCounted(read: ReadFunction, node: ReadNode, store: Store): DocumentReport[] {
  const names = new Set([store.to, valueName(bare(store.value)) ?? '']);
  // Whoever else is given it may have counted it.
  const counted = callsOf(read, /./).some(
    ({ name, call }) => !LOOKS.test(name) && call.args.some((arg) => names.has(valueName(bare(arg)) ?? '')),
  );
  if (counted) return [];
  const use = useBehind(read, node, store.to, PUTS) ?? useUnlocked(read, node, store.to);
  if (use === null) return [];
  return [
    told(
      read,
      store.at,
      'a fence of the reservation object is kept without `dma_fence_get()`',
      'no line that is not shown takes a reference on it',
      [{ message: `\`${calleeName(use.callee)}()\` takes it for the function’s own`, at: use.at }],
    ),
  ];
}

/** A call about the kept fence, behind a node, before its name stands for another. */
function useBehind(read: ReadFunction, from: ReadNode, name: string, uses: RegExp): CallExpr | null {
  const { order } = waysOf(read.graph).from(from.node.next, ({ id }) => {
    const here = read.nodes[id];
    return here === undefined || here.node.kind === 'hole' || renames(here, name);
  });
  for (const id of order) {
    const here = read.nodes[id];
    const found = here?.calls.find((call) => uses.test(calleeName(call.callee)) && argument(call, 0) === name);
    if (found !== undefined) return found;
  }
  return null;
}

/** A wait for it when the object may have given it up. */
function useUnlocked(read: ReadFunction, from: ReadNode, name: string): CallExpr | null {
  const { has } = waysOf(read.graph).from(from.node.next, ({ id }) => {
    const here = read.nodes[id];
    return here === undefined || here.node.kind === 'hole' || renames(here, name);
  });
  for (const { at } of callsOf(read, LETS_GO)) {
    const use = has[at.node.id] === 1 ? useBehind(read, at, name, WAITS) : null;
    if (use !== null) return use;
  }
  return null;
}
