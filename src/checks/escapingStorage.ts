/**
 * The address of something that lives in a block, left in an object that outlives the function: a compound literal or a table of its own that
 * an op stores behind its argument. Read, not run: who looks there later is often not shown.
 */
import type { Expr, Place } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName, within } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';

/** What a place lies in, when that is gone with the block: in words. */
function shortLived(place: Place): string | null {
  switch (place.kind) {
    case 'literal':
      return 'a compound literal';
    case 'local':
      // What no visible line declares may as well stand at file scope.
      return place.variable.isParameter || place.variable.unseen === true ? null : `\`${place.variable.name}\``;
    case 'member':
      return shortLived(place.base);
    case 'global':
    case 'deref':
    case 'value':
      return null;
    default: {
      const never: never = place;
      return never;
    }
  }
}

function addressOf(expr: Expr): string | null {
  const value = bare(expr);
  if (value.kind === 'address') return shortLived(value.place);
  if (value.kind === 'offset') return addressOf(value.pointer);
  return null;
}

function escaping(read: ReadFunction): DocumentReport[] {
  if (read.ir.partial) return [];
  const parameters = new Set(read.ir.parameters.map((each) => `${each.name}#${each.id}`));
  return read.nodes.flatMap((at) =>
    at.stores.flatMap(({ to, value }) => {
      const what = addressOf(value);
      const root = rootOf(to);
      // Behind an argument: `*arg.member`.
      if (what === null || !to.startsWith('*') || !parameters.has(root)) return [];
      const behind = waysOf(read.graph).from(at.node.next);
      const later = behind.order.flatMap((id) => read.nodes[id] ?? []);
      // Taken out again, or handed with its holder to somebody who is done with it when they return.
      const used = later.some(
        (node) =>
          node.stores.some((store) => store.to === to) ||
          node.calls.some(
            (call) =>
              !/assert|lockdep|unlock/.test(calleeName(call.callee)) &&
              call.args.some((arg) => within(arg).some((part) => rootOf(valueName(part) ?? '') === root)),
          ) ||
          node.calls.some((call) => /wait|flush|sync|join|complete/.test(calleeName(call.callee))),
      );
      const exits = later.some(({ node }) => node.kind === 'return' || node.kind === 'end');
      return used || !exits
        ? []
        : [
            told(
              read,
              value.at,
              `the address of ${what}, which is gone when \`${read.symbol.name}\` returns, is left in \`${to.replace(/#\d+/g, '').replace(/^\*(\w+)\./, '$1->')}\``,
              'somebody looks there after that',
            ),
          ];
    }),
  );
}

/** Addresses of what lives in a block, left behind arguments. */
export function escapingStorage(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(escaping);
}
