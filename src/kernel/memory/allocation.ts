/**
 * What every allocator does alike: reclaim and sleep checks, the question whether it fails, the event, the object; and what every free
 * does alike: the right object, the right allocator, no held lock inside. Which function belongs to which allocator is in their own files.
 */
import type { Site } from '../../machine/events.ts';
import { isUnknown, type MachineServices, type ObjectInfo, type Scalar, type StateKey } from '../../machine/model.ts';
import { reportFreedWhileMapped } from '../dma/freed.ts';
import { debug_check_no_locks_freed, might_alloc } from '../locking/context.ts';
import { isErrorPointer, places, setState, settled, VOID } from '../modelling.ts';
import { pendingInside } from '../sync/deferred.ts';
import { endWorldObject } from './endOfLife.ts';
import { __GFP_NOFAIL, __GFP_NOWARN, __GFP_ZERO, gfpflags_allow_blocking, gfpText } from './gfp.ts';
import { noteFreedNodes } from './listLinks.ts';
import { pageTable } from './pageTable.ts';
import { settleGracePeriods } from './rcuFree.ts';
import { report } from './rules.ts';
import { takeSubscribedInside } from './subscribed.ts';

/** Who made a heap object, as its tag. */
export type AllocatorTag =
  | 'slab'
  | 'cache'
  | 'kvmalloc'
  | 'vmalloc'
  | 'vmap'
  | 'struct page'
  | 'page memory'
  | 'devm'
  | 'shrinker'
  | 'workqueue'
  | 'coherent'
  | 'internal';

/** Address that `kmalloc(0)` returns. */
export const ZERO_SIZE_PTR = 16;
/** The biggest block that slab gives: 2^(PAGE_SHIFT + MAX_PAGE_ORDER). */
export const KMALLOC_MAX_SIZE = 2 ** 22;
/** Stands for a size that the document leaves open: every access lies inside. */
export const OPEN_SIZE = 2 ** 29;

export interface Wanted {
  /** `kzalloc()` */
  readonly what: string;
  readonly size: Scalar;
  readonly gfp: Scalar;
  readonly tag: AllocatorTag;
  readonly zero?: boolean;
  /** Whoever made it filled it in: nobody saw with what. */
  readonly open?: boolean;
  readonly largest?: number;
  /** Reclaim and sleep checks were made by the caller. */
  readonly quiet?: boolean;
  readonly label?: string;
}

/** Makes an object, or returns 0 as the kernel function does. */
export function allocate(machine: MachineServices, wanted: Wanted): number {
  settleGracePeriods(machine);
  const site = machine.callerSite() ?? machine.site();
  const gfp = settled(machine, wanted.gfp);
  const size = settled(machine, wanted.size);
  const name = wanted.what.replace('()', '');
  if (gfp !== null && wanted.quiet !== true) might_alloc(machine, gfp, wanted.what);
  if (gfp !== null && (gfp & __GFP_NOFAIL) !== 0 && !gfpflags_allow_blocking(gfp))
    report(machine, 'invalid-gfp', `\`${wanted.what}\` with \`__GFP_NOFAIL\` but without direct reclaim`);
  const announce = (address: number, bytes: number | null, failed: boolean, injected: boolean): void =>
    machine.emit({ kind: 'alloc', function: name, address, size: bytes, gfp, failed, injected });
  // A size nobody knows is some: that a size is zero while a loop over other numbers fills the memory would be our invention.
  if (size === 0) {
    announce(ZERO_SIZE_PTR, 0, false, false);
    return ZERO_SIZE_PTR;
  }
  if (size !== null && size > (wanted.largest ?? KMALLOC_MAX_SIZE)) {
    if (size < 2 ** 63 && ((gfp ?? 0) & __GFP_NOWARN) === 0)
      report(machine, 'allocation-too-large', `\`${wanted.what}\` of ${size} bytes can never succeed`, [], { size });
    announce(0, size, true, false);
    return 0;
  }
  if (mayFail(gfp) && fails(machine, wanted.what, site)) {
    announce(0, size, true, true);
    return 0;
  }
  const zero = wanted.zero === true || (gfp !== null && (gfp & __GFP_ZERO) !== 0);
  const address = machine.allocate(size ?? OPEN_SIZE, {
    label: wanted.label ?? `${name}(${size ?? 'size not known'})`,
    storage: 'heap',
    tag: wanted.tag,
    // Which part of memory of open size has been filled cannot be followed.
    content: wanted.open === true || (size === null && !zero) ? 'unknown' : zero ? 'zero' : 'uninitialised',
    at: site,
  });
  announce(address, size, false, false);
  if (size === null) machine.state(OPEN_SIZES).set(address, wanted.size);
  return address;
}

