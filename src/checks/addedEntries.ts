/**
 * Entries that are freed by a function which is handed them, as those who call it see it: they made the entry themselves, and come there only
 * where the function that was to put it on a list answered that it failed. Read, not run, for `listEntries.ts`.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import { waysOf } from './flowWays.ts';
import { bare, valueName, within } from './irNames.ts';
import { calledIn, type ReadFunction, type ReadNode } from './readFunctions.ts';

interface Names {
  /** Functions that make an entry, by their names. */
  readonly makes: RegExp;
  /** Functions of the document that put entries on the list. */
  readonly adds: ReadonlySet<FunctionSymbol>;
}

/** Whether every call of the freeing function is of that kind; `name`: what it frees. */
export function neverAddedBy(
  reads: readonly ReadFunction[],
  freeing: ReadFunction,
  name: string,
  names: Names,
): boolean {
  const index = freeing.ir.parameters.findIndex((each) => `${each.name}#${each.id}` === name);
  if (index < 0) return false;
  const calls = reads.flatMap((read) =>
    read.nodes.flatMap((at) =>
      at.calls.flatMap((call) =>
        call.callee.kind === 'direct' && call.callee.symbol === freeing.symbol ? [{ read, at, call }] : [],
      ),
    ),
  );
  return (
    calls.length > 0 &&
    calls.every(({ read, at, call }) => {
      const arg = call.args[index];
      const entry = arg === undefined ? null : valueName(bare(arg));
      return entry !== null && madeIn(read, entry, names) && refusedBefore(read, at, entry, names);
    })
  );
}

function madeIn({ nodes }: ReadFunction, entry: string, { makes }: Names): boolean {
  const values = nodes.flatMap(({ stores }) => stores.flatMap(({ to, value }) => (to === entry ? [value] : [])));
  return values.length > 0 && values.every((value) => bare(value).kind === 'call' && makes.test(calledIn(value)));
}

/** Each call that may put the entry on the list and leads here has its answer asked, and only one answer leads here. */
function refusedBefore(read: ReadFunction, at: ReadNode, entry: string, { adds }: Names): boolean {
  const ways = waysOf(read.graph);
  return read.nodes.every((node) =>
    node.calls.every((call) => {
      const given = call.args.some((arg) => valueName(bare(arg)) === entry);
      if (!given || call.callee.kind !== 'direct' || !adds.has(call.callee.symbol)) return true;
      if (ways.from(node.node.next).has[at.node.id] !== 1) return true;
      const answer = node.stores.find(({ value }) => bare(value) === call)?.to;
      return read.nodes.some(
        (branch) =>
          branch.node.kind === 'branch' &&
          (branch === node || branch.node.values.flatMap(within).some((part) => valueName(part) === answer)) &&
          branch.node.next.some((next) => ways.from([next]).has[at.node.id] !== 1) &&
          ways.from([branch.node.id]).has[at.node.id] === 1,
      );
    }),
  );
}
