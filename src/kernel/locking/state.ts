/**
 * Everything locking remembers in one run: the validator (a fork of the graph taught at boot), the context of each task, the lock objects.
 * Also the one way to a `report` event. Rules themselves are elsewhere (context.ts, mutex.ts, ...).
 */
import type { HeldLock, Related, Site } from '../../machine/events.ts';
import type { MachineServices, Scalar, StateKey } from '../../machine/model.ts';
import { knownMap } from './knownMaps.ts';
import { Lockdep, type LockdepTask } from './lockdep/lockdep.ts';
import type { HeldInfo, LockdepReport } from './lockdep/types.ts';
import { describeLock } from './naming.ts';
import { type LockIdentity, LockObjects } from './objects.ts';
import { asSite, lockdepMessage } from './reportText.ts';
import type { LockingRule } from './rules.ts';
import { TaskContext } from './taskContext.ts';
import { bootLockdep, teachClass } from './teach.ts';
import type { WwContext } from './wwState.ts';

/** What the locking code needs of the machine; tests and `interlock lockdep` give it less than a whole one. */
export type LockingHost = Pick<MachineServices, 'currentTask' | 'emit' | 'site' | 'choose'> &
  Partial<Pick<MachineServices, 'objectAt'>> &
  (Pick<MachineServices, 'state' | 'callerSite'> | { readonly locking: LockingState });

/** The place to remember for what the current task does: the innermost line that is not bundled kernel text, else the innermost of all. */
export function here(host: LockingHost): Site | null {
  if ('locking' in host) return host.site();
  return host.callerSite();
}

export interface LockingOptions {
  /** Class identity of a lock that nobody initialised in sight. */
  readonly describe: (address: number) => LockIdentity;
  readonly rawLockNesting: boolean;
  /** Start from what the kernel teaches at boot. */
  readonly taught: boolean;
  /** Where `might_sleep` has reported, the validator does not say the same as an invalid wait context. */
  readonly sleepSaysAll: boolean;
  /** The suite's switch: `read_lock` is recursive everywhere. */
  readonly recursiveReads: boolean;
}

export class LockingState {
  readonly lockdep: Lockdep;
  readonly objects: LockObjects;
  /** Live ww acquire contexts by address, and the stamp counter. */
  readonly wwContexts = new Map<number, WwContext>();
  wwStamp = 0;
  /** Locks let go of because another one's release was taken to mean them (`sameLock.ts`). */
  readonly letGoInstead = new Set<number>();
  /** C functions that order the locks of a class, by class id, and what they said of pairs of locks. */
  readonly compareFunctions = new Map<number, Scalar>();
  readonly orders = new Map<string, number>();
  /** The allocation that the validator is being told about, so that a report can name it. */
  cause: { readonly what: string; readonly gfp: string } | null = null;
  private readonly contexts = new Map<number, TaskContext>();
  /** Instances of pseudo locks (maps without an object): negative, by class name. */
  private readonly pseudo = new Map<string, number>();
  /** What each blocked task waits for, to recognise tasks that wait for each other. */
  readonly waiting = new Map<
    number,
    { readonly lock: number; readonly site: Site | null; readonly free: () => boolean }
  >();

  /** `sealed`: what was set up before the runs; this one starts from it and leaves it as it is. */
  constructor(
    readonly host: LockingHost,
    readonly options: LockingOptions,
    sealed: LockingState | null = null,
  ) {
    const onReport = (report: LockdepReport) => this.lockdepReport(report);
    const base = sealed?.lockdep ?? (options.taught ? bootLockdep() : null);
    this.lockdep =
      base === null
        ? new Lockdep({ onReport, rawLockNesting: options.rawLockNesting })
        : base.fork({ onReport, ...(options.taught ? { onClass: teachClass } : {}) });
    this.objects = new LockObjects(this.lockdep, options.describe, sealed?.objects ?? null);
    if (sealed === null) return;
    for (const [name, instance] of sealed.pseudo) this.pseudo.set(name, instance);
    for (const [id, target] of sealed.compareFunctions) this.orderBy(id, target);
  }

  /** From now on the C function says which two locks of a class may be nested. */
  orderBy(classId: number, target: Scalar): void {
    this.compareFunctions.set(classId, target);
    this.lockdep.graph.setCompare(classId, (held, next) => this.orders.get(`${held} ${next}`) ?? 0);
  }

  context(task: number = this.host.currentTask): TaskContext {
    let context = this.contexts.get(task);
    if (context === undefined) {
      context = new TaskContext();
      this.contexts.set(task, context);
    }
    return context;
  }

  /** Tasks that have a context of their own. */
  tasks(): readonly number[] {
    return [...this.contexts.keys()];
  }

  task(id: number = this.host.currentTask): LockdepTask {
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

  held(task: number = this.host.currentTask): readonly HeldLock[] {
    return this.lockdep.heldBy(this.lockdep.task(task)).map(asHeldLock);
  }

  report(
    rule: LockingRule,
    message: string,
    related: readonly Related[] = [],
    data: Readonly<Record<string, string | number | boolean>> = {},
  ): void {
    this.host.emit({ kind: 'report', rule, message, related, held: this.held(), data });
  }

  private lockdepReport(report: LockdepReport): void {
    const { message, related, data } = lockdepMessage(report, this.cause);
    this.host.emit({ kind: 'report', rule: report.kind, message, related, held: report.held.map(asHeldLock), data });
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

function machineOptions(machine: MachineServices): LockingOptions {
  return {
    describe: (address) => knownMap(machine, address) ?? describeLock(machine, address),
    rawLockNesting: true,
    taught: true,
    sleepSaysAll: true,
    recursiveReads: false,
  };
}

const key: StateKey<LockingState> = {
  name: 'locking',
  create: (machine) => new LockingState(machine, machineOptions(machine)),
  fork: (sealed, machine) => new LockingState(machine, machineOptions(machine), sealed),
};

/** This run's locking state. */
export function locking(host: LockingHost): LockingState {
  return 'locking' in host ? host.locking : host.state(key);
}
