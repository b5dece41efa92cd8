/**
 * An exit of a function that leaves in place what the function's other exits undo. Read, not run: the ways through the text tell it also of a
 * function of which only a part is shown. A way counts only as far as it is shown.
 */
import type { Expr, FunctionIr, FunctionSymbol } from '../c/ir.ts';
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { type FlowGraph, type FlowNode, flowOf, reach } from './flowGraph.ts';
import { bare, calleeName, constantOf, expressionsOf, rootOf, valueName, within } from './irNames.ts';
import page from './undo-missing-on-exit.md?raw';
import { isStretch, TAKES_APART, undoOf } from './undoPairs.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

/** Something that was begun: by which call, on what. */
interface Begun {
  readonly node: FlowNode;
  readonly call: CallExpr;
  readonly name: string;
  readonly undoes: (name: string) => boolean;
  /** Names of the object: the first argument's, or what the result was stored in. */
  readonly object: string;
  /** Where the result went; a test of it asks whether anything was begun. */
  readonly result: string | null;
}

const FLAT = new WeakMap<FlowNode, readonly Expr[]>();

/** Everything that a node evaluates, innermost first. */
function evaluated(node: FlowNode): readonly Expr[] {
  const known = FLAT.get(node);
  if (known !== undefined) return known;
  const flat = node.values.flatMap((value) => [...within(value)]);
  FLAT.set(node, flat);
  return flat;
}

function callsOf(node: FlowNode): readonly CallExpr[] {
  return evaluated(node).filter((expr) => expr.kind === 'call');
}

/** What a node stores into: names, with the value. */
function storesOf(node: FlowNode): readonly { readonly to: string; readonly value: Expr }[] {
  const stores = evaluated(node).flatMap((expr) => {
    if (expr.kind !== 'assign') return [];
    const to = valueName(expr);
    return to === null ? [] : [{ to, value: expr.value }];
  });
  const [init] = node.values;
  if (node.declares !== null && init !== undefined && node.values.length === 1)
    stores.push({ to: `${node.declares.name}#${node.declares.id}`, value: init });
  return stores;
}

function begunAt(node: FlowNode): readonly Begun[] {
  return callsOf(node).flatMap((call): Begun[] => {
    const name = calleeName(call.callee);
    const undoes = undoOf(name);
    if (undoes === null || call.callee.kind !== 'direct') return [];
    const store = storesOf(node).find(({ value }) => bare(value) === call);
    const { result } = call.callee.symbol.type;
    const object = result.kind === 'pointer' ? (store?.to ?? null) : valueName(call.args[0] ?? call);
    if (object === null && call.args.length > 0) return [];
    return [{ node, call, name, undoes, object: object ?? '', result: store?.to ?? null }];
  });
}

class Reader {
  private readonly graph: FlowGraph;

  constructor(
    private readonly symbol: FunctionSymbol,
    private readonly ir: FunctionIr,
    /** Whether a function of the document undoes, somewhere inside, what is asked. */
    private readonly undoneIn: (symbol: FunctionSymbol, undoes: (name: string) => boolean) => boolean,
  ) {
    this.graph = flowOf(ir);
  }

  reports(): DocumentReport[] {
    const found = new Map<number, DocumentReport>();
    for (const node of this.graph.nodes)
      for (const begun of begunAt(node))
        for (const report of this.missing(begun)) if (!found.has(report.at.start)) found.set(report.at.start, report);
    return [...found.values()];
  }

  private missing(begun: Begun): DocumentReport[] {
    const roots = this.roots(begun);
    if (this.scoped(roots)) return [];
    const ends = (node: FlowNode): boolean => this.ends(node, begun, roots);
    const stops = (node: FlowNode): boolean => node.kind === 'hole' || ends(node) || this.replaces(node, begun);
    const open = reach(this.graph, begun.node.next, stops);
    const conditions = this.conditionsBefore(begun);
    const reports: DocumentReport[] = [];
    for (const id of open) {
      const branch = this.graph.nodes[id];
      if (branch?.kind !== 'branch' || branch.next.length < 2 || stops(branch)) continue;
      if (branch === begun.node || this.asksAbout(branch, begun, conditions)) continue;
      for (const [side, first] of branch.next.entries()) {
        const others = branch.next.filter((next) => next !== first);
        const exit = this.leaves(branch, side, first, begun, stops);
        if (exit === null || others.length === 0) continue;
        const witness = this.undone(others, begun, stops);
        // A loop that undoes one after the other ends with all of them undone.
        if (witness === null || reach(this.graph, witness.next, () => false).has(branch.id)) continue;
        reports.push(this.report(begun, exit, witness));
      }
    }
    return reports;
  }

  /** The variables by which the object is reached, and those that it was stored in or made from. */
  private roots(begun: Begun): ReadonlySet<string> {
    const roots = new Set([rootOf(begun.object)]);
    if (begun.result !== null && begun.call.type.kind === 'pointer') roots.add(rootOf(begun.result));
    for (const node of this.graph.nodes)
      for (const { to, value } of storesOf(node)) if (valueName(bare(value)) === begun.object) roots.add(rootOf(to));
    roots.delete('');
    return roots;
  }

