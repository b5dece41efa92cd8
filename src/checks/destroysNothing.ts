/**
 * Ops that end an object's life and give its memory back nowhere: neither they, nor what they call, nor the work that they queue. Read, not
 * run: the object that a run hands them is the scenario's.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { calleeName } from './irNames.ts';
import { isUnseen, memberAt, tagBehind } from './membersNotSetUp.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';

/** What the core leaves to the op (drm_pagemap.c:drm_pagemap_destroy, drivers/dma-buf/dma-fence.c:dma_fence_release). */
const LAST: Readonly<Record<string, RegExp>> = { drm_pagemap_ops: /^destroy$/, dma_fence_ops: /^release$/ };
/** Gives something back, or leaves it to somebody who does. */
const GIVES_BACK =
  /(?:^|_)(?:k?v?free\w*|put\w*|release\w*|destroy\w*|drop|unref|del|remove|complete\w*|wake\w*|call|rcu)(?:_|$)/;
const WORK = /(?:^|_)(?:schedule|queue|mod)_.*work/;
const DEPTH = 4;

/** What an op comes to: functions of the document, the handlers of the work it queues among them; null: it calls somebody who is not shown. */
function reached(
  reads: readonly ReadFunction[],
  start: ReadFunction,
  document: DocumentView,
): Set<ReadFunction> | null {
  const found = new Set([start]);
  for (let round = 0; round < DEPTH; round++)
    for (const read of [...found])
      for (const { calls } of read.nodes)
        for (const call of calls) {
          const { callee } = call;
          if (callee.kind !== 'direct' || isUnseen(callee.symbol, document)) return null;
          const next = reads.find(({ symbol }) => symbol === callee.symbol);
          if (next !== undefined) found.add(next);
          if (!WORK.test(callee.symbol.name)) continue;
          const tags = call.args.flatMap((arg) => memberAt(arg)?.split('.')[0] ?? []);
          const handlers = reads.filter(
            ({ symbol, nodes }) =>
              symbol.type.parameters.some((each) => tagBehind(each) === 'work_struct') &&
              nodes.some(({ all }) => all.some((expr) => tags.includes(tagBehind(expr.type) ?? ''))),
          );
          if (handlers.length === 0) return null;
          for (const handler of handlers) found.add(handler);
        }
  return found;
}

/** Last ops after which the object is still there. */
export function destroysNothing(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return document.tables.flatMap((table) => {
    const last = Object.hasOwn(LAST, table.struct) ? LAST[table.struct] : undefined;
    return table.ops.flatMap(({ member, function: op }): DocumentReport[] => {
      const start = reads.find(({ symbol }) => symbol === op);
      if (last === undefined || !last.test(member) || start === undefined || op.at === null) return [];
      const all = reached(reads, start, document);
      if (all === null || [...all].some(({ ir }) => ir.partial)) return [];
      const gives = [...all].some((read) =>
        read.nodes.some(({ calls }) =>
          calls.some(({ callee }) => {
            const name = calleeName(callee);
            // What the document shows is looked into.
            return (
              GIVES_BACK.test(name) &&
              !/^(?:list|hlist|rb|xa|idr)_/.test(name) &&
              !reads.some(({ symbol }) => symbol.name === name)
            );
          }),
        ),
      );
      if (gives) return [];
      // The work that does the rest is where the free belongs.
      const end =
        [...all].find(({ symbol }) => symbol.type.parameters.some((each) => tagBehind(each) === 'work_struct')) ??
        start;
      const closing = { unit: end.ir.at.unit, start: end.ir.at.end - 1, end: end.ir.at.end };
      return [
        {
          ...told(
            end,
            closing,
            `\`${member}\` ends the object's life, and nothing gives its memory back`,
            'nobody else frees it',
            [{ message: `\`${op.name}\` is the last that is called`, at: op.at }],
          ),
          op: `${table.symbol.name}.${member}`,
        },
      ];
    });
  });
}
