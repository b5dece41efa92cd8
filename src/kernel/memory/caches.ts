/** kmem caches and memory pools: allocators that are objects themselves. */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { might_sleep } from '../locking/context.ts';
import {
  argument,
  called,
  effects,
  mapState,
  model,
  numeric,
  PURE,
  places,
  type Routine,
  settled,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { allocate, allocationSucceeds, free, freeable, release } from './allocation.ts';
import { __GFP_NOFAIL, GFP_KERNEL, gfpflags_allow_blocking } from './gfp.ts';
import { allocatePages, freePages } from './pages.ts';
import { report } from './rules.ts';

const ALLOCATES = effects({ sleeps: 'gfp', allocates: 'argument', fails: 'NULL' });
const CREATES = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: 'NULL' });
const CACHE = 'struct kmem_cache';
const POOL = 'struct mempool_s';

/** Which cache an object is from. */
const owners = mapState<number, number>('memory.cache-owners');
/** What a pool is made of. */
const pools = mapState<number, 'kmalloc' | 'slab' | 'page' | 'callbacks'>('memory.pools');

function cacheName(machine: MachineServices, cache: Scalar): string {
  return machine.readString(machine.readField(cache, CACHE, 'name')) ?? 'cache';
}

function* fromCache(call: ModelCall, cache: Scalar, gfp: Scalar, zero: boolean): Routine<number> {
  const { machine } = call;
  const address = allocate(machine, {
    what: called(call),
    size: machine.readField(cache, CACHE, 'object_size'),
    gfp,
    tag: 'cache',
    zero,
    label: `object of cache ${cacheName(machine, cache)}`,
  });
  if (address === 0) return 0;
  const home = settled(machine, cache);
  if (home !== null) machine.state(owners).set(address, home);
  const initialiser = machine.readField(cache, CACHE, 'ctor');
  if (settled(machine, initialiser) !== null && settled(machine, initialiser) !== 0)
    yield { kind: 'call', target: initialiser, args: [address], why: 'cache constructor' };
  return address;
}

function toCache(call: ModelCall, cache: Scalar, pointer: Scalar): void {
  const { machine } = call;
  const object = freeable(machine, pointer, { what: called(call), accepts: ['cache'] });
  if (object === null) return;
  const home = machine.state(owners).get(object.address);
  const given = settled(machine, cache);
  if (home !== undefined && given !== null && home !== given)
    report(
      machine,
      'mismatched-free',
      `\`${called(call)}\` gives an object of cache \`${cacheName(machine, home)}\` back to \`${cacheName(machine, cache)}\``,
      places(['allocated here', object.allocatedAt]),
    );
  release(machine, object, called(call));
}

function poolOf(call: ModelCall, kind: 'kmalloc' | 'slab' | 'page' | 'callbacks', data: Scalar): number {
  const { machine } = call;
  const type = machine.program.type(POOL);
  const size = type !== null && type.kind === 'struct' ? type.size : 40;
  const pool = allocate(machine, {
    what: called(call),
    size,
    gfp: GFP_KERNEL,
    tag: 'slab',
    zero: true,
    label: 'mempool',
  });
  if (pool === 0) return 0;
  machine.writeField(pool, POOL, 'min_nr', argument(call, 0));
  machine.writeField(pool, POOL, 'pool_data', data);
  machine.state(pools).set(pool, kind);
  return pool;
}

const POOL_KINDS = ['callbacks', 'kmalloc', 'slab', 'page'] as const;