  /** Undone by the end of a scope (`__free()`, `guard()`). */
  private scoped(roots: ReadonlySet<string>): boolean {
    return this.ir.locals.some(({ cleanup, name, id }) => cleanup !== null && roots.has(`${name}#${id}`));
  }

  /** Whether the object may be undone here: by its own undo, or by whatever takes apart something that it hangs on. */
  private ends(node: FlowNode, begun: Begun, roots: ReadonlySet<string>): boolean {
    return callsOf(node).some((call) => {
      const name = calleeName(call.callee);
      if (call === begun.call) return false;
      if (begun.undoes(name)) return begun.object === '' || call.args.length === 0 || this.about(call, roots);
      if (call.callee.kind === 'direct' && this.undoneIn(call.callee.symbol, begun.undoes)) return true;
      return TAKES_APART.test(name) && (this.about(call, roots) || this.about(call, argumentRoots(begun.call)));
    });
  }

  private about(call: CallExpr, roots: ReadonlySet<string>): boolean {
    return call.args.some((arg) => [...within(arg)].some((part) => roots.has(rootOf(valueName(part) ?? ''))));
  }

  /** The name stands for something else from here on. */
  private replaces(node: FlowNode, begun: Begun): boolean {
    if (node === begun.node) return true;
    const root = rootOf(begun.object);
    return evaluated(node).some(
      (expr) => (expr.kind === 'assign' || expr.kind === 'update') && [root, begun.object].includes(valueNameOf(expr)),
    );
  }

  /** Names that decide, before it, whether anything is begun at all. */
  private conditionsBefore(begun: Begun): ReadonlySet<string> {
    const names = new Set<string>();
    for (const node of this.graph.nodes) {
      if (node.kind !== 'branch' || node === begun.node) continue;
      const sides = node.next.map((next) => reach(this.graph, [next], () => false).has(begun.node.id));
      if (sides.some((comes) => comes) && sides.some((comes) => !comes))
        for (const name of namesIn(node)) names.add(name);
    }
    return names;
  }

  /** A test of whether the call succeeded, whether it was made, or of the object itself. */
  private asksAbout(branch: FlowNode, begun: Begun, conditions: ReadonlySet<string>): boolean {
    const names = namesIn(branch);
    if (names.has(begun.object)) return true;
    if (begun.result !== null && names.has(begun.result) && this.reachesUnchanged(begun, branch, begun.result))
      return true;
    for (const name of names) if (this.isVariable(name) && this.reachesUnchanged(begun, branch, name)) return true;
    const [condition] = branch.values;
    if (condition === undefined) return true;
    // What a call answers may be that it took the thing over.
    if (
      [...within(condition)].some(
        (part) => part.kind === 'call' && part.args.some((arg) => valueName(arg) === begun.object),
      )
    )
      return true;
    if (names.size > 0 && [...names].every((name) => conditions.has(name) || this.isFlag(name))) return true;
    return false;
  }

  /** A variable that only ever is given constants remembers what was done. */
  private isFlag(name: string): boolean {
    const stores = this.graph.nodes.flatMap(storesOf).filter(({ to }) => to === name);
    const updated = this.graph.nodes.some((node) =>
      evaluated(node).some((expr) => expr.kind === 'update' && valueNameOf(expr) === name),
    );
    return stores.length > 0 && !updated && stores.every(({ value }) => constantOf(bare(value)) !== null);
  }

  /** A local that is given values on the way: what it holds from before says nothing of what came after. */
  private isVariable(name: string): boolean {
    return (
      this.ir.locals.some((local) => !local.isParameter && `${local.name}#${local.id}` === name) &&
      this.graph.nodes.some((node) => storesOf(node).some(({ to }) => to === name))
    );
  }

  private reachesUnchanged(begun: Begun, branch: FlowNode, name: string): boolean {
    const changes = (node: FlowNode): boolean => node !== branch && storesOf(node).some(({ to }) => to === name);
    return reach(this.graph, begun.node.next, changes).has(branch.id);
  }

  /** Where this side of a branch leaves the function in failure with the thing in place, whatever way it takes; null: it does not. */
  private leaves(
    branch: FlowNode,
    side: number,
    first: number,
    begun: Begun,
    stops: (node: FlowNode) => boolean,
  ): FlowNode | null {
    const all = [...reach(this.graph, [first], stops)].flatMap((id) => this.graph.nodes[id] ?? []);
    if (all.includes(begun.node) || all.some((node) => stops(node))) return null;
    const exits = all.filter((node) => node.kind === 'return' || node.kind === 'end');
    if (exits.length !== 1 || all.length > 24) return null;
    const [exit] = exits;
    if (exit === undefined || all.some((node) => node.kind === 'branch')) return null;
    if (exit.kind === 'end' && (this.ir.partial || !isStretch(begun.name))) return null;
    const way = this.straight(first);
    const fails = this.fails(exit, way, branch, side);
    const empty = exit.values.length === 0;
    if (!fails && !(empty && isStretch(begun.name))) return null;
    // Handed on, on the way out, to somebody who is not seen.
    if (
      way.some((node) =>
        callsOf(node).some((call) => !SAYS.test(calleeName(call.callee)) && this.about(call, this.roots(begun))),
      )
    )
      return null;
    return way.find((node) => node.kind === 'return' || (node.values.length === 0 && node.declares === null)) ?? exit;
  }

