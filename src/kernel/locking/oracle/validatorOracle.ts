/**
 * The kernel's lock validator once more, written down from its description alone (kernel/locking/lockdep.c of 6.12, function by function)
 * and slow on purpose: the measure that random histories hold the real validator to. It stops at its first report, as the kernel does.
 * Shares nothing with `../lockdep`; only tests use it.
 */
import {
  ANY_USED_IN,
  connect,
  ENABLED,
  ENABLED_READ,
  effective,
  type OracleClass,
  type OracleHeld,
  type OracleLock,
  type OracleRead,
  type OracleTask,
  SOFT_SHIFT,
  search,
  USED,
  USED_IN,
  USED_IN_READ,
  USED_READ,
  WRITE_BITS,
} from './oracleGraph.ts';

export { type OracleLock, type OracleRead, OracleTask } from './oracleGraph.ts';

const DEPTH = 48;

export class ValidatorOracle {
  /** The first report; nothing is checked after it. */
  report: string | null = null;
  private readonly classes = new Map<string, OracleClass>();
  private readonly chains = new Set<string>();
  private readonly instances = new Map<number, OracleLock>();

  constructor(private readonly rawNesting: boolean) {}

  /** `lock_acquire`, and `lock_sync` where `sync` is set. */
  acquire(
    task: OracleTask,
    instance: number,
    lock: OracleLock,
    subclass: number,
    read: OracleRead,
    trylock: boolean,
    check: boolean,
    nest: number,
    sync = false,
  ): void {
    if (this.report !== null) return;
    this.instances.set(instance, lock);
    if (task.inNmi > 0) {
      if (!trylock) this.verifyUnused(lock, subclass, read);
      return;
    }
    this.push(
      task,
      {
        instance,
        lock,
        cls: this.classOf(lock, subclass),
        subclass,
        read,
        trylock,
        check,
        hardirqsOff: !task.hardirqs,
        irqContext: 0,
        nest,
        references: 0,
        pins: 0,
      },
      sync,
    );
  }

  release(task: OracleTask, instance: number, lock: OracleLock): void {
    if (this.report !== null || task.inNmi > 0) return;
    const at = this.find(task, instance, lock);
    if (at < 0) {
      this.tell('bad-unlock-balance');
      return;
    }
    const entry = task.held[at];
    if (entry === undefined) return;
    if (entry.pins > 0) this.tell('pinned-lock-released');
    if (entry.references > 0 && --entry.references > 0) return;
    this.reacquire(task, at, at + 1);
  }

  downgrade(task: OracleTask, instance: number, lock: OracleLock): void {
    if (this.report !== null) return;
    const at = this.find(task, instance, lock);
    const entry = task.held[at];
    if (entry === undefined) {
      this.tell('bad-unlock-balance');
      return;
    }
    entry.read = 1;
    this.reacquire(task, at, at);
  }

  /** `lock_set_class` and `lock_set_subclass`. */
  setClass(task: OracleTask, instance: number, old: OracleLock, lock: OracleLock, subclass: number): void {
    if (this.report !== null) return;
    const at = this.find(task, instance, old);
    const entry = task.held[at];
    if (entry === undefined) {
      this.tell('bad-unlock-balance');
      return;
    }
    this.instances.set(instance, lock);
    entry.lock = lock;
    entry.subclass = subclass;
    entry.cls = this.classOf(lock, subclass);
    this.reacquire(task, at, at);
  }

  /** `debug_check_no_locks_freed` */
  freed(task: OracleTask, start: number, size: number): void {
    if (this.report !== null) return;
    if (task.held.some((held) => held.instance >= start && held.instance < start + size)) this.tell('held-lock-freed');
  }

  /** `debug_check_no_locks_held` */
  exit(task: OracleTask): void {
    if (task.held.length > 0) this.tell('lock-held-at-exit');
  }

  pin(task: OracleTask, instance: number, lock: OracleLock): void {
    const entry = this.matching(task, instance, lock);
    if (entry === undefined) this.tell('pinned-lock-released');
    else entry.pins++;
  }

  unpin(task: OracleTask, instance: number, lock: OracleLock): void {
    const entry = this.matching(task, instance, lock);
    if (entry === undefined || entry.pins === 0) this.tell('pinned-lock-released');
    else entry.pins--;
  }

  /** What `lock_is_held_type` says: the kind it is held as. */
  isHeld(task: OracleTask, instance: number, lock: OracleLock): OracleRead | null {
    return this.matching(task, instance, lock)?.read ?? null;
  }

  hardirqsOn(task: OracleTask): void {
    if (this.report !== null || task.hardirqs) return;
    this.markHeld(task, 0);
    if (task.softirqs) this.markHeld(task, SOFT_SHIFT);
    task.hardirqs = true;
  }

  softirqsOn(task: OracleTask): void {
    if (this.report !== null || task.softirqs) return;
    task.softirqs = true;
    if (task.hardirqs) this.markHeld(task, SOFT_SHIFT);
  }

