/** Models of kmalloc and its relatives. Caches are in `caches.ts`, vmalloc-backed memory in `vmalloc.ts`. */
import type { ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { formatted, variadicFrom } from '../base/format.ts';
import { might_sleep } from '../locking/context.ts';
import { argument, called, effects, model, PURE, settled, U8 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { allocate, type FreeRule, free, freeable, product, release, ZERO_SIZE_PTR } from './allocation.ts';
import { deferUntilGracePeriod } from './rcuFree.ts';

const ALLOCATES = effects({ sleeps: 'gfp', allocates: 'argument', fails: 'NULL (ZERO_SIZE_PTR for size 0)' });
const FREES = effects({ locks: 'no held lock inside' });
const KFREE: FreeRule = { what: 'kfree()', accepts: ['slab', 'cache'] };

function plain(name: string, size: number, gfp: number, zero: boolean): DocumentedModel {
  return model(name, ALLOCATES, `mm/slub.c:${name}`, (call) =>
    allocate(call.machine, {
      what: called(call),
      size: argument(call, size),
      gfp: argument(call, gfp),
      tag: 'slab',
      zero,
    }),
  );
}

function array(name: string, zero: boolean): DocumentedModel {
  return model(name, ALLOCATES, `include/linux/slab.h:${name}`, (call) =>
    allocate(call.machine, {
      what: called(call),
      size: product(call.machine, argument(call, 0), argument(call, 1)),
      gfp: argument(call, 2),
      tag: 'slab',
      zero,
    }),
  );
}

/** Copies `size` bytes of `from` into fresh memory. */
function duplicate(call: ModelCall, from: Scalar, size: Scalar, gfp: Scalar): number {
  const { machine } = call;
  const address = allocate(machine, { what: called(call), size, gfp, tag: 'slab' });
  const bytes = settled(machine, size);
  if (address > ZERO_SIZE_PTR) {
    if (bytes === null) machine.write(address, U8, machine.unknown(U8, `copy made by ${called(call)}`));
    else machine.copy(address, from, bytes);
  }
  return address;
}

/** A copy of a string of which at most `max` characters count. */
function duplicateText(call: ModelCall, from: Scalar, gfp: Scalar, max: number | null): ModelResult {
  const { machine } = call;
  if (settled(machine, from) === 0) return 0;
  const text = machine.readString(from);
  return freshText(call, text === null || max === null ? text : text.slice(0, max), gfp);
}

/** Fresh memory with this text; null: content nobody knows. */
export function freshText(call: ModelCall, text: string | null, gfp: Scalar, tag: 'slab' | 'devm' = 'slab'): number {
  const { machine } = call;
  const bytes = text === null ? null : new TextEncoder().encode(text);
  const size = bytes === null ? 256 : bytes.length + 1;
  const address = allocate(machine, { what: called(call), size, gfp, tag, zero: bytes !== null });
  if (address === 0) return 0;
  if (bytes === null) machine.write(address, U8, machine.unknown(U8, `text made by ${called(call)}`));
  else bytes.forEach((byte, index) => void machine.write(address + index, U8, byte));
  return address;
}

function resize(call: ModelCall, size: Scalar, gfp: Scalar): ModelResult {
  const { machine } = call;
  const old = argument(call, 0);
  const wanted = settled(machine, size);
  const before = settled(machine, old) === 0 ? null : freeable(machine, old, { ...KFREE, what: called(call) });
  if (wanted === 0) {
    if (before !== null) release(machine, before, called(call));
    return ZERO_SIZE_PTR;
  }
  const address = allocate(machine, { what: called(call), size, gfp, tag: 'slab' });
  if (address === 0 || before === null) return address;
  machine.copy(address, before.address, Math.min(before.size, wanted ?? before.size));
  release(machine, before, called(call));
  return address;
}

export const slabModels: readonly DocumentedModel[] = [
  plain('kmalloc', 0, 1, false),
  plain('kzalloc', 0, 1, true),
  plain('kmalloc_node', 0, 1, false),
  plain('kzalloc_node', 0, 1, true),
  plain('kmalloc_large', 0, 1, false),
  array('kcalloc', true),
  array('kcalloc_node', true),
  array('kmalloc_array', false),
  array('kmalloc_array_node', false),
  model('bitmap_alloc', ALLOCATES, 'lib/bitmap.c:bitmap_alloc', (call) => bitmap(call, false)),
  model('bitmap_zalloc', ALLOCATES, 'lib/bitmap.c:bitmap_zalloc', (call) => bitmap(call, true)),
  model('bitmap_free', FREES, 'lib/bitmap.c:bitmap_free', kfree),
  model('krealloc', ALLOCATES, 'mm/slub.c:krealloc', (call) => resize(call, argument(call, 1), argument(call, 2))),
  model('krealloc_array', ALLOCATES, 'include/linux/slab.h:krealloc_array', (call) =>
    resize(call, product(call.machine, argument(call, 1), argument(call, 2)), argument(call, 3)),
  ),
  ...['kmemdup', 'kmemdup_noprof'].map((name) =>
    model(name, ALLOCATES, 'mm/util.c:kmemdup', (call) =>
      duplicate(call, argument(call, 0), argument(call, 1), argument(call, 2)),
    ),
  ),
  model('kmemdup_array', ALLOCATES, 'mm/util.c:kmemdup_array', (call) =>
    duplicate(call, argument(call, 0), product(call.machine, argument(call, 1), argument(call, 2)), argument(call, 3)),
  ),
  model('kmemdup_nul', ALLOCATES, 'mm/util.c:kmemdup_nul', (call) =>
    duplicateText(call, argument(call, 0), argument(call, 2), settled(call.machine, argument(call, 1))),
  ),
  model('kstrdup', ALLOCATES, 'mm/util.c:kstrdup', (call) =>
    duplicateText(call, argument(call, 0), argument(call, 1), null),
  ),
  model('kstrdup_const', ALLOCATES, 'mm/util.c:kstrdup_const', (call) => {
    const object = call.machine.objectAt(argument(call, 0));
    if (object?.storage === 'string') return argument(call, 0);
    return duplicateText(call, argument(call, 0), argument(call, 1), null);
  }),
  model('kstrndup', ALLOCATES, 'mm/util.c:kstrndup', (call) =>
    duplicateText(call, argument(call, 0), argument(call, 2), settled(call.machine, argument(call, 1))),
  ),
  model('kasprintf', ALLOCATES, 'lib/kasprintf.c:kasprintf', (call) =>
    freshText(call, formatted(call, 1, variadicFrom(call, 2)), argument(call, 0)),
  ),
  model('kvasprintf', ALLOCATES, 'lib/kasprintf.c:kvasprintf', (call) => freshText(call, null, argument(call, 0))),
  model('kfree', FREES, 'mm/slub.c:kfree', kfree),
  model('kfree_sensitive', FREES, 'mm/slab_common.c:kfree_sensitive', kfree),
  model('kfree_const', FREES, 'mm/util.c:kfree_const', (call) =>
    call.machine.objectAt(argument(call, 0))?.storage === 'string' ? undefined : kfree(call),
  ),
  model('__kfree_rcu', FREES, 'mm/slab_common.c:kvfree_call_rcu', (call) => {
    const rule: FreeRule = { what: 'kfree_rcu()', accepts: ['slab', 'cache', 'kvmalloc', 'vmalloc'] };
    const object = freeable(call.machine, argument(call, 0), rule);
    if (object?.storage === 'heap') deferUntilGracePeriod(call.machine, object, rule.what);
    else if (object !== null) release(call.machine, object, rule.what);
    return undefined;
  }),
  model('__kfree_rcu_mightsleep', effects({ sleeps: 'yes' }), 'mm/slab_common.c:kvfree_call_rcu', (call) => {
    might_sleep(call.machine, 'kfree_rcu_mightsleep()');
    const rule: FreeRule = { what: 'kfree_rcu_mightsleep()', accepts: ['slab', 'cache', 'kvmalloc', 'vmalloc'] };
    const object = freeable(call.machine, argument(call, 0), rule);
    if (object?.storage === 'heap') deferUntilGracePeriod(call.machine, object, rule.what);
    else if (object !== null) release(call.machine, object, rule.what);
    return undefined;
  }),
  model('ksize', PURE, 'mm/slab_common.c:ksize', (call) => {
    const address = settled(call.machine, argument(call, 0));
    if (address === null || address <= ZERO_SIZE_PTR) return 0;
    return call.machine.objectAt(argument(call, 0))?.size ?? 0;
  }),
  model('kmalloc_size_roundup', PURE, 'mm/slab_common.c:kmalloc_size_roundup', (call) => argument(call, 0)),
];

function bitmap(call: ModelCall, zero: boolean): number {
  const bits = settled(call.machine, argument(call, 0));
  const size = bits === null ? argument(call, 0) : Math.ceil(bits / 64) * 8;
  return allocate(call.machine, { what: called(call), size, gfp: argument(call, 1), tag: 'slab', zero });
}

function kfree(call: ModelCall): undefined {
  free(call.machine, argument(call, 0), { ...KFREE, what: called(call) });
}
