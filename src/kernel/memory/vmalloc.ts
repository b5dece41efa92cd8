/** vmalloc, kvmalloc, mappings of pages, and what frees them. */
import type { ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { in_atomic, might_sleep } from '../locking/context.ts';
import { in_interrupt } from '../locking/sections.ts';
import { action, argument, called, effects, model, numeric, PURE, settled, U64 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import {
  type AllocatorTag,
  allocate,
  type FreeRule,
  flagsText,
  free,
  freeable,
  product,
  release,
} from './allocation.ts';
import { GFP_KERNEL, gfpflags_allow_blocking } from './gfp.ts';
import { pageOfMemory, pfnOf } from './pages.ts';
import { report } from './rules.ts';

const ALLOCATES = effects({ sleeps: 'gfp', allocates: 'argument', fails: 'NULL' });
const SLEEPS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: 'NULL' });
/** More than a machine has: vmalloc refuses what exceeds all pages. */
const VMALLOC_MAX = 2 ** 36;
const KVMALLOC_MAX = 2 ** 31 - 1;
const KMALLOC_SMALL = 4096;
const ANY_KERNEL_MEMORY: readonly AllocatorTag[] = ['slab', 'cache', 'kvmalloc', 'vmalloc'];

/** kvmalloc: slab when it fits, else vmalloc, which needs flags that may sleep (mm/slub.c:__kvmalloc_node). */
function kvmalloc(call: ModelCall, size: Scalar, gfp: Scalar, zero: boolean): ModelResult {
  const { machine } = call;
  const flags = settled(machine, gfp);
  const bytes = settled(machine, size);
  if (flags !== null && !gfpflags_allow_blocking(flags) && (bytes === null || bytes > KMALLOC_SMALL))
    report(
      machine,
      'vmalloc-without-reclaim',
      `\`${called(call)}\` with \`${flagsText(machine, gfp)}\` cannot fall back to vmalloc`,
      [],
      { gfp: flagsText(machine, gfp) },
    );
  return allocate(machine, { what: called(call), size, gfp, tag: 'kvmalloc', zero, largest: KVMALLOC_MAX });
}

function vmalloc(call: ModelCall, size: Scalar, gfp: Scalar, zero: boolean): ModelResult {
  const { machine } = call;
  const flags = settled(machine, gfp);
  if (flags !== null && !gfpflags_allow_blocking(flags))
    report(machine, 'vmalloc-without-reclaim', `\`${called(call)}\` with \`${flagsText(machine, gfp)}\``, [], {
      gfp: flagsText(machine, gfp),
    });
  if (settled(machine, size) === 0) return 0;
  return allocate(machine, { what: called(call), size, gfp, tag: 'vmalloc', zero, largest: VMALLOC_MAX });
}

/** vfree may sleep; from an interrupt it defers the work instead (mm/vmalloc.c:vfree). */
function vfree(call: ModelCall, rule: FreeRule, sleeps: boolean): void {
  const { machine } = call;
  if (settled(machine, argument(call, 0)) === 0) return;
  if (sleeps && !in_interrupt(machine)) might_sleep(machine, rule.what);
  free(machine, argument(call, 0), rule);
}

/** kvfree sleeps only for memory that really came from vmalloc; what kvmalloc took is not known, so small sizes count as slab. */
function kvfree(call: ModelCall): void {
  const { machine } = call;
  const object = freeable(machine, argument(call, 0), { what: called(call), accepts: ANY_KERNEL_MEMORY });
  if (object === null) return;
  const fromVmalloc = object.tag === 'vmalloc' || (object.tag === 'kvmalloc' && object.size > KMALLOC_SMALL);
  if (fromVmalloc && !in_interrupt(machine)) might_sleep(machine, called(call));
  release(machine, object, called(call));
}

/** A window onto pages: one object whose content is not followed page by page. */
function mapping(call: ModelCall, count: Scalar): number {
  const { machine } = call;
  const pages = settled(machine, count);
  const address = allocate(machine, {
    what: called(call),
    size: pages === null ? count : pages * 4096,
    gfp: GFP_KERNEL,
    tag: 'vmap',
    zero: true,
    largest: VMALLOC_MAX,
  });
  return address;
}

function unmap(call: ModelCall): void {
  const { machine } = call;
  if (in_interrupt(machine) || in_atomic(machine)) might_sleep(machine, called(call));
  free(machine, argument(call, 0), { what: called(call), accepts: ['vmap'] });
}

function array(call: ModelCall): Scalar {
  return product(call.machine, argument(call, 0), argument(call, 1));
}

const KV_SINGLE = ['kvmalloc', 'kvmalloc_node'] as const;
const KV_ZEROED = ['kvzalloc', 'kvzalloc_node'] as const;
const V_PLAIN = ['vmalloc', 'vmalloc_node'] as const;
const V_ZEROED = ['vzalloc', 'vzalloc_node', 'vmalloc_user'] as const;

