/**
 * The ways through one function as its text shows them: a node per statement or condition, edges in the order of execution. Conditions are
 * not interpreted. Lines that nobody shows are a node of their own, which a reader may refuse to cross.
 */
import type { Block, Expr, FunctionIr, LocalVariable, Stmt } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { CType } from '../c/types.ts';
import { constantOf } from './irNames.ts';

export interface FlowNode {
  readonly id: number;
  readonly kind: 'step' | 'branch' | 'return' | 'hole' | 'end';
  /** What is evaluated here, in order. */
  readonly values: readonly Expr[];
  /** The variable whose life begins here. */
  readonly declares: LocalVariable | null;
  readonly at: Span;
  /** Lines that are not shown between two pieces that are: what is behind them is reached through them. */
  readonly stitched?: true;
  /** The label on a line that is not shown, to which a jump leads here. */
  readonly label?: string;
  /** Of a branch: where it goes when the condition holds, then where it goes when not; a switch has one per label. */
  readonly next: number[];
}

export interface FlowGraph {
  /** What the function comes back with. */
  readonly result: CType;
  readonly nodes: readonly FlowNode[];
  readonly entry: number;
}

interface Jumps {
  readonly breakTo: number | null;
  readonly continueTo: number | null;
}

/** Bodies do not change, and several readers ask for the graph of each. */
const GRAPHS = new WeakMap<FunctionIr, FlowGraph>();

/** The graph of a function's body. */
export function flowOf(ir: FunctionIr): FlowGraph {
  let graph = GRAPHS.get(ir);
  if (graph === undefined) {
    graph = new Builder(ir).graph();
    GRAPHS.set(ir, graph);
  }
  return graph;
}

class Builder {
  private readonly nodes: FlowNode[] = [];
  private readonly labels = new Map<string, number>();
  private readonly gotos: { readonly from: FlowNode; readonly label: string }[] = [];
  private readonly switches: { readonly at: FlowNode; hasDefault: boolean }[] = [];

  constructor(private readonly ir: FunctionIr) {}

  graph(): FlowGraph {
    const end = this.add('end', [], this.ir.at);
    const entry = this.block(this.ir.body, end.id, { breakTo: null, continueTo: null });
    for (const { from, label } of this.gotos) {
      const target = this.labels.get(label);
      // A label on a line that is not shown.
      from.next.push(target ?? this.unseenLabel(from.at, label));
    }
    return { result: this.ir.symbol.type.result, nodes: this.nodes, entry };
  }

  private add(
    kind: FlowNode['kind'],
    values: readonly Expr[],
    at: Span,
    next: readonly number[] = [],
    declares: LocalVariable | null = null,
  ): FlowNode {
    const node: FlowNode = { id: this.nodes.length, kind, values, declares, at, next: [...next] };
    this.nodes.push(node);
    return node;
  }

  private hole(at: Span, next: number, stitched: boolean): number {
    const id = this.nodes.length;
    this.nodes.push({ id, kind: 'hole', values: [], declares: null, at, next: [next], ...(stitched && { stitched }) });
    return id;
  }

  private unseenLabel(at: Span, label: string): number {
    const id = this.nodes.length;
    this.nodes.push({ id, kind: 'hole', values: [], declares: null, at, label, next: [] });
    return id;
  }

  /** Builds backwards: what follows is known. Returns where the block begins. */
  private block(block: Block, after: number, jumps: Jumps): number {
    let next = after;
    for (let i = block.body.length - 1; i >= 0; i--) {
      const statement = block.body[i];
      if (statement !== undefined) next = this.statement(statement, next, jumps);
    }
    return next;
  }

