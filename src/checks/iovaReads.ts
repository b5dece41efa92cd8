/** An IOVA that is given back although a link made on the way to there is never undone. Read, not run: sizes may be open, the order is not. */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, outcomeOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { calleeName, rootOf, valueName } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';
import { TAKES_APART } from './undoPairs.ts';

/** Unlinks, under the kernel's name or one of the driver's own. */
const undoes = (name: string): boolean => name !== 'dma_iova_free' && (/unlink/.test(name) || TAKES_APART.test(name));

/** The state, or what it is kept in. */
function isAbout(arg: Expr, state: string): boolean {
  const name = valueName(arg);
  return name !== null && rootOf(name) === rootOf(state);
}

function freedLinked(read: ReadFunction): DocumentReport[] {
  const ways = waysOf(read.graph);
  return callsOf(read, /^dma_iova_free$/).flatMap(({ at: free, call: freeing }) => {
    const state = argument(freeing, 1);
    if (state === null) return [];
    const before = ways.leadingTo(free.node.id);
    // Undone on some way to there: whether on this one is for those who run it.
    const undone = read.nodes.some(
      ({ node, calls }) =>
        before[node.id] === 1 &&
        calls.some((call) => undoes(calleeName(call.callee)) && call.args.some((arg) => isAbout(arg, state))),
    );
    if (undone) return [];
    const link = callsOf(read, /^dma_iova_link$/).find(
      ({ at, call }) => argument(call, 1) === state && ways.from(outcomeOf(read, at, call).ok).has[free.node.id] === 1,
    );
    if (link === undefined) return [];
    return [
      told(
        read,
        freeing.at,
        '`dma_iova_free()` of an IOVA that is linked: nothing on the way unlinks it',
        'nobody who is called on the way unlinks it',
        [{ message: 'linked here', at: link.call.at }],
      ),
    ];
  });
}

/** IOVAs that are freed with their links. */
export function freedWhileLinked(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(freedLinked);
}
