/**
 * Pages that are mapped for the wrong way of a migration: `copy_to_ram` writes what it is handed, `copy_to_devmem` reads it (drivers/gpu/drm/
 * drm_pagemap.c maps the one DMA_FROM_DEVICE, the other DMA_TO_DEVICE, or both ways). Read, not run: the lines between need not be shown.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { calleeName, constantOf } from './irNames.ts';
import { type CallExpr, type ReadFunction, readFunctions, told } from './readFunctions.ts';

/** The direction that gives no access to a copy op, by name and number. */
const REFUSED: Readonly<Record<string, readonly [name: string, value: number]>> = {
  copy_to_ram: ['DMA_TO_DEVICE', 1],
  copy_to_devmem: ['DMA_FROM_DEVICE', 2],
};
const MAPS = /(?:^|_)(?:map|map_(?:\w+_)?pages)$/;

/** The argument of a call that is this direction by number, where the text of the call names it. */
function given(document: DocumentView, call: CallExpr, name: string, value: number): Expr | null {
  const text = document.program.units[call.at.unit]?.text.slice(call.at.start, call.at.end) ?? '';
  if (!new RegExp(`\\b${name}\\b`).test(text)) return null;
  return call.args.findLast((arg) => Number(constantOf(arg) ?? Number.NaN) === value) ?? null;
}

function wrongWays(document: DocumentView, read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^copy_to_(?:ram|devmem)$/).flatMap(({ at, call, name }) => {
    const [direction, value] = REFUSED[name] ?? [];
    const entries = argument(call, 1);
    if (direction === undefined || value === undefined || entries === null) return [];
    const before = waysOf(read.graph).leadingTo(at.node.id);
    return callsOf(read, MAPS).flatMap((map) => {
      if (before[map.at.node.id] !== 1 || !map.call.args.some((_, i) => argument(map.call, i) === entries)) return [];
      const way = /unmap/.test(calleeName(map.call.callee)) ? null : given(document, map.call, direction, value);
      if (way === null) return [];
      return [
        told(
          read,
          way.at,
          `mapped \`${direction}\` for \`${name}()\`, which ${name === 'copy_to_ram' ? 'writes to' : 'reads from'} what it is handed`,
          null,
          [{ message: 'handed over here', at: call.at }],
        ),
      ];
    });
  });
}

/** Mappings that a copy op cannot use. */
export function copiesAgainstDirection(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => wrongWays(document, read));
}
