/**
 * What the kernel would say to a row of a locking suite (`L(A)`, `RSL(B)`, `WWL(o,t)` ...): the meaning of each operation in terms of the
 * plain validator, the debug rules of ww mutexes, and whether the operation could go on at all. Written from the descriptions of the
 * primitives; shares nothing with them. Only tests use it.
 */
import { type OracleLock, type OracleRead, OracleTask, ValidatorOracle } from './validatorOracle.ts';

interface Lock {
  readonly address: number;
  readonly class: OracleLock;
  writer: boolean;
  readers: number;
  /** Of a ww mutex: the context it is held under. */
  context: string | null;
}

interface Context {
  readonly address: number;
  acquired: number;
  done: boolean;
}

/** Inner wait type by kind. */
const KINDS: Readonly<Record<string, { readonly inner: number; readonly type?: 'percpu' }>> = {
  spin: { inner: 3 },
  raw: { inner: 2 },
  rw: { inner: 3 },
  mutex: { inner: 4 },
  rt: { inner: 4 },
  rwsem: { inner: 4 },
  local: { inner: 3, type: 'percpu' },
  ww: { inner: 4 },
};

/** Acquires: kind and whether shared. */
const TAKES: Readonly<Record<string, readonly [kind: string, shared: boolean]>> = {
  L: ['spin', false],
  L_NEST: ['spin', false],
  RAWL: ['raw', false],
  RL: ['rw', true],
  WL: ['rw', false],
  ML: ['mutex', false],
  RTL: ['rt', false],
  RSL: ['rwsem', true],
  WSL: ['rwsem', false],
  LL: ['local', false],
};
const DROPS: Readonly<Record<string, readonly [kind: string, shared: boolean]>> = {
  U: ['spin', false],
  RAWU: ['raw', false],
  RU: ['rw', true],
  WU: ['rw', false],
  MU: ['mutex', false],
  RTU: ['rt', false],
  RSU: ['rwsem', true],
  WSU: ['rwsem', false],
  LLU: ['local', false],
};
const INITS: Readonly<Record<string, string>> = { SI: 'spin', RWI: 'rw', MI: 'mutex', RWSI: 'rwsem', RTI: 'rt' };
const RCU: Readonly<Record<string, OracleLock>> = {
  '': { key: 'rcu', inner: 3, outer: 1, type: 'normal' },
  _BH: { key: 'rcu-bh', inner: 3, outer: 1, type: 'normal' },
  _SCHED: { key: 'rcu-sched', inner: 2, outer: 1, type: 'normal' },
};
const FS_RECLAIM: OracleLock = { key: 'fs_reclaim', inner: 0, outer: 0, type: 'normal' };
const NOTIFIER: OracleLock = { key: 'notifier', inner: 0, outer: 0, type: 'normal' };
const ACQUIRE_CONTEXT: OracleLock = { key: 'ww acquire', inner: 0, outer: 0, type: 'normal' };
const SIZE = 256;

export class RowOracle {
  /** First complaint: of the validator, or `ww-misuse`. */
  report: string | null = null;
  /** The operation waits for ever. */
  stuck = false;
  readonly task = new OracleTask();
  readonly locks = new Map<string, Lock>();
  readonly contexts = new Map<string, Context>();
  bottomHalvesOff = 0;
  noFs = false;
  private places = 0;
  private readonly validator = new ValidatorOracle(true);

  constructor(private readonly recursiveReads: boolean) {}

  step(text: string): void {
    const [, op = '', first = '', second = ''] = /^(\w+)(?:\((\w+)(?:,(\w+))?\))?/.exec(text) ?? [];
    this.perform(op, first, second);
    this.report ??= this.validator.report;
  }

  private perform(op: string, a: string, b: string): void {
    const taken = TAKES[op];
    if (taken !== undefined) return void this.take(this.lock(taken[0], a), taken[1], op === 'L_NEST' ? b : null);
    const dropped = DROPS[op];
    if (dropped !== undefined) return void this.drop(this.lock(dropped[0], a), dropped[1]);
    const initialised = INITS[op];
    if (initialised !== undefined) {
      const lock = this.lock(initialised, a);
      this.validator.freed(this.task, lock.address, SIZE);
      lock.writer = false;
      lock.readers = 0;
      return;
    }
    const rcu = /^RCU_READ_(UN)?LOCK(_BH|_SCHED)?$/.exec(op);
    if (rcu !== null) return void this.rcu(rcu[1] === undefined, rcu[2] ?? '');
    if (op.startsWith('WW') || op.startsWith('BASE')) this.ww(op, a, b);
    else this.context(op, a);
  }

