/**
 * What an exporter still does with its object after the descriptor is in the hands of user space: whoever closes it drops the last reference,
 * and the release frees the object while the exporter is at it. Read, not run.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, outcomeOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, placeName, rootOf, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Install the descriptor themselves. */
const INSTALLS = /^dma_buf_fd$/;
/** Take a reference of their own, which keeps the buffer. */
const KEEPS = /^(?:get_dma_buf|dma_buf_get|get_file|kref_get|refcount_inc|drm_gem_object_get)$/;

/** Names of what goes with the buffer: its private data, as far as the function sets it. */
function ownedBy(reads: readonly ReadFunction[], read: ReadFunction, buffer: string): readonly string[] {
  // A function of the document exports for it: what that is handed as private data.
  const wrapped = read.nodes.flatMap(({ stores }) =>
    stores.flatMap(({ to, value }) => {
      const call = bare(value);
      if (to !== buffer || call.kind !== 'call' || call.callee.kind !== 'direct') return [];
      const { symbol } = call.callee;
      const wrapper = reads.find((each) => each.symbol === symbol && each !== read);
      if (wrapper === undefined) return [];
      return wrapper.ir.parameters.flatMap(({ name, id }, i) => {
        const handed = argument(call, i);
        const isPrivate = wrapper.nodes.some(({ stores: inner }) =>
          inner.some(
            ({ to: place, value: what }) => /^\w+#\d+\.priv$/.test(place) && valueName(bare(what)) === `${name}#${id}`,
          ),
        );
        return isPrivate && handed !== null ? [handed] : [];
      });
    }),
  );
  if (wrapped.length > 0) return wrapped;
  const exported = read.nodes.flatMap(({ stores }) =>
    stores.flatMap(({ to, value }) => {
      const call = bare(value);
      return to === buffer && call.kind === 'call' && calleeName(call.callee) === 'dma_buf_export' ? [call] : [];
    }),
  );
  return exported.flatMap((call) => {
    const info = argument(call, 0)?.replace(/^&/, '');
    if (info === undefined) return [];
    return read.nodes.flatMap(({ stores }) =>
      stores.flatMap(({ to, value }) => {
        const name = valueName(bare(value));
        return to === `${info}.priv` && name !== null ? [name] : [];
      }),
    );
  });
}

/** True when the node reads or writes behind the pointer, or hands it on. */
function touches({ all }: ReadNode, pointer: string): boolean {
  return all.some((expr) => {
    if (expr.kind === 'call') {
      if (/^(?:IS_ERR\w*|PTR_ERR\w*)$/.test(calleeName(expr.callee))) return false;
      return expr.args.some((arg) => {
        const name = valueName(bare(arg));
        return name === pointer || name?.startsWith(`${pointer}.`) === true;
      });
    }
    if (expr.kind !== 'load' && expr.kind !== 'assign' && expr.kind !== 'update') return false;
    return placeName(expr.place)?.startsWith(`*${pointer}.`) ?? false;
  });
}

function reportsOf(reads: readonly ReadFunction[], read: ReadFunction): DocumentReport[] {
  return callsOf(read, INSTALLS).flatMap(({ at, call }) => {
    const buffer = argument(call, 0);
    if (buffer === null) return [];
    const { ok, failed } = outcomeOf(read, at, call);
    // Without a test of the descriptor the way of its failure is not told from the other.
    if (failed.length === 0) return [];
    const owned = ownedBy(reads, read, buffer);
    if (owned.length === 0) return [];
    const kept = read.nodes.some(({ calls }) => calls.some((each) => KEEPS.test(calleeName(each.callee))));
    if (kept) return [];
    const found = waysOf(read.graph)
      .from(ok, ({ id, kind }) => {
        const node = read.nodes[id];
        return kind === 'hole' || node === undefined || owned.some((name) => renames(node, rootOf(name)));
      })
      .order.flatMap((id) => {
        const node = read.nodes[id];
        const name = node === undefined ? undefined : owned.find((each) => touches(node, each));
        return node === undefined || name === undefined ? [] : [{ node, name }];
      })
      .sort((one, other) => one.node.node.at.start - other.node.node.at.start);
    const [first] = found;
    if (first === undefined) return [];
    const words = first.name.replace(/#\d+/g, '').replace(/^\*/, '');
    return [
      told(
        read,
        first.node.node.at,
        `\`${words}\` is used after the descriptor was installed: a close frees it`,
        'the release of the buffer frees its private data',
        [{ message: 'user space has the descriptor from here on', at: call.at }],
      ),
    ];
  });
}

/** Objects that are used although user space can already let go of them. */
export function usedAfterPublication(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return reads.flatMap((read) => reportsOf(reads, read));
}
