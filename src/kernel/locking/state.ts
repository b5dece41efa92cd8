/**
 * Everything locking remembers in one run: the validator (a fork of the graph taught at boot), the context of each task, the lock objects.
 * Also the one way to a `report` event. Rules themselves are elsewhere (context.ts, mutex.ts, ...).
 */
import type { HeldLock, Related, Site } from '../../machine/events.ts';
import type { MachineServices, StateKey } from '../../machine/model.ts';
import { Lockdep, type LockdepTask } from './lockdep/lockdep.ts';
import type { HeldInfo } from './lockdep/types.ts';
import type { LockingRule } from './rules.ts';
import { TaskContext } from './taskContext.ts';

export class LockingState {
  readonly lockdep: Lockdep = new Lockdep();
  private readonly contexts = new Map<number, TaskContext>();
  /** Instances of pseudo locks (maps without an object): negative, by class name. */
  private readonly pseudo = new Map<string, number>();

  /** The allocation that the validator is being told about, so that a report can name it. */
  cause: { readonly what: string; readonly gfp: string } | null = null;

  constructor(readonly machine: MachineServices) {}

  context(task: number = this.machine.currentTask): TaskContext {
    let context = this.contexts.get(task);
    if (context === undefined) {
      context = new TaskContext();
      this.contexts.set(task, context);
    }
    return context;
  }

  task(id: number = this.machine.currentTask): LockdepTask {
    return this.lockdep.task(id);
  }

  /** The made-up instance of a lock map that is not an object: `fs_reclaim`. */
  pseudoInstance(name: string): number {
    let instance = this.pseudo.get(name);
    if (instance === undefined) {
      instance = -1 - this.pseudo.size;
      this.pseudo.set(name, instance);
    }
    return instance;
  }

  held(task: number = this.machine.currentTask): readonly HeldLock[] {
    return this.lockdep.heldBy(this.lockdep.task(task)).map(asHeldLock);
  }

  report(
    rule: LockingRule,
    message: string,
    related: readonly Related[] = [],
    data: Readonly<Record<string, string | number | boolean>> = {},
  ): void {
    this.machine.emit({ kind: 'report', rule, message, related, held: this.held(), data });
  }
}

/** The validator's view of a held lock, as events carry it. */
export function asHeldLock(held: HeldInfo): HeldLock {
  return {
    address: Math.max(held.instance, 0),
    class: held.name,
    mode: held.read === 0 ? 'exclusive' : held.read === 1 ? 'shared' : 'recursive-shared',
    trylock: held.trylock,
    at: asSite(held.site),
  };
}

/** Places inside the validator are always what `machine.site()` gave, or null. */
export function asSite(place: unknown): Site | null {
  if (typeof place !== 'object' || place === null) return null;
  if (!('span' in place) || !('function' in place)) return null;
  return place as Site;
}

const key: StateKey<LockingState> = { name: 'locking', create: (machine) => new LockingState(machine) };

/** This run's locking state. */
export function locking(machine: MachineServices): LockingState {
  return machine.state(key);
}
