/**
 * What an importer gives back in the wrong order: the attachment before what hangs on it, the buffer before its attachment; and where it may
 * not drop the buffer: under the buffer's own reservation, or under a spinlock. Read, not run.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, innerCalls, renames, stretch, underLock } from './flowSides.ts';
import { calleeName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Calls of the core that need the attachment to be there, and which argument it is (drivers/dma-buf/dma-buf.c). */
const ON_ATTACHMENT =
  /^dma_buf_(?:unmap_attachment(?:_unlocked)?|map_attachment(?:_unlocked)?|pin|unpin|(?:un)?map_interconnect)$/;

function firstBehind(
  read: ReadFunction,
  at: ReadNode,
  call: ReadNode['calls'][number],
  ends: (node: ReadNode) => boolean,
  wanted: (node: ReadNode) => ReadNode['calls'][number] | undefined,
): ReadNode['calls'][number] | null {
  const found = stretch(read, at, call, ends).flatMap((node) => wanted(node) ?? []);
  // The order of a walk is not that of the text.
  return found.sort((one, other) => one.at.start - other.at.start)[0] ?? null;
}

function detachedFirst(reads: readonly ReadFunction[], read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^dma_buf_detach$/).flatMap(({ at, call }) => {
    const attachment = argument(call, 1);
    if (attachment === null) return [];
    const later = firstBehind(
      read,
      at,
      call,
      (node) => renames(node, attachment),
      ({ calls }) =>
        calls.find((each) => innerCalls(reads, each, ON_ATTACHMENT).some(({ args }) => args[0] === attachment)),
    );
    if (later === null) return [];
    const message = `\`${calleeName(later.callee)}()\` of an attachment that \`dma_buf_detach()\` has freed`;
    return [told(read, later.at, message, null, [{ message: 'detached here', at: call.at }])];
  });
}

function putFirst(reads: readonly ReadFunction[], read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^dma_buf_put$/).flatMap(({ at, call }) => {
    const buffer = argument(call, 0);
    if (buffer === null) return [];
    const later = firstBehind(
      read,
      at,
      call,
      (node) =>
        renames(node, buffer) ||
        node.calls.some(
          (each) => /^(?:get_dma_buf|dma_buf_get)$/.test(calleeName(each.callee)) && argument(each, 0) === buffer,
        ),
      ({ calls }) =>
        calls.find((each) => innerCalls(reads, each, /^dma_buf_detach$/).some(({ args }) => args[0] === buffer)),
    );
    if (later === null) return [];
    return [
      told(
        read,
        later.at,
        'detached from a buffer whose reference was dropped before',
        'nobody else holds a reference of the buffer',
        [{ message: 'dropped here', at: call.at }],
      ),
    ];
  });
}

/** Attachments given up before what hangs on them, and buffers before their attachments. */
export function wrongOrder(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return reads.flatMap((read) => [...detachedFirst(reads, read), ...putFirst(reads, read)]);
}

const SPIN = /^(?:raw_)?(?:spin|read|write)_lock(?:_irq|_irqsave|_bh|_nested)?$|^_+(?:raw_)?spin_lock(?:_irqsave)?$/;
const SPIN_END = /^_*(?:raw_)?(?:spin|read|write)_unlock(?:_irq|_irqrestore|_bh)?$/;

type ReadCall = ReadNode['calls'][number];

/** `dma_buf_put()` under the reservation of the same buffer: the locking convention of dma-buf.c wants it dropped before. */
export function putUnderReservation(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    underLock(read, /^dma_resv_lock(?:_interruptible|_slow)?$/, /^dma_resv_unlock$/).flatMap(({ nodes, lock, name }) =>
      nodes.flatMap(({ calls }) =>
        calls.flatMap((put) =>
          calleeName(put.callee) === 'dma_buf_put' && name === `*${argument(put, 0)}.resv`
            ? [
                told(
                  read,
                  put.at,
                  '`dma_buf_put()` with the reservation of the buffer held: the release may take it',
                  'it is the last reference, and the lock goes with the buffer or is taken by its release',
                  [{ message: 'taken here', at: lock.at }],
                ),
              ]
            : [],
        ),
      ),
    ),
  );
}

/** `guard(spinlock)(…)` (include/linux/cleanup.h) of a function: held to its end. */
function guarded(read: ReadFunction): readonly { readonly nodes: readonly ReadNode[]; readonly lock: ReadCall }[] {
  return callsOf(read, /^class_(?:raw_)?spinlock\w*_constructor$/).flatMap(({ at, call }) => {
    const outermost = read.ir.body.body.some((each) => each.kind === 'declare' && each.variable === at.node.declares);
    return outermost ? [{ nodes: stretch(read, at, call, () => false), lock: call }] : [];
  });
}

/** `dma_buf_put()` under a spinlock, itself or in a function of the document: an exporter's release sleeps. */
export function putUnderSpinlock(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const drops = new Set(reads.flatMap((read) => (callsOf(read, SPIN_END).length > 0 ? [read.symbol] : [])));
  return reads.flatMap((read) =>
    [...underLock(read, SPIN, SPIN_END).map(({ nodes, lock }) => ({ nodes, lock })), ...guarded(read)].flatMap(
      ({ nodes, lock }) =>
        nodes.flatMap(({ calls }) =>
          calls.flatMap((call) => {
            const { callee } = call;
            if (callee.kind === 'direct' && drops.has(callee.symbol)) return [];
            if (innerCalls(reads, call, /^dma_buf_put$/).length === 0) return [];
            const inner = callee.kind === 'direct' ? reads.find(({ symbol }) => symbol === callee.symbol) : undefined;
            const put = inner === undefined ? undefined : callsOf(inner, /^dma_buf_put$/)[0];
            return [
              told(
                read,
                call.at,
                '`dma_buf_put()` under a spinlock: the release of the exporter sleeps',
                'it is the last reference, and the release is not put off',
                [
                  { message: 'taken here', at: lock.at },
                  ...(put === undefined ? [] : [{ message: 'dropped here', at: put.call.at }]),
                ],
              ),
            ];
          }),
        ),
    ),
  );
}
