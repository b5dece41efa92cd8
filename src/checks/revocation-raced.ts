/**
 * A buffer that can be revoked or moved, used or freed as if that could not happen at the same time: the flag read before the lock, the storage
 * freed before the importers are told and done, a map that does not ask. Read, not run.
 */
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { reach } from './flowGraph.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { calleeName, constantOf, valueName } from './irNames.ts';
import { movedImports } from './movedImports.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import page from './revocation-raced.md?raw';
import { keyOf } from './waitsUnderLock.ts';

const TELLS = /^dma_buf_(?:move_notify|invalidate_mappings)$/;
const WAITS = /^(?:dma_resv_wait_timeout|ttm_bo_wait_ctx|dma_fence_wait(?:_timeout)?)$/;
const FREES =
  /^(?:__free_pages?|put_page|__folio_put|folio_put|release_pages|drm_gem_put_pages|ttm_resource_free|dma_free_coherent|dma_free_attrs)$/;
const LOCKS = /^dma_resv_(?:lock|lock_interruptible|trylock)$/;
const ASSERTED = /assert_held$/;
const REVOKED = /\.(?:revoked|is_revoked)$/;

function has(each: ReadNode, which: RegExp): boolean {
  return each.calls.some((call) => which.test(calleeName(call.callee)));
}

/** By function and by what is called: the nodes that can be come to behind such a call. */
const BEHIND = new WeakMap<ReadFunction, Map<RegExp, Uint8Array>>();

/** Whether one of these can have been called before. */
function before(read: ReadFunction, at: ReadNode, which: RegExp): boolean {
  const known = BEHIND.get(read) ?? new Map<RegExp, Uint8Array>();
  BEHIND.set(read, known);
  let behind = known.get(which);
  if (behind === undefined) {
    const starts = callsOf(read, which).flatMap(({ at: each }) => each.node.next);
    behind = waysOf(read.graph).from(starts).has;
    known.set(which, behind);
  }
  return behind[at.node.id] === 1;
}

/** Storage of a buffer that goes while importers may still use it. */
function freed(read: ReadFunction): DocumentReport[] {
  const own = callsOf(read, TELLS).length > 0 || callsOf(read, /^dma_resv_wait_timeout$/).length > 0;
  const buffer =
    read.ir.locals.some(
      ({ type }) => type.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag === 'dma_buf',
    ) || callsOf(read, TELLS).length > 0;
  if (!own || !buffer) return [];
  const ends = read.symbol.type.parameters.length === 1 && /release$/.test(read.symbol.name);
  if (ends) return [];
  return read.nodes.flatMap((each) => {
    if (!has(each, FREES) || !before(read, each, LOCKS)) return [];
    if (!before(read, each, TELLS))
      return [
        told(
          read,
          each.node.at,
          'storage of a buffer is freed and its importers were not told (`dma_buf_move_notify()`)',
          'importers may have mapped the buffer',
        ),
      ];
    if (!before(read, each, WAITS))
      return [
        told(
          read,
          each.node.at,
          'storage of a buffer is freed before its fences are signalled',
          'importers may still work on the buffer',
        ),
      ];
    return [];
  });
}

/** Waits for importers to unmap with the lock that they need for that; who completes it is not shown (`completionsUnderLock.ts`). */
function waits(read: ReadFunction, completed: ReadonlySet<string | null>): DocumentReport[] {
  return callsOf(read, /^wait_for_completion/).flatMap(({ at: each, call: wait }, i, all) => {
    // The first of a node speaks for all.
    if (all[i - 1]?.at === each || completed.has(keyOf(wait.args[0]))) return [];
    const locked = read.nodes.filter(
      (other) =>
        has(other, LOCKS) &&
        reach(
          read.graph,
          other.node.next,
          (node) => (read.nodes[node.id] ?? each) !== each && has(read.nodes[node.id] ?? each, /^dma_resv_unlock$/),
        ).has(each.node.id),
    );
    const notified = before(read, each, TELLS);
    return locked.length > 0 && notified
      ? [
          told(
            read,
            each.node.at,
            'waits for importers to unmap with the reservation held that unmapping takes',
            'the completion is that of the last unmap',
            [{ message: 'locked here', at: locked[0]?.node.at ?? null }],
          ),
        ]
      : [];
  });
}

interface Revoker {
  readonly flag: string;
  readonly read: ReadFunction;
}

