/**
 * Random C functions that take and drop locks, with what the kernel would say first: the plain validator, told of each call what the call
 * means, and whether one may sleep there. Only tests use it.
 */
import { numbers } from './numbers.ts';
import { type OracleLock, type OracleRead, OracleTask, ValidatorOracle } from './validatorOracle.ts';

export interface CodeHistory {
  /** Statements of a function's body. */
  readonly body: string;
  /** `recursive-locking`, `sleep` ...; null: nothing. */
  readonly expected: string | null;
}

/** Declarations that the bodies stand on. */
export const CODE_PRELUDE = `#include <linux/spinlock.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/rtmutex.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/slab.h>
#include <linux/lockdep.h>
#include <drm/drm_exec.h>
#include <drm/drm_gem.h>
struct holder { int a; raw_spinlock_t lock; };
static struct drm_gem_object obj_a, obj_b;
static void objects(void) { drm_gem_private_object_init(NULL, &obj_a, 4096); drm_gem_private_object_init(NULL, &obj_b, 4096); }
${['a', 'b', 'c'].map((x) => `static DEFINE_SPINLOCK(spin_${x}); static DEFINE_RAW_SPINLOCK(raw_${x}); static DEFINE_RWLOCK(rw_${x}); static DEFINE_MUTEX(mutex_${x}); static DECLARE_RWSEM(rwsem_${x}); static DEFINE_RT_MUTEX(rt_${x}); DEFINE_STATIC_SRCU(srcu_${x});`).join('\n')}
`;

const RESV: OracleLock = { key: 'resv', inner: 4, outer: 4, type: 'normal' };
const ACQUIRE_CONTEXT: OracleLock = { key: 'resv acquire', inner: 0, outer: 0, type: 'normal' };
const RESV_AT: Readonly<Record<string, number>> = { a: 40_000, b: 41_000 };

type Kind = 'spin' | 'raw' | 'rw' | 'mutex' | 'rwsem' | 'rt';
const INNER: Readonly<Record<Kind, number>> = { spin: 3, raw: 2, rw: 3, mutex: 4, rwsem: 4, rt: 4 };
const MIXES: readonly (readonly Kind[])[] = [
  ['spin', 'rw'],
  ['mutex', 'rwsem', 'rt'],
  ['rwsem', 'mutex'],
  ['spin', 'raw', 'rw', 'mutex', 'rwsem', 'rt'],
  ['mutex', 'spin'],
];

interface Lock {
  readonly kind: Kind;
  readonly name: string;
  readonly address: number;
  readonly class: OracleLock;
  writer: boolean;
  readers: number;
}

interface Open {
  readonly text: string;
  readonly close: () => void;
  /** May be closed before what was opened after it. */
  readonly anyOrder: boolean;
  readonly lock: Lock | null;
  readonly write: boolean;
}

export function codeHistory(seed: number): CodeHistory {
  return new History(seed).run();
}

class History {
  private readonly pick: (below: number) => number;
  private readonly validator = new ValidatorOracle(true);
  private readonly task = new OracleTask();
  private readonly locks: readonly Lock[];
  private readonly lines: string[] = [];
  private readonly open: Open[] = [];
  private atomic = 0;
  private bottomHalves = 0;
  private flags = 0;
  private report: string | null = null;
  private usesObjects = false;

  constructor(seed: number) {
    this.pick = numbers(seed);
    const kinds = MIXES[this.pick(MIXES.length)] ?? ['spin'];
    this.locks = kinds.flatMap((kind, k) =>
      ['a', 'b', 'c'].map((each, i): Lock => {
        const name = `${kind}_${each}`;
        const inner = INNER[kind];
        const address = 1000 + k * 100 + i * 10;
        return {
          kind,
          name,
          address,
          class: { key: name, inner, outer: inner, type: 'normal' },
          writer: false,
          readers: 0,
        };
      }),
    );
  }

  run(): CodeHistory {
    const steps = 3 + this.pick(70);
    for (let i = 0; i < steps && this.report === null; i++) {
      const what = this.pick(100);
      if (this.open.length > 0 && (what < 44 || this.open.length > 6)) this.leave();
      else if (what < 88) this.take();
      else this.other();
    }
    while (this.open.length > 0 && this.report === null) this.leave();
    return { body: [this.usesObjects ? 'objects();' : '', ...this.lines].join(' '), expected: this.report };
  }

  private say(text: string): void {
    this.lines.push(text);
  }

  private settle(): void {
    this.report ??= this.validator.report;
  }

  private leave(): void {
    const last = this.open.length - 1;
    const at = this.pick(4) === 0 ? this.pick(this.open.length) : last;
    const free = this.open.slice(at).every((each) => each.anyOrder);
    const [entry] = this.open.splice(free ? at : last, 1);
    if (entry === undefined) return;
    this.say(entry.text);
    entry.close();
    this.settle();
  }

  /** `might_sleep()`: told before anything else that the function does. */
  private sleeps(): boolean {
    if (this.atomic === 0 && this.task.hardirqs) return true;
    this.report ??= 'sleep';
    return false;
  }

