/**
 * An acquire context that a function begins and leaves open on one of its failures, though it ends it on another: the locks taken with it
 * stay as well. Read, not run.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, outcomeOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const LOCKS = /^(?:dma_resv_lock(?:_interruptible)?|ww_mutex_lock(?:_interruptible)?)$/;
/** End the context, or hand it to whoever does. */
const ENDS = /fini|unlock|backoff|unreserve|cleanup|abort|slow/;

function openExits(read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^ww_acquire_init$/).flatMap(({ call: init }) => {
    const context = argument(init, 0);
    const finishes = callsOf(read, /^ww_acquire_fini$/).some(({ call }) => argument(call, 0) === context);
    if (context === null || !finishes || read.ir.partial) return [];
    return callsOf(read, LOCKS).flatMap(({ at, call }) => {
      if (argument(call, 1) !== context) return [];
      const ends = (node: ReadNode): boolean => node.calls.some(({ callee }) => ENDS.test(calleeName(callee)));
      const { failed } = outcomeOf(read, at, call);
      return waysOf(read.graph)
        .from(failed, ({ id, kind }) => kind === 'hole' || id === at.node.id || ends(read.nodes[id] ?? at))
        .order.flatMap((id) => {
          const exit = read.nodes[id];
          const [value] = exit?.node.values ?? [];
          if (exit === undefined || exit.node.kind !== 'return' || ends(exit)) return [];
          if (value === undefined || Number(constantOf(bare(value)) ?? 1) === 0) return [];
          return [
            told(read, exit.node.at, 'returns a failure with the acquire context open, and locks of it held', null, [
              { message: 'the context begins here', at: init.at },
              { message: 'this failed', at: call.at },
            ]),
          ];
        });
    });
  });
}

/** Failures that leave an acquire context open. */
export function openContexts(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(openExits);
}
