/**
 * A bench for locking suites: performs operations such as `ML(A)` or `WWL(o,t)` on the validator, the lock primitives, the ww rules and the
 * calling contexts, as code of a driver would reach them. Knows the operations' names, not what is expected of them.
 */
import type { EventBody } from '../../machine/events.ts';
import * as gfp from '../memory/gfp.ts';
import {
  fs_reclaim_acquire,
  fs_reclaim_release,
  memalloc_nofs_restore,
  memalloc_nofs_save,
  might_alloc,
} from './context.ts';
import { mutexLock, mutexTrylock, mutexUnlock } from './mutex.ts';
import type { LockKind } from './objects.ts';
import { rcuReadLock, rcuReadUnlock } from './rcu.ts';
import { downLock, upLock } from './rwsem.ts';
import {
  enter_hardirq,
  enter_softirq,
  exit_hardirq,
  exit_softirq,
  local_bh_disable,
  local_bh_enable,
  local_irq_disable,
  local_irq_enable,
} from './sections.ts';
import { spinLock, spinUnlock } from './spin.ts';
import { type LockingHost, LockingState } from './state.ts';
import { initLock } from './validated.ts';
import type { Routine } from './waiting.ts';
import { wwAcquireDone, wwAcquireFini, wwAcquireInit, wwContext, wwLock, wwTrylock, wwUnlock } from './ww.ts';

/** What the suite counts: the validator's own reports and the ww debug warnings, not the scheduler's complaints about sleeping. */
const COUNTED = new Set([
  'circular-locking',
  'recursive-locking',
  'inconsistent-lock-state',
  'irq-inversion',
  'irq-lock-order',
  'invalid-wait-context',
  'bad-unlock-balance',
  'held-lock-freed',
  'nest-lock-not-held',
  'ww-misuse',
]);

const ERRNO: Readonly<Record<string, number>> = { '-EALREADY': -114, '-EDEADLK': -35, '-EINTR': -4 };

export interface StepOutcome {
  readonly problem: string | null;
  /** The step waits for ever: the case ends here. */
  readonly stuck: boolean;
}

const LOCK_SIZE = 256;

export class SelftestBench {
  firstReport: string | null = null;
  private readonly host: LockingHost & { readonly locking: LockingState };
  private readonly addresses = new Map<string, number>();
  private memalloc = 0;

  constructor(recursiveReads: boolean) {
    const emit = (event: EventBody) => {
      if (event.kind === 'report' && COUNTED.has(event.rule)) this.firstReport ??= event.rule;
    };
    const site = () => ({ span: { unit: 0, start: 0, end: 0 }, function: 'case' });
    const base = { currentTask: 1, emit, site, choose: () => 0 };
    const holder: { locking: LockingState | null } = { locking: null };
    const host = {
      ...base,
      get locking(): LockingState {
        if (holder.locking === null) throw new Error('[interlock internal] bench used before it was made');
        return holder.locking;
      },
    };
    holder.locking = new LockingState(host, {
      describe: (address) => ({ key: `lock ${address}`, name: `lock ${address}` }),
      rawLockNesting: true,
      taught: false,
      sleepSaysAll: false,
      recursiveReads,
    });
    this.host = host;
  }

