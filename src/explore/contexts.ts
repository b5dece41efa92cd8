/**
 * The calling contexts of contracts as steps that locking can enter. Which locks each context holds is the subsystems' knowledge
 * (`kernel/pagemap/contexts.ts`, `kernel/dmabuf/contexts.ts`); this gives them the objects of the scenario's world.
 */
import type { ContextId } from '../contracts/contract.ts';
import { makeReservation } from '../kernel/dmabuf/world.ts';
import { memberIdentity } from '../kernel/locking/naming.ts';
import { type ContextStep, enterContext } from '../kernel/locking/scenarioContext.ts';
import { locking } from '../kernel/locking/state.ts';
import { mapState } from '../kernel/modelling.ts';
import { pagemapSteps } from '../kernel/pagemap/contexts.ts';
import { makeGpusvm, makeMm, type WorldSvm } from '../kernel/pagemap/world.ts';
import { plainObject, structType } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';
import { embed } from './arguments.ts';
import type { ScenarioSteps } from './scenario.ts';

/** What a caller has made so far. */
interface Made {
  mm?: number;
  svm?: WorldSvm;
  resv?: number;
  fenceLock?: number;
}

/** In the machine, not in the caller: what one run makes is not there in the next, and the caller may be. */
const MADE = mapState<CallerWorld, Made>('explore.callers', (made) => ({ ...made }));

/** Whose locks the caller holds; each object is made when a context first needs it. */
export class CallerWorld {
  constructor(private readonly machine: MachineServices) {}

  private get made(): Made {
    const callers = this.machine.state(MADE);
    let made = callers.get(this);
    if (made === undefined) {
      made = {};
      callers.set(this, made);
    }
    return made;
  }

  /** `struct mm_struct` of the process. */
  get mm(): number {
    const { made } = this;
    made.mm ??= makeMm(this.machine);
    return made.mm;
  }

  /** The process's SVM with its notifier lock. */
  get svm(): WorldSvm {
    const { made } = this;
    made.svm ??= makeGpusvm(this.machine, {
      ops: 0,
      mm: this.mm,
      drm: 0,
      start: 0x7f0000000000,
      end: 0x7f0000200000,
    });
    return made.svm;
  }

  /** `struct dma_resv` of the buffer at hand. */
  get resv(): number {
    const { made } = this;
    made.resv ??= makeReservation(this.machine);
    return made.resv;
  }

  /** `spinlock_t` of the fence at hand, in what the driver shares it with. */
  get fenceLock(): number {
    const { made } = this;
    if (made.fenceLock === undefined) {
      const bytes = structType(this.machine, 'struct spinlock')?.size ?? 0;
      made.fenceLock = embed(this.machine, 'what holds the fence’s lock', bytes);
      this.machine.fill(made.fenceLock, 0, bytes);
      locking(this.machine).objects.init(made.fenceLock, 'spin', memberIdentity('dma_fence.lock'));
    }
    return made.fenceLock;
  }

  /** Uses a process that exists already. */
  useProcess(mm: number): void {
    this.made.mm = mm;
  }

  /** Uses an SVM that exists already. */
  useSvm(svm: WorldSvm): void {
    this.made.svm = svm;
  }

  /** Uses the reservation of an object that exists already. */
  useReservation(resv: number): void {
    this.made.resv = resv;
  }

  /** What a context is made of, outermost first. */
  steps(id: ContextId): readonly ContextStep[] {
    const { machine } = this;
    switch (id) {
      case 'C1':
      case 'C1u':
      case 'C2':
      case 'C6':
        return pagemapSteps(machine, id, {
          driverLock: this.svm.driverLock,
          notifierLock: this.svm.notifierLock,
          mm: 0,
          resv: 0,
        });
      case 'C3':
      case "C3'":
      case 'C4':
      case 'C5':
        return pagemapSteps(machine, id, {
          driverLock: 0,
          notifierLock: 0,
          mm: this.mm,
          resv: id === 'C3' || id === 'C5' ? this.resv : 0,
        });
      case 'C7':
      case 'C7a':
        return pagemapSteps(machine, id, { driverLock: 0, notifierLock: 0, mm: 0, resv: 0 });
      case 'resv':
        return pagemapSteps(machine, 'C5', { driverLock: 0, notifierLock: 0, mm: 0, resv: this.resv });
      case 'notifier':
        return [{ kind: 'notifier', blockable: true }];
      case 'mmap': {
        const lock = machine.fieldAddress(this.mm, 'struct mm_struct', 'mmap_lock');
        return lock ? [{ kind: 'lock', address: lock.address, lock: 'rwsem-write' }] : [];
      }
      case 'shrinker':
        return [{ kind: 'reclaim' }];
      case 'atomic':
        return [
          {
            kind: 'lock',
            address: callersSpinlock(machine),
            lock: 'spin-irqsave',
          },
        ];
      case 'hardirq':
        return [{ kind: 'hardirq', threaded: true }];
      case 'softirq':
        return [{ kind: 'softirq' }];
      case 'fence-callback':
        return [{ kind: 'lock', address: this.fenceLock, lock: 'spin-irqsave' }];
      case 'signalling':
        return [{ kind: 'fence-signalling' }];
      case 'no-resv':
      case 'process':
        return [];
      default: {
        const never: never = id;
        return never;
      }
    }
  }
}

/** Runs `body` inside a context and leaves it again. */
export function* within<T>(
  machine: MachineServices,
  id: ContextId,
  world: CallerWorld,
  body: () => ScenarioSteps<T>,
): ScenarioSteps<T> {
  const leave = yield* enterContext(machine, world.steps(id));
  const result = yield* body();
  leave();
  return result;
}

/** Whichever spinlock it is that the caller holds: told by what it is, not by the type it has. */
function callersSpinlock(machine: MachineServices): number {
  const lock = plainObject(machine, 'struct spinlock', 'the caller’s spinlock', 'zero');
  locking(machine).objects.init(lock, 'spin', { key: 'spinlock of the caller', name: 'a lock of the caller' });
  return lock;
}
