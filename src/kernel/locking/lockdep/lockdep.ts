/**
 * The validator's front: acquire, release and the state changes that matter to it, for any number of tasks. Follows
 * kernel/locking/lockdep.c of 6.12 and differs on purpose in one thing: it goes on after a report (see reporter.ts). No dependency on the
 * machine.
 */
import { Chains, NO_CHAIN } from './chains.ts';
import { LockGraph } from './graph.ts';
import { Marks } from './marks.ts';
import { heldInfo, Reporter } from './reporter.ts';
import { Held, LockdepTask } from './stack.ts';
import type { ClassSpec, HeldInfo, LockdepReport, Place, ReadKind, ReportKind } from './types.ts';
import { ENABLED_HARDIRQ, ENABLED_SOFTIRQ } from './usage.ts';
import { Validate } from './validate.ts';

export { LockdepTask } from './stack.ts';

/** `MAX_LOCK_DEPTH` */
const MAX_DEPTH = 48;

export interface LockdepOptions {
  readonly onReport?: (report: LockdepReport) => void;
  /** `CONFIG_PROVE_RAW_LOCK_NESTING`: tell a spinlock_t under a raw spinlock from a harmless one. Default true. */
  readonly rawLockNesting?: boolean;
  /** Called for each class when it is made: the place to teach what is known about it. */
  readonly onClass?: (lockdep: Lockdep, id: number, spec: ClassSpec) => void;
  readonly base?: Lockdep;
}

export class Lockdep {
  readonly graph: LockGraph;
  /** Whose teaching the edges made now are: `taught by dma_resv_lockdep() at boot`; null for the run itself. */
  note: string | null = null;
  /** Set while something else has already reported that this acquire must not wait. */
  waitContextReported = false;
  private readonly reporter: Reporter;
  private readonly marks: Marks;
  private readonly validate: Validate;
  private readonly tasks = new Map<number, LockdepTask>();
  private readonly chains = new Chains();

  constructor(private readonly options: LockdepOptions = {}) {
    const raw = options.rawLockNesting ?? true;
    this.graph = options.base === undefined ? new LockGraph(null, raw) : options.base.graph.fork();
    this.reporter = new Reporter(this.graph, (report) => options.onReport?.(report));
    this.marks = new Marks(this.graph, this.reporter);
    this.validate = new Validate(this.graph, this.reporter);
  }

  /** A validator that knows what this one knows and shares its graph until it learns more; this one must not learn any more. */
  fork(options: Omit<LockdepOptions, 'base' | 'rawLockNesting'>): Lockdep {
    return new Lockdep({ rawLockNesting: this.options.rawLockNesting ?? true, ...options, base: this });
  }

  task(id: number): LockdepTask {
    let task = this.tasks.get(id);
    if (task === undefined) {
      task = new LockdepTask(id);
      this.tasks.set(id, task);
    }
    return task;
  }

  /** The class of a key and subclass, made on first use. Subclasses beyond the eighth are not valid. */
  classOf(spec: ClassSpec): number {
    const subclass = spec.subclass ?? 0;
    const { id, made } = this.graph.classOf(
      subclass >= 0 && subclass < 8 ? spec : { ...spec, subclass: Math.min(7, Math.max(0, subclass)) },
    );
    if (made) this.options.onClass?.(this, id, spec);
    return id;
  }

  className(id: number): string {
    return this.graph.at(id).name;
  }

  /**
   * `lock_acquire`. `nest`: instance of the lock that serialises nesting within the class; 0: none. `nestClass`: its class, needed to find it
   * in an entry that stands for several locks.
   */
  acquire(
    task: LockdepTask,
    instance: number,
    classId: number,
    read: ReadKind,
    trylock: boolean,
    check: boolean,
    nest: number,
    site: Place | null,
    nestClass = -1,
  ): void {
    this.push(task, instance, classId, read, trylock, check, !task.hardirqsEnabled, nest, nestClass, 0, 0, site, false);
  }

  /** `lock_sync`: orders like an acquire that is dropped at once, but marks no interrupt state (flush_work, synchronize_srcu). */
  sync(task: LockdepTask, instance: number, classId: number, read: ReadKind, site: Place | null): void {
    this.push(task, instance, classId, read, false, true, !task.hardirqsEnabled, 0, -1, 0, 0, site, true);
  }