  step(text: string): StepOutcome {
    const parsed = /^(\w+)(?:\(([^)]*)\))?(?:=(\S+))?$/.exec(text);
    const op = parsed?.[1];
    if (op === undefined) return { problem: 'not understood', stuck: false };
    const args = (parsed?.[2] ?? '').split(',').map((arg) => arg.trim());
    const routine = this.perform(op, args[0] ?? '', args[1] ?? '');
    if (routine === null) return { problem: 'no such operation', stuck: false };
    const result = finish(routine);
    if (result === null) return { problem: null, stuck: true };
    const wanted = parsed?.[3];
    if (wanted === undefined) return { problem: null, stuck: false };
    const expected = ERRNO[wanted] ?? Number(wanted);
    return { problem: result === expected ? null : `gave ${result}, expected ${wanted}`, stuck: false };
  }

  /** A lock of the suite: letters are classes of their own, `X1` and `X2` share one; each kind of lock has its own set. */
  private lock(kind: LockKind, name: string): number {
    const label = `${kind} ${name}`;
    const known = this.addresses.get(label);
    if (known !== undefined) return known;
    const address = 1_000_000 + this.addresses.size * 1000;
    this.addresses.set(label, address);
    const className = /^[XYZ]/.test(name) ? name.charAt(0) : name;
    this.host.locking.objects.init(address, kind, { key: `${kind} ${className}`, name: `${kind}_${className}` });
    return address;
  }

  /** `o`, `o2`, `o3`: ww mutexes of one class. */
  private ww(name: string): number {
    const known = this.addresses.get(`ww ${name}`);
    if (known !== undefined) return known;
    const address = 1_000_000 + this.addresses.size * 1000;
    this.addresses.set(`ww ${name}`, address);
    const object = this.host.locking.objects.init(address, 'mutex', { key: 'ww', name: 'ww_lockdep_mutex' });
    object.wwClass = 'ww_lockdep';
    return address;
  }

  private context(name: string): number {
    const label = `context ${name}`;
    const address = this.addresses.get(label) ?? 1_000_000 + this.addresses.size * 1000;
    this.addresses.set(label, address);
    return address;
  }

  private anyLock(name: string): number {
    return name.startsWith('o') ? this.ww(name) : this.lock('spin', name);
  }

  private perform(op: string, a: string, b: string): Routine<number> | number | null {
    return this.plainLock(op, a, b) ?? this.contextOp(op, a) ?? this.wwOp(op, a, b);
  }

  private plainLock(op: string, a: string, b: string): Routine<number> | number | null {
    const { host } = this;
    const spin = (kind: LockKind, mode: 'exclusive' | 'read') => ({ name: op, kind, mode, irq: 'none' as const });
    const init = (kind: LockKind): number => {
      const { identity } = this.host.locking.objects.at(this.lock(kind, a), kind);
      initLock(host, this.lock(kind, a), kind, identity, LOCK_SIZE);
      return 0;
    };
    switch (op) {
      case 'L':
        return spinLock(host, this.lock('spin', a), spin('spin', 'exclusive'));
      case 'L_NEST':
        return spinLock(host, this.lock('spin', a), { ...spin('spin', 'exclusive'), nest: this.anyLock(b) });
      case 'U':
        return done(() => spinUnlock(host, this.lock('spin', a), spin('spin', 'exclusive')));
      case 'RAWL':
        return spinLock(host, this.lock('raw-spin', a), spin('raw-spin', 'exclusive'));
      case 'RAWU':
        return done(() => spinUnlock(host, this.lock('raw-spin', a), spin('raw-spin', 'exclusive')));
      case 'WL':
        return spinLock(host, this.lock('rwlock', a), spin('rwlock', 'exclusive'));
      case 'WU':
        return done(() => spinUnlock(host, this.lock('rwlock', a), spin('rwlock', 'exclusive')));
      case 'RL':
        return spinLock(host, this.lock('rwlock', a), spin('rwlock', 'read'));
      case 'RU':
        return done(() => spinUnlock(host, this.lock('rwlock', a), spin('rwlock', 'read')));
      case 'LL':
        return spinLock(host, this.lock('local', a), spin('local', 'exclusive'));
      case 'LLU':
        return done(() => spinUnlock(host, this.lock('local', a), spin('local', 'exclusive')));
      case 'ML':
        return mutexLock(host, this.lock('mutex', a), { name: op });
      case 'MU':
        return done(() => mutexUnlock(host, this.lock('mutex', a)));
      case 'RTL':
        return mutexLock(host, this.lock('rt-mutex', a), { name: op });
      case 'RTU':
        return done(() => mutexUnlock(host, this.lock('rt-mutex', a)));
      case 'WSL':
        return downLock(host, this.lock('rwsem', a), { name: op, write: true });
      case 'WSU':
        return done(() => upLock(host, this.lock('rwsem', a), { name: op, write: true }));
      case 'RSL':
        return downLock(host, this.lock('rwsem', a), { name: op, write: false });
      case 'RSU':
        return done(() => upLock(host, this.lock('rwsem', a), { name: op, write: false }));
      case 'SI':
        return init('spin');
      case 'RWI':
        return init('rwlock');
      case 'MI':
        return init('mutex');
      case 'RWSI':
        return init('rwsem');
      case 'RTI':
        return init('rt-mutex');
      default:
        return null;
    }
  }

  private contextOp(op: string, a: string): Routine<number> | number | null {
    const { host } = this;
    switch (op) {
      case 'HARDIRQ_DISABLE':
        return done(() => local_irq_disable(host));
      case 'HARDIRQ_ENABLE':
        return done(() => local_irq_enable(host));
      case 'SOFTIRQ_DISABLE':
        return done(() => local_bh_disable(host));
      case 'SOFTIRQ_ENABLE':
        return done(() => local_bh_enable(host));
      case 'HARDIRQ_ENTER':
        return done(() => enter_hardirq(host, true));
      case 'NOTTHREADED_HARDIRQ_ENTER':
        return done(() => enter_hardirq(host, false));
      case 'HARDIRQ_EXIT':
        return done(() => exit_hardirq(host));
      case 'SOFTIRQ_ENTER':
        // The suite simulates a softirq with interrupts off.
        local_irq_disable(host);
        return done(() => enter_softirq(host));
      case 'SOFTIRQ_EXIT':
        exit_softirq(host);
        return done(() => local_irq_enable(host));
      case 'RCU_READ_LOCK':
        return done(() => rcuReadLock(host, 'rcu'));
      case 'RCU_READ_LOCK_BH':
        return done(() => rcuReadLock(host, 'rcu-bh'));
      case 'RCU_READ_LOCK_SCHED':
        return done(() => rcuReadLock(host, 'rcu-sched'));
      case 'RCU_READ_UNLOCK':
        return done(() => rcuReadUnlock(host, 'rcu'));
      case 'RCU_READ_UNLOCK_BH':
        return done(() => rcuReadUnlock(host, 'rcu-bh'));
      case 'RCU_READ_UNLOCK_SCHED':
        return done(() => rcuReadUnlock(host, 'rcu-sched'));
      case 'FS_RECLAIM_ACQUIRE':
        return done(() => fs_reclaim_acquire(host, gfpByName(a)));
      case 'FS_RECLAIM_RELEASE':
        return done(() => fs_reclaim_release(host, gfpByName(a)));
      case 'MIGHT_ALLOC':
        might_alloc(host, gfpByName(a), 'might_alloc');
        return 0;
      case 'MEMALLOC_NOFS_SAVE':
        this.memalloc = memalloc_nofs_save(host);
        return 0;
      case 'MEMALLOC_NOFS_RESTORE':
        return done(() => memalloc_nofs_restore(host, this.memalloc));
      default:
        return null;
    }
  }

  private wwOp(op: string, a: string, b: string): Routine<number> | number | null {
    const { host } = this;
    const state = host.locking;
    const context = () => wwContext(host, this.context(a));
    switch (op) {
      case 'WWAI':
        wwAcquireInit(
          host,
          this.context(a),
          { key: 'ww_lockdep', acquireName: 'ww_lockdep_acquire', waitDie: true },
          LOCK_SIZE,
        );
        return 0;
      case 'WWAD':
        return done(() => wwAcquireDone(host, this.context(a)));
      case 'WWAF':
        return done(() => wwAcquireFini(host, this.context(a)));
      case 'WWL':
        return wwLock(host, this.ww(a), { name: 'ww_mutex_lock', context: this.context(b) });
      case 'WWL1':
        return wwLock(host, this.ww(a), { name: 'ww_mutex_lock', context: 0 });
      case 'WWL_SLOW':
        return wwLock(host, this.ww(a), { name: 'ww_mutex_lock_slow', context: this.context(b), slow: true });
      case 'WWT':
        return wwTrylock(host, this.ww(a), 0, 'ww_mutex_trylock');
      case 'WWU':
        return done(() => wwUnlock(host, this.ww(a), 'ww_mutex_unlock'));
      case 'BASE_LOCK':
        return mutexLock(host, this.ww(a), { name: 'mutex_lock' });
      case 'BASE_LOCK_INTR':
        return mutexLock(host, this.ww(a), { name: 'mutex_lock_interruptible', interruptible: true });
      case 'BASE_LOCK_KILLABLE':
        return mutexLock(host, this.ww(a), { name: 'mutex_lock_killable', interruptible: true });
      case 'BASE_LOCK_NEST':
        return mutexLock(host, this.ww(a), { name: 'mutex_lock_nest_lock', nest: this.context(b) });
      case 'BASE_TRY':
        return mutexTrylock(host, this.ww(a), 'mutex_trylock');
      case 'BASE_UNLOCK':
        return done(() => mutexUnlock(host, this.ww(a)));
      case 'SETCTX':
        state.objects.at(this.ww(a), 'mutex').wwContext = b === 'NULL' ? 0 : this.context(b);
        return 0;
      case 'SETACQ':
        context().acquired = Number(b);
        return 0;
      case 'SETCLASS':
        context().wwClass = null;
        return 0;
      case 'STAMP':
        context().stamp += Number(b);
        return 0;
      case 'COPY': {
        const from = wwContext(host, this.context(b));
        state.wwContexts.set(this.context(a), { ...from, address: this.context(a) });
        return 0;
      }
      case 'MAP_RELEASE':
        state.lockdep.release(
          state.task(),
          this.ww(a),
          null,
          state.objects.classId(state.objects.at(this.ww(a), 'mutex')),
        );
        return 0;
      case 'MAP_ACQUIRE_TRY': {
        const id = state.objects.classId(state.objects.at(this.ww(a), 'mutex'));
        state.lockdep.acquire(state.task(), this.ww(a), id, 0, true, true, 0, null);
        return 0;
      }
      default:
        return null;
    }
  }
}

/** An operation without a result. */
function done(action: () => void): number {
  action();
  return 0;
}

function gfpByName(name: string): number {
  switch (name) {
    case 'GFP_KERNEL':
      return gfp.GFP_KERNEL;
    case 'GFP_NOFS':
      return gfp.GFP_NOFS;
    case 'GFP_NOIO':
      return gfp.GFP_NOIO;
    case 'GFP_NOWAIT':
      return gfp.GFP_NOWAIT;
    default:
      return gfp.GFP_ATOMIC;
  }
}

/** Runs a routine alone; null when it would wait for ever. */
function finish(routine: Routine<number> | number): number | null {
  if (typeof routine === 'number') return routine;
  for (let turn = routine.next(0); ; turn = routine.next(0)) {
    if (turn.done === true) return turn.value;
    if (turn.value.kind === 'block' && !turn.value.ready()) return null;
  }
}