  // locks --------------------------------------------------------------------------------------------------------------

  private take(): void {
    const lock = this.locks[this.pick(this.locks.length)];
    if (lock === undefined) return;
    const shares = lock.kind === 'rw' || lock.kind === 'rwsem';
    const shared = shares && this.pick(2) === 0;
    const held = this.open.some((each) => each.lock === lock);
    if (held && this.pick(20) !== 0) return;
    const trylock = this.pick(6) === 0 && lock.kind !== 'rt';
    const busy = lock.writer || (!shared && lock.readers > 0);
    // A trylock of a busy lock fails: nothing to follow.
    if (busy && trylock) return;
    const sleeping = lock.class.inner === 4;
    const subclass = !trylock && (lock.kind === 'mutex' || lock.kind === 'rwsem') && this.pick(8) === 0 ? 1 : 0;
    const flavour = sleeping || trylock ? '' : this.flavour();
    const [text, undo] = this.spell(lock, shared, trylock, subclass, flavour);
    this.say(text);
    if (sleeping && !trylock && !this.sleeps()) return;
    const leaveContext = this.enterContext(sleeping, flavour);
    const read: OracleRead = !shared ? 0 : sleeping || this.bottomHalves === 0 ? 1 : 2;
    this.validator.acquire(this.task, lock.address, lock.class, subclass, read, trylock, true, 0);
    this.settle();
    if (busy && this.report === null) this.report = 'stuck';
    if (this.report !== null) return;
    if (shared) lock.readers++;
    else lock.writer = true;
    const close = (): void => {
      this.validator.release(this.task, lock.address, lock.class);
      if (shared) lock.readers--;
      else lock.writer = false;
      this.settle();
      if (this.report === null) leaveContext();
    };
    this.open.push({ text: undo, close, anyOrder: flavour === '', lock, write: !shared });
  }

  /** Locks that spin may also turn interrupts or bottom halves off; not where the other is off already. */
  private flavour(): '' | '_bh' | '_irq' | '_irqsave' {
    const drawn = this.pick(6);
    if (!this.task.hardirqs) return drawn === 0 ? '_irqsave' : '';
    if (drawn === 0) return '_bh';
    return drawn === 1 ? '_irq' : drawn === 2 ? '_irqsave' : '';
  }

  private enterContext(sleeping: boolean, flavour: string): () => void {
    if (sleeping) return () => undefined;
    const wereOn = this.task.hardirqs;
    this.atomic++;
    if (flavour === '_bh') this.halves(false);
    if (flavour === '_irq' || flavour === '_irqsave') this.task.hardirqs = false;
    return () => {
      this.atomic--;
      if (flavour === '_bh') this.halves(true);
      if (flavour === '_irq' || (flavour === '_irqsave' && wereOn)) this.validator.hardirqsOn(this.task);
      this.settle();
    };
  }

  private halves(on: boolean): void {
    this.bottomHalves += on ? -1 : 1;
    if (!on) this.task.softirqs = false;
    else if (this.bottomHalves === 0) this.validator.softirqsOn(this.task);
  }

  private spell(lock: Lock, shared: boolean, trylock: boolean, subclass: number, flavour: string): [string, string] {
    const { kind, name } = lock;
    if (kind === 'mutex' || kind === 'rt') {
      const base = kind === 'mutex' ? 'mutex' : 'rt_mutex';
      const undo = `${base}_unlock(&${name});`;
      if (trylock) return [`if (!${base}_trylock(&${name})) return 1;`, undo];
      return [subclass > 0 ? `${base}_lock_nested(&${name}, ${subclass});` : `${base}_lock(&${name});`, undo];
    }
    if (kind === 'rwsem') {
      const mode = shared ? 'read' : 'write';
      const undo = `up_${mode}(&${name});`;
      if (trylock) return [`if (!down_${mode}_trylock(&${name})) return 1;`, undo];
      return [subclass > 0 ? `down_${mode}_nested(&${name}, ${subclass});` : `down_${mode}(&${name});`, undo];
    }
    const base = kind === 'rw' ? (shared ? 'read' : 'write') : kind === 'raw' ? 'raw_spin' : 'spin';
    if (trylock) return [`if (!${base}_trylock(&${name})) return 1;`, `${base}_unlock(&${name});`];
    if (flavour !== '_irqsave') return [`${base}_lock${flavour}(&${name});`, `${base}_unlock${flavour}(&${name});`];
    const flags = `f${this.flags++}`;
    return [
      `unsigned long ${flags}; ${base}_lock_irqsave(&${name}, ${flags});`,
      `${base}_unlock_irqrestore(&${name}, ${flags});`,
    ];
  }

  // everything else ------------------------------------------------------------------------------------------------------

