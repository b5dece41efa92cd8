/**
 * A `static` variable of a function that the kernel calls for several devices and processes at once: what one call leaves there another one
 * reads. A flag that is only ever set to the same, and what a lock guards, is none of this. Read, not run.
 */
import type { GlobalSymbol, Place } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, calleeName, constantOf } from './irNames.ts';
import { readFunctions, told } from './readFunctions.ts';

const LOCKS = /lock|^(?:down_|guard|xchg|cmpxchg|atomic_|class_)/;

function rootOf(place: Place): GlobalSymbol | null {
  let at: Place = place;
  while (at.kind === 'member') at = at.base;
  return at.kind === 'global' ? at.symbol : null;
}

/** Writes of what an op of a table keeps in a static variable of its own, without any lock. */
export function staticsOfOps(document: DocumentView): DocumentReport[] {
  const ops = new Set(document.tables.flatMap(({ ops }) => ops.map((op) => op.function)));
  return readFunctions(document).flatMap((read) => {
    const { at: from, name } = read.symbol;
    if (from === null || !ops.has(read.symbol)) return [];
    if (read.nodes.some(({ calls }) => calls.some((call) => LOCKS.test(calleeName(call.callee))))) return [];
    const first = Math.min(...read.nodes.map(({ node }) => node.at.start));
    const last = Math.max(...read.nodes.map(({ node }) => node.at.end));
    const said = new Set<GlobalSymbol>();
    return read.nodes.flatMap(({ all }) =>
      all.flatMap((expr) => {
        if (expr.kind !== 'assign' || constantOf(bare(expr.value)) !== null) return [];
        const symbol = rootOf(expr.place);
        const at = symbol?.at;
        if (symbol === null || at == null || !symbol.isStatic || symbol.isConst || said.has(symbol)) return [];
        // Declared inside the function.
        if (at.unit !== from.unit || at.start < from.start || at.start > last || first > last) return [];
        said.add(symbol);
        return [
          told(
            read,
            expr.at,
            `\`${symbol.name.replace(/@.*/, '')}\` is one for all calls of \`${name}\`, and is written without a lock`,
            `\`${name}\` is called by two at once`,
            [{ message: 'static here', at }],
          ),
        ];
      }),
    );
  });
}