export const vmallocModels: readonly DocumentedModel[] = [
  ...KV_SINGLE.map((name) =>
    model(name, ALLOCATES, 'mm/slub.c:__kvmalloc_node', (call) =>
      kvmalloc(call, argument(call, 0), argument(call, 1), false),
    ),
  ),
  ...KV_ZEROED.map((name) =>
    model(name, ALLOCATES, 'mm/slub.c:__kvmalloc_node', (call) =>
      kvmalloc(call, argument(call, 0), argument(call, 1), true),
    ),
  ),
  ...(['kvmalloc_array', 'kvmalloc_array_node'] as const).map((name) =>
    model(name, ALLOCATES, 'include/linux/slab.h:kvmalloc_array', (call) =>
      kvmalloc(call, array(call), argument(call, 2), false),
    ),
  ),
  ...(['kvcalloc', 'kvcalloc_node'] as const).map((name) =>
    model(name, ALLOCATES, 'include/linux/slab.h:kvcalloc', (call) =>
      kvmalloc(call, array(call), argument(call, 2), true),
    ),
  ),
  model('kvmemdup', ALLOCATES, 'mm/util.c:kvmemdup', (call) => {
    const address = kvmalloc(call, argument(call, 1), argument(call, 2), false);
    const bytes = numeric(call, 1);
    if (typeof address === 'number' && address > 16 && bytes !== null)
      call.machine.copy(address, argument(call, 0), bytes);
    return address;
  }),
  model('kvrealloc', ALLOCATES, 'mm/slub.c:kvrealloc', (call) => {
    const { machine } = call;
    const address = kvmalloc(call, argument(call, 1), argument(call, 2), false);
    if (typeof address !== 'number' || address <= 16 || settled(machine, argument(call, 0)) === 0) return address;
    const old = freeable(machine, argument(call, 0), { what: called(call), accepts: ANY_KERNEL_MEMORY });
    if (old === null) return address;
    machine.copy(address, old.address, Math.min(old.size, numeric(call, 1) ?? old.size));
    release(machine, old, called(call));
    return address;
  }),
  ...(['kvfree', 'kvfree_sensitive'] as const).map((name) =>
    action(name, effects({ sleeps: 'yes', locks: 'sleeps only for vmalloc memory' }), 'mm/slub.c:kvfree', kvfree),
  ),
  ...V_PLAIN.map((name) =>
    model(name, SLEEPS, 'mm/vmalloc.c:vmalloc', (call) => vmalloc(call, argument(call, 0), GFP_KERNEL, false)),
  ),
  ...V_ZEROED.map((name) =>
    model(name, SLEEPS, 'mm/vmalloc.c:vzalloc', (call) => vmalloc(call, argument(call, 0), GFP_KERNEL, true)),
  ),
  ...(['vmalloc_huge', '__vmalloc'] as const).map((name) =>
    model(name, ALLOCATES, 'mm/vmalloc.c:__vmalloc', (call) =>
      vmalloc(call, argument(call, 0), argument(call, 1), false),
    ),
  ),
  model('vmalloc_array', SLEEPS, 'mm/util.c:vmalloc_array', (call) => vmalloc(call, array(call), GFP_KERNEL, false)),
  model('vcalloc', SLEEPS, 'mm/util.c:vcalloc', (call) => vmalloc(call, array(call), GFP_KERNEL, true)),
  model('vfree', effects({ sleeps: 'yes' }), 'mm/vmalloc.c:vfree', (call) => {
    vfree(call, { what: called(call), accepts: ['vmalloc', 'kvmalloc'] }, true);
  }),
  model('vfree_atomic', PURE, 'mm/vmalloc.c:vfree_atomic', (call) => {
    vfree(call, { what: called(call), accepts: ['vmalloc', 'kvmalloc'] }, false);
  }),
  model('vmap', SLEEPS, 'mm/vmalloc.c:vmap', (call) => mapping(call, argument(call, 1))),
  model('vmap_pfn', SLEEPS, 'mm/vmalloc.c:vmap_pfn', (call) => mapping(call, argument(call, 1))),
  model('vm_map_ram', SLEEPS, 'mm/vmalloc.c:vm_map_ram', (call) => mapping(call, argument(call, 1))),
  action('vunmap', effects({ sleeps: 'yes' }), 'mm/vmalloc.c:vunmap', unmap),
  action('vm_unmap_ram', effects({ sleeps: 'yes' }), 'mm/vmalloc.c:vm_unmap_ram', unmap),
  model('is_vmalloc_addr', PURE, 'mm/vmalloc.c:is_vmalloc_addr', (call) => {
    const tag = call.machine.objectAt(argument(call, 0))?.tag;
    return tag === 'vmalloc' || tag === 'vmap' ? 1 : 0;
  }),
  model('vmalloc_to_page', PURE, 'mm/vmalloc.c:vmalloc_to_page', (call) =>
    pageOfMemory(call.machine, argument(call, 0)),
  ),
  model('vmalloc_to_pfn', PURE, 'mm/vmalloc.c:vmalloc_to_pfn', (call) => {
    const { machine } = call;
    return pfnOf(machine, pageOfMemory(machine, argument(call, 0))) ?? machine.unknown(U64, 'pfn of vmalloc memory');
  }),
];
