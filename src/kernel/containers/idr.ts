/** idr and ida on the storage of the xarray. idr is locked by its caller, ida locks itself. */
import type { MachineServices, ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { might_alloc } from '../locking/context.ts';
import { preempt_disable, preempt_enable } from '../locking/sections.ts';
import { allocationSucceeds } from '../memory/allocation.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import { action, argument, called, effects, model, numeric, POINTER, S32, settled, U32, U64 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import type { IndexStore } from './indexStore.ts';
import { report } from './rules.ts';
import { freeIndex, storeOf } from './xarray.ts';

const ALLOCATES = effects({
  sleeps: 'gfp',
  allocates: 'argument',
  locks: 'idr: by the caller; ida: xa_lock',
  fails: '-ENOMEM, -ENOSPC',
});
const READS = effects({ locks: 'by the caller', fails: 'NULL' });
const INT_MAX = 0x7fff_ffff;

function idrStore(machine: MachineServices, idr: Scalar): IndexStore | null {
  const array = machine.fieldAddress(idr, 'struct idr', 'idr_rt');
  return array === null ? null : storeOf(machine, array.address);
}

function idaStore(machine: MachineServices, ida: Scalar): IndexStore | null {
  const array = machine.fieldAddress(ida, 'struct ida', 'xa');
  return array === null ? null : storeOf(machine, array.address);
}

/** An id in [from, to]; `firstTry` for the cyclic form. */
function take(
  call: ModelCall,
  store: IndexStore | null,
  entry: Scalar,
  from: number,
  to: number,
  gfp: Scalar,
  firstTry = from,
): ModelResult {
  const { machine } = call;
  if (!allocationSucceeds(machine, called(call), gfp, true)) return -errno('ENOMEM');
  if (store === null) {
    // What else is in it is not known, but the entry is now, under an id of the range.
    keepOutside(machine, entry);
    return Math.max(from, firstTry);
  }
  const index = freeIndex(store, firstTry, to) ?? freeIndex(store, from, to);
  if (index === null) return -errno('ENOSPC');
  store.insert(index, entry);
  return index;
}

function range(call: ModelCall, cyclic: boolean): ModelResult {
  const { machine } = call;
  const start = numeric(call, 2) ?? 0;
  const end = numeric(call, 3) ?? 0;
  const idr = argument(call, 0);
  if (start < 0) return -errno('EINVAL');
  const next = cyclic ? (settled(machine, machine.readField(idr, 'struct idr', 'idr_next')) ?? start) : start;
  const last = end > 0 ? end - 1 : INT_MAX;
  const id = take(
    call,
    idrStore(machine, idr),
    argument(call, 1),
    start,
    last,
    argument(call, 4),
    Math.max(start, next),
  );
  if (cyclic && typeof id === 'number' && id >= 0) machine.writeField(idr, 'struct idr', 'idr_next', id + 1);
  return id;
}

/** The entry of an id; null: there is none. Open idrs give an open pointer. */
function lookup(call: ModelCall): { readonly store: IndexStore; readonly position: number } | null {
  const store = idrStore(call.machine, argument(call, 0));
  const id = numeric(call, 1);
  if (store === null || id === null) return null;
  return { store, position: store.find(id) };
}

export const idrModels: readonly DocumentedModel[] = [
  model(
    'idr_preload',
    effects({ sleeps: 'gfp', allocates: 'argument', locks: 'disables preemption' }),
    'lib/radix-tree.c:idr_preload',
    (call) => {
      const gfp = numeric(call, 0);
      if (gfp !== null) might_alloc(call.machine, gfp, called(call));
      preempt_disable(call.machine, 'idr_preload()');
    },
  ),
  action('idr_preload_end', effects({ locks: 'enables preemption' }), 'include/linux/idr.h:idr_preload_end', (call) =>
    preempt_enable(call.machine, 'idr_preload()', 'idr_preload_end()'),
  ),
  model('idr_alloc', ALLOCATES, 'lib/idr.c:idr_alloc', (call) => range(call, false)),
  model('idr_alloc_cyclic', ALLOCATES, 'lib/idr.c:idr_alloc_cyclic', (call) => range(call, true)),
  model('idr_alloc_u32', ALLOCATES, 'lib/idr.c:idr_alloc_u32', (call) => {
    const { machine } = call;
    const from = settled(machine, machine.read(argument(call, 2), U32)) ?? 0;
    const id = take(
      call,
      idrStore(machine, argument(call, 0)),
      argument(call, 1),
      from,
      numeric(call, 3) ?? 0xffff_ffff,
      argument(call, 4),
    );
    if (typeof id === 'number' && id < 0) return id;
    machine.write(argument(call, 2), U32, id ?? 0);
    return 0;
  }),
  model('idr_find', READS, 'lib/idr.c:idr_find', (call) => {
    const found = lookup(call);
    if (found === null) return call.machine.unknown(POINTER, 'entry found by idr_find()');
    return found.position < 0 ? 0 : found.store.entryAt(found.position);
  }),
  model('idr_remove', READS, 'lib/idr.c:idr_remove', (call) => {
    const found = lookup(call);
    if (found === null) return call.machine.unknown(POINTER, 'entry removed by idr_remove()');
    if (found.position < 0) return 0;
    const entry = found.store.entryAt(found.position);
    found.store.remove(found.position);
    return entry;
  }),
  model('idr_replace', { ...READS, fails: 'ERR_PTR' }, 'lib/idr.c:idr_replace', (call) => {
    const store = idrStore(call.machine, argument(call, 0));
    const position = store?.find(numeric(call, 2) ?? -1) ?? -1;
    if (store === null || position < 0) return 2n ** 64n - BigInt(errno('ENOENT'));
    const old = store.entryAt(position);
    store.setEntry(position, argument(call, 1));
    return old;
  }),
  ...(['idr_get_next', 'idr_get_next_ul'] as const).map((name) =>
    model(name, READS, `lib/idr.c:${name}`, (call) => {
      const { machine } = call;
      const id = name === 'idr_get_next' ? S32 : U64;
      const store = idrStore(machine, argument(call, 0));
      const from = settled(machine, machine.read(argument(call, 1), id)) ?? 0;
      if (store === null) return 0;
      const position = store.lowerBound(from);
      if (position >= store.count) return 0;
      machine.write(argument(call, 1), id, store.indexAt(position));
      return store.entryAt(position);
    }),
  ),
  action('idr_destroy', effects({}), 'lib/idr.c:idr_destroy', (call) =>
    idrStore(call.machine, argument(call, 0))?.clear(),
  ),

  model('ida_alloc_range', ALLOCATES, 'lib/idr.c:ida_alloc_range', (call) =>
    take(
      call,
      idaStore(call.machine, argument(call, 0)),
      1,
      numeric(call, 1) ?? 0,
      Math.min(numeric(call, 2) ?? INT_MAX, INT_MAX),
      argument(call, 3),
    ),
  ),
  model('ida_free', effects({ locks: 'takes xa_lock' }), 'lib/idr.c:ida_free', (call) => {
    const store = idaStore(call.machine, argument(call, 0));
    const id = numeric(call, 1);
    if (store === null || id === null) return;
    const position = store.find(id);
    if (position >= 0) store.remove(position);
    else report(call.machine, 'xarray-index-missing', `\`ida_free()\` of id ${id}, which is not allocated`, [], { id });
  }),
  action('ida_destroy', effects({ locks: 'takes xa_lock' }), 'lib/idr.c:ida_destroy', (call) =>
    idaStore(call.machine, argument(call, 0))?.clear(),
  ),
];
