/**
 * The sides of a function's branches that go straight to an exit, and whether that exit reports a failure. Read, not run; what is left in place
 * there is for those who ask.
 */
import type { Expr } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { isFaultFailure, isFaultResult } from '../kernel/memory/faultResult.ts';
import type { GraphFacts } from './flowFacts.ts';
import type { FlowGraph, FlowNode } from './flowGraph.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';

/** A side of a branch that goes straight to an exit. */
export interface Side {
  readonly first: number;
  readonly others: readonly number[];
  readonly way: readonly FlowNode[];
  readonly exit: FlowNode;
  /** It reports a failure, as far as the way tells. */
  readonly fails: boolean;
}

/** Steps to an exit that are still the handling of one failure. */
const STRAIGHT = 24;

/** The sides of branches that go straight to an exit, by branch. */
export function exitSides(graph: FlowGraph, facts: GraphFacts): ReadonlyMap<number, readonly Side[]> {
  const sides = new Map<number, Side[]>();
  for (const branch of graph.nodes) {
    if (branch.kind !== 'branch' || branch.next.length < 2) continue;
    // A block of which only the end is shown: what it did before it left is not.
    const unseen = branch.values.some((asked) => /^unseen_condition\b/.test(valueName(bare(asked)) ?? ''));
    for (const [side, first] of branch.next.entries()) {
      if (unseen && side === 0) continue;
      const others = branch.next.filter((next) => next !== first);
      const way = straight(graph, first);
      const exit = way.at(-1);
      if (exit === undefined || others.length === 0) continue;
      const found = { first, others, way, exit, fails: failsAt(graph, facts, way, branch, side) };
      sides.set(branch.id, [...(sides.get(branch.id) ?? []), found]);
    }
  }
  return sides;
}

/** The nodes from here to the exit, when nothing is asked on the way; none otherwise. */
function straight(graph: FlowGraph, first: number): readonly FlowNode[] {
  const way: FlowNode[] = [];
  for (let node = graph.nodes[first]; node !== undefined && way.length < STRAIGHT; ) {
    if (node.kind === 'branch' || node.kind === 'hole') return [];
    way.push(node);
    if (node.kind === 'return' || node.kind === 'end') return way;
    node = graph.nodes[node.next[0] ?? -1];
  }
  return [];
}

/** Whether an exit reports a failure, as far as the way to it tells. */
function failsAt(
  { result }: FlowGraph,
  facts: GraphFacts,
  way: readonly FlowNode[],
  branch: FlowNode,
  side: number,
): boolean {
  const [value] = way.at(-1)?.values ?? [];
  if (value === undefined) return false;
  if (isError(value, result)) return true;
  const name = valueName(bare(value));
  if (name === null) return false;
  const stored = way
    .flatMap(({ id }) => facts.nodes[id]?.stores ?? [])
    .filter(({ to }) => to === name)
    .at(-1);
  if (stored !== undefined) return isError(stored.value, result);
  const [condition] = branch.values;
  return condition !== undefined && saysFailed(condition, name, side === 0);
}

/** A negative constant, `ERR_PTR()`, `PTR_ERR()` and the like; of a fault's handler, that it did not handle it. */
function isError(expr: Expr, result: CType): boolean {
  const value = bare(expr);
  const constant = constantOf(value);
  if (constant !== null) return isFaultResult(result) ? isFaultFailure(Number(constant)) : constant < 0;
  return value.kind === 'call' && /^(?:ERR_PTR|PTR_ERR|ERR_CAST)$/.test(calleeName(value.callee));
}

/** Whether a condition, when it comes out like this, says that the variable holds an error: not 0 for a number, NULL or an error pointer. */
function saysFailed(condition: Expr, name: string, holds: boolean): boolean {
  const expr = bare(condition);
  if (valueName(expr) === name) return expr.type.kind === 'pointer' ? !holds : isErrno(expr) && holds;
  if (expr.kind === 'unary' && expr.op === '!') return saysFailed(expr.operand, name, !holds);
  if (expr.kind === 'call')
    return /^IS_ERR/.test(calleeName(expr.callee)) && holds && valueName(expr.args[0] ?? expr) === name;
  if (expr.kind !== 'compare' || valueName(expr.left) !== name || constantOf(expr.right) !== 0) return false;
  if (expr.left.type.kind === 'pointer') return holds === (expr.op === '==');
  if (!isErrno(expr.left)) return false;
  return holds ? expr.op === '<' || expr.op === '!=' : expr.op === '==' || expr.op === '>=';
}

function isErrno({ type }: Expr): boolean {
  return type.kind === 'int' && type.signed;
}
