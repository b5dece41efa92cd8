/**
 * What the core holds when it calls each op of a dma-buf table (facts of drivers/dma-buf/dma-buf.c): with the buffer's reservation locked,
 * without it, or with the mmap lock of the caller. Scenarios enter with it and leave with what it returns.
 */
import type { MachineServices } from '../../machine/model.ts';
import { type ContextStep, enterContext } from '../locking/scenarioContext.ts';
import type { Routine } from '../modelling.ts';

/** `locked`: reservation held; `unlocked`: not held, the op may take it; `mmap`: not held, the caller holds its mmap lock. */
export type DmaBufEntry = 'locked' | 'unlocked' | 'mmap';

const ENTRIES: Readonly<Record<string, DmaBufEntry>> = {
  attach: 'unlocked',
  detach: 'unlocked',
  pin: 'locked',
  unpin: 'locked',
  map_dma_buf: 'locked',
  unmap_dma_buf: 'locked',
  release: 'unlocked',
  begin_cpu_access: 'unlocked',
  end_cpu_access: 'unlocked',
  mmap: 'mmap',
  vmap: 'locked',
  vunmap: 'locked',
  move_notify: 'locked',
  invalidate_mappings: 'locked',
  supports_interconnects: 'unlocked',
  map_interconnect: 'locked',
  unmap_interconnect: 'locked',
  match_interconnect: 'unlocked',
  match_mapping: 'unlocked',
  map_phys: 'locked',
  unmap_phys: 'locked',
};

/** How the core enters `op`; an op it does not know is entered without a lock. */
export function dmaBufEntry(op: string): DmaBufEntry {
  return ENTRIES[op] ?? 'unlocked';
}

/** Locks of the world that entering may need. */
export interface DmaBufLocks {
  /** `struct dma_resv` of the buffer. */
  readonly resv: number;
  /** `struct mm_struct` of the caller, for mmap. */
  readonly mm?: number;
}

/** The steps of an entry, outermost first. */
export function dmaBufSteps(machine: MachineServices, entry: DmaBufEntry, locks: DmaBufLocks): readonly ContextStep[] {
  switch (entry) {
    case 'unlocked':
      return [];
    case 'locked': {
      const lock = machine.fieldAddress(locks.resv, 'struct dma_resv', 'lock');
      return lock === null ? [] : [{ kind: 'lock', address: lock.address, lock: 'resv' }];
    }
    case 'mmap': {
      const lock = locks.mm === undefined ? null : machine.fieldAddress(locks.mm, 'struct mm_struct', 'mmap_lock');
      return lock === null ? [] : [{ kind: 'lock', address: lock.address, lock: 'rwsem-write' }];
    }
  }
}

/** Puts the current task where the core is when it calls `op`; run with `yield*`, and call the result afterwards. */
export function acquireForOp(machine: MachineServices, op: string, locks: DmaBufLocks): Routine<() => void> {
  return enterContext(machine, dmaBufSteps(machine, dmaBufEntry(op), locks));
}