/** Sizes that were open when the memory was asked for, by its address. */
const OPEN_SIZES: StateKey<Map<number, Scalar>> = { name: 'memory.open-sizes', create: () => new Map() };

/** Whether what was decided since says that nothing was asked for: then it is `ZERO_SIZE_PTR`, and no memory at all. */
export function turnedOutEmpty(machine: MachineServices, address: number): boolean {
  const size = machine.state(OPEN_SIZES).get(address);
  return size !== undefined && settled(machine, size) === 0;
}

function mayFail(gfp: number | null): boolean {
  return gfp === null || (gfp & __GFP_NOFAIL) === 0;
}

/** The one question whether an allocation fails. */
export function fails(machine: MachineServices, what: string, site: Site | null): boolean {
  return machine.choose('alloc-fails', `\`${what}\` fails`, ['succeeds', 'fails'], site) === 1;
}

/** The checks of an allocation whose memory is made elsewhere (array nodes, tables). False: it failed. */
export function allocationSucceeds(machine: MachineServices, what: string, gfp: Scalar, checked: boolean): boolean {
  const flags = settled(machine, gfp);
  if (flags !== null && checked) might_alloc(machine, flags, what);
  return !(mayFail(flags) && fails(machine, what, machine.site()));
}

/** Names the flags for a message. */
export function flagsText(machine: MachineServices, gfp: Scalar): string {
  const flags = settled(machine, gfp);
  return flags === null ? 'unknown flags' : gfpText(flags);
}

/** `n * size` as the kernel checks it: saturates, so that the allocation fails. */
export function product(machine: MachineServices, n: Scalar, size: Scalar): Scalar {
  const a = settled(machine, n);
  const b = settled(machine, size);
  if (a !== null && b !== null) return Math.min(a * b, 2 ** 64);
  return a === 0 || b === 0 ? 0 : isUnknown(n) ? n : size;
}

// ------------------------------------------------------------------------------------------------------------------------ free

/** What a free function takes. */
export interface FreeRule {
  /** `kfree()` */
  readonly what: string;
  readonly accepts: readonly AllocatorTag[];
}

/** The function that frees what this allocator made, for messages. */
const FREED_BY: Readonly<Record<AllocatorTag, string>> = {
  slab: 'kfree',
  cache: 'kmem_cache_free',
  kvmalloc: 'kvfree',
  vmalloc: 'vfree',
  vmap: 'vunmap',
  'struct page': '__free_pages',
  'page memory': 'free_pages',
  devm: 'devm_kfree',
  shrinker: 'shrinker_free',
  workqueue: 'destroy_workqueue',
  coherent: 'dma_free_coherent',
  internal: 'its owner',
};

