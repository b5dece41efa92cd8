/**
 * The calling contexts of contracts as steps that locking can enter: which locks of the world the kernel holds when it calls an op. Who
 * holds what is upstream's order (drm_gpusvm.c, drm_pagemap.c, dma-buf.c), outermost first.
 */
import type { ContextId } from '../contracts/contract.ts';
import { type ContextStep, enterContext } from '../kernel/locking/scenarioContext.ts';
import type { MachineServices } from '../machine/model.ts';
import type { ScenarioSteps } from './scenario.ts';

/** Addresses of the caller's locks; each is made on first use by `CallerLocks`. */
export class CallerLocks {
  private readonly made = new Map<string, number>();

  constructor(private readonly machine: MachineServices) {}

  /** Uses this object's lock instead of one of our own making. */
  set(name: CallerLock, address: number): void {
    this.made.set(name, address);
  }

  /** The lock's address; its struct gives the class the name that lockdep prints. */
  get(name: CallerLock): number {
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const { struct, member } = OWNERS[name];
    const type = this.machine.program.type(struct);
    const owner = this.machine.allocate(type?.kind === 'struct' ? Math.max(type.size, 64) : 0x1000, {
      label: struct,
      storage: 'world',
      content: 'unknown',
      at: null,
      tag: 'caller',
      ...(type ? { type } : {}),
    });
    const address = member === null ? owner : (this.machine.fieldAddress(owner, struct, member)?.address ?? owner);
    this.made.set(name, address);
    return address;
  }
}

export type CallerLock = 'notifier_lock' | 'mmap_lock' | 'resv' | 'spinlock';

const OWNERS: Readonly<Record<CallerLock, { readonly struct: string; readonly member: string | null }>> = {
  notifier_lock: { struct: 'struct drm_gpusvm', member: 'notifier_lock' },
  mmap_lock: { struct: 'struct mm_struct', member: 'mmap_lock' },
  resv: { struct: 'struct dma_resv', member: null },
  spinlock: { struct: 'struct spinlock', member: null },
};

/** What a context is made of. */
export function contextSteps(id: ContextId, locks: CallerLocks): readonly ContextStep[] {
  switch (id) {
    case 'C1':
    case 'C6':
      return [{ kind: 'lock', address: locks.get('notifier_lock'), lock: 'rwsem-read' }];
    case 'C2':
      return [
        { kind: 'notifier', blockable: true },
        { kind: 'lock', address: locks.get('notifier_lock'), lock: 'rwsem-write' },
      ];
    case 'C3':
      return [
        { kind: 'lock', address: locks.get('mmap_lock'), lock: 'rwsem-read' },
        { kind: 'lock', address: locks.get('resv'), lock: 'resv' },
      ];
    case 'C3p':
    case 'C4':
      return [{ kind: 'lock', address: locks.get('mmap_lock'), lock: 'rwsem-read' }];
    case 'C5':
    case 'resv':
      return [{ kind: 'lock', address: locks.get('resv'), lock: 'resv' }];
    case 'C7':
      return [{ kind: 'softirq' }];
    case 'mmap':
      return [{ kind: 'lock', address: locks.get('mmap_lock'), lock: 'rwsem-write' }];
    case 'shrinker':
      return [{ kind: 'reclaim' }];
    case 'atomic':
      return [{ kind: 'lock', address: locks.get('spinlock'), lock: 'spin-irqsave' }];
    case 'C1u':
    case 'no-resv':
    case 'process':
      return [];
    default: {
      const never: never = id;
      return never;
    }
  }
}

/** Runs `body` inside a context and leaves it again. */
export function* within<T>(
  machine: MachineServices,
  id: ContextId,
  locks: CallerLocks,
  body: () => ScenarioSteps<T>,
): ScenarioSteps<T> {
  const leave = yield* enterContext(machine, contextSteps(id, locks));
  const result = yield* body();
  leave();
  return result;
}
