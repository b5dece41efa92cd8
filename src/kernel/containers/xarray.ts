/**
 * What the xarray functions do below their lock: entries, reserved entries, marks, allocation of ids. The wrappers that take `xa_lock` are
 * C (`xarray.h`). An array whose content the document leaves open answers with open entries, the same for the same index.
 */

import { isUnknown, type MachineServices, type ModelCall, type ModelResult, type Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { might_alloc } from '../locking/context.ts';
import { allocationSucceeds } from '../memory/allocation.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import {
  argument,
  effects,
  isErrorPointer,
  mapState,
  model,
  numeric,
  PURE,
  settled,
  U32,
  U64,
  VOID,
} from '../modelling.ts';
import type { DocumentedModel, Effects } from '../subsystem.ts';
import { IndexStore } from './indexStore.ts';
import { report } from './rules.ts';

const ARRAY = 'struct xarray';
const ZERO_ENTRY = 257 * 4 + 2;
const PRESENT = 8;
const STORES = effects({
  sleeps: 'gfp',
  allocates: 'argument',
  locks: 'xa_lock; drops it while it allocates',
  fails: 'xa_err entry',
});
const LOADS = effects({ locks: 'RCU', fails: 'NULL' });

/** `XA_ERROR(-errno)` as a pointer. */
export function errorEntry(name: string): bigint {
  return BigInt.asUintN(64, (BigInt(-errno(name)) << 2n) | 2n);
}

function isErrorEntry(entry: Scalar): boolean {
  return typeof entry === 'bigint' && (entry & 3n) === 2n && entry >= 2n ** 64n - 4n * 4095n - 4n;
}

/** The storage of an array; null when its content is open. */
export function storeOf(machine: MachineServices, array: Scalar): IndexStore | null {
  const head = machine.fieldAddress(array, ARRAY, 'xa_head');
  if (head === null) return null;
  const store = new IndexStore(machine, head.address);
  return store.block() === null ? null : store;
}

const openEntriesKey = mapState<string, Scalar>('containers.open-entries');

/** Entries that open arrays were seen to have, by array and index. */
function openEntries(machine: MachineServices): Map<string, Scalar> {
  return machine.state(openEntriesKey);
}

function openKey(machine: MachineServices, array: Scalar, index: Scalar | 'first'): string {
  const id = (value: Scalar): string => {
    const number = settled(machine, value);
    return number !== null ? String(number) : isUnknown(value) ? `u${value.id}` : String(value);
  };
  return `${id(array)} ${index === 'first' ? index : id(index)}`;
}

/** The open entry at an index of an open array. */
function openEntry(machine: MachineServices, array: Scalar, index: Scalar | 'first', what: string): Scalar {
  const key = openKey(machine, array, index);
  const known = openEntries(machine);
  let entry = known.get(key);
  if (entry === undefined) {
    entry = machine.unknown({ kind: 'pointer', to: VOID, toConst: false }, `entry found by ${what}`);
    known.set(key, entry);
  }
  return entry;
}

/** What a reader sees of a stored entry: a reserved one is not there. */
export function visible(entry: Scalar): Scalar {
  return entry === ZERO_ENTRY ? 0 : entry;
}

/** Low bits of a stored pointer: 1 marks a value, 2 the array's own entries. */
export function invalid(machine: MachineServices, entry: Scalar): boolean {
  if (isUnknown(entry) || entry === 0 || entry === ZERO_ENTRY) return false;
  const bits = typeof entry === 'bigint' ? Number(entry & 3n) : entry % 4;
  if (bits !== 2 && !isErrorPointer(entry)) return false;
  report(
    machine,
    'xarray-invalid-entry',
    isErrorPointer(entry)
      ? 'an error pointer is stored in an xarray'
      : 'a pointer with low bits set is stored in an xarray',
  );
  return true;
}

/** Stores at one index, or in the whole entry that this index belongs to; the result is the old entry or an error entry. `gfp` was checked by the caller. */
export function put(call: ModelCall, array: Scalar, index: Scalar, entry: Scalar, gfp: Scalar): Scalar {
  const { machine } = call;
  if (invalid(machine, entry)) return errorEntry('EINVAL');
  const store = storeOf(machine, array);
  const at = settled(machine, index);
  if (store === null || at === null) {
    const old = openEntry(machine, array, index, 'xa_store()');
    if (settled(machine, entry) !== 0 && !allocationSucceeds(machine, publicName(call), gfp, false))
      return errorEntry('ENOMEM');
    openEntries(machine).set(openKey(machine, array, index), entry);
    keepOutside(machine, entry);
    return old;
  }
  const position = store.find(at);
  if (position >= 0) {
    const old = visible(store.entryAt(position));
    if (settled(machine, entry) === 0) store.remove(position);
    else store.setEntry(position, entry);
    return old;
  }
  if (settled(machine, entry) === 0) return 0;
  // An array of one entry at index 0 needs no node (lib/xarray.c:xas_expand).
  const needsNode = at !== 0 || store.count > 0;
  if (needsNode && !allocationSucceeds(machine, publicName(call), gfp, false)) return errorEntry('ENOMEM');
  store.insert(at, entry);
  return 0;
}

