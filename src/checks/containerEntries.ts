/**
 * Entries of an xarray that are freed and stay in it, or that are freed as if each were an allocation of its own. Read, not run: what an array
 * that somebody hands in holds, no run knows.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { TAKES_APART } from './undoPairs.ts';

const FREES = /^(?:k|kv|v)free$/;
/** Take entries out, or replace them. */
const EMPTIES = /^(?:__)?xa_(?:erase|destroy|store|cmpxchg|release|init)\w*$/;

function freesOf(read: ReadFunction, name: string): readonly { at: ReadNode; call: ReadNode['calls'][number] }[] {
  return callsOf(read, FREES).filter(({ call }) => argument(call, 0) === name);
}

/** `kfree(xa_load(...))` without an erase: whoever loads it next gets freed memory. */
export function freedEntries(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    // Who takes the whole container apart leaves it to whoever owns it.
    TAKES_APART.test(read.symbol.name) || read.ir.partial
      ? []
      : callsOf(read, /^xa_load$/).flatMap(({ at, call }) => {
          const container = argument(call, 0);
          const entry = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
          if (container === null || entry === null) return [];
          const behind = waysOf(read.graph).from(at.node.next, ({ id }) => renames(read.nodes[id] ?? at, entry));
          return freesOf(read, entry).flatMap(({ at: free, call: freeing }) => {
            if (behind.has[free.node.id] !== 1) return [];
            // Erased before the free, or taken care of behind it.
            const near = (node: ReadNode): boolean =>
              node.calls.some((each) => EMPTIES.test(calleeName(each.callee)) && argument(each, 0) === container);
            const around = new Set([
              ...behind.order,
              ...waysOf(read.graph).from(free.node.next).order,
              ...read.nodes.flatMap(({ node }) => (waysOf(read.graph).looped(node.id, free.node.id) ? [node.id] : [])),
            ]);
            if (read.nodes.some((node) => around.has(node.node.id) && near(node))) return [];
            return [
              told(read, freeing.at, 'the entry is freed and stays in the container', null, [
                { message: 'loaded here', at: call.at },
              ]),
            ];
          });
        }),
  );
}

/** The member that a container is kept in: by struct and name. */
function keyOf(expr: Expr | undefined): string | null {
  const value = expr === undefined ? null : bare(expr);
  if (value?.kind !== 'address' || value.place.kind !== 'member') return null;
  const { base, member } = value.place;
  return base.type.kind === 'struct' ? `${base.type.tag}.${member.name}` : null;
}

const ARRAYS = /^(?:k[cm]alloc_array|kcalloc|kvcalloc|kvmalloc_array)(?:_noprof)?$/;

/** Entries are elements of one array: only the first is what was allocated. */
export function freedElements(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const elements = new Map<string, Expr>();
  for (const read of reads) {
    const arrays = new Set(
      read.nodes.flatMap(({ stores }) =>
        stores.flatMap(({ to, value }) => {
          const call = bare(value);
          return call.kind === 'call' && ARRAYS.test(calleeName(call.callee)) ? [to] : [];
        }),
      ),
    );
    for (const { call } of callsOf(read, /^(?:__)?xa_store$/)) {
      const entry = call.args[2];
      const key = keyOf(call.args[0]);
      const name = entry === undefined ? null : valueName(bare(entry));
      if (entry === undefined || key === null || name === null) continue;
      const array = /^(.*)\[[^\]]+\]$/.exec(name)?.[1];
      if (array !== undefined && arrays.has(array)) elements.set(key, entry);
    }
  }
  if (elements.size === 0) return [];
  return reads.flatMap((read) =>
    callsOf(read, /^xa_(?:load|erase|find|find_after)$/).flatMap(({ at, call, name }) => {
      const stored = elements.get(keyOf(call.args[0]) ?? '');
      const entry = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
      const index = call.args[1];
      if (stored === undefined || index === undefined) return [];
      // The first entry is the array.
      if (/^xa_(?:load|erase)$/.test(name) && Number(constantOf(bare(index)) ?? 1) === 0) return [];
      const direct = callsOf(read, FREES).filter(({ call: free }) => free.args.some((arg) => bare(arg) === call));
      const later = entry === null ? [] : freesOf(read, entry);
      return [...direct, ...later].map(({ call: free }) =>
        told(read, free.at, 'frees an element of an array: only the first entry is what was allocated', null, [
          { message: 'elements of one array are stored here', at: stored.at },
        ]),
      );
    }),
  );
}
