/**
 * Objects that are looked into after the function gave back the reference that it had taken: what kept the object alive for it is gone. Read, not
 * run: whether somebody else has one, no run of the function knows.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { undoOf } from './undoPairs.ts';

const PUTS = /(?:^|_)(?:put|unref)(?:_unlocked)?$|^(?:put_device|fput|put_pid|put_task_struct)$/;
/** What is handed to these may be kept by them: then others have references too. */
const KEEPS =
  /(?:^|_)(?:add|attach|install|register|queue|insert|set|push|submit|publish|assign|replace|store|link|track|import|export)(?:_|$)/;

/** Whether a function of this name returns a reference that the other gives back: `foo_get_by_id()` and `foo_put()`. */
function gives(name: string, put: string): boolean {
  if (undoOf(name)?.(put) === true) return true;
  const stem = /^(.+?)_(?:get|lookup|find_get)(?:_\w+)?$/.exec(name)?.[1];
  return stem !== undefined && (put === `${stem}_put` || put === `${stem}_unref`);
}

/** The place in the text that reads a member of the object; null: none does. */
function lookedInto({ all }: ReadNode, object: string): Expr | null {
  return (
    all.find(
      (expr) =>
        expr.kind === 'load' && expr.place.kind === 'member' && (valueName(expr) ?? '').startsWith(`*${object}.`),
    ) ?? null
  );
}

/** Somebody else may have a reference as well: the function takes another, or lets the pointer out of its hands. */
function shared(read: ReadFunction, object: string, taken: CallExpr): boolean {
  return read.nodes.some(
    ({ calls, stores, node }) =>
      stores.some(({ to, value }) => rootOf(to) !== object && valueName(bare(value)) === object && to.includes('.')) ||
      (node.kind === 'return' && node.values.some((value) => valueName(bare(value)) === object)) ||
      calls.some((call) => {
        const name = calleeName(call.callee);
        const about = call.args.some((arg) => within(arg).some((part) => rootOf(valueName(part) ?? '') === object));
        return call !== taken && about && (KEEPS.test(name) || /(?:^|_)(?:get|ref|hold|grab)(?:_|$)/.test(name));
      }),
  );
}

function usedAfter(read: ReadFunction): DocumentReport[] {
  const taken = read.nodes.flatMap((at) =>
    at.stores.flatMap(({ to, value }) => {
      const call = bare(value);
      return call.kind === 'call' && /^\w+#\d+$/.test(to) ? [{ call, name: calleeName(call.callee), object: to }] : [];
    }),
  );
  if (taken.length === 0) return [];
  return callsOf(read, PUTS).flatMap(({ at, call: put, name }) => {
    const object = argument(put, 0);
    const [from, ...others] = taken.filter((each) => each.object === object);
    if (object === null || from === undefined || others.length > 0 || !gives(from.name, name)) return [];
    if (shared(read, object, from.call)) return [];
    const { order } = waysOf(read.graph).from(at.node.next, ({ id, kind }) => {
      const node = read.nodes[id];
      return kind === 'hole' || node === undefined || renames(node, object);
    });
    const uses = order.flatMap((id) => {
      const node = read.nodes[id];
      const use = node === undefined || node.node.kind === 'hole' ? null : lookedInto(node, object);
      return use === null || node === at ? [] : [use];
    });
    const [use] = uses.sort((one, other) => one.at.start - other.at.start);
    if (use === undefined) return [];
    return [
      told(
        read,
        use.at,
        `\`${object.replace(/#\d+$/, '')}\` is looked into after \`${name}()\` gave back the reference that kept it`,
        'nobody else holds a reference of it meanwhile',
        [
          { message: 'given back here', at: put.at },
          { message: `taken here, by \`${from.name}()\``, at: from.call.at },
        ],
      ),
    ];
  });
}

/** Objects used after the function's own reference was put. */
export function objectsAfterPut(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(usedAfter);
}
