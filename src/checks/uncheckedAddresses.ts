/**
 * Addresses that an op of a pagemap hands out and the core keeps without asking whether they are any: the ops fail in band, by
 * `DMA_MAPPING_ERROR` in the entry (include/drm/drm_pagemap.h). Read, not run: which driver's op it is no run of the core alone knows.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, rootOf, valueName, within } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';

const GIVES = /^(?:device_map|map_dma|device_iova_link)$/;
/** Asks, or by its name may ask. */
const ASKS = /^dma_mapping_error$|(?:^|_)(?:check|valid|validate|error|verify)(?:_|$)/;

function asks(read: ReadFunction): boolean {
  return (
    callsOf(read, ASKS).length > 0 ||
    // `entry.addr == DMA_MAPPING_ERROR`
    kindsOf(read).compares.some(({ expr }) =>
      within(expr).some(
        (part) => part.kind === 'load' && part.place.kind === 'member' && part.place.member.name === 'addr',
      ),
    )
  );
}

function keptUnasked(read: ReadFunction): DocumentReport[] {
  // An op that hands on what another op gave it leaves the question to its caller.
  if (read.symbol.type.result.kind === 'struct' || asks(read)) return [];
  return callsOf(read, GIVES).flatMap(({ at, call, name }) => {
    if (call.callee.kind !== 'indirect') return [];
    const to = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
    const { order } = waysOf(read.graph).from(at.node.next, ({ kind }) => kind === 'hole');
    const after = order.flatMap((id) => read.nodes[id] ?? []);
    // Kept at once, or by way of a variable.
    const kept = at.all.some((expr) => expr.kind === 'assign' && bare(expr.value) === call && to === null)
      ? at
      : to === null
        ? undefined
        : /^\w+#\d+$/.test(to)
          ? after.find(({ all }) =>
              all.some(
                (expr) => expr.kind === 'assign' && valueName(bare(expr.value)) === to && expr.place.kind !== 'local',
              ),
            )
          : at;
    if (kept === undefined) return [];
    const handed = after.some(({ calls }) =>
      calls.some(({ args }) => args.some((arg) => to !== null && rootOf(valueName(bare(arg)) ?? '') === rootOf(to))),
    );
    // The next entry begins, or the function is over: nobody asks about this one any more.
    const over = after.some(
      ({ node, all }) => node.kind === 'return' || all.some((expr) => expr.kind === 'update') || node.id === at.node.id,
    );
    if (handed || !over) return [];
    return [
      told(
        read,
        (kept === at ? call : (kept.all.find((expr) => expr.kind === 'assign') ?? call)).at,
        `what \`${name}()\` gave is kept, and nobody asks \`dma_mapping_error()\``,
        read.ir.partial ? 'the lines that are not shown do not ask' : null,
        kept === at ? [] : [{ message: 'given here', at: call.at }],
      ),
    ];
  });
}

/** Entries whose address may be an error. */
export function entriesKeptUnasked(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(keptUnasked);
}