  private statement(statement: Stmt, next: number, jumps: Jumps): number {
    switch (statement.kind) {
      case 'block':
        return this.block(statement, next, jumps);
      case 'expr':
        return this.add('step', [statement.value], statement.at, [next]).id;
      case 'declare': {
        const { init } = statement;
        const values =
          init === null ? [] : init.kind === 'scalar' ? [init.value] : init.stores.map(({ value }) => value);
        return this.add('step', values, statement.at, [next], statement.variable).id;
      }
      case 'if': {
        const then = this.statement(statement.then, next, jumps);
        const otherwise = statement.otherwise === null ? next : this.statement(statement.otherwise, next, jumps);
        return this.condition(statement.condition, then, otherwise);
      }
      case 'while': {
        const test = this.add('branch', [statement.condition], statement.condition.at);
        test.next.push(this.statement(statement.body, test.id, { breakTo: next, continueTo: test.id }));
        if (!always(statement.condition)) test.next.push(next);
        return test.id;
      }
      case 'do': {
        const test = this.add('branch', [statement.condition], statement.condition.at);
        const body = this.statement(statement.body, test.id, { breakTo: next, continueTo: test.id });
        if (!never(statement.condition)) test.next.push(body);
        if (!always(statement.condition)) test.next.push(next);
        return body;
      }
      case 'for': {
        const step = this.add('step', statement.step === null ? [] : [statement.step], statement.at);
        const test = this.add('branch', statement.condition === null ? [] : [statement.condition], statement.at);
        test.next.push(this.statement(statement.body, step.id, { breakTo: next, continueTo: step.id }));
        if (statement.condition !== null && !always(statement.condition)) test.next.push(next);
        step.next.push(test.id);
        return statement.init.reduceRight((after, each) => this.statement(each, after, jumps), test.id);
      }
      case 'switch': {
        const test = this.add('branch', [statement.value], statement.at);
        const open = { at: test, hasDefault: false };
        this.switches.push(open);
        this.statement(statement.body, next, { breakTo: next, continueTo: jumps.continueTo });
        this.switches.pop();
        if (!open.hasDefault) test.next.push(next);
        return test.id;
      }
      case 'case':
      case 'default': {
        const open = this.switches.at(-1);
        if (open !== undefined) {
          open.at.next.push(next);
          if (statement.kind === 'default') open.hasDefault = true;
        }
        return next;
      }
      case 'break':
        return jumps.breakTo ?? this.add('hole', [], statement.at).id;
      case 'continue':
        return jumps.continueTo ?? this.add('hole', [], statement.at).id;
      case 'return':
        return this.add('return', statement.value === null ? [] : [statement.value], statement.at).id;
      case 'goto': {
        const from = this.add('step', [], statement.at);
        this.gotos.push({ from, label: statement.label });
        return from.id;
      }
      case 'label': {
        const here = this.add('step', [], statement.at, [next]);
        this.labels.set(statement.name, here.id);
        return here.id;
      }
      case 'empty':
        return next;
      case 'hole':
        return this.hole(statement.at, next, statement.lines !== null);
      case 'gotoComputed':
      case 'unknown':
        return this.add('hole', [], statement.at).id;
      default: {
        const never: never = statement;
        return never;
      }
    }
  }

  /** `a && b` and `a || b` are conditions of their own. */
  private condition(condition: Expr, then: number, otherwise: number): number {
    if (condition.kind === 'logical') {
      const right = this.condition(condition.right, then, otherwise);
      return condition.op === '&&'
        ? this.condition(condition.left, right, otherwise)
        : this.condition(condition.left, then, right);
    }
    if (condition.kind === 'unary' && condition.op === '!' && condition.operand.kind === 'logical')
      return this.condition(condition.operand, otherwise, then);
    const known = constantOf(condition);
    if (known !== null) return Number(known) === 0 ? otherwise : then;
    return this.add('branch', [condition], condition.at, [then, otherwise]).id;
  }
}

function always(condition: Expr): boolean {
  const value = constantOf(condition);
  return value !== null && Number(value) !== 0;
}

function never(condition: Expr): boolean {
  const value = constantOf(condition);
  return value !== null && Number(value) === 0;
}

/** All nodes that can be come to from these, themselves included, without going through one that stops the way. */
export function reach(
  graph: FlowGraph,
  from: readonly number[],
  stops: (node: FlowNode) => boolean,
): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const node = graph.nodes[id];
    if (node !== undefined && !stops(node)) open.push(...node.next);
  }
  return seen;
}
