/**
 * The cursor of a walk over a list, looked into where the walk came to its end: it leads to no entry then, but to what stands before the head.
 * Read, not run: how many entries the list of somebody else has, no run knows.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, valueName, within } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Ask whether a walk is at its end (include/linux/list.h). */
const AT_END = /^(?:list_is_head|list_entry_is_head)$/;
/** Steps behind the walk that are still its end. */
const NEAR = 8;

/** The variable of which the walk's condition asks whether it is the head; null: it is no such condition. */
function cursorOf({ node }: ReadNode): string | null {
  if (node.kind !== 'branch') return null;
  for (const value of node.values)
    for (const part of within(value)) {
      const [entry] = part.kind === 'call' && AT_END.test(calleeName(part.callee)) ? part.args : [];
      const place = entry === undefined ? null : bare(entry);
      if (place?.kind !== 'address' || place.place.kind !== 'member') continue;
      let { base } = place.place;
      while (base.kind === 'member') base = base.base;
      const name = base.kind === 'deref' ? valueName(bare(base.pointer)) : null;
      if (name !== null && /^\w+#\d+$/.test(name)) return name;
    }
  return null;
}

/** A member of the entry that is read; its links lead on from the head as from any entry. */
function lookedInto(all: readonly Expr[], cursor: string): Expr | null {
  return (
    all.find((expr) => {
      if (expr.kind !== 'load' || expr.place.kind !== 'member') return false;
      const name = valueName(expr) ?? '';
      return name.startsWith(`*${cursor}.`) && !/\.(?:next|prev)$/.test(name);
    }) ?? null
  );
}

function behindEnd(read: ReadFunction): DocumentReport[] {
  const ways = waysOf(read.graph);
  return read.nodes.flatMap((test) => {
    const cursor = cursorOf(test);
    const [, end] = test.node.next;
    if (cursor === null || end === undefined || !ways.looped(test.node.id, test.node.id)) return [];
    let here = read.nodes[end];
    for (let steps = 0; here !== undefined && steps < NEAR; steps++) {
      const { node, all, stores }: ReadNode = here;
      // Another walk, or a question whether this one came to its end.
      if (node.kind === 'hole' || cursorOf(here) !== null || all.some(asksTheEnd)) return [];
      const reading = lookedInto(all, cursor);
      if (reading !== null) {
        const name = cursor.replace(/#\d+$/, '');
        return [
          told(
            read,
            reading.at,
            `\`${name}\` is no entry here when the walk came to its end`,
            'no entry ends the walk',
            [{ message: 'the walk', at: test.node.at }],
          ),
        ];
      }
      if (stores.some(({ to }) => to === cursor) || node.next.length !== 1) return [];
      here = read.nodes[node.next[0] ?? -1];
    }
    return [];
  });
}

function asksTheEnd(expr: Expr): boolean {
  return expr.kind === 'call' && AT_END.test(calleeName(expr.callee));
}

/** Cursors that are used as entries behind the end of their walk. */
export function cursorsBehindWalks(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(behindEnd);
}
