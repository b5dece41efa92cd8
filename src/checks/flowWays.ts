/**
 * Questions about the ways through one function that are asked many times: each is one walk over arrays, and what is walked is counted, so
 * that a reader can bound what a function of ten thousands of lines costs. Which nodes matter is the reader's.
 */
import type { FlowGraph, FlowNode } from './flowGraph.ts';

/** Whether a way ends at a node. */
export type Stops = (node: FlowNode) => boolean;

const NOTHING: Stops = () => false;

const KNOWN = new WeakMap<FlowGraph, Ways>();

/** The ways of a graph; what was found out about them is kept with it. */
export function waysOf(graph: FlowGraph): Ways {
  const known = KNOWN.get(graph) ?? new Ways(graph);
  KNOWN.set(graph, known);
  return known;
}

export class Ways {
  /** Nodes visited so far, over all walks. */
  visited = 0;
  private before: readonly (readonly number[])[] | null = null;
  private loops: Int32Array | null = null;

  constructor(private readonly graph: FlowGraph) {}

  /** All nodes that can be come to from these, themselves included, without going through one that stops the way; in the order of `reach`. */
  from(
    starts: readonly number[],
    stops: Stops = NOTHING,
  ): { readonly order: readonly number[]; readonly has: Uint8Array } {
    const has = new Uint8Array(this.graph.nodes.length);
    const order: number[] = [];
    const open = [...starts];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (has[id] === 1) continue;
      has[id] = 1;
      order.push(id);
      const node = this.graph.nodes[id];
      if (node === undefined || stops(node)) continue;
      for (const next of node.next) open.push(next);
    }
    this.visited += order.length;
    return { order, has };
  }

  /** The first of the wanted nodes on the walk of `from`, when only these nodes are walked; null: none. */
  first(starts: readonly number[], within: Uint8Array, wanted: ReadonlySet<number>, stops: Stops): number | null {
    const seen = new Uint8Array(this.graph.nodes.length);
    const open = [...starts];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen[id] === 1 || within[id] !== 1) continue;
      seen[id] = 1;
      this.visited++;
      if (wanted.has(id)) return id;
      const node = this.graph.nodes[id];
      if (node === undefined || stops(node)) continue;
      for (const next of node.next) open.push(next);
    }
    return null;
  }

  /** Marks the nodes from which one of these can be come to, themselves included, without going through one that stops the way. */
  to(ends: Iterable<number>, stops: Stops = NOTHING): Uint8Array {
    const marks = new Uint8Array(this.graph.nodes.length);
    const open = [...ends];
    for (const id of open) marks[id] = 1;
    this.backwards(open, marks, stops);
    return marks;
  }

  /** Marks the nodes behind which, one step or more, a node can be come to; what lies behind one that stops the way is not asked. */
  leadingTo(id: number, stops: Stops = NOTHING): Uint8Array {
    const marks = new Uint8Array(this.graph.nodes.length);
    const open: number[] = [];
    for (const each of this.into(id)) {
      if (marks[each] === 1) continue;
      marks[each] = 1;
      const node = this.graph.nodes[each];
      if (node !== undefined && !stops(node)) open.push(each);
    }
    this.visited++;
    while (open.length > 0) {
      this.visited++;
      for (const each of this.into(open.pop() ?? -1)) {
        if (marks[each] === 1) continue;
        marks[each] = 1;
        const node = this.graph.nodes[each];
        if (node !== undefined && !stops(node)) open.push(each);
      }
    }
    return marks;
  }

  /** Whether each of two nodes can be come to from the other, in one step or more. */
  looped(one: number, other: number): boolean {
    this.loops ??= this.components();
    const loop = this.loops[one] ?? -1;
    return loop >= 0 && loop === this.loops[other];
  }

  private backwards(open: number[], marks: Uint8Array, stops: Stops): void {
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      this.visited++;
      for (const each of this.into(id)) {
        const node = this.graph.nodes[each];
        if (marks[each] === 1 || node === undefined || stops(node)) continue;
        marks[each] = 1;
        open.push(each);
      }
    }
  }

  private into(id: number): readonly number[] {
    if (this.before === null) {
      const before: number[][] = this.graph.nodes.map(() => []);
      for (const node of this.graph.nodes) for (const next of node.next) before[next]?.push(node.id);
      this.before = before;
    }
    return this.before[id] ?? [];
  }

  /** The loop of each node (strongly connected components, after Tarjan, without recursion); -1: it is in none. */
  private components(): Int32Array {
    const { nodes } = this.graph;
    const loop = new Int32Array(nodes.length).fill(-1);
    const index = new Int32Array(nodes.length);
    const low = new Int32Array(nodes.length);
    const inStack = new Uint8Array(nodes.length);
    const stack: number[] = [];
    let counter = 0;
    for (const root of nodes) {
      const open = index[root.id] === 0 ? [{ node: root, at: 0 }] : [];
      for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
        const { node } = top;
        const { id } = node;
        if (index[id] === 0) {
          index[id] = low[id] = ++counter;
          inStack[id] = 1;
          stack.push(id);
        }
        const next = node.next[top.at++];
        if (next !== undefined) {
          const to = nodes[next];
          if (index[next] === 0 && to !== undefined) open.push({ node: to, at: 0 });
          else if (inStack[next] === 1) low[id] = Math.min(low[id] ?? 0, index[next] ?? 0);
          continue;
        }
        open.pop();
        const above = open.at(-1)?.node.id;
        if (above !== undefined) low[above] = Math.min(low[above] ?? 0, low[id] ?? 0);
        if (low[id] !== index[id]) continue;
        const members = stack.splice(stack.lastIndexOf(id));
        const isLoop = members.length > 1 || node.next.includes(id);
        for (const member of members) {
          inStack[member] = 0;
          if (isLoop) loop[member] = id;
        }
      }
    }
    this.visited += nodes.length;
    return loop;
  }
}
