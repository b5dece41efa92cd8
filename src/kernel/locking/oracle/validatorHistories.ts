/**
 * Random histories at the level of the validator: the same steps to the real one and to the plain one, until either reports. What is drawn
 * here reaches beyond what code can do: interrupts inside sections, locks given another class while held, nest locks that are not held.
 * Only tests use it.
 */
import { Lockdep, type LockdepTask } from '../lockdep/lockdep.ts';
import type { LockType, WaitType } from '../lockdep/types.ts';
import { numbers } from './numbers.ts';
import { type OracleLock, OracleTask, ValidatorOracle } from './validatorOracle.ts';

export interface HistoryOutcome {
  readonly real: string | null;
  readonly oracle: string | null;
  readonly log: readonly string[];
}

interface Instance {
  readonly address: number;
  lock: OracleLock;
}

interface Pair {
  readonly real: LockdepTask;
  readonly plain: OracleTask;
  /** What the present NMI has taken: it gives everything back. */
  readonly inNmi: number[];
}

const WAITS: readonly WaitType[] = [0, 2, 3, 4, 4, 3];
const SIZE = 10;

/** One history. Half of them have no wait types and a third no misuse: more of those come to the order checks. */
export function validatorHistory(seed: number): HistoryOutcome {
  const pick = numbers(seed);
  const waits = seed % 2 === 0;
  const calm = seed % 3 === 0;
  let real: string | null = null;
  const rawLockNesting = pick(4) !== 0;
  const lockdep = new Lockdep({ rawLockNesting, onReport: (report) => (real ??= report.kind) });
  const oracle = new ValidatorOracle(rawLockNesting);
  const log: string[] = [];
  const locks = drawLocks(pick, waits);
  const instances: Instance[] = [];
  for (const lock of locks)
    for (let i = 0; i < 3; i++) instances.push({ address: 100 + instances.length * SIZE, lock });
  const classId = (lock: OracleLock, subclass: number): number => lockdep.classOf(spec(lock, subclass));
  const task = (id: number): Pair => ({ real: lockdep.task(id), plain: new OracleTask(), inNmi: [] });
  const tasks = [task(1), task(2)];

  const step = (at: Pair, index: number): void => {
    const { plain } = at;
    const context = (plain.inHardirq > 0 ? 2 : 0) + (plain.inSoftirq > 0 ? 1 : 0);
    const own = plain.held.filter((held) => held.irqContext === context);
    const drawHeld = () => (pick(3) === 0 ? own[pick(Math.max(1, own.length))] : own[own.length - 1]);
    const what = pick(100);
    if (calm && (what === 71 || what === 72 || what === 75)) return;
    if (what < 44) {
      if (plain.held.length > 7 && pick(40) !== 0) return;
      const instance = instances[pick(instances.length)];
      if (instance === undefined) return;
      const subclass = pick(5) === 0 ? 1 + pick(2) : 0;
      if (plain.held.some((held) => held.lock.key === instance.lock.key) && (calm || pick(8) !== 0)) return;
      const read = ([0, 0, 1, 2] as const)[pick(4)] ?? 0;
      const trylock = pick(6) === 0;
      const check = pick(12) !== 0;
      const nest = calm ? 0 : drawNest(pick, plain, instances);
      const sync = pick(16) === 0;
      log.push(
        `${sync ? 'sync' : 'take'} ${instance.lock.key}/${subclass} #${instance.address} read ${read}${trylock ? ' try' : ''}${check ? '' : ' unchecked'}${nest === 0 ? '' : ` nest ${nest}`}`,
      );
      const id = classId(instance.lock, subclass);
      const nestLock = instances.find((each) => each.address === nest)?.lock;
      const nestClass = nestLock === undefined ? -1 : classId(nestLock, 0);
      if (plain.inNmi > 0 && !sync) at.inNmi.push(instance.address);
      if (sync) {
        oracle.acquire(plain, instance.address, instance.lock, subclass, read, false, true, 0, true);
        lockdep.sync(at.real, instance.address, id, read, index);
      } else {
        oracle.acquire(plain, instance.address, instance.lock, subclass, read, trylock, check, nest);
        lockdep.acquire(at.real, instance.address, id, read, trylock, check, nest, index, nestClass);
      }
    } else if (what < 68) {
      const held = plain.inNmi > 0 ? at.inNmi.pop() : !calm && pick(300) === 0 ? undefined : drawHeld()?.instance;
      if (held === undefined && (calm || plain.inNmi > 0 || pick(40) !== 0)) return;
      const instance = instances.find((each) => each.address === held) ?? instances[pick(instances.length)];
      if (instance === undefined) return;
      log.push(`drop ${instance.lock.key} #${instance.address}`);
      oracle.release(plain, instance.address, instance.lock);
      lockdep.release(at.real, instance.address, index, classId(instance.lock, 0));
    } else if (what < 71) {
      const held = own.find((each) => each.read === 0);
      if (held === undefined || plain.inNmi > 0) return;
      log.push(`downgrade #${held.instance}`);
      oracle.downgrade(plain, held.instance, held.lock);
      lockdep.downgrade(at.real, held.instance, index);
    } else if (what < 73) {
      const held = drawHeld();
      const instance = instances.find((each) => each.address === held?.instance);
      const lock = locks[pick(locks.length)];
      const subclass = pick(3);
      if (held === undefined || instance === undefined || lock === undefined || plain.inNmi > 0) return;
      if (held.references > 0) return;
      log.push(`#${instance.address} becomes ${lock.key}/${subclass}`);
      oracle.setClass(plain, instance.address, instance.lock, lock, subclass);
      lockdep.setClass(at.real, instance.address, classId(lock, subclass), index);
      instance.lock = lock;
    } else if (what < 75) pinning(pick(2) === 0, drawHeld()?.instance);
    else if (what < 76) {
      if (plain.held.length > 0 && pick(12) !== 0) return;
      const instance = instances[pick(instances.length)];
      // The kernel looks at the current task's locks only; what another task holds is outside this comparison.
      if (
        instance === undefined ||
        plain.inNmi > 0 ||
        tasks.some(
          (each) =>
            each.inNmi.length > 0 ||
            (each !== at && each.plain.held.some((held) => held.instance === instance.address)),
        )
      )
        return;
      log.push(`free #${instance.address}`);
      oracle.freed(plain, instance.address, SIZE);
      lockdep.freed(instance.address, SIZE, at.real, index);
    } else interrupts(what, at, own.length, index);

    function pinning(on: boolean, instance: number | undefined): void {
      const lock = instances.find((each) => each.address === instance)?.lock;
      if (instance === undefined || lock === undefined || plain.inNmi > 0) return;
      // Unpinning what was never pinned ends the history: rarely.
      if (!on && !plain.held.some((held) => held.instance === instance && held.pins > 0) && pick(20) !== 0) return;
      log.push(`${on ? 'pin' : 'unpin'} #${instance}`);
      if (on) {
        oracle.pin(plain, instance, lock);
        lockdep.pin(at.real, instance, classId(lock, 0), index);
      } else {
        oracle.unpin(plain, instance, lock);
        lockdep.unpin(at.real, instance, classId(lock, 0), index);
      }
    }
  };

  const interrupts = (what: number, { plain, real: task, inNmi }: Pair, own: number, index: number): void => {
    if (plain.inNmi > 0) {
      if (inNmi.length > 0) return;
      log.push('end of NMI');
      plain.inNmi--;
      lockdep.exitNmi(task);
    } else if (what < 84) {
      if (plain.inHardirq > 0) return;
      log.push(`irqs ${plain.hardirqs ? 'off' : 'on'}`);
      if (plain.hardirqs) {
        plain.hardirqs = false;
        lockdep.hardirqsOff(task);
      } else {
        oracle.hardirqsOn(plain);
        lockdep.hardirqsOn(task, index);
      }
    } else if (what < 88) {
      if (plain.inHardirq > 0 || plain.inSoftirq > 0) return;
      log.push(`bh ${plain.softirqs ? 'off' : 'on'}`);
      if (plain.softirqs) {
        plain.softirqs = false;
        lockdep.softirqsOff(task);
      } else {
        oracle.softirqsOn(plain);
        lockdep.softirqsOn(task, index);
      }
    } else if (what < 91 && plain.hardirqs && plain.inHardirq === 0) {
      const threaded = pick(2) === 0;
      log.push(`interrupt${threaded ? ' (threaded)' : ''}`);
      plain.hardirqs = false;
      plain.inHardirq = 1;
      plain.threaded = threaded;
      lockdep.hardirqsOff(task);
      lockdep.enterHardirq(task, threaded);
    } else if (what < 94 && plain.inHardirq > 0) {
      if (own > 0 && pick(20) !== 0) return;
      log.push('end of interrupt');
      plain.inHardirq = 0;
      oracle.hardirqsOn(plain);
      lockdep.exitHardirq(task);
      lockdep.hardirqsOn(task, index);
    } else if (what < 96 && plain.inHardirq === 0 && plain.inSoftirq === 0 && plain.softirqs) {
      log.push('softirq');
      plain.softirqs = false;
      plain.inSoftirq = 1;
      lockdep.softirqsOff(task);
      lockdep.enterSoftirq(task);
    } else if (what < 98 && plain.inHardirq === 0 && plain.inSoftirq > 0) {
      if (own > 0 && pick(20) !== 0) return;
      log.push('end of softirq');
      plain.inSoftirq = 0;
      oracle.softirqsOn(plain);
      lockdep.exitSoftirq(task);
      lockdep.softirqsOn(task, index);
    } else if (what === 98 && pick(3) === 0) {
      log.push('NMI');
      plain.inNmi = 1;
      lockdep.enterNmi(task);
    }
  };

  const steps = 8 + pick(120);
  for (let i = 0; i < steps && real === null && oracle.report === null; i++) {
    const at = tasks[pick(6) === 0 ? 1 : 0];
    if (at !== undefined) step(at, i);
  }
  return { real, oracle: oracle.report, log };
}