  private other(): void {
    switch (this.pick(11)) {
      case 0:
        this.section('local_irq_disable();', 'local_irq_enable();', this.task.hardirqs, () => {
          this.task.hardirqs = false;
          return () => this.validator.hardirqsOn(this.task);
        });
        return;
      case 1:
        this.section('local_bh_disable();', 'local_bh_enable();', this.task.hardirqs, () => {
          this.atomic++;
          this.halves(false);
          return () => {
            this.atomic--;
            this.halves(true);
          };
        });
        return;
      case 2:
        this.section('preempt_disable();', 'preempt_enable();', true, () => {
          this.atomic++;
          return () => {
            this.atomic--;
          };
        });
        return;
      case 3:
        this.reader('rcu_read_lock();', 'rcu_read_unlock();', {
          key: 'rcu',
          inner: 3,
          outer: 1,
          type: 'normal',
        });
        return;
      case 4:
        this.reader('rcu_read_lock_sched();', 'rcu_read_unlock_sched();', {
          key: 'rcu_sched',
          inner: 2,
          outer: 1,
          type: 'normal',
        });
        return;
      case 5:
        this.say('might_sleep();');
        this.sleeps();
        return;
      case 6:
        this.mightLock();
        return;
      case 7:
        this.embedded();
        return;
      case 8:
      case 9:
        this.exec();
        return;
      default:
        this.downgrade();
    }
  }

  private section(enter: string, leave: string, allowed: boolean, begin: () => () => void): void {
    if (!allowed) return;
    this.say(enter);
    const end = begin();
    this.open.push({ text: leave, close: () => void end(), anyOrder: false, lock: null, write: false });
  }

  private reader(enter: string, leave: string, lock: OracleLock): void {
    const address = lock.key === 'rcu' ? 1 : 2;
    this.section(enter, leave, true, () => {
      this.atomic++;
      this.validator.acquire(this.task, address, lock, 0, 2, false, false, 0);
      this.settle();
      return () => {
        this.validator.release(this.task, address, lock);
        this.atomic--;
      };
    });
  }

  /** A lock in memory of its own, which may go while it is held. */
  private embedded(): void {
    const id = this.flags++;
    const early = this.pick(6) === 0;
    const lock: OracleLock = { key: `embedded ${id}`, inner: 2, outer: 2, type: 'normal' };
    const address = 50_000 + id * 1000;
    this.say(
      `struct holder *h${id} = kzalloc(sizeof(*h${id}), GFP_ATOMIC); if (!h${id}) return 1; raw_spin_lock_init(&h${id}->lock); raw_spin_lock(&h${id}->lock);${early ? '' : ` raw_spin_unlock(&h${id}->lock);`} kfree(h${id});`,
    );
    this.validator.acquire(this.task, address, lock, 0, 0, false, true, 0);
    if (!early) this.validator.release(this.task, address, lock);
    this.validator.freed(this.task, address, 64);
    this.settle();
  }

  /** `drm_exec`: an acquire context with the reservation locks of one or two objects. */
  private exec(): void {
    const id = this.flags++;
    const objects = ['a', 'b'].slice(0, 1 + this.pick(2));
    const taking = objects.map(
      (each) =>
        `r${id} = drm_exec_lock_obj(&e${id}, &obj_${each}); drm_exec_retry_on_contention(&e${id}); if (r${id}) break;`,
    );
    this.usesObjects = true;
    this.say(
      `struct drm_exec e${id}; int r${id} = 0; drm_exec_init(&e${id}, 0, 0); drm_exec_until_all_locked(&e${id}) { ${taking.join(' ')} }`,
    );
    if (!this.sleeps()) return;
    const ticket = 60_000 + id * 1000;
    this.validator.acquire(this.task, ticket, ACQUIRE_CONTEXT, 0, 0, false, true, 0);
    for (const each of objects) this.validator.acquire(this.task, RESV_AT[each] ?? 0, RESV, 0, 0, false, true, ticket);
    this.settle();
    if (this.report !== null) return;
    const close = (): void => {
      for (const each of [...objects].reverse()) this.validator.release(this.task, RESV_AT[each] ?? 0, RESV);
      this.validator.release(this.task, ticket, ACQUIRE_CONTEXT);
    };
    this.open.push({ text: `drm_exec_fini(&e${id});`, close, anyOrder: false, lock: null, write: false });
  }

  private mightLock(): void {
    const lock = this.locks.find((each) => each.kind === 'mutex' && this.pick(2) === 0);
    if (lock === undefined || this.open.some((each) => each.lock === lock)) return;
    this.say(`might_lock(&${lock.name});`);
    this.validator.acquire(this.task, lock.address, lock.class, 0, 0, false, true, 0);
    this.settle();
    if (this.report === null) this.validator.release(this.task, lock.address, lock.class);
    this.settle();
  }

  private downgrade(): void {
    const at = this.open.findIndex((each) => each.lock?.kind === 'rwsem' && each.write);
    const entry = this.open[at];
    const lock = entry?.lock;
    if (entry === undefined || lock === undefined || lock === null) return;
    this.say(`downgrade_write(&${lock.name});`);
    this.validator.downgrade(this.task, lock.address, lock.class);
    this.settle();
    lock.writer = false;
    lock.readers++;
    const close = (): void => {
      this.validator.release(this.task, lock.address, lock.class);
      lock.readers--;
    };
    this.open[at] = { ...entry, text: `up_read(&${lock.name});`, close, write: false };
  }
}