  // -------------------------------------------------------------------------------------------------------------------

  private tell(kind: string): void {
    this.report ??= kind;
  }

  private classOf(lock: OracleLock, subclass: number): OracleClass {
    const name = `${lock.key}/${subclass}`;
    let cls = this.classes.get(name);
    if (cls === undefined) {
      cls = { lock, usage: 0, after: [], before: [] };
      this.classes.set(name, cls);
    }
    return cls;
  }

  private push(task: OracleTask, given: OracleHeld, sync: boolean): void {
    const depth = task.held.length;
    const top = task.held[depth - 1];
    if (top !== undefined && !sync && top.cls === given.cls && given.nest !== 0) {
      top.references = Math.max(top.references, 1) + Math.max(given.references, 1);
      return;
    }
    const next = {
      ...given,
      check: given.check && given.lock.novalidate !== true,
      irqContext: (task.inHardirq > 0 ? 2 : 0) + (task.inSoftirq > 0 ? 1 : 0),
    };
    if (this.waitTooLong(task, next)) {
      this.tell('invalid-wait-context');
      return;
    }
    this.markUsage(task, next, sync);
    if (this.report !== null) return;
    if (next.nest !== 0 && !task.held.some((held) => this.matches(held, next.nest, this.instances.get(next.nest)))) {
      this.tell('nest-lock-not-held');
      return;
    }
    const head = top === undefined || top.irqContext !== next.irqContext;
    if (next.check && !next.trylock) {
      const chain = this.chainName(task, next);
      if (!this.chains.has(chain)) {
        this.chains.add(chain);
        const order = this.ownClassHeld(task, next);
        if (order === 'recursion') {
          this.tell('recursive-locking');
          return;
        }
        if (!head && order !== 'nested') this.addPrevs(task, next);
        if (this.report !== null) return;
      }
    }
    if (sync) return;
    task.held.push(next);
    if (task.held.length >= DEPTH) this.tell('lock-depth-exceeded');
  }

  /** `check_wait_context` */
  private waitTooLong(task: OracleTask, next: OracleHeld): boolean {
    const level = (type: number) => (!this.rawNesting && type === 3 ? 2 : type);
    const inner = level(next.lock.inner);
    if (inner === 0 || next.trylock) return false;
    const outer = level(next.lock.outer) || inner;
    let allowed = task.inHardirq > 0 ? (task.threaded ? level(3) : 2) : task.inSoftirq > 0 ? level(3) : 5;
    let start = task.held.length;
    while (start > 0 && task.held[start - 1]?.irqContext === next.irqContext) start--;
    for (const held of task.held.slice(start)) {
      const type = level(held.cls.lock.inner);
      if (type === 0) continue;
      allowed = held.cls.lock.type === 'wait-override' ? type : Math.min(allowed, type);
    }
    return outer > allowed;
  }

  // usage --------------------------------------------------------------------------------------------------------------

  private markUsage(task: OracleTask, next: OracleHeld, sync: boolean): void {
    const shared = next.read !== 0;
    if (next.check) {
      if (!next.trylock) {
        if (task.inHardirq > 0) this.mark(next, shared ? USED_IN_READ : USED_IN);
        if (task.inSoftirq > 0) this.mark(next, (shared ? USED_IN_READ : USED_IN) << SOFT_SHIFT);
      }
      if (!next.hardirqsOff && !sync) {
        this.mark(next, shared ? ENABLED_READ : ENABLED);
        if (task.softirqs) this.mark(next, (shared ? ENABLED_READ : ENABLED) << SOFT_SHIFT);
      }
    }
    this.mark(next, shared ? USED_READ : USED);
  }

  private markHeld(task: OracleTask, shift: number): void {
    for (const held of task.held) if (held.check) this.mark(held, (held.read !== 0 ? ENABLED_READ : ENABLED) << shift);
  }

  /** `mark_lock` and `mark_lock_irq` */
  private mark(held: OracleHeld, bit: number): void {
    if (this.report !== null || (held.cls.usage & bit) !== 0) return;
    held.cls.usage |= bit;
    if (bit >= USED) return;
    const shift = bit >= 1 << SOFT_SHIFT ? SOFT_SHIFT : 0;
    const plain = bit >> shift;
    const enabled = plain === ENABLED || plain === ENABLED_READ;
    const read = plain === ENABLED_READ || plain === USED_IN_READ;
    const opposite = (enabled ? USED_IN : ENABLED) << shift;
    const oppositeRead = (enabled ? USED_IN_READ : ENABLED_READ) << shift;
    if ((held.cls.usage & opposite) !== 0 || (!read && (held.cls.usage & oppositeRead) !== 0)) {
      this.tell('inconsistent-lock-state');
      return;
    }
    const found = search(
      held.cls,
      enabled ? held.read !== 0 : held.read === 2,
      enabled ? 'before' : 'after',
      true,
      (node) => (effective(node) & (opposite | oppositeRead)) !== 0,
    );
    if (found) this.tell('irq-inversion');
  }