  // plain locks --------------------------------------------------------------------------------------------------------

  lock(kind: string, name: string): Lock {
    const label = `${kind} ${name}`;
    const known = this.locks.get(label);
    if (known !== undefined) return known;
    const { inner, type } = KINDS[kind] ?? { inner: 0 };
    const key = kind === 'ww' ? 'ww' : `${kind} ${/^[XYZ]/.test(name) ? name.charAt(0) : name}`;
    const lock: Lock = {
      address: this.place(),
      class: { key, inner, outer: inner, type: type ?? 'normal' },
      writer: false,
      readers: 0,
      context: null,
    };
    this.locks.set(label, lock);
    return lock;
  }

  /** A place of its own for each object. */
  private place(): number {
    this.places += 1000;
    return this.places;
  }

  private take(lock: Lock, shared: boolean, nest: string | null): void {
    const read: OracleRead = !shared ? 0 : lock.class.inner === 4 ? 1 : this.readLockKind();
    const nestAddress = nest === null ? 0 : this.nestAddress(nest);
    this.validator.acquire(this.task, lock.address, lock.class, 0, read, false, true, nestAddress);
    this.obtain(lock, shared);
  }

  /** `read_lock_is_recursive` */
  private readLockKind(): OracleRead {
    const { task } = this;
    return this.recursiveReads || task.inHardirq > 0 || task.inSoftirq > 0 || this.bottomHalvesOff > 0 ? 2 : 1;
  }

  private nestAddress(name: string): number {
    return name.startsWith('o') ? this.lock('ww', name).address : this.lock('spin', name).address;
  }

  private obtain(lock: Lock, shared: boolean): void {
    // Per-CPU: nothing to wait for.
    if (lock.class.type !== 'percpu' && (lock.writer || (!shared && lock.readers > 0))) this.stuck = true;
    else if (shared) lock.readers++;
    else lock.writer = true;
  }

  private drop(lock: Lock, shared: boolean): void {
    this.validator.release(this.task, lock.address, lock.class);
    if (shared) lock.readers = Math.max(0, lock.readers - 1);
    else lock.writer = false;
  }

  // contexts -----------------------------------------------------------------------------------------------------------

  private rcu(enter: boolean, flavour: string): void {
    const lock = RCU[flavour];
    if (lock === undefined) return;
    const address = 10 + Object.keys(RCU).indexOf(flavour);
    if (enter) {
      if (flavour === '_BH') this.bottomHalves(false);
      this.validator.acquire(this.task, address, lock, 0, 2, false, false, 0);
    } else {
      this.validator.release(this.task, address, lock);
      if (flavour === '_BH') this.bottomHalves(true);
    }
  }

  private bottomHalves(on: boolean): void {
    this.bottomHalvesOff += on ? -1 : 1;
    if (!on) this.task.softirqs = false;
    else if (this.bottomHalvesOff === 0 && this.task.inSoftirq === 0) this.validator.softirqsOn(this.task);
  }

  private context(op: string, a: string): void {
    const { task, validator } = this;
    switch (op) {
      case 'HARDIRQ_DISABLE':
        task.hardirqs = false;
        return;
      case 'HARDIRQ_ENABLE':
        validator.hardirqsOn(task);
        return;
      case 'SOFTIRQ_DISABLE':
        this.bottomHalves(false);
        return;
      case 'SOFTIRQ_ENABLE':
        this.bottomHalves(true);
        return;
      case 'HARDIRQ_ENTER':
      case 'NOTTHREADED_HARDIRQ_ENTER':
        task.hardirqs = false;
        task.inHardirq = 1;
        task.threaded = op === 'HARDIRQ_ENTER';
        return;
      case 'HARDIRQ_EXIT':
        task.inHardirq = 0;
        validator.hardirqsOn(task);
        return;
      case 'SOFTIRQ_ENTER':
        task.softirqs = false;
        task.hardirqs = false;
        task.inSoftirq = 1;
        return;
      case 'SOFTIRQ_EXIT':
        task.inSoftirq = 0;
        // Interrupts come on before bottom halves do.
        validator.hardirqsOn(task);
        if (this.bottomHalvesOff === 0) validator.softirqsOn(task);
        return;
      case 'FS_RECLAIM_ACQUIRE':
        this.reclaim(a, true);
        return;
      case 'FS_RECLAIM_RELEASE':
        this.reclaim(a, false);
        return;
      case 'MIGHT_ALLOC':
        this.reclaim(a, true);
        this.reclaim(a, false);
        return;
      case 'MEMALLOC_NOFS_SAVE':
        this.noFs = true;
        return;
      case 'MEMALLOC_NOFS_RESTORE':
        this.noFs = false;
        return;
      default:
        throw new Error(`no such operation: ${op}`);
    }
  }

