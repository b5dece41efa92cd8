/**
 * Objects that are freed while something that was begun for a member of theirs goes on: an attachment whose only pointer goes with them, a
 * buffer reference, a mapping. On the way out of the function that began it, and in the one that takes the object apart. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { outcomeOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, valueName } from './irNames.ts';
import { isUnseen, tagBehind } from './membersNotSetUp.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';
import { undoOf } from './undoPairs.ts';

/** What the kernel begins for the caller, and gives a pointer to. */
const BEGINS =
  /^(?:dma_buf_(?:get|attach|dynamic_attach|map_attachment(?:_unlocked)?)|drm_gem_prime_export|get_task_mm|pci_get_\w+|fget|dma_fence_get|vmap|ioremap(?:_wc)?|memremap|alloc_(?:ordered_)?workqueue|kthread_(?:run|create))$/;
const FREES = /^k(?:v?free|free_sensitive)$/;

interface Begun {
  readonly read: ReadFunction;
  readonly at: ReadNode;
  readonly call: CallExpr;
  readonly name: string;
  /** The variable that holds the object, the struct it is, and the member. */
  readonly object: string;
  readonly tag: string;
  readonly member: string;
}

/** The variable and the member of a place like `x->m`; null: it is none. */
function memberOf(expr: Expr): { readonly object: string; readonly tag: string; readonly member: string } | null {
  const value = bare(expr);
  if (value.kind !== 'load' && value.kind !== 'assign') return null;
  const { place } = value;
  if (place.kind !== 'member' || place.base.kind !== 'deref' || place.base.type.kind !== 'struct') return null;
  const object = valueName(bare(place.base.pointer));
  if (object === null || !/^\w+#\d+$/.test(object) || place.member.name === null) return null;
  return { object, tag: place.base.type.tag, member: place.member.name };
}

function begunIn(read: ReadFunction): readonly Begun[] {
  return kindsOf(read).assigns.flatMap(({ at, expr }): Begun[] => {
    const call = bare(expr.value);
    const place = call.kind === 'call' ? memberOf(expr) : null;
    if (call.kind !== 'call' || place === null) return [];
    const name = calleeName(call.callee);
    return BEGINS.test(name) && undoOf(name) !== null ? [{ read, at, call, name, ...place }] : [];
  });
}

/** Whether a call ends what was begun for the member of the object, or may. */
function ends(call: CallExpr, begun: Begun, object: string, document: DocumentView): boolean {
  const name = calleeName(call.callee);
  const undoes = undoOf(begun.name);
  const onMember = call.args.some((arg) => {
    const place = memberOf(arg);
    return place !== null && place.object === object && place.member === begun.member;
  });
  if (undoes?.(name) === true && (onMember || call.args.length === 0)) return true;
  if (FREES.test(name)) return false;
  // A function that gets the object, or what was begun, may do it.
  const whole = call.args.some((arg) => valueName(bare(arg)) === object);
  const shown = call.callee.kind === 'direct' && !isUnseen(call.callee.symbol, document);
  if (!shown) return whole || onMember;
  return (whole || onMember) && call.callee.kind === 'direct' && undoneIn(call.callee.symbol.body()?.body, begun);
}

/** Whether a function of the document somewhere does what ends it. */
function undoneIn(body: unknown, begun: Begun): boolean {
  const undoes = undoOf(begun.name);
  const seen = new Set<object>();
  const visit = (node: unknown, depth: number): boolean => {
    if (typeof node !== 'object' || node === null || seen.has(node) || depth > 40) return false;
    seen.add(node);
    if ('kind' in node && node.kind === 'call' && 'callee' in node) {
      const { callee } = node;
      if (typeof callee === 'object' && callee !== null && 'symbol' in callee) {
        const { symbol } = callee;
        if (typeof symbol === 'object' && symbol !== null && 'name' in symbol && undoes?.(String(symbol.name)) === true)
          return true;
      }
    }
    return Object.entries(node).some(
      ([key, value]) =>
        key !== 'symbol' && key !== 'type' && key !== 'variable' && key !== 'member' && visit(value, depth + 1),
    );
  };
  return visit(body, 0);
}

/** The object that a call frees; null: none. */
function freed(call: CallExpr): string | null {
  const [arg] = call.args;
  const name = arg === undefined || !FREES.test(calleeName(call.callee)) ? null : valueName(bare(arg));
  return name !== null && /^\w+#\d+$/.test(name) ? name : null;
}

/** The way from where it was begun to where the object is freed. */
function onTheWayOut(begun: Begun, document: DocumentView): DocumentReport[] {
  const { read, at, call, object } = begun;
  const { ok, failed } = outcomeOf(read, at, call);
  if (failed.length === 0) return [];
  const { order } = waysOf(read.graph).from(ok, ({ id, kind }) => {
    const node = read.nodes[id];
    return (
      kind === 'hole' ||
      node === undefined ||
      renames(node, object) ||
      node.calls.some((each) => ends(each, begun, object, document)) ||
      // Taken over by a variable, which may be what is given back.
      node.stores.some(({ value }) => memberOf(value)?.member === begun.member && memberOf(value)?.object === object) ||
      asks(node, begun)
    );
  });
  return order.flatMap((id) => {
    const node = read.nodes[id];
    const free = node?.calls.find((each) => freed(each) === object);
    return free === undefined ? [] : [report(begun, read, free)];
  });
}

/** A question about the member: which way has it is not told here. */
function asks({ node }: ReadNode, { object, member, at }: Begun): boolean {
  if (node.kind !== 'branch' || node.id === at.node.id) return false;
  return node.values.some((value) => mentionsMember(value, object, member));
}

function mentionsMember(expr: Expr, object: string, member: string): boolean {
  const inner = bare(expr);
  const place = memberOf(inner);
  if (place !== null) return place.object === object && place.member === member;
  if (inner.kind === 'call') return inner.args.some((arg) => mentionsMember(arg, object, member));
  return inner.kind === 'unary' && mentionsMember(inner.operand, object, member);
}

/** A function that takes such an object apart, one of what was begun for it left out. */
function takenApart(
  begun: Begun,
  others: readonly Begun[],
  reads: readonly ReadFunction[],
  document: DocumentView,
): DocumentReport[] {
  return reads.flatMap((read) => {
    if (read === begun.read || read.ir.partial) return [];
    const all = read.nodes.flatMap(({ calls }) => calls);
    return all.flatMap((free) => {
      const object = freed(free);
      const [arg] = free.args;
      if (object === null || arg === undefined || tagBehind(bare(arg).type) !== begun.tag) return [];
      if (all.some((call) => ends(call, begun, object, document))) return [];
      if (read.nodes.some((node) => node.stores.some(({ to, value }) => to === object && bare(value).kind === 'call')))
        return [];
      const endsOthers = others.filter(
        (other) =>
          other.tag === begun.tag &&
          other.member !== begun.member &&
          all.some((call) => ends(call, other, object, document)),
      );
      // Ended elsewhere, in a step of its own.
      const elsewhere = reads.some(
        (each) =>
          each !== read &&
          each !== begun.read &&
          each.nodes.some(({ calls }) =>
            calls.some(
              (call) =>
                call.args.some(
                  (value) => memberOf(value)?.member === begun.member && memberOf(value)?.tag === begun.tag,
                ) && undoOf(begun.name)?.(calleeName(call.callee)) === true,
            ),
          ),
      );
      return endsOthers.length === 0 || elsewhere ? [] : [report(begun, read, free)];
    });
  });
}

function report(begun: Begun, read: ReadFunction, free: CallExpr): DocumentReport {
  return told(
    read,
    free.at,
    `freed while \`${begun.member}\`, made by \`${begun.name}()\`, is still there: nothing leads to it any more`,
    `nobody else has what is in \`${begun.member}\``,
    [{ message: 'made here', at: begun.call.at }],
  );
}

/** Objects freed while something begun for them goes on. */
export function freedWithMember(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const begun = reads.flatMap(begunIn);
  const found = new Map<number, DocumentReport>();
  for (const each of begun)
    for (const one of [...onTheWayOut(each, document), ...takenApart(each, begun, reads, document)])
      if (!found.has(one.at.start)) found.set(one.at.start, one);
  return [...found.values()];
}
