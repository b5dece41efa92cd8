/**
 * What the nodes of one function evaluate, taken down once: calls, stores, names, and where they are to be found. Responsible for facts of the
 * text only; what follows from them is each check's.
 */
import type { Expr } from '../c/ir.ts';
import type { FlowGraph, FlowNode } from './flowGraph.ts';
import { bare, calleeName, placeName, rootOf, valueName, within } from './irNames.ts';

export type CallExpr = Extract<Expr, { kind: 'call' }>;

export interface CallFact {
  readonly call: CallExpr;
  readonly name: string;
  /** Variables that the arguments are reached by. */
  readonly roots: ReadonlySet<string>;
  /** Names of the arguments themselves. */
  readonly args: readonly (string | null)[];
}

export interface NodeFacts {
  readonly calls: readonly CallFact[];
  /** What is stored into, with the value. */
  readonly stores: readonly { readonly to: string; readonly value: Expr }[];
  /** What is assigned or updated; empty for what has no name. */
  readonly written: readonly string[];
  /** What is read. */
  readonly names: ReadonlySet<string>;
}

export interface GraphFacts {
  /** By node. */
  readonly nodes: readonly NodeFacts[];
  readonly callsByName: ReadonlyMap<string, readonly { readonly node: number; readonly fact: CallFact }[]>;
  /** Values that a name is given. */
  readonly valuesOf: ReadonlyMap<string, readonly Expr[]>;
  /** Names that are updated (`++`, `+=`). */
  readonly updated: ReadonlySet<string>;
  /** By a name: the variables that what it names is stored into. */
  readonly storedInto: ReadonlyMap<string, ReadonlySet<string>>;
}

const EVALUATED = new WeakMap<FlowNode, readonly Expr[]>();

/** Everything that a node evaluates, innermost first. */
export function evaluatedAt(node: FlowNode): readonly Expr[] {
  let all = EVALUATED.get(node);
  if (all === undefined) {
    const [only] = node.values;
    all = only === undefined ? [] : node.values.length === 1 ? within(only) : node.values.flatMap(within);
    EVALUATED.set(node, all);
  }
  return all;
}

const FACTS = new WeakMap<FlowGraph, GraphFacts>();

/** The facts of a function. */
export function factsOf(graph: FlowGraph): GraphFacts {
  let facts = FACTS.get(graph);
  if (facts === undefined) {
    facts = takenDown(graph);
    FACTS.set(graph, facts);
  }
  return facts;
}

function takenDown(graph: FlowGraph): GraphFacts {
  const callsByName = new Map<string, { node: number; fact: CallFact }[]>();
  const valuesOf = new Map<string, Expr[]>();
  const updated = new Set<string>();
  const storedInto = new Map<string, Set<string>>();
  const nodes = graph.nodes.map((node): NodeFacts => {
    const all = evaluatedAt(node);
    const facts = factsOfNode(node, all);
    for (const fact of facts.calls) listed(callsByName, fact.name).push({ node: node.id, fact });
    for (const { to, value } of facts.stores) {
      listed(valuesOf, to).push(value);
      const from = valueName(bare(value));
      if (from === null) continue;
      const into = storedInto.get(from) ?? new Set();
      into.add(rootOf(to));
      storedInto.set(from, into);
    }
    for (const expr of all) if (expr.kind === 'update') updated.add(writtenName(expr));
    return facts;
  });
  return { nodes, callsByName, valuesOf, updated, storedInto };
}

function listed<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

function factsOfNode(node: FlowNode, all: readonly Expr[]): NodeFacts {
  const calls: CallFact[] = [];
  const stores: { readonly to: string; readonly value: Expr }[] = [];
  const written: string[] = [];
  const names = new Set<string>();
  for (const expr of all) {
    if (expr.kind === 'load') names.add(valueName(expr) ?? '');
    else if (expr.kind === 'call') calls.push(callFact(expr));
    else if (expr.kind === 'update') written.push(writtenName(expr));
    else if (expr.kind === 'assign') {
      const to = placeName(expr.place);
      written.push(to ?? '');
      if (to !== null) stores.push({ to, value: expr.value });
    }
  }
  const [init] = node.values;
  if (node.declares !== null && init !== undefined && node.values.length === 1)
    stores.push({ to: `${node.declares.name}#${node.declares.id}`, value: init });
  return { calls, stores, written, names };
}

function callFact(call: CallExpr): CallFact {
  const roots = new Set<string>();
  for (const arg of call.args) for (const part of within(arg)) roots.add(rootOf(valueName(part) ?? ''));
  roots.delete('');
  return { call, name: calleeName(call.callee), roots, args: call.args.map((arg) => valueName(arg)) };
}

function writtenName({ place }: Extract<Expr, { kind: 'update' }>): string {
  return placeName(place) ?? '';
}