  private straight(first: number): readonly FlowNode[] {
    const way: FlowNode[] = [];
    for (let node = this.graph.nodes[first]; node !== undefined && !way.includes(node); ) {
      way.push(node);
      const [next] = node.next;
      node = next === undefined || node.next.length > 1 ? undefined : this.graph.nodes[next];
    }
    return way;
  }

  /** Whether an exit reports a failure, as far as the way to it tells. */
  private fails(exit: FlowNode, way: readonly FlowNode[], branch: FlowNode, side: number): boolean {
    const [value] = exit.values;
    if (value === undefined) return false;
    if (isError(value)) return true;
    const name = valueName(bare(value));
    if (name === null) return false;
    const stored = way
      .flatMap(storesOf)
      .filter(({ to }) => to === name)
      .at(-1);
    if (stored !== undefined) return isError(stored.value);
    const [condition] = branch.values;
    return condition !== undefined && saysFailed(condition, name, side === 0);
  }

  /** Where another way from here undoes the thing; null: none does. */
  private undone(from: readonly number[], begun: Begun, stops: (node: FlowNode) => boolean): FlowNode | null {
    for (const id of reach(this.graph, from, stops)) {
      const node = this.graph.nodes[id];
      if (node === undefined) continue;
      const found = callsOf(node).some(
        (call) =>
          begun.undoes(calleeName(call.callee)) &&
          (begun.object === '' || call.args.some((arg) => sameObject(valueName(arg), begun.object))),
      );
      if (found) return node;
    }
    return null;
  }

  private report(begun: Begun, exit: FlowNode, witness: FlowNode): DocumentReport {
    const undo =
      callsOf(witness)
        .map((call) => calleeName(call.callee))
        .find((name) => begun.undoes(name)) ?? 'the undo';
    return {
      at: exit.at,
      message: `\`${this.symbol.name}\` leaves here without \`${undo}()\` for \`${begun.name}()\``,
      function: this.symbol.name,
      op: null,
      related: [
        { message: `begun here by \`${begun.name}()\``, at: begun.call.at },
        { message: `undone here on another way`, at: witness.at },
      ],
      assumption: `what \`${begun.name}()\` began is not ended by whoever is called, or calls, on this way`,
    };
  }
}

/** What is only told. */
const SAYS =
  /^(?:dev_|drm_|pr_|DRM_|xe_|i915_|_)*(?:err|warn|dbg|info|printk|print|notice|debug)|print|^PTR_ERR|^ERR_|^IS_ERR/;

function argumentRoots(call: CallExpr): ReadonlySet<string> {
  const roots = new Set(call.args.map((arg) => rootOf(valueName(arg) ?? '')));
  roots.delete('');
  return roots;
}

function sameObject(one: string | null, other: string): boolean {
  return one !== null && (one === other || one === `&${other}` || `&${one}` === other);
}

function valueNameOf(expr: Extract<Expr, { kind: 'assign' | 'update' }>): string {
  return valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at }) ?? '';
}

function namesIn(node: FlowNode): ReadonlySet<string> {
  return new Set(evaluated(node).flatMap((expr) => (expr.kind === 'load' ? [valueName(expr) ?? ''] : [])));
}

/** A negative constant, `ERR_PTR()`, `PTR_ERR()` and the like. */
function isError(expr: Expr): boolean {
  const value = bare(expr);
  const constant = constantOf(value);
  if (constant !== null) return constant < 0;
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

/** Depth to which bodies of the document are looked through for an undo. */
const DEPTH = 2;

function undoneIn(
  symbol: FunctionSymbol,
  undoes: (name: string) => boolean,
  document: DocumentView,
  depth = DEPTH,
): boolean {
  if (symbol.at === null || !document.inDocument(symbol.at)) return false;
  const body = symbol.body();
  if (body === null || depth === 0) return false;
  return expressionsOf(body.body).some((expr) =>
    [...within(expr)].some(
      (part) =>
        part.kind === 'call' &&
        (undoes(calleeName(part.callee)) ||
          (part.callee.kind === 'direct' && undoneIn(part.callee.symbol, undoes, document, depth - 1))),
    ),
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  return document.program.functions.flatMap((symbol) => {
    if (symbol.at === null || !document.inDocument(symbol.at)) return [];
    const ir = symbol.body();
    if (ir === null) return [];
    return new Reader(symbol, ir, (callee, undoes) => undoneIn(callee, undoes, document)).reports();
  });
}

export default check(page, { inspect });