/** `xa_store()` for `__xa_store`: the name a reader knows, as the wrappers are C. */
export function publicName(call: ModelCall): string {
  return `${call.name.replace(/^_+/, '').replace(/_locked$/, '')}()`;
}

function load(call: ModelCall): Scalar {
  const { machine } = call;
  const store = storeOf(machine, argument(call, 0));
  const index = numeric(call, 1);
  if (store === null || index === null)
    return store !== null && store.count === 0
      ? 0
      : openEntry(machine, argument(call, 0), argument(call, 1), 'xa_load()');
  const position = store.find(index);
  return position < 0 ? 0 : visible(store.entryAt(position));
}

function compareAndStore(call: ModelCall): Scalar {
  const { machine } = call;
  const store = storeOf(machine, argument(call, 0));
  const index = numeric(call, 1);
  const expected = argument(call, 2);
  const position = store === null || index === null ? -1 : store.find(index);
  const stored = position < 0 || store === null ? 0 : store.entryAt(position);
  const wanted = settled(machine, expected);
  const seen = expected === ZERO_ENTRY ? stored : visible(stored);
  const found = settled(machine, seen);
  if (wanted !== null && found !== null && wanted !== found) return visible(stored);
  const result = put(call, argument(call, 0), argument(call, 1), argument(call, 3), argument(call, 4));
  return isErrorEntry(result) ? result : visible(seen);
}

/** 0, -EBUSY when something (reserved counts) is there, -ENOMEM. */
function insertNew(call: ModelCall): ModelResult {
  const { machine } = call;
  const store = storeOf(machine, argument(call, 0));
  const index = numeric(call, 1);
  if (store !== null && index !== null && store.find(index) >= 0) return -errno('EBUSY');
  if (store === null && machine.choose('branch', '`xa_insert()` finds the index free', ['free', 'busy'], call.at) === 1)
    return -errno('EBUSY');
  const entry = settled(machine, argument(call, 2)) === 0 ? ZERO_ENTRY : argument(call, 2);
  return fromEntry(put(call, argument(call, 0), argument(call, 1), entry, argument(call, 3)));
}

function fromEntry(entry: Scalar): number {
  return isErrorEntry(entry) ? Number(BigInt.asIntN(64, BigInt(entry as bigint)) >> 2n) : 0;
}

/** The lowest free index in [from, to], or null. */
export function freeIndex(store: IndexStore, from: number, to: number): number | null {
  let index = from;
  for (let position = store.lowerBound(from); position < store.count; position++) {
    if (store.indexAt(position) > index) break;
    index = store.lastAt(position) + 1;
  }
  return index <= to ? index : null;
}

/** `struct xa_limit` arrives as the address of the caller's copy, or as the two packed numbers. */
function limits(call: ModelCall, index: number): { readonly min: number; readonly max: number } {
  const { machine } = call;
  const address = numeric(call, index);
  if (address === null || machine.objectAt(argument(call, index)) === null) return { min: 0, max: 0xffff_ffff };
  const max = settled(machine, machine.read(address, U32)) ?? 0xffff_ffff;
  const min = settled(machine, machine.read(address + 4, U32)) ?? 0;
  return { min, max };
}

function allocateId(call: ModelCall, cyclic: boolean): ModelResult {
  const { machine } = call;
  const array = argument(call, 0);
  const { min, max } = limits(call, 3);
  const gfp = argument(call, cyclic ? 5 : 4);
  const store = storeOf(machine, array);
  if (store === null) {
    const id = machine.unknown(U32, `id from ${publicName(call)}`);
    const failed = fromEntry(put(call, array, id, argument(call, 2), gfp));
    if (failed === 0) machine.write(argument(call, 1), U32, id);
    return failed;
  }
  const flags = settled(machine, machine.readField(array, ARRAY, 'xa_flags')) ?? 0;
  const least = Math.max(min, (flags & 8) !== 0 ? 1 : 0);
  const next = cyclic ? Math.max(least, settled(machine, machine.read(argument(call, 4), U32)) ?? least) : least;
  const first = freeIndex(store, next, max);
  const index = first ?? (cyclic ? freeIndex(store, least, max) : null);
  if (index === null) return -errno('EBUSY');
  const entry = settled(machine, argument(call, 2)) === 0 ? ZERO_ENTRY : argument(call, 2);
  const failed = fromEntry(put(call, array, index, entry, gfp));
  if (failed !== 0) return failed;
  machine.write(argument(call, 1), U32, index);
  if (cyclic) machine.write(argument(call, 4), U32, index === 0xffff_ffff ? 0 : index + 1);
  return cyclic && first === null ? 1 : 0;
}

/** First entry at or after an index that readers may see and the filter takes. */
function search(call: ModelCall, from: number, store: IndexStore): number {
  const max = numeric(call, 2) ?? Number.MAX_SAFE_INTEGER;
  const filter = numeric(call, 3) ?? PRESENT;
  for (let position = store.lowerBound(from); position < store.count; position++) {
    if (store.indexAt(position) > max) return -1;
    if (store.entryAt(position) === ZERO_ENTRY) continue;
    if (filter === PRESENT || (store.marksAt(position) & (1 << filter)) !== 0) return position;
  }
  return -1;
}

