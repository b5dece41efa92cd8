/**
 * A mapping that stands in a member of the document's own struct, made in one function and undone in another, for a direction that it was
 * never made in. Read, not run: the two functions never meet in one run.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, constantOf, valueName } from './irNames.ts';
import { memberAt } from './membersNotSetUp.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Which argument is the direction, which the thing mapped (null: the result), and what undoes it. */
interface Pair {
  readonly map: RegExp;
  readonly unmap: RegExp;
  readonly direction: number;
  readonly object: number | null;
  readonly undone: { readonly direction: number; readonly object: number };
}

const PAIRS: readonly Pair[] = [
  {
    map: /^dma_buf_map_attachment(?:_unlocked)?$/,
    unmap: /^dma_buf_unmap_attachment(?:_unlocked)?$/,
    direction: 1,
    object: null,
    undone: { direction: 2, object: 1 },
  },
  {
    map: /^dma_map_(?:single|page|resource)(?:_attrs)?$/,
    unmap: /^dma_unmap_(?:single|page|resource)(?:_attrs)?$/,
    direction: 3,
    object: null,
    undone: { direction: 3, object: 1 },
  },
  {
    map: /^dma_map_sgtable$/,
    unmap: /^dma_unmap_sgtable$/,
    direction: 2,
    object: 1,
    undone: { direction: 2, object: 1 },
  },
];
const DEPTH = 3;

/** All numbers that an expression may be; null: it may be others. */
function numbersOf(read: ReadFunction, at: ReadNode, expr: Expr | undefined, depth = DEPTH): readonly number[] | null {
  if (expr === undefined || depth === 0) return null;
  const value = bare(expr);
  const known = constantOf(value);
  if (known !== null) return [Number(known)];
  if (value.kind === 'conditional') {
    const then = value.then === null ? null : numbersOf(read, at, value.then, depth);
    const otherwise = numbersOf(read, at, value.otherwise, depth);
    return then === null || otherwise === null ? null : [...then, ...otherwise];
  }
  const name = value.kind === 'load' ? valueName(value) : null;
  if (name === null || !/^\w+#\d+$/.test(name)) return null;
  if (read.ir.parameters.some((each) => `${each.name}#${each.id}` === name)) return null;
  const last = (id: number): ReadNode['stores'][number] | undefined =>
    read.nodes[id]?.stores.findLast(({ to }) => to === name);
  const before = waysOf(read.graph).leadingTo(at.node.id, ({ id }) => last(id) !== undefined);
  const found: number[] = [];
  for (const node of read.nodes) {
    const store = before[node.node.id] === 1 ? last(node.node.id) : undefined;
    if (store === undefined) continue;
    const numbers = numbersOf(read, node, store.value, depth - 1);
    if (numbers === null) return null;
    found.push(...numbers);
  }
  return found.length === 0 ? null : found;
}

/** `tag.member` of a member behind a pointer that is read, stored into, or whose address is given. */
function memberIn(expr: Expr | undefined): string | null {
  if (expr === undefined) return null;
  const value = bare(expr);
  if (value.kind === 'load' || value.kind === 'assign')
    return memberAt({ kind: 'address', place: value.place, type: value.type, at: value.at });
  return memberAt(value);
}

interface Made {
  readonly call: CallExpr;
  readonly member: string;
  readonly directions: readonly number[] | null;
}

function madeIn(read: ReadFunction, { map, direction, object }: Pair): readonly Made[] {
  return callsOf(read, map).flatMap(({ at, call }): Made[] => {
    const store = at.all.find((expr) => expr.kind === 'assign' && bare(expr.value) === call);
    const member = memberIn(object === null ? store : call.args[object]);
    return member === null ? [] : [{ call, member, directions: numbersOf(read, at, call.args[direction]) }];
  });
}

/** Members unmapped for a direction that nothing maps them for. */
export function otherDirections(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return PAIRS.flatMap((pair) => {
    const made = reads.flatMap((read) => madeIn(read, pair));
    if (made.length === 0) return [];
    return reads.flatMap((read) =>
      callsOf(read, pair.unmap).flatMap(({ at, call }) => {
        const member = memberIn(call.args[pair.undone.object]);
        const own = made.filter((each) => each.member === member);
        const undone = numbersOf(read, at, call.args[pair.undone.direction]);
        const [first] = own;
        if (first === undefined || undone === null || own.some(({ directions }) => directions === null)) return [];
        if (own.some(({ directions }) => directions?.some((each) => undone.includes(each)) === true)) return [];
        return [
          told(
            read,
            call.at,
            `\`${member?.split('.')[1]}\` is unmapped for a direction in which nothing maps it`,
            'nothing that is not shown maps it',
            [{ message: 'mapped here', at: first.call.at }],
          ),
        ];
      }),
    );
  });
}