export const cacheModels: readonly DocumentedModel[] = [
  model('__interlock_cache_create', CREATES, 'mm/slab_common.c:kmem_cache_create', (call) => {
    const { machine } = call;
    const type = machine.program.type(CACHE);
    const size = type !== null && type.kind === 'struct' ? type.size : 48;
    const cache = allocate(machine, {
      what: 'kmem_cache_create()',
      size,
      gfp: GFP_KERNEL,
      tag: 'internal',
      zero: true,
      label: 'kmem cache',
    });
    if (cache === 0) return 0;
    machine.writeField(cache, CACHE, 'name', argument(call, 0));
    machine.writeField(cache, CACHE, 'object_size', argument(call, 1));
    machine.writeField(cache, CACHE, 'align', argument(call, 2));
    machine.writeField(cache, CACHE, 'flags', argument(call, 3));
    machine.writeField(cache, CACHE, 'ctor', argument(call, 4));
    return cache;
  }),
  ...(['kmem_cache_alloc', 'kmem_cache_alloc_node'] as const).map((name) =>
    model(name, ALLOCATES, 'mm/slub.c:kmem_cache_alloc', (call) =>
      fromCache(call, argument(call, 0), argument(call, 1), false),
    ),
  ),
  model('kmem_cache_zalloc', ALLOCATES, 'include/linux/slab.h:kmem_cache_zalloc', (call) =>
    fromCache(call, argument(call, 0), argument(call, 1), true),
  ),
  model(
    'kmem_cache_alloc_bulk',
    effects({ sleeps: 'gfp', allocates: 'argument', fails: '0' }),
    'mm/slub.c:kmem_cache_alloc_bulk',
    function* (call): Routine<number> {
      const count = numeric(call, 2) ?? 1;
      const table = numeric(call, 3) ?? 0;
      for (let i = 0; i < count; i++) {
        const object = yield* fromCache(call, argument(call, 0), argument(call, 1), false);
        if (object === 0) {
          for (let k = 0; k < i; k++) toCache(call, argument(call, 0), call.machine.read(table + 8 * k, U64));
          return 0;
        }
        call.machine.write(table + 8 * i, U64, object);
      }
      return count;
    },
  ),
  model('kmem_cache_free', effects({ locks: 'no held lock inside' }), 'mm/slub.c:kmem_cache_free', (call) => {
    toCache(call, argument(call, 0), argument(call, 1));
  }),
  model('kmem_cache_free_bulk', PURE, 'mm/slub.c:kmem_cache_free_bulk', (call) => {
    const count = numeric(call, 1) ?? 0;
    const table = numeric(call, 2) ?? 0;
    for (let i = 0; i < count; i++) toCache(call, argument(call, 0), call.machine.read(table + 8 * i, U64));
  }),
  model('kmem_cache_destroy', effects({ sleeps: 'yes' }), 'mm/slab_common.c:kmem_cache_destroy', (call) => {
    const { machine } = call;
    const cache = numeric(call, 0);
    if (cache === 0) return;
    might_sleep(machine, called(call));
    if (cache === null) return;
    for (const [address, home] of machine.state(owners)) {
      const object = machine.objectAt(address);
      if (home !== cache || object === null || object.freed) continue;
      report(
        machine,
        'cache-destroyed-busy',
        `cache \`${cacheName(machine, cache)}\` is destroyed while an object of it is live`,
        places(['allocated here', object.allocatedAt]),
      );
      break;
    }
    free(machine, cache, { what: called(call), accepts: ['internal'] });
  }),
  model('kmem_cache_shrink', effects({ sleeps: 'yes' }), 'mm/slab_common.c:kmem_cache_shrink', (call) => {
    might_sleep(call.machine, called(call));
    return 0;
  }),
  model('kmem_cache_size', PURE, 'mm/slub.c:kmem_cache_size', (call) =>
    call.machine.readField(argument(call, 0), CACHE, 'object_size'),
  ),

  model('mempool_create', CREATES, 'mm/mempool.c:mempool_create', (call) => {
    const pool = poolOf(call, 'callbacks', argument(call, 3));
    if (pool !== 0) {
      call.machine.writeField(pool, POOL, 'alloc', argument(call, 1));
      call.machine.writeField(pool, POOL, 'free', argument(call, 2));
    }
    return pool;
  }),
  model('mempool_create_kmalloc_pool', CREATES, 'include/linux/mempool.h', (call) =>
    poolOf(call, 'kmalloc', argument(call, 1)),
  ),
  model('mempool_create_slab_pool', CREATES, 'include/linux/mempool.h', (call) =>
    poolOf(call, 'slab', argument(call, 1)),
  ),
  model('mempool_create_page_pool', CREATES, 'include/linux/mempool.h', (call) =>
    poolOf(call, 'page', argument(call, 1)),
  ),
  // In a struct of the driver's: the elements kept in reserve are what it allocates.
  model('__mempool_init', { ...CREATES, fails: '-ENOMEM' }, 'mm/mempool.c:mempool_init', (call) => {
    const { machine } = call;
    const pool = numeric(call, 0);
    const name = 'mempool_init()';
    if (!allocationSucceeds(machine, name, GFP_KERNEL, true)) return -errno('ENOMEM');
    if (pool === null) return 0;
    const members = ['min_nr', 'alloc', 'free', 'pool_data'] as const;
    members.forEach((member, i) => {
      machine.writeField(pool, POOL, member, argument(call, i + 1));
    });
    machine.state(pools).set(pool, POOL_KINDS[numeric(call, 5) ?? 0] ?? 'callbacks');
    return 0;
  }),
  model('mempool_exit', PURE, 'mm/mempool.c:mempool_exit', (call) => {
    const pool = numeric(call, 0);
    if (pool === null || pool === 0) return;
    call.machine.writeField(pool, POOL, 'min_nr', 0);
    call.machine.state(pools).delete(pool);
  }),
  model('mempool_destroy', PURE, 'mm/mempool.c:mempool_destroy', (call) => {
    free(call.machine, argument(call, 0), { what: called(call), accepts: ['slab'] });
  }),
  model(
    'mempool_alloc',
    effects({ sleeps: 'gfp', allocates: 'argument', fails: 'NULL (never when it may sleep)' }),
    'mm/mempool.c:mempool_alloc',
    function* (call): Routine<Scalar> {
      const { machine } = call;
      const pool = argument(call, 0);
      const asked = argument(call, 1);
      const flags = settled(machine, asked);
      // Where it may wait it waits until an element comes back: only then does it not fail.
      const gfp = flags !== null && gfpflags_allow_blocking(flags) ? flags | __GFP_NOFAIL : asked;
      const data = machine.readField(pool, POOL, 'pool_data');
      switch (machine.state(pools).get(numeric(call, 0) ?? 0)) {
        case 'page':
          return allocatePages(machine, {
            what: called(call),
            gfp,
            order: settled(machine, data) ?? 0,
            compound: false,
          });
        case 'slab':
          return yield* fromCache(call, data, gfp, false);
        case 'callbacks':
          return yield {
            kind: 'call',
            target: machine.readField(pool, POOL, 'alloc'),
            args: [gfp, data],
            why: 'mempool',
          };
        case 'kmalloc':
        case undefined:
          return allocate(machine, { what: called(call), size: data, gfp, tag: 'slab' });
      }
    },
  ),
  model('mempool_free', PURE, 'mm/mempool.c:mempool_free', function* (call): Routine<undefined> {
    const { machine } = call;
    const element = argument(call, 0);
    const pool = argument(call, 1);
    switch (machine.state(pools).get(numeric(call, 1) ?? 0)) {
      case 'page':
        freePages(machine, element, null, called(call));
        return undefined;
      case 'callbacks':
        yield {
          kind: 'call',
          target: machine.readField(pool, POOL, 'free'),
          args: [element, machine.readField(pool, POOL, 'pool_data')],
          why: 'mempool',
        };
        return undefined;
      case 'slab':
      case 'kmalloc':
      case undefined:
        free(machine, element, { what: called(call), accepts: ['slab', 'cache'] });
        return undefined;
    }
  }),
  model('mempool_kmalloc', ALLOCATES, 'mm/mempool.c:mempool_kmalloc', (call) =>
    allocate(call.machine, { what: called(call), size: argument(call, 1), gfp: argument(call, 0), tag: 'slab' }),
  ),
  model('mempool_kfree', PURE, 'mm/mempool.c:mempool_kfree', (call) => {
    free(call.machine, argument(call, 0), { what: called(call), accepts: ['slab', 'cache'] });
  }),
  model('mempool_alloc_slab', ALLOCATES, 'mm/mempool.c:mempool_alloc_slab', (call) =>
    fromCache(call, argument(call, 1), argument(call, 0), false),
  ),
  model('mempool_free_slab', PURE, 'mm/mempool.c:mempool_free_slab', (call) => {
    toCache(call, argument(call, 1), argument(call, 0));
  }),
];