  /** True when the entry was merged into the one below (same class, nested). */
  private push(
    task: LockdepTask,
    instance: number,
    classId: number,
    read: ReadKind,
    trylock: boolean,
    check: boolean,
    hardirqsOff: boolean,
    nest: number,
    nestClass: number,
    references: number,
    pins: number,
    site: Place | null,
    sync: boolean,
  ): boolean {
    const node = this.graph.at(classId);
    if (node.untracked) return false;
    // What an NMI holds is known, but orders nothing.
    const nmi = task.nmiContext > 0;
    if (nmi && !trylock) this.marks.takenInNmi(task, instance, classId, read, site);
    const { depth } = task;
    if (nest !== 0 && depth > 0 && !sync && !nmi) {
      const top = task.at(depth - 1);
      if (top.classId === classId) {
        if (top.references === 0) top.references = 1;
        top.references += references === 0 ? 1 : references;
        return true;
      }
    }
    if (depth + 1 === MAX_DEPTH)
      this.simple(task, 'lock-depth-exceeded', 'MAX_LOCK_DEPTH too low!', classId, instance, site);
    const held = task.at(depth);
    held.instance = instance;
    held.classId = classId;
    held.read = read;
    held.trylock = trylock;
    held.check = check && !node.novalidate && !nmi;
    held.hardirqsOff = hardirqsOff;
    held.irqContext = task.irqContext;
    held.nest = nest;
    held.nestClass = nestClass;
    held.references = references;
    held.pins = pins;
    held.site = site;
    held.before = task.chain;
    if (node.inner !== 0 && !trylock && !nmi && !this.waitContextReported) this.validate.waitContext(task, held);
    if (!nmi) this.marks.acquired(task, held, sync, site);
    if (nest !== 0 && nest !== OUT_OF_SIGHT && !nmi)
      this.validate.nestHeld(task, held, this.isHeld(task, nest, nestClass) !== null, site);
    const below = depth === 0 ? null : task.at(depth - 1);
    const first = below === null || below.irqContext !== held.irqContext;
    const chain = this.chains.next(first ? NO_CHAIN : task.chain, classId, read);
    if (!trylock && held.check && this.chains.firstTime(chain)) {
      if (depth > 0 && this.validate.recursion(task, held) === 'none' && !first)
        this.validate.dependencies(task, held, this.note);
    }
    if (sync) return false;
    task.chain = chain;
    task.depth = depth + 1;
    return false;
  }

  /** `lock_release`. `classId`: class of the instance, needed to find an entry that stands for several (nested) locks. */
  release(task: LockdepTask, instance: number, site: Place | null, classId = -1, name: string | null = null): boolean {
    if (classId >= 0 && this.graph.at(classId).untracked) return true;
    const at = this.findHeld(task, instance, classId);
    if (at < 0) {
      this.reporter.always(task, {
        kind: 'bad-unlock-balance',
        title: 'bad unlock balance detected',
        lock: name ?? (classId < 0 ? 'a lock' : this.graph.at(classId).name),
        instance,
        other: null,
        legs: [],
        places: [],
        site,
      });
      return false;
    }
    const held = task.at(at);
    if (held.pins > 0)
      this.simple(task, 'pinned-lock-released', 'releasing a pinned lock', held.classId, instance, site);
    if (held.references > 0 && --held.references > 0) return true;
    if (at === task.depth - 1) {
      task.depth = at;
      task.chain = held.before;
      return true;
    }
    this.reacquire(task, at, at + 1);
    return true;
  }

  /** Takes entries off from `at` up and takes those from `from` again, in order, as they were taken. */
  private reacquire(task: LockdepTask, at: number, from: number): void {
    const above = task.stack.splice(from, task.depth - from);
    task.chain = task.at(at).before;
    task.depth = at;
    for (const held of above) this.pushAgain(task, held);
  }

  /** A held lock turns out to have been taken under one that nobody saw taken: others of its class nest with it. */
  nestedOutOfSight(task: LockdepTask, instance: number): void {
    const at = this.findHeld(task, instance, -1);
    if (at >= 0 && task.at(at).nest === 0) task.at(at).nest = OUT_OF_SIGHT;
  }

  private findHeld(task: LockdepTask, instance: number, classId: number): number {
    for (let i = task.depth - 1; i >= 0; i--) {
      const held = task.at(i);
      // Not across an interrupt: the locks below belong to the interrupted code.
      if (i < task.depth - 1 && task.at(i + 1).irqContext !== held.irqContext) return -1;
      if (matches(held, instance, classId)) return i;
    }
    return -1;
  }

  /** `lock_downgrade`: an exclusive holder becomes a shared one. */
  downgrade(task: LockdepTask, instance: number, site: Place | null, classId = -1): void {
    this.change(task, instance, site, classId, (held) => {
      held.read = 1;
      held.site = site;
    });
  }

  /** `lock_set_class`: a held lock gets another class or subclass. */
  setClass(task: LockdepTask, instance: number, classId: number, site: Place | null): void {
    this.change(task, instance, site, -1, (held) => {
      held.classId = classId;
    });
  }

  private change(
    task: LockdepTask,
    instance: number,
    site: Place | null,
    classId: number,
    edit: (held: Held) => void,
  ): void {
    const at = this.findHeld(task, instance, classId);
    if (at < 0) {
      this.release(task, instance, site, classId);
      return;
    }
    const held = Object.assign(new Held(), task.at(at));
    edit(held);
    const above = task.stack.slice(at + 1, task.depth).map((entry) => Object.assign(new Held(), entry));
    task.chain = held.before;
    task.depth = at;
    for (const entry of [held, ...above]) this.pushAgain(task, entry);
  }

