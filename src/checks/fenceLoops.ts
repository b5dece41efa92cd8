/**
 * A loop that adds a fence to one reservation each time round, where a fixed number of slots was reserved before it. Read, not run: how often a
 * loop over somebody's list goes round, and whose timelines the fences are of, no run knows.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, rootOf, valueName, within } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const RESERVES = /reserve|prepare/;

/** Fences added in a loop for which fewer slots were reserved than it may go round. */
export function addedInLoop(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    const ways = waysOf(read.graph);
    return callsOf(read, /^dma_resv_reserve_fences$/).flatMap(({ at, call }) => {
      const slots = call.args[1] === undefined ? null : constantOf(bare(call.args[1]));
      const resv = argument(call, 0);
      if (slots === null || resv === null || ways.looped(at.node.id, at.node.id)) return [];
      const { has } = ways.from(at.node.next, ({ id }) => renames(read.nodes[id] ?? at, resv));
      const added = callsOf(read, /^dma_resv_add_fence$/).find(
        (add) =>
          has[add.at.node.id] === 1 &&
          argument(add.call, 0) === resv &&
          ways.looped(add.at.node.id, add.at.node.id) &&
          goesOn(read, add.at, add.call.args[1], resv),
      );
      if (added === undefined) return [];
      return [
        told(
          read,
          added.call.at,
          `a fence is added each time round the loop, and ${slots === 1 ? 'one slot was' : `${slots} slots were`} reserved before it`,
          'the loop goes round more often, and the fences are of different timelines',
          [{ message: 'reserved here', at: call.at }],
        ),
      ];
    });
  });
}

/** The loop around a node adds another fence each time, to the same reservation, without reserving, as often as what nobody knows says. */
function goesOn(read: ReadFunction, at: ReadNode, fence: ReadNode['all'][number] | undefined, resv: string): boolean {
  const ways = waysOf(read.graph);
  const loop = read.nodes.filter(({ node }) => ways.looped(node.id, at.node.id));
  if (fence === undefined || loop.some((node) => renames(node, resv))) return false;
  if (loop.some(({ calls }) => calls.some(({ callee }) => RESERVES.test(calleeName(callee))))) return false;
  const written = new Set(
    loop.flatMap(({ stores, all }) => [
      ...stores.map(({ to }) => to),
      ...all.flatMap((expr) =>
        expr.kind === 'update'
          ? [valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at }) ?? '']
          : [],
      ),
    ]),
  );
  const changes = within(fence).some((part) => {
    const name = valueName(part);
    return name !== null && (written.has(name) || written.has(rootOf(name)));
  });
  const inside = new Set(loop.map(({ node }) => node.id));
  // A loop that ends at a number that is written there is of known length.
  const bounded = loop.some(
    ({ node }) =>
      node.kind === 'branch' &&
      node.next.some((next) => !inside.has(next)) &&
      node.values.some((value) => {
        const test = bare(value);
        return (
          test.kind === 'compare' && (constantOf(bare(test.right)) !== null || constantOf(bare(test.left)) !== null)
        );
      }),
  );
  return changes && !bounded;
}
