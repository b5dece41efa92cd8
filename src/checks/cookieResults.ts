/**
 * What `device_iova_alloc` says when memory runs out: NULL means that no IOVA is needed, and the core then maps page by page. On a fabric that
 * translates such an address means nothing to anybody, so that a failure there has to be told. Read, not run.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const FABRIC = /^ual_/;
const MEMORY =
  /^(?:k[mzc]alloc|kv[mzc]alloc|k[mc]alloc_array|kvmalloc_array|kmemdup|kmem_cache_z?alloc)(?:_obj|_node|_noprof)*$/;
/** Steps from the test to the return that are still the handling of this failure. */
const NEAR = 12;

/** Failed allocations of ops that ask the fabric, told as "no IOVA is needed". */
export function failuresAsNotNeeded(document: DocumentView): DocumentReport[] {
  const cookies = new Set(
    document.tables.flatMap(({ ops }) => ops.flatMap((op) => (op.contract.result === 'cookie' ? [op.function] : []))),
  );
  return readFunctions(document)
    .filter((read) => cookies.has(read.symbol) && callsOf(read, FABRIC).length > 0)
    .flatMap((read) =>
      callsOf(read, MEMORY).flatMap(([at, call]) => {
        const failed = failedSide(read, at, call);
        const returned = failed === null ? null : nullReturned(read, failed);
        return returned === null
          ? []
          : [
              told(
                read,
                returned,
                'NULL says that no IOVA is needed, here memory ran out on the way to the fabric',
                'the fabric translates: what `device_map` gives means nothing there',
                [{ message: 'this allocation failed', at: call.at }],
              ),
            ];
      }),
    );
}

function callsOf(read: ReadFunction, names: RegExp): readonly (readonly [ReadNode, CallExpr])[] {
  return read.nodes.flatMap((at) =>
    at.calls.flatMap((call) => (names.test(calleeName(call.callee)) ? [[at, call] as const] : [])),
  );
}

/** Where the function goes on when this call gave NULL, by the test that follows it at once; null: there is none. */
function failedSide(read: ReadFunction, from: ReadNode, call: CallExpr): number | null {
  const stored = from.stores.find(({ value }) => bare(value) === call)?.to;
  let here: ReadNode | undefined = from;
  for (let steps = 0; here !== undefined && stored !== undefined && steps < NEAR; steps++) {
    const [condition] = here.node.values;
    const yes: number | null = here.node.next[0] ?? null;
    const no: number | null = here.node.next[1] ?? null;
    if (here.node.kind === 'branch' && condition !== undefined) {
      const value = bare(condition);
      const compared = value.kind === 'compare' && constantOf(value.right) === 0 ? value : null;
      const asked = value.kind === 'unary' && value.op === '!' ? value.operand : (compared?.left ?? value);
      if (valueName(bare(asked)) !== stored) return null;
      return (value.kind === 'unary' && value.op === '!') || compared?.op === '==' ? yes : no;
    }
    here = here.node.next.length === 1 ? read.nodes[yes ?? -1] : undefined;
  }
  return null;
}

/** The place of the `return NULL` to which a side goes straight. */
function nullReturned(read: ReadFunction, first: number): DocumentReport['at'] | null {
  let here = read.nodes[first];
  for (let steps = 0; here !== undefined && steps < NEAR; steps++) {
    const { kind, values, next, at } = here.node;
    if (kind === 'return') return values[0] !== undefined && constantOf(values[0]) === 0 ? at : null;
    if (next.length !== 1) return null;
    here = read.nodes[next[0] ?? -1];
  }
  return null;
}
