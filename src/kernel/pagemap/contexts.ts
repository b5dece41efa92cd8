/**
 * The calling contexts of pagemap ops, with the names that findings use: what the kernel holds when it calls a driver there
 * (drm_gpusvm.c, drm_pagemap.c, mm/mmu_notifier.c). Scenarios enter with it and leave with what it returns.
 */
import type { MachineServices } from '../../machine/model.ts';
import { type ContextStep, enterContext } from '../locking/scenarioContext.ts';
import type { Routine } from '../modelling.ts';

/**
 * C1 getting pages under the notifier lock, C1u the same with the lock dropped, C2 in a notifier, C3 migrating to the device, C3' the same
 * without the buffer's reservation, C4 a CPU fault, C5 eviction, C6 tearing a range down, C7 the last put from reclaim, C7a from an interrupt.
 */
export const PAGEMAP_CONTEXTS = ['C1', 'C1u', 'C2', 'C3', "C3'", 'C4', 'C5', 'C6', 'C7', 'C7a'] as const;

export type PagemapContext = (typeof PAGEMAP_CONTEXTS)[number];

/** Lock objects of the world; 0 where there is none. */
export interface PagemapLocks {
  readonly driverLock: number;
  readonly notifierLock: number;
  readonly mm: number;
  /** `struct dma_resv` of the buffer that is migrated to or evicted. */
  readonly resv: number;
}

/** What a reader calls the context. */
export function contextInWords(context: PagemapContext): string {
  switch (context) {
    case 'C1':
      return 'getting pages, under the notifier lock';
    case 'C1u':
      return 'getting pages, with the notifier lock dropped';
    case 'C2':
      return 'in an mmu notifier';
    case 'C3':
      return 'migrating to device memory';
    case "C3'":
      return 'migrating to device memory, without its reservation';
    case 'C4':
      return 'in a CPU page fault';
    case 'C5':
      return 'evicting device memory';
    case 'C6':
      return 'tearing down a range';
    case 'C7':
      return 'dropping the last reference in reclaim';
    case 'C7a':
      return 'dropping the last reference in an interrupt';
  }
}

/** The steps of a context, outermost first. */
export function pagemapSteps(
  machine: MachineServices,
  context: PagemapContext,
  locks: PagemapLocks,
): readonly ContextStep[] {
  const rwsem = (address: number, write: boolean): ContextStep[] =>
    address === 0 ? [] : [{ kind: 'lock', address, lock: write ? 'rwsem-write' : 'rwsem-read' }];
  const member = (object: number, struct: string, name: string): number =>
    object === 0 ? 0 : (machine.fieldAddress(object, struct, name)?.address ?? 0);
  const mmap = rwsem(member(locks.mm, 'struct mm_struct', 'mmap_lock'), false);
  const resvLock = member(locks.resv, 'struct dma_resv', 'lock');
  const resv: ContextStep[] = resvLock === 0 ? [] : [{ kind: 'lock', address: resvLock, lock: 'resv' }];
  const driver = rwsem(locks.driverLock, true);
  switch (context) {
    case 'C1':
    case 'C6':
      return [...driver, ...rwsem(locks.notifierLock, false)];
    case 'C1u':
      return driver;
    case 'C2':
      return [{ kind: 'notifier', blockable: true }, ...rwsem(locks.notifierLock, true)];
    case 'C3':
      return [...driver, ...mmap, ...resv];
    case "C3'":
      return [...driver, ...mmap];
    case 'C4':
      return mmap;
    case 'C5':
      return resv;
    case 'C7':
      return [{ kind: 'reclaim' }];
    case 'C7a':
      return [{ kind: 'softirq' }];
  }
}

/** Puts the current task into the context; run with `yield*`, and call the result afterwards. */
export function acquireForContext(
  machine: MachineServices,
  context: PagemapContext,
  locks: PagemapLocks,
): Routine<() => void> {
  return enterContext(machine, pagemapSteps(machine, context, locks));
}

/** Contexts in which the kernel calls each op; an op that is not here is called from C1u. */
const OP_CONTEXTS: Readonly<Record<string, readonly PagemapContext[]>> = {
  device_map: ['C1', 'C3'],
  map_dma: ['C1', 'C3'],
  device_unmap: ['C1', 'C2', 'C3', 'C6'],
  unmap_dma: ['C1', 'C2', 'C3', 'C6'],
  populate_mm: ["C3'"],
  destroy: ['C7', 'C7a'],
  populate_devmem_pfn: ['C3', 'C5'],
  copy_to_devmem: ['C3'],
  copy_to_ram: ['C3', 'C4', 'C5'],
  devmem_release: ['C3', 'C7a'],
  device_iova_alloc: ['C1u', "C3'"],
  device_iova_free: ['C1u', "C3'"],
  device_iova_link: ['C1', "C3'"],
  device_iova_sync: ['C1', "C3'"],
  device_iova_unlink: ['C1', 'C2', "C3'", 'C6'],
  invalidate: ['C2'],
};

/** Where the kernel calls this op. */
export function contextsOf(op: string): readonly PagemapContext[] {
  return OP_CONTEXTS[op] ?? ['C1u'];
}
