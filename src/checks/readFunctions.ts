/** The functions of a document as checks read them that run nothing: body, ways through it, calls. */
import type { Expr, FunctionIr, FunctionSymbol } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { evaluatedAt } from './flowFacts.ts';
import { type FlowGraph, type FlowNode, flowOf } from './flowGraph.ts';
import { bare, calleeName, placeName } from './irNames.ts';

export type CallExpr = Extract<Expr, { kind: 'call' }>;

export interface ReadFunction {
  readonly symbol: FunctionSymbol;
  readonly ir: FunctionIr;
  readonly graph: FlowGraph;
  /** Everything that is evaluated, by node, innermost first. */
  readonly nodes: readonly ReadNode[];
}

export interface ReadNode {
  readonly node: FlowNode;
  readonly all: readonly Expr[];
  readonly calls: readonly CallExpr[];
  readonly stores: readonly Store[];
}

/** `to = value`, also as an initialiser. */
export interface Store {
  readonly to: string;
  readonly value: Expr;
  readonly at: Span;
}

/** Every check asks for them, and bodies do not change: read once for a document, and once for a body that several readings of it share. */
const READ = new WeakMap<DocumentView, readonly ReadFunction[]>();
const BODIES = new WeakMap<FunctionIr, ReadFunction>();

/** All functions with a body that the document contains. */
export function readFunctions(document: DocumentView): readonly ReadFunction[] {
  let reads = READ.get(document);
  if (reads === undefined) {
    reads = document.program.functions.flatMap((symbol) => {
      if (symbol.at === null || !document.inDocument(symbol.at)) return [];
      const ir = symbol.body();
      return ir === null ? [] : [readBody(symbol, ir)];
    });
    READ.set(document, reads);
  }
  return reads;
}

function readBody(symbol: FunctionSymbol, ir: FunctionIr): ReadFunction {
  const known = BODIES.get(ir);
  if (known?.symbol === symbol) return known;
  const graph = flowOf(ir);
  const made = { symbol, ir, graph, nodes: graph.nodes.map(read) };
  BODIES.set(ir, made);
  return made;
}

function read(node: FlowNode): ReadNode {
  const all = evaluatedAt(node);
  const calls: CallExpr[] = [];
  const stores: Store[] = [];
  for (const expr of all)
    if (expr.kind === 'call') calls.push(expr);
    else if (expr.kind === 'assign') {
      const to = placeName(expr.place);
      if (to !== null) stores.push({ to, value: expr.value, at: expr.at });
    }
  const [init] = node.values;
  if (node.declares !== null && init !== undefined && node.values.length === 1)
    stores.push({ to: `${node.declares.name}#${node.declares.id}`, value: init, at: init.at });
  return { node, all, calls, stores };
}

/** The call that an expression is, behind conversions; null: it is none. */
export function callIn(expr: Expr): CallExpr | null {
  const value = bare(expr);
  return value.kind === 'call' ? value : null;
}

/** The name of the function that an expression calls; empty when it calls none. */
export function calledIn(expr: Expr): string {
  const call = callIn(expr);
  return call === null ? '' : calleeName(call.callee);
}

/** A report about a function at a place, that rests on what is said. */
export function told(
  { symbol }: ReadFunction,
  at: Span,
  message: string,
  assumption: string | null,
  related: DocumentReport['related'] = [],
): DocumentReport {
  return { at, message, function: symbol.name, op: null, related, assumption };
}
