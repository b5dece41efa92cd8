/**
 * Which way a function goes on when a call of it succeeds and which when it fails, by the test that its text makes of the result; and which
 * stretch of it runs between a call that begins something and the one that ends it. Read, not run; what follows is each check's.
 */
import type { Expr } from '../c/ir.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, placeName, rootOf, valueName } from './irNames.ts';
import { type CallExpr, callIn, type ReadFunction, type ReadNode } from './readFunctions.ts';

/** Nodes behind a call, by how it came out. */
export interface Outcome {
  readonly ok: readonly number[];
  /** Empty when the text does not test the result. */
  readonly failed: readonly number[];
}

/** Steps between a call and the test of its result. */
const NEAR = 8;

/** What becomes of a call: by the test of its result that follows it at once. */
export function outcomeOf(read: ReadFunction, at: ReadNode, call: CallExpr): Outcome {
  const stored = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
  let here: ReadNode | undefined = at;
  for (let steps = 0; here !== undefined && steps < NEAR; steps++) {
    const [condition] = here.node.values;
    const [then, otherwise]: readonly number[] = here.node.next;
    if (here.node.kind === 'branch' && condition !== undefined) {
      const failing = failsWhen(condition, call, stored);
      if (failing === null || then === undefined || otherwise === undefined) break;
      return failing ? { ok: [otherwise], failed: [then] } : { ok: [then], failed: [otherwise] };
    }
    if (here !== at && stored !== null && here.stores.some(({ to }) => to === stored)) break;
    here = here.node.next.length === 1 && then !== undefined ? read.nodes[then] : undefined;
  }
  return { ok: at.node.next, failed: [] };
}

/** Whether a condition that is true says that the call failed; null: it asks for something else. */
function failsWhen(condition: Expr, call: CallExpr, stored: string | null): boolean | null {
  const value = bare(condition);
  const isResult = (expr: Expr | undefined): boolean => {
    if (expr === undefined) return false;
    const inner = bare(expr);
    return inner === call || (inner.kind === 'assign' && bare(inner.value) === call) || namedAs(inner, stored);
  };
  const truthIsSuccess = call.type.kind === 'pointer' || /try|unless_zero|_not_zero$/.test(calleeName(call.callee));
  if (isResult(value)) return !truthIsSuccess;
  if (value.kind === 'unary' && value.op === '!' && isResult(value.operand)) return truthIsSuccess;
  const test = callIn(value);
  if (test !== null && /^IS_ERR/.test(calleeName(test.callee)) && isResult(test.args[0])) return true;
  if (value.kind !== 'compare' || !isResult(value.left) || Number(constantOf(value.right)) !== 0) return null;
  if (value.op === '<') return true;
  if (value.op === '>=') return false;
  if (value.op === '!=') return !truthIsSuccess;
  return value.op === '==' ? truthIsSuccess : null;
}

function namedAs(expr: Expr, name: string | null): boolean {
  return name !== null && expr.kind === 'load' && valueName(expr) === name;
}

/** True for a node whose names no longer stand for the same thing: the variable that a name begins with, or an index in it, gets another value. */
export function renames({ stores, all }: ReadNode, name: string): boolean {
  const names = new Set([name, rootOf(name), ...(name.match(/\w+#\d+/g) ?? [])]);
  return (
    stores.some(({ to }) => names.has(to)) ||
    all.some((expr) => expr.kind === 'update' && names.has(placeName(expr.place) ?? ''))
  );
}

/** Nodes that run between the success of a call and its end; the ends are not among them. */
export function stretch(
  read: ReadFunction,
  at: ReadNode,
  call: CallExpr,
  ends: (node: ReadNode) => boolean,
): readonly ReadNode[] {
  const { ok } = outcomeOf(read, at, call);
  const stops = (id: number): boolean => {
    const node = read.nodes[id];
    return node === undefined || node.node.kind === 'hole' || ends(node);
  };
  return waysOf(read.graph)
    .from(ok, ({ id }) => stops(id))
    .order.flatMap((id) => {
      const node = read.nodes[id];
      return node === undefined || stops(id) ? [] : [node];
    });
}

/** What runs under a lock between its taking and the end of it. */
export interface LockStretch {
  readonly nodes: readonly ReadNode[];
  readonly lock: CallExpr;
  /** The lock, as it is handed to both. */
  readonly name: string;
}

/** Stretches under locks that calls of these names take, and give back. */
export function underLock(read: ReadFunction, begins: RegExp, ends: RegExp): readonly LockStretch[] {
  return callsOf(read, begins).flatMap(({ at, call }) => {
    const name = argument(call, 0);
    if (name === null) return [];
    const nodes = stretch(
      read,
      at,
      call,
      (node) =>
        renames(node, name) ||
        node.calls.some((each) => ends.test(calleeName(each.callee)) && argument(each, 0) === name),
    );
    return [{ nodes, lock: call, name }];
  });
}

interface CallAt {
  readonly at: ReadNode;
  readonly call: CallExpr;
  readonly name: string;
}

/** Dozens of readers ask for some of them each. */
const calls = new WeakMap<ReadFunction, readonly CallAt[]>();

/** All calls of these names in a function, each with its node. */
export function callsOf(read: ReadFunction, names: RegExp): readonly CallAt[] {
  let all = calls.get(read);
  if (all === undefined) {
    all = read.nodes.flatMap((at) => at.calls.map((call) => ({ at, call, name: calleeName(call.callee) })));
    calls.set(read, all);
  }
  const found: CallAt[] = [];
  for (const each of all) if (names.test(each.name)) found.push(each);
  return found;
}

/** The name of a call's argument; null when it has none. */
export function argument(call: CallExpr, index: number): string | null {
  const arg = call.args[index];
  return arg === undefined ? null : valueName(bare(arg));
}

/** A call that another one makes, with its arguments in the caller's names. */
export interface InnerCall {
  readonly name: string;
  readonly args: readonly (string | null)[];
}

/** What a call does of these names: itself, and one function of the document further in. */
export function innerCalls(reads: readonly ReadFunction[], call: CallExpr, names: RegExp): readonly InnerCall[] {
  const name = calleeName(call.callee);
  const args = call.args.map((_, i) => argument(call, i));
  if (names.test(name)) return [{ name, args }];
  const { callee } = call;
  const read = callee.kind === 'direct' ? reads.find(({ symbol }) => symbol === callee.symbol) : undefined;
  if (read === undefined) return [];
  const handed = new Map(read.ir.parameters.map((each, i) => [`${each.name}#${each.id}`, args[i] ?? null]));
  return callsOf(read, names).map((inner) => ({
    name: inner.name,
    args: inner.call.args.map((_, i) => inCaller(argument(inner.call, i), handed)),
  }));
}

/** `*obj.attach` of a function that was handed `x` for `obj` is `*x.attach` there. */
function inCaller(name: string | null, handed: ReadonlyMap<string, string | null>): string | null {
  if (name === null) return null;
  const root = rootOf(name);
  const value = handed.get(root);
  if (value === undefined || value === null) return null;
  if (!value.startsWith('&')) return name.replace(root, value);
  return name.startsWith(`*${root}.`) ? name.replace(`*${root}`, value.slice(1)) : null;
}
