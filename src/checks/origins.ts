/** Where the value of a variable comes from: the calls whose result it may hold at a place of one function. */
import { waysOf } from './flowWays.ts';
import { calledIn, type ReadFunction, type ReadNode } from './readFunctions.ts';

/** Calls whose result this variable may hold at a node. */
export function origins(read: ReadFunction, at: ReadNode, name: string): readonly string[] {
  const last = ({ id }: { readonly id: number }): ReadNode['stores'][number] | undefined =>
    read.nodes[id]?.stores.findLast(({ to }) => to === name);
  const before = waysOf(read.graph).leadingTo(at.node.id, (node) => last(node) !== undefined);
  const called: string[] = [];
  for (const { node } of read.nodes) {
    const store = before[node.id] === 1 || node.id === at.node.id ? last(node) : undefined;
    if (store !== undefined) called.push(calledIn(store.value));
  }
  return called;
}