  /** `verify_lock_unused`, the only check there is in NMI context. */
  private verifyUnused(lock: OracleLock, subclass: number, read: OracleRead): void {
    const cls = this.classes.get(`${lock.key}/${subclass}`);
    const mask = read !== 0 ? USED : USED | USED_READ;
    if (cls !== undefined && (cls.usage & mask) !== 0) this.tell('inconsistent-lock-state');
  }

  // order --------------------------------------------------------------------------------------------------------------

  /** The chain cache's key: classes and kinds of the current interrupt context, up to and with the new one. */
  private chainName(task: OracleTask, next: OracleHeld): string {
    const names = [`${next.lock.key}/${next.subclass}:${next.read}`];
    for (let i = task.held.length - 1; i >= 0; i--) {
      const held = task.held[i];
      if (held === undefined || held.irqContext !== next.irqContext) break;
      names.push(`${held.lock.key}/${held.subclass}:${held.read}`);
    }
    return names.reverse().join(' ');
  }

  /** `check_deadlock` */
  private ownClassHeld(task: OracleTask, next: OracleHeld): 'fine' | 'recursion' | 'nested' {
    let nest = false;
    for (const held of task.held) {
      if (next.nest !== 0 && held.instance === next.nest) nest = true;
      if (held.cls !== next.cls) continue;
      if (next.read === 2 && held.read !== 0) continue;
      const compare = next.cls.lock.compare;
      if (compare !== undefined && compare(held.instance, next.instance) < 0) continue;
      return nest ? 'nested' : 'recursion';
    }
    return 'fine';
  }

  /** `check_prevs_add` */
  private addPrevs(task: OracleTask, next: OracleHeld): void {
    for (let i = task.held.length - 1; i >= 0; i--) {
      const held = task.held[i];
      if (held === undefined || held.irqContext !== next.irqContext) return;
      if (!held.check) continue;
      this.addPrev(held, next);
      if (this.report !== null || !held.trylock) return;
    }
  }

  /** `check_prev_add` */
  private addPrev(prev: OracleHeld, next: OracleHeld): void {
    const compare = prev.cls.lock.compare;
    if (prev.cls === next.cls && compare !== undefined && compare(prev.instance, next.instance) < 0) return;
    const circle = search(
      next.cls,
      next.read === 2,
      'after',
      false,
      (node) => node.cls === prev.cls && (prev.read === 0 || !node.onlyXr),
    );
    if (circle) {
      this.tell(prev.cls === next.cls ? 'recursive-locking' : 'circular-locking');
      return;
    }
    if (this.irqOrderBroken(prev, next)) {
      this.tell('irq-lock-order');
      return;
    }
    const forward = 1 << ((prev.read === 0 ? 1 : 0) + (next.read !== 2 ? 2 : 0));
    const backward = 1 << ((next.read !== 2 ? 1 : 0) + (prev.read === 0 ? 2 : 0));
    connect(prev.cls.after, next.cls, forward);
    connect(next.cls.before, prev.cls, backward);
  }

  /** `check_irq_usage` */
  private irqOrderBroken(prev: OracleHeld, next: OracleHeld): boolean {
    let used = 0;
    search(prev.cls, prev.read !== 0, 'before', true, (node) => {
      used |= effective(node);
      return false;
    });
    used &= ANY_USED_IN;
    if (used === 0) return false;
    let enabled = used << 2;
    enabled |= ((enabled & 0xaa) >> 1) | ((enabled & WRITE_BITS) << 1);
    return search(next.cls, next.read === 2, 'after', true, (node) => (effective(node) & enabled) !== 0);
  }

  // the stack ----------------------------------------------------------------------------------------------------------

  private matches(held: OracleHeld, instance: number, lock: OracleLock | undefined): boolean {
    if (held.instance === instance) return true;
    if (held.references === 0 || held.nest === 0 || lock === undefined) return false;
    return held.cls === this.classes.get(`${lock.key}/0`);
  }

  private matching(task: OracleTask, instance: number, lock: OracleLock): OracleHeld | undefined {
    return task.held.find((held) => this.matches(held, instance, lock));
  }

  /** `find_held_lock` */
  private find(task: OracleTask, instance: number, lock: OracleLock): number {
    for (let at = task.held.length - 1; at >= 0; at--) {
      const held = task.held[at];
      if (held === undefined) return -1;
      const above = task.held[at + 1];
      if (above !== undefined && above.irqContext !== held.irqContext) return -1;
      if (this.matches(held, instance, lock)) return at;
    }
    return -1;
  }

  /** `reacquire_held_locks`: what stands from `from` on is taken again over what stands below `keep`. */
  private reacquire(task: OracleTask, keep: number, from: number): void {
    const again = task.held.slice(from);
    task.held.length = keep;
    for (const held of again) {
      this.push(task, held, false);
      if (this.report !== null) return;
    }
  }
}