/** The live object that this pointer may be freed as, or null: nothing to do, or it was reported. */
export function freeable(machine: MachineServices, pointer: Scalar, rule: FreeRule): ObjectInfo | null {
  settleGracePeriods(machine);
  const site = machine.site();
  if (isUnknown(pointer)) {
    const address = machine.concrete(pointer);
    if (address === null) {
      if (!machine.truth(pointer, site)) return null;
      const made = machine.materialise(pointer, VOID);
      return made === null ? null : machine.objectAt(made);
    }
    return freeable(machine, address, rule);
  }
  if (typeof pointer === 'number' && pointer <= ZERO_SIZE_PTR && (pointer === 0 || pointer === ZERO_SIZE_PTR))
    return null;
  if (isErrorPointer(pointer)) {
    machine.fault('invalid-free', `\`${rule.what}\` of an error pointer`);
    return null;
  }
  const object = machine.objectAt(pointer);
  if (object === null) {
    machine.fault('invalid-free', `\`${rule.what}\` of an address that was never allocated`);
    return null;
  }
  if (object.freed) {
    machine.free(object.address, site);
    return null;
  }
  if (object.storage !== 'heap' && object.storage !== 'world') {
    machine.fault('invalid-free', `\`${rule.what}\` of \`${object.label}\`, which is not from an allocator`);
    return null;
  }
  if (object.storage === 'world' && machine.state(givenBack).has(object.address)) {
    machine.fault('double-free', `\`${rule.what}\` of \`${object.label}\`, which was freed before`);
    return null;
  }
  if (!acceptable(object, rule)) {
    const made = object.label.replace(/\(.*$/, '');
    const by = FREED_BY[object.tag as AllocatorTag] ?? 'its own function';
    report(
      machine,
      'mismatched-free',
      `\`${rule.what}\` of memory from \`${made}\`, which \`${by}\` frees`,
      places(['allocated here', object.allocatedAt]),
      { allocator: object.tag, free: rule.what },
    );
  }
  if (object.storage === 'heap' && pointer !== object.address) {
    report(
      machine,
      'free-of-embedded-object',
      `\`${rule.what}\` of an address ${Number(pointer) - object.address} bytes into \`${object.label}\``,
      places(['allocated here', object.allocatedAt]),
    );
    return null;
  }
  return object;
}

function acceptable(object: ObjectInfo, rule: FreeRule): boolean {
  // What the scenario or the document's unknown callers made may be from any allocator.
  if (object.storage === 'world' || object.tag === '') return true;
  return rule.accepts.some((tag) => tag === object.tag);
}

/** Ends the object's life with all checks. */
export function release(machine: MachineServices, object: ObjectInfo, what: string): void {
  debug_check_no_locks_freed(machine, object.address, object.size);
  checkNothingPending(machine, object, what);
  checkNotMapped(machine, object, what);
  if (object.tag !== 'page memory') noteFreedNodes(machine, object, machine.callerSite() ?? machine.site());
  machine.emit({ kind: 'free', function: what.replace('()', ''), address: object.address });
  if (object.storage === 'heap') machine.free(object.address, machine.callerSite() ?? machine.site());
  else {
    machine.state(givenBack).add(object.address);
    if (!what.includes('_rcu')) endWorldObject(machine, object);
  }
}

/** Memory of slab has frames only once somebody asked for its physical address: before that, no device can reach it. */
function checkNotMapped(machine: MachineServices, object: ObjectInfo, what: string): void {
  if (object.storage !== 'heap' || object.tag === 'page memory') return;
  const table = pageTable(machine);
  const offset = object.address % 4096;
  const block = table.byMemory.get(object.address) ?? table.byMemory.get(object.address - offset);
  if (block === undefined || !block.numbered) return;
  const pfn = settled(machine, table.pfn(block.head));
  if (pfn !== null)
    reportFreedWhileMapped(machine, pfn * 4096 + offset, object.size, `\`${object.label}\` given to \`${what}\``);
}

/** `debug_check_no_obj_freed` (lib/debugobjects.c): nothing in the object may still be going to run. */
function checkNothingPending(machine: MachineServices, object: ObjectInfo, what: string): void {
  for (const item of pendingInside(machine, object.address, object.size)) {
    const kind = item.kind === 'work' ? 'work item' : item.kind.replace('_', ' ');
    report(
      machine,
      'active-object-freed',
      `\`${what}\` of \`${object.label}\` while a ${kind} in it is queued`,
      places(['queued here', item.queuedAt], ['allocated here', object.allocatedAt]),
      { kind: item.kind },
    );
    item.queued = false;
  }
  for (const { at } of takeSubscribedInside(machine, object.address, object.size))
    report(
      machine,
      'active-object-freed',
      `\`${what}\` of \`${object.label}\` while an interval notifier in it is registered`,
      places(['registered here', at], ['allocated here', object.allocatedAt]),
      { kind: 'interval notifier' },
    );
}

/** Objects of the world outside that the run freed: their memory stays, a second free is noticed. */
const givenBack = setState<number>('memory.given-back');

/** `free(pointer)` in one step. False when nothing was freed. */
export function free(machine: MachineServices, pointer: Scalar, rule: FreeRule): boolean {
  const object = freeable(machine, pointer, rule);
  if (object === null) return false;
  release(machine, object, rule.what);
  return true;
}
