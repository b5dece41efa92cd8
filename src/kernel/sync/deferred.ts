/**
 * Things that run later: one record per work item, timer, tasklet or callback, whether it is queued or running, and the task that runs it.
 * Knows the life of such an item; which context it runs in and how it is ordered is in the files of each kind.
 */
import type { Site } from '../../machine/events.ts';
import { isUnknown, type MachineServices, type Scalar } from '../../machine/model.ts';
import { mapState, settled } from '../modelling.ts';

export type DeferredKind = 'work' | 'timer' | 'hrtimer' | 'tasklet' | 'irq_work';

export interface Deferred {
  readonly kind: DeferredKind;
  readonly address: number;
  /** lockdep class: `(work_completion)(&x->work)`. */
  className: string;
  initialised: boolean;
  queued: boolean;
  /** Tasks that run it now. */
  readonly runners: Set<number>;
  disabled: number;
  /** Workqueue it was queued on; 0: none. */
  queue: number;
  queuedAt: Site | null;
}

const key = mapState<string, Deferred>('sync.deferred', (item) => ({ ...item, runners: new Set(item.runners) }));

/** Address of a pointer argument, made when the document leaves it open. */
export function addressOfObject(machine: MachineServices, pointer: Scalar, struct: string): number {
  if (!isUnknown(pointer)) return Number(pointer);
  const known = settled(machine, pointer);
  if (known !== null) return known;
  return machine.materialise(pointer, machine.program.type(struct) ?? { kind: 'void' }) ?? 0;
}

export function deferred(machine: MachineServices, kind: DeferredKind, address: number): Deferred {
  const all = machine.state(key);
  const id = `${kind} ${address}`;
  let item = all.get(id);
  if (item === undefined) {
    item = {
      kind,
      address,
      className: '',
      initialised: false,
      queued: false,
      runners: new Set(),
      disabled: 0,
      queue: 0,
      queuedAt: null,
    };
    all.set(id, item);
  }
  return item;
}

/** Queues the item in a task of its own that runs `body(address)`. False: it was queued already. */
export function start(machine: MachineServices, item: Deferred, body: string): boolean {
  if (item.queued || item.disabled > 0) return false;
  item.queued = true;
  item.queuedAt = machine.callerSite() ?? machine.site();
  const runner = machine.program.function(body);
  if (runner !== null) machine.spawn(`${item.kind} ${item.className || 'item'}`, runner, [item.address]);
  return true;
}

/** The runner's task takes the item off its queue. False: it was cancelled meanwhile. */
export function begin(machine: MachineServices, item: Deferred): boolean {
  if (!item.queued) return false;
  item.queued = false;
  item.runners.add(machine.currentTask);
  return true;
}

export function finish(machine: MachineServices, item: Deferred): void {
  item.runners.delete(machine.currentTask);
}

/** Items in a piece of memory that are still to run; a work item that runs may be freed by its own function, a timer may not. */
export function pendingInside(machine: MachineServices, address: number, size: number): readonly Deferred[] {
  return allDeferred(machine).filter(
    (item) =>
      item.address >= address &&
      item.address < address + size &&
      (item.queued || (item.kind !== 'work' && item.runners.size > 0 && !item.runners.has(machine.currentTask))),
  );
}

/** All items of this run, in order of first use. */
export function allDeferred(machine: MachineServices): readonly Deferred[] {
  return [...machine.state(key).values()];
}
