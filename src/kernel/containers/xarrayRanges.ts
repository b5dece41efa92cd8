/**
 * Entries of an xarray that stand for several indices: stored by order or by range, split again, and their order (lib/xarray.c:
 * xa_store_range, xas_set_range, xas_split, xas_get_order). One index of such an entry stands for all of them.
 */
import type { ModelCall, Scalar } from '../../machine/model.ts';
import { allocationSucceeds } from '../memory/allocation.ts';
import { argument, effects, model, numeric, PURE, settled } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import type { IndexStore } from './indexStore.ts';
import { errorEntry, invalid, publicName, put, storeOf, visible } from './xarray.ts';

const CHUNK = 64;
/** A split makes that many entries at most here; more is taken for a wrong order. */
const MAX_PIECES = 4096;
const STORES = effects({ sleeps: 'gfp', allocates: 'argument', locks: 'needs xa_lock', fails: 'xa_err entry' });

/** One entry for `first` to `last`: into the larger entry around it, or in the place of the smaller ones inside. */
function storeOver(call: ModelCall, store: IndexStore, first: number, last: number, entry: Scalar): Scalar {
  const { machine } = call;
  const at = store.find(first);
  const old = at < 0 ? 0 : visible(store.entryAt(at));
  const erases = settled(machine, entry) === 0;
  if (at >= 0 && store.indexAt(at) <= first && store.lastAt(at) >= last) {
    if (erases) store.remove(at);
    else store.setEntry(at, entry);
    return old;
  }
  for (let position = store.lowerBound(first); position < store.count && store.indexAt(position) <= last; )
    store.remove(position);
  if (!erases) store.insert(first, entry, last);
  return old;
}

function storeOrder(call: ModelCall): Scalar {
  const { machine } = call;
  const [array, from, to, entry, gfp] = [0, 1, 2, 3, 4].map((index) => argument(call, index));
  const store = storeOf(machine, array ?? 0);
  const [first, last] = [numeric(call, 1), numeric(call, 2)];
  if (store === null || first === null || last === null || from === undefined || to === undefined)
    return put(call, array ?? 0, from ?? 0, entry ?? 0, gfp ?? 0);
  if (invalid(machine, entry ?? 0)) return errorEntry('EINVAL');
  if (settled(machine, entry ?? 0) !== 0 && !allocationSucceeds(machine, publicName(call), gfp ?? 0, false))
    return errorEntry('ENOMEM');
  return storeOver(call, store, first, last, entry ?? 0);
}

/** The pieces in which a range is stored: as large as alignment and the end allow (lib/xarray.c:xas_set_range). */
export function rangePieces(first: number, last: number): readonly (readonly [number, number])[] {
  const pieces: (readonly [number, number])[] = [];
  for (let at = first; at <= last && pieces.length < MAX_PIECES; ) {
    let size = 1;
    let siblings = last - at;
    let start = at;
    let offset = CHUNK - 1;
    while (start % CHUNK === 0) {
      if (siblings < CHUNK - 1 || (siblings === CHUNK - 1 && offset < CHUNK - 1)) break;
      size *= CHUNK;
      if (offset === CHUNK - 1) offset = siblings % CHUNK;
      siblings = Math.floor(siblings / CHUNK);
      start = Math.floor(start / CHUNK);
    }
    siblings = Math.min(siblings, CHUNK - 1 - (start % CHUNK));
    if ((start + siblings + 1) * size - 1 > last) siblings--;
    const end = at + (siblings + 1) * size - 1;
    pieces.push([at, end]);
    at = end + 1;
  }
  return pieces;
}

function storeRange(call: ModelCall): Scalar {
  const { machine } = call;
  const entry = argument(call, 3);
  const [first, last] = [numeric(call, 1), numeric(call, 2)];
  if (invalid(machine, entry)) return errorEntry('EINVAL');
  if (first !== null && last !== null && last < first) return errorEntry('EINVAL');
  const store = storeOf(machine, argument(call, 0));
  if (store === null || first === null || last === null) {
    const result = put(call, argument(call, 0), argument(call, 1), entry, argument(call, 4));
    return result === errorEntry('ENOMEM') ? result : 0;
  }
  if (settled(machine, entry) !== 0 && !allocationSucceeds(machine, publicName(call), argument(call, 4), false))
    return errorEntry('ENOMEM');
  for (const [from, to] of rangePieces(first, last)) storeOver(call, store, from, to, entry);
  return 0;
}

export const xarrayRangeModels: readonly DocumentedModel[] = [
  model('__xa_store_order_locked', STORES, 'lib/xarray.c:xas_store', storeOrder),
  model('__xa_store_range_locked', STORES, 'lib/xarray.c:xa_store_range', storeRange),
  model('__xa_split_locked', effects({ locks: 'needs xa_lock' }), 'lib/xarray.c:xas_split', (call) => {
    const store = storeOf(call.machine, argument(call, 0));
    const [index, order, smaller] = [numeric(call, 1), numeric(call, 2), numeric(call, 3)];
    if (store === null || index === null || order === null || smaller === null) return;
    const size = 2 ** order;
    const first = Math.floor(index / size) * size;
    const piece = 2 ** smaller;
    for (let position = store.lowerBound(first); position < store.count && store.indexAt(position) < first + size; )
      store.remove(position);
    for (let at = first, made = 0; at < first + size && made < MAX_PIECES; at += piece, made++)
      store.insert(at, argument(call, 4), at + piece - 1);
  }),
  model('xa_get_order', PURE, 'lib/xarray.c:xas_get_order', (call) => {
    const store = storeOf(call.machine, argument(call, 0));
    const position = store === null ? -1 : store.find(numeric(call, 1) ?? -1);
    if (store === null || position < 0) return 0;
    return Math.ceil(Math.log2(store.lastAt(position) - store.indexAt(position) + 1));
  }),
];
