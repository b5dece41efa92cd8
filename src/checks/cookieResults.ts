/**
 * What `device_iova_alloc` says when memory runs out: NULL means that no IOVA is needed, and the core then maps page by page. On a fabric that
 * translates such an address means nothing to anybody, so that a failure there has to be told. Read, not run.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf, outcomeOf } from './flowSides.ts';
import { constantOf } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';

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
      callsOf(read, MEMORY).flatMap(({ at, call }) => {
        const [failed] = outcomeOf(read, at, call).failed;
        const returned = failed === undefined ? null : nullReturned(read, failed);
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