function drawLocks(pick: (below: number) => number, waits: boolean): OracleLock[] {
  const count = 3 + pick(5);
  return Array.from({ length: count }, (_, index) => {
    const inner: WaitType = waits ? (WAITS[pick(WAITS.length)] ?? 0) : 0;
    // As RCU: anything may surround it, little may be in it.
    const outer: WaitType = waits && inner !== 0 && pick(6) === 0 ? 1 : inner;
    const drawn = pick(20);
    const type: LockType = drawn < 2 ? 'percpu' : drawn === 2 && waits ? 'wait-override' : 'normal';
    return {
      key: String.fromCharCode(65 + index),
      inner,
      outer,
      type,
      ...(pick(12) === 0 ? { compare: (held: number, next: number) => held - next } : {}),
      ...(pick(24) === 0 ? { novalidate: true } : {}),
    };
  });
}

function drawNest(pick: (below: number) => number, task: OracleTask, instances: readonly Instance[]): number {
  if (pick(6) !== 0) return 0;
  if (pick(60) === 0) return instances[pick(instances.length)]?.address ?? 0;
  return task.held[pick(Math.max(1, task.held.length))]?.instance ?? 0;
}

function spec(lock: OracleLock, subclass: number) {
  return {
    key: lock.key,
    name: lock.key,
    subclass,
    inner: asWait(lock.inner),
    outer: asWait(lock.outer),
    lockType: lock.type,
    ...(lock.compare === undefined ? {} : { compare: lock.compare }),
    ...(lock.novalidate === undefined ? {} : { novalidate: lock.novalidate }),
  };
}

function asWait(type: number): WaitType {
  return WAITS.find((wait) => wait === type) ?? (type === 1 ? 1 : 0);
}