function find(call: ModelCall, after: boolean): Scalar {
  const { machine } = call;
  const store = storeOf(machine, argument(call, 0));
  const start = settled(machine, machine.read(argument(call, 1), U64));
  if (store === null || start === null) {
    // An open array shows one entry, then its end: one turn of a loop stands for all.
    if (
      after ||
      machine.choose('branch', `\`${call.name}()\` finds an entry`, ['finds one', 'is empty'], call.at) === 1
    )
      return 0;
    const entry = openEntry(machine, argument(call, 0), 'first', call.name);
    return machine.truth(entry, call.at) ? entry : 0;
  }
  const shown = after ? store.find(start) : -1;
  const from = after ? (shown < 0 ? start : store.lastAt(shown)) + 1 : start;
  const position = search(call, from, store);
  if (position < 0) return 0;
  // Where the walk starts inside an entry of several indices, it stays where it is.
  machine.write(argument(call, 1), U64, Math.max(from, store.indexAt(position)));
  return store.entryAt(position);
}

function mark(call: ModelCall, set: boolean): undefined {
  const store = storeOf(call.machine, argument(call, 0));
  const position = store === null ? -1 : store.find(numeric(call, 1) ?? -1);
  if (store === null || position < 0) return;
  const bit = 1 << (numeric(call, 2) ?? 0);
  const marks = store.marksAt(position);
  store.setMarks(position, set ? marks | bit : marks & ~bit);
}

const internal = (name: string, what: Effects, run: (call: ModelCall) => ModelResult): DocumentedModel =>
  model(name, what, `lib/xarray.c:${name.replace(/_locked$/, '')}`, run);

export const xarrayModels: readonly DocumentedModel[] = [
  internal('__xa_might_alloc', effects({ sleeps: 'gfp', allocates: 'argument' }), (call) => {
    const gfp = numeric(call, 0);
    if (gfp !== null) might_alloc(call.machine, gfp, 'xarray node allocation');
    return undefined;
  }),
  internal('xa_load', LOADS, load),
  internal('__xa_store_locked', STORES, (call) =>
    put(call, argument(call, 0), argument(call, 1), argument(call, 2), argument(call, 3)),
  ),
  internal('__xa_erase_locked', effects({ locks: 'needs xa_lock' }), (call) =>
    put(call, argument(call, 0), argument(call, 1), 0, 0),
  ),
  internal('__xa_cmpxchg_locked', STORES, compareAndStore),
  internal('__xa_insert_locked', { ...STORES, fails: '-EBUSY, -ENOMEM' }, insertNew),
  internal('__xa_alloc_locked', { ...STORES, fails: '-EBUSY, -ENOMEM' }, (call) => allocateId(call, false)),
  internal('__xa_alloc_cyclic_locked', { ...STORES, fails: '-EBUSY, -ENOMEM' }, (call) => allocateId(call, true)),
  internal('xa_find', LOADS, (call) => find(call, false)),
  internal('xa_find_after', LOADS, (call) => find(call, true)),
  internal('xa_extract', LOADS, (call) => {
    const store = storeOf(call.machine, argument(call, 0));
    const from = numeric(call, 2) ?? 0;
    const max = numeric(call, 3) ?? Number.MAX_SAFE_INTEGER;
    const limit = numeric(call, 4) ?? 0;
    let copied = 0;
    for (
      let position = store?.lowerBound(from) ?? 0;
      store !== null && position < store.count && copied < limit;
      position++
    ) {
      if (store.indexAt(position) > max) break;
      call.machine.write(
        (numeric(call, 1) ?? 0) + 8 * copied++,
        { kind: 'pointer', to: VOID, toConst: false },
        visible(store.entryAt(position)),
      );
    }
    return copied;
  }),
  internal('xa_get_mark', PURE, (call) => {
    const store = storeOf(call.machine, argument(call, 0));
    const position = store === null ? -1 : store.find(numeric(call, 1) ?? -1);
    return store !== null && position >= 0 && (store.marksAt(position) & (1 << (numeric(call, 2) ?? 0))) !== 0 ? 1 : 0;
  }),
  internal('xa_marked', PURE, (call) => {
    const store = storeOf(call.machine, argument(call, 0));
    for (let position = 0; store !== null && position < store.count; position++)
      if ((store.marksAt(position) & (1 << (numeric(call, 1) ?? 0))) !== 0) return 1;
    return 0;
  }),
  internal('__xa_set_mark_locked', effects({ locks: 'needs xa_lock' }), (call) => mark(call, true)),
  internal('__xa_clear_mark_locked', effects({ locks: 'needs xa_lock' }), (call) => mark(call, false)),
  internal('__xa_destroy', effects({ locks: 'needs xa_lock; entries are not freed' }), (call) => {
    storeOf(call.machine, argument(call, 0))?.clear();
    return undefined;
  }),
];