/** Members that a function sets while it tells importers, under the reservation. */
function revokers(all: readonly ReadFunction[]): readonly Revoker[] {
  return all.flatMap((read) =>
    callsOf(read, TELLS).length > 0
      ? read.nodes.flatMap(({ stores }) =>
          stores.flatMap(({ to, value }) =>
            REVOKED.test(to) && Number(constantOf(value) ?? 0) === 1 ? [{ flag: to.replace(/^.*\./, ''), read }] : [],
          ),
        )
      : [],
  );
}

function readsFlag(each: ReadNode, flag: string): boolean {
  return each.all.some((expr) => expr.kind === 'load' && (valueName(expr) ?? '').endsWith(`.${flag}`));
}

/** The flag is read before the lock is taken under which it changes. */
function unlocked(read: ReadFunction, { flag }: Revoker): DocumentReport[] {
  // Who changes the flag has a lock of its own for that (drivers/vfio/pci/vfio_pci_dmabuf.c: vfio_pci_dma_buf_move).
  if (read.nodes.some(({ stores }) => stores.some(({ to }) => to.endsWith(`.${flag}`)))) return [];
  return read.nodes.flatMap((each) => {
    if (
      each.node.kind !== 'branch' ||
      !readsFlag(each, flag) ||
      before(read, each, LOCKS) ||
      before(read, each, ASSERTED)
    )
      return [];
    const after = [...reach(read.graph, each.node.next, () => false)].flatMap((id) => read.nodes[id] ?? []);
    if (!after.some((node) => has(node, LOCKS)) || after.some((node) => readsFlag(node, flag))) return [];
    return [
      told(
        read,
        each.node.at,
        `\`${flag}\` is read before the lock is taken under which it changes`,
        'the caller does not hold the reservation',
      ),
    ];
  });
}

function inspect(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document);
  const revoking = revokers(all);
  const completed = new Set(
    all.flatMap((read) => callsOf(read, /^complete(?:_all)?$/).map(({ call }) => keyOf(call.args[0]))),
  );
  completed.delete(null);
  const reports = all.flatMap((read) => [
    ...freed(read),
    ...waits(read, completed),
    ...revoking.slice(0, 1).flatMap((each) => unlocked(read, each)),
  ]);
  const [revoker] = revoking;
  if (revoker === undefined) return reports;
  // Ops of a table that this document shows: the exporter that can be revoked.
  const op = (member: string): readonly ReadFunction[] =>
    document.tables
      .filter(({ struct }) => struct === 'dma_buf_ops')
      .flatMap(({ ops }) =>
        ops
          .filter((each) => each.member === member)
          .flatMap(({ function: symbol }) => all.filter((read) => read.symbol === symbol)),
      );
  const body = (read: ReadFunction): boolean =>
    read.nodes.some((each) => readsFlag(each, revoker.flag)) ||
    read.nodes.some(({ calls }) =>
      calls.some(
        (call) =>
          call.callee.kind === 'direct' &&
          all.some(
            (other) =>
              call.callee.kind === 'direct' &&
              other.symbol === call.callee.symbol &&
              other !== read &&
              other.nodes.some((each) => readsFlag(each, revoker.flag)),
          ),
      ),
    );
  // Before 7.1 an importer that takes part in moves at all has the op.
  const optional = all.some((read) => callsOf(read, /^dma_buf_invalidate_mappings$/).length > 0);
  const asked = (read: ReadFunction): boolean =>
    !optional ||
    callsOf(read, /revocable|^dma_buf_attachment_is_dynamic$/).length > 0 ||
    read.nodes.some(({ all: exprs }) =>
      exprs.some((expr) => /\.(?:importer_ops|invalidate_mappings|move_notify|peer2peer)$/.test(valueName(expr) ?? '')),
    );
  const succeeds = (read: ReadFunction): ReadNode | undefined =>
    read.nodes.find(
      ({ node }) =>
        node.kind === 'return' &&
        node.values[0] !== undefined &&
        (Number(constantOf(node.values[0]) ?? -1) === 0 ||
          (valueName(node.values[0]) !== null && constantOf(node.values[0]) === null)),
    );
  for (const read of op('map_dma_buf')) {
    const exit = succeeds(read);
    if (!body(read) && exit !== undefined)
      reports.push(
        told(
          read,
          exit.node.at,
          `maps without asking whether the buffer was revoked (\`${revoker.flag}\`)`,
          'nothing else refuses a map after the revocation',
        ),
      );
  }
  for (const read of op('attach')) {
    const exit = succeeds(read);
    if (!asked(read) && exit !== undefined)
      reports.push(
        told(
          read,
          exit.node.at,
          'lets an importer attach that cannot be told of a revocation',
          'importers without the op attach too',
        ),
      );
  }
  return reports;
}

export default check(page, { inspect: (document) => [...inspect(document), ...movedImports(document)] });