  private pushAgain(task: LockdepTask, held: Held): void {
    this.push(
      task,
      held.instance,
      held.classId,
      held.read,
      held.trylock,
      held.check,
      held.hardirqsOff,
      held.nest,
      held.nestClass,
      held.references,
      held.pins,
      held.site,
      false,
    );
  }

  /** How `instance` is held by the task; null: not held. `classId` as for `release`. */
  isHeld(task: LockdepTask, instance: number, classId = -1): ReadKind | null {
    return this.outermost(task, instance, classId)?.read ?? null;
  }

  /** As `__lock_is_held` and `__lock_pin_lock` look: of two entries of a lock the outer one speaks, whichever context they are of. */
  private outermost(task: LockdepTask, instance: number, classId: number): Held | null {
    for (let i = 0; i < task.depth; i++) if (matches(task.at(i), instance, classId)) return task.at(i);
    return null;
  }

  heldBy(task: LockdepTask): readonly HeldInfo[] {
    return heldInfo(this.graph, task);
  }

  // interrupts ---------------------------------------------------------------------------------------------------------

  hardirqsOn(task: LockdepTask, site: Place | null): void {
    if (task.hardirqsEnabled || task.hardirqContext > 0) return;
    this.marks.enabled(task, ENABLED_HARDIRQ, site);
    if (task.softirqsEnabled) this.marks.enabled(task, ENABLED_SOFTIRQ, site);
    task.hardirqsEnabled = true;
  }

  hardirqsOff(task: LockdepTask): void {
    task.hardirqsEnabled = false;
  }

  softirqsOn(task: LockdepTask, site: Place | null): void {
    if (task.softirqsEnabled) return;
    task.softirqsEnabled = true;
    if (task.hardirqsEnabled) this.marks.enabled(task, ENABLED_SOFTIRQ, site);
  }

  softirqsOff(task: LockdepTask): void {
    task.softirqsEnabled = false;
  }

  enterHardirq(task: LockdepTask, threaded: boolean): void {
    task.hardirqContext++;
    task.hardirqThreaded = threaded;
  }

  exitHardirq(task: LockdepTask): void {
    task.hardirqContext = Math.max(0, task.hardirqContext - 1);
  }

  enterSoftirq(task: LockdepTask): void {
    task.softirqContext++;
  }

  exitSoftirq(task: LockdepTask): void {
    task.softirqContext = Math.max(0, task.softirqContext - 1);
  }

  /** Inside, nothing is followed: a lock taken there must not be one that other contexts take (lockdep.c: verify_lock_unused). */
  enterNmi(task: LockdepTask): void {
    task.nmiContext++;
  }

  exitNmi(task: LockdepTask): void {
    task.nmiContext = Math.max(0, task.nmiContext - 1);
  }

  // other checks -------------------------------------------------------------------------------------------------------

  /** `debug_check_no_locks_freed`, for a range that is freed or initialised again: true when some task holds a lock in it. */
  freed(address: number, size: number, current: LockdepTask, site: Place | null): boolean {
    let found = false;
    for (const task of this.tasks.values()) {
      for (let i = 0; i < task.depth; i++) {
        const held = task.at(i);
        if (held.instance < address || held.instance >= address + size) continue;
        found = true;
        this.reporter.always(current, {
          kind: 'held-lock-freed',
          title: 'held lock freed!',
          lock: this.graph.at(held.classId).name,
          instance: held.instance,
          other: task === current ? null : `held by task ${task.id}`,
          legs: [],
          places: [{ note: 'the lock was taken here', site: held.site }],
          site,
        });
        break;
      }
    }
    return found;
  }

  /** `lockdep_pin_lock`: the lock must not be released until unpinned. */
  pin(task: LockdepTask, instance: number, classId: number, site: Place | null): void {
    const held = this.outermost(task, instance, classId);
    if (held === null) this.simple(task, 'pinned-lock-released', 'pinning an unheld lock', classId, instance, site);
    else held.pins++;
  }

  unpin(task: LockdepTask, instance: number, classId: number, site: Place | null): void {
    const held = this.outermost(task, instance, classId);
    if (held !== null && held.pins > 0) held.pins--;
    else {
      const title = held === null ? 'unpinning an unheld lock' : 'unpinning an unpinned lock';
      this.simple(task, 'pinned-lock-released', title, classId, instance, site);
    }
  }

  private simple(
    task: LockdepTask,
    kind: ReportKind,
    title: string,
    classId: number,
    instance: number,
    site: Place | null,
  ): void {
    const lock = classId < 0 ? 'a lock' : this.graph.at(classId).name;
    this.reporter.once(task, classId, -1, { kind, title, lock, instance, other: null, legs: [], places: [], site });
  }
}

/** Stands for a lock that serialises nesting and that nobody saw taken. */
const OUT_OF_SIGHT = -1;

function matches(held: Held, instance: number, classId: number): boolean {
  if (held.instance === instance) return true;
  return held.references > 0 && held.nest !== 0 && held.classId === classId;
}
