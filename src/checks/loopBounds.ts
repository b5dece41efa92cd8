/** Loops that index an array by more than it has: the bound that the loop's head gives is past the end. Read, not run. */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, constantOf, placeName, valueName } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';

/** How many elements the array has that a pointer is the start of; null: it is none, or its length is open. */
function lengthOf(pointer: Expr): number | null {
  const value = bare(pointer);
  if (value.kind !== 'address' || value.place.type.kind !== 'array') return null;
  const { length } = value.place.type;
  // One element, or none, at the end of a struct stands for any number.
  return length === null || length < 2 ? null : length;
}

/** The name and the largest value that a condition lets it have. */
function most(condition: Expr): { readonly name: string; readonly last: number } | null {
  const value = bare(condition);
  if (value.kind !== 'compare') return null;
  const name = valueName(bare(value.left));
  const bound = constantOf(bare(value.right));
  if (name === null || bound === null) return null;
  if (value.op === '<') return { name, last: Number(bound) - 1 };
  return value.op === '<=' ? { name, last: Number(bound) } : null;
}

function inLoop(read: ReadFunction, from: number): DocumentReport[] {
  const branch = read.nodes[from];
  const [condition] = branch?.node.values ?? [];
  const [inside] = branch?.node.next ?? [];
  const bound = condition === undefined ? null : most(condition);
  if (branch?.node.kind !== 'branch' || inside === undefined || bound === null) return [];
  const ways = waysOf(read.graph);
  if (!ways.looped(inside, from)) return [];
  const stepped = read.nodes.some(({ all }) =>
    all.some((expr) => expr.kind === 'update' && expr.op === '+' && placeName(expr.place) === bound.name),
  );
  if (!stepped) return [];
  const body = ways.from([inside], ({ id }) => id === from);
  const found = body.order.flatMap((id) => {
    const node = read.nodes[id];
    if (node === undefined || id === from) return [];
    // Leaving the loop, or asking again, may keep the last one out.
    if (
      node.node.kind === 'branch' &&
      node.all.some((expr) => expr.kind === 'compare' && most(expr)?.name === bound.name)
    )
      return [];
    return node.all.flatMap((expr) => {
      if (expr.kind !== 'offset' || valueName(bare(expr.index)) !== bound.name) return [];
      const length = lengthOf(expr.pointer);
      return length === null || bound.last < length
        ? []
        : [told(read, expr.at, `index ${bound.last} of an array of ${length}: the loop goes one too far`, null)];
    });
  });
  return found.slice(0, 1);
}

/** Each loop of the document whose last round is outside the array. */
export function loopsTooLong(document: DocumentView): DocumentReport[] {
  const seen = new Set<string>();
  return readFunctions(document)
    .flatMap((read) => read.nodes.flatMap(({ node }) => inLoop(read, node.id)))
    .filter(({ at }) => {
      const key = `${at.unit} ${at.start}`;
      return !seen.has(key) && seen.add(key);
    });
}