  private reclaim(gfp: string, acquire: boolean): void {
    const direct = ['GFP_KERNEL', 'GFP_NOFS', 'GFP_NOIO'].includes(gfp);
    if (!direct) return;
    const fs = gfp === 'GFP_KERNEL' && !this.noFs;
    const { task, validator } = this;
    if (!acquire) {
      if (fs) validator.release(task, 1, FS_RECLAIM);
      return;
    }
    if (fs) validator.acquire(task, 1, FS_RECLAIM, 0, 0, false, true, 0);
    validator.acquire(task, 2, NOTIFIER, 0, 0, false, true, 0);
    validator.release(task, 2, NOTIFIER);
  }

  // ww mutexes ---------------------------------------------------------------------------------------------------------

  private ww(op: string, a: string, b: string): void {
    const { task, validator } = this;
    switch (op) {
      case 'WWAI': {
        const context = { address: this.contexts.get(a)?.address ?? this.place(), acquired: 0, done: false };
        validator.freed(task, context.address, SIZE);
        this.contexts.set(a, context);
        validator.acquire(task, context.address, ACQUIRE_CONTEXT, 0, 0, false, true, 0);
        return;
      }
      case 'WWAD': {
        const context = this.contexts.get(a);
        if (context?.done === true) this.misuse();
        if (context !== undefined) context.done = true;
        return;
      }
      case 'WWAF': {
        const context = this.contexts.get(a);
        validator.release(task, context?.address ?? -1, ACQUIRE_CONTEXT);
        if ((context?.acquired ?? 0) > 0) this.misuse();
        return;
      }
      case 'WWL':
        return void this.wwLock(this.lock('ww', a), b);
      case 'WWL1':
      case 'BASE_LOCK':
      case 'BASE_LOCK_INTR':
      case 'BASE_LOCK_KILLABLE':
        return void this.take(this.lock('ww', a), false, null);
      case 'WWT':
      case 'BASE_TRY': {
        const lock = this.lock('ww', a);
        if (lock.writer) return;
        lock.writer = true;
        validator.acquire(task, lock.address, lock.class, 0, 0, true, true, 0);
        return;
      }
      case 'WWU': {
        const lock = this.lock('ww', a);
        const context = lock.context === null ? undefined : this.contexts.get(lock.context);
        if (context !== undefined) {
          if (context.acquired === 0) this.misuse();
          else context.acquired--;
          lock.context = null;
        }
        return void this.drop(lock, false);
      }
      case 'BASE_UNLOCK':
        return void this.drop(this.lock('ww', a), false);
      default:
        throw new Error(`no such operation: ${op}`);
    }
  }

  private wwLock(lock: Lock, name: string): void {
    // The lock already belongs to the context: -EALREADY, before anything else.
    if (lock.context === name) return;
    const context = this.contexts.get(name);
    this.validator.acquire(this.task, lock.address, lock.class, 0, 0, false, true, context?.address ?? 0);
    this.obtain(lock, false);
    if (this.stuck || context === undefined) return;
    this.report ??= this.validator.report;
    // `ww_mutex_lock_acquired`: a stale context, or a context that wanted no more locks.
    if (lock.context !== null || context.done) this.misuse();
    context.acquired++;
    lock.context = name;
  }

  private misuse(): void {
    this.report ??= this.validator.report ?? 'ww-misuse';
  }
}
