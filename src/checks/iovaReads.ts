/**
 * IOVAs that are given back although a link made on the way to there is never undone, and offsets of links that a loop or a retry gets wrong.
 * Read, not run: sizes may be open, the order is not.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, outcomeOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, numberOf, rootOf, valueName, within } from './irNames.ts';
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

/** The offset of a link is set to the length of the last one, rather than moved on by it. */
function offsetIsLength(read: ReadFunction): DocumentReport[] {
  const ways = waysOf(read.graph);
  return callsOf(read, /^dma_iova_link$/).flatMap(({ at, call }) => {
    const [offset, length] = [argument(call, 3), argument(call, 4)];
    if (offset === null || length === null || !/^\w+#\d+$/.test(offset)) return [];
    const set = read.nodes.find(
      ({ node, stores }) =>
        ways.looped(node.id, at.node.id) &&
        stores.some(({ to, value }) => to === offset && valueName(bare(value)) === length),
    );
    const moved = read.nodes.some(
      ({ node, all }) =>
        ways.looped(node.id, at.node.id) &&
        all.some(
          (expr) =>
            expr.kind === 'update' &&
            valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at }) === offset,
        ),
    );
    if (set === undefined || moved) return [];
    return [
      told(
        read,
        call.at,
        'the offset is the length of the last link, and not where the links end: a third one overlaps',
        'more than two ranges are linked',
        [{ message: 'set here', at: set.node.at }],
      ),
    ];
  });
}

/** The offset moves on by a fixed step, and a link is as long as something else says. */
function offsetByFixedStep(read: ReadFunction): DocumentReport[] {
  const ways = waysOf(read.graph);
  return callsOf(read, /^dma_iova_link$/).flatMap(({ at, call }) => {
    const offset = argument(call, 3);
    const size = call.args[4];
    // What an element or a member of an open length says: of a variable the last value may be the step.
    const length = size === undefined ? null : bare(size);
    if (offset === null || !/^\w+#\d+$/.test(offset) || length?.kind !== 'load' || length.place.kind !== 'member')
      return [];
    const steps = read.nodes.flatMap(({ node, all }) =>
      ways.looped(node.id, at.node.id)
        ? all.filter(
            (expr) =>
              (expr.kind === 'update' || expr.kind === 'assign') &&
              valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at }) === offset,
          )
        : [],
    );
    const [step] = steps;
    if (step?.kind !== 'update' || steps.length > 1 || step.op !== '+') return [];
    const by = numberOf(step.value);
    return by === null || by === 0
      ? []
      : [
          told(
            read,
            step.at,
            `the offset moves on by ${by}, whatever the link is long: the next one overlaps or leaves a hole`,
            'what is linked is not always that long',
            [{ message: 'linked here', at: call.at }],
          ),
        ];
  });
}

/** Links that overlap in a loop. */
export function offsetsNotMovedOn(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => [...offsetIsLength(read), ...offsetByFixedStep(read)]);
}

/** Everything was unlinked, and linking begins anew where it had ended: the offset was not set back. */
function offsetNotReset(read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^dma_iova_unlink$/).flatMap(({ at, call }) => {
    const [from, offset, state] = [call.args[2], argument(call, 3), argument(call, 1)];
    if (from === undefined || Number(constantOf(bare(from)) ?? 1) !== 0 || offset === null) return [];
    if (!/^\w+#\d+$/.test(offset)) return [];
    const { has } = waysOf(read.graph).from(at.node.next, ({ id, kind }) => {
      const node = read.nodes[id];
      return kind === 'hole' || node === undefined || node.stores.some(({ to }) => to === offset);
    });
    const link = callsOf(read, /^dma_iova_link$/).find(
      (each) => argument(each.call, 3) === offset && argument(each.call, 1) === state && has[each.at.node.id] === 1,
    );
    if (link === undefined || read.nodes[link.at.node.id]?.stores.some(({ to }) => to === offset) === true) return [];
    return [
      told(
        read,
        link.call.at,
        'linked again from where the links had ended, though all were unlinked: the offset was not set back',
        'the IOVA is no larger than what is linked',
        [{ message: 'unlinked here', at: call.at }],
      ),
    ];
  });
}

/** Links behind what was unlinked. */
export function offsetsNotReset(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(offsetNotReset);
}

/** Calls that a function makes, itself and through functions of the document. */
function callsInside(
  read: ReadFunction,
  byName: ReadonlyMap<string, ReadFunction>,
  seen: Set<ReadFunction>,
): readonly string[] {
  if (seen.has(read)) return [];
  seen.add(read);
  return read.nodes.flatMap(({ calls }) =>
    calls.flatMap(({ callee }) => {
      const name = calleeName(callee);
      const inner = byName.get(name);
      return inner === undefined ? [name] : [name, ...callsInside(inner, byName, seen)];
    }),
  );
}

/** Hand the address on to somebody who looks, or keep it. */
const PASSES_ON =
  /_encode$|print|^trace_|^(?:dev|drm|pr)_(?:dbg|info|warn|err)|^dma_(?:iova|unmap|sync|mapping)_|^WARN/;

/** An IOVA of which one function shows the whole life: what is linked is handed out, taken down, and never synced. */
function neverSynced(read: ReadFunction, byName: ReadonlyMap<string, ReadFunction>): DocumentReport[] {
  if (read.ir.partial || read.nodes.some(({ node }) => node.kind === 'hole')) return [];
  return callsOf(read, /^dma_iova_try_alloc$/).flatMap(({ at, call }) => {
    const state = argument(call, 1);
    if (state === null) return [];
    const inside = callsInside(read, byName, new Set());
    if (!inside.includes('dma_iova_link') || inside.some((name) => /sync/.test(name))) return [];
    // Whoever is called and not shown may sync what it is handed whole.
    const unseen = read.nodes.some(({ calls }) =>
      calls.some((each) => {
        const name = calleeName(each.callee);
        const shown = byName.has(name) || /^dma_|^k[vz]?free|^mem(?:set|cpy)$/.test(name);
        return !shown && each.args.some((arg) => argument({ ...each, args: [arg] }, 0) === state);
      }),
    );
    if (unseen || !inside.some((name) => /^dma_iova_(?:unlink|destroy|free)$/.test(name))) return [];
    const address = addressOf(state);
    const { order } = waysOf(read.graph).from(outcomeOf(read, at, call).ok);
    const users = order.flatMap((id) => {
      const node = read.nodes[id];
      return (node?.calls ?? []).filter(
        (each) => !PASSES_ON.test(calleeName(each.callee)) && each.args.some((arg) => withinNames(arg).has(address)),
      );
    });
    const [use] = users.sort((one, other) => one.at.start - other.at.start);
    if (use === undefined) return [];
    return [
      told(
        read,
        use.at,
        'the address of an IOVA is handed out that was linked and never synced',
        'nobody who is called on the way syncs it',
        [{ message: 'the IOVA was allocated here', at: call.at }],
      ),
    ];
  });
}

/** Where the address of the state at `&s` or `p` stands: the name of `s.addr`, `p->addr`. */
function addressOf(state: string): string {
  return state.startsWith('&') ? `${state.slice(1)}.addr` : `*${state}.addr`;
}

function withinNames(expr: Expr): ReadonlySet<string> {
  return new Set(within(expr).flatMap((part) => valueName(part) ?? []));
}

/** Ranges that a device is told of before any sync. */
export function linkedNeverSynced(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const byName = new Map(reads.map((read) => [read.symbol.name, read]));
  return reads.flatMap((read) => neverSynced(read, byName));
}
