/** Kernel threads as tasks: starting, stopping and parking them, and what `current` is. */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { might_alloc, might_sleep } from '../locking/context.ts';
import { fails } from '../memory/allocation.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import {
  action,
  argument,
  called,
  effects,
  errorPointer,
  mapState,
  model,
  numeric,
  PURE,
  type Routine,
  settled,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { waitForRun, waitingState } from './outside.ts';
import { runBegins, runEnds } from './taskEnd.ts';

const SLEEPS = effects({ sleeps: 'yes' });

interface Thread {
  task: number;
  stop: boolean;
  park: boolean;
  parked: boolean;
  ended: boolean;
  result: number;
  /** The argument it was started with; null: open. */
  readonly data: number | null;
}

const threadsKey = mapState<number, Thread>('sync.kthreads', (thread) => ({ ...thread }));
/** The object behind `current`, by task. */
const currentObjects = mapState<number, number>('sync.current');

function threads(machine: MachineServices): Map<number, Thread> {
  return machine.state(threadsKey);
}

function mine(machine: MachineServices): Thread | null {
  return [...threads(machine).values()].find((thread) => thread.task === machine.currentTask) ?? null;
}

function createThread(call: ModelCall): Scalar {
  const { machine } = call;
  might_alloc(machine, GFP_KERNEL, 'kthread_create()');
  if (fails(machine, 'kthread_create()', call.at)) return errorPointer(errno('ENOMEM'));
  return startThread(machine, machine.readString(argument(call, 3)) ?? 'kthread', argument(call, 0), argument(call, 1));
}

/** A thread that runs `threadfn(data)`; the answer is its `task_struct`. */
export function startThread(machine: MachineServices, name: string, threadfn: Scalar, data: Scalar): number {
  const type = machine.program.type('struct task_struct');
  const object = machine.allocate(type !== null && type.kind === 'struct' && type.members.length > 0 ? type.size : 64, {
    label: 'kernel thread',
    storage: 'world',
    content: 'zero',
    at: machine.site(),
    ...(type === null ? {} : { type }),
  });
  const thread: Thread = {
    task: -1,
    stop: false,
    park: false,
    parked: false,
    ended: false,
    result: 0,
    data: settled(machine, data),
  };
  threads(machine).set(object, thread);
  keepOutside(machine, data);
  const main = machine.program.function('__kthread_main');
  if (main !== null) {
    thread.task = machine.spawn(name, main, [threadfn, data]);
    waitingState(machine).threads.add(thread.task);
  }
  return object;
}

/** Tells, at any later time, whether the thread that runs now has been told to stop. */
export function stopOf(machine: MachineServices): () => boolean {
  const thread = mine(machine);
  return () => thread?.stop === true;
}

/** The `task_struct` of the thread that runs now; null: no kernel thread of this run. */
export function currentThread(machine: MachineServices): number | null {
  for (const [object, thread] of threads(machine)) if (thread.task === machine.currentTask) return object;
  return null;
}

/** Whether a thread of this run works on that argument. */
export function hasThread(machine: MachineServices, data: number): boolean {
  return [...threads(machine).values()].some((thread) => thread.data === data);
}

export const kthreadModels: readonly DocumentedModel[] = [
  model('__interlock_current', PURE, 'the current task', (call) => {
    const { machine } = call;
    const tasks = machine.state(currentObjects);
    for (const [object, thread] of threads(machine)) if (thread.task === machine.currentTask) return object;
    let object = tasks.get(machine.currentTask);
    if (object === undefined) {
      const type = machine.program.type('struct task_struct');
      object = machine.allocate(type !== null && type.kind === 'struct' && type.members.length > 0 ? type.size : 64, {
        label: 'current task',
        storage: 'world',
        content: 'unknown',
        at: null,
        ...(type === null ? {} : { type }),
      });
      tasks.set(machine.currentTask, object);
    }
    return object;
  }),
  model(
    '__kthread_create',
    { ...SLEEPS, allocates: 'GFP_KERNEL', fails: 'ERR_PTR' },
    'kernel/kthread.c:kthread_create_on_node',
    createThread,
  ),
  model('kthread_stop', SLEEPS, 'kernel/kthread.c:kthread_stop', function* (call): Routine<Scalar> {
    const { machine } = call;
    might_sleep(machine, called(call));
    const thread = threads(machine).get(numeric(call, 0) ?? 0);
    if (thread === undefined) return 0;
    thread.stop = true;
    yield* waitForRun(machine, () => thread.ended, 'kernel thread');
    return thread.result;
  }),
  model('kthread_should_stop', PURE, 'kernel/kthread.c:kthread_should_stop', ({ machine, at }) => {
    const thread = mine(machine);
    // The body of a thread that nobody visible started: whoever did will stop it.
    if (!thread) return machine.choose('branch', 'the thread is told to stop', ['no', 'yes'], at);
    return thread.stop ? 1 : 0;
  }),
  model('kthread_should_park', PURE, 'kernel/kthread.c:kthread_should_park', (call) =>
    mine(call.machine)?.park === true ? 1 : 0,
  ),
  model('kthread_park', SLEEPS, 'kernel/kthread.c:kthread_park', function* (call): Routine<Scalar> {
    const { machine } = call;
    might_sleep(machine, called(call));
    const thread = threads(machine).get(numeric(call, 0) ?? 0);
    if (thread === undefined || thread.ended) return -errno('ENOSYS');
    thread.park = true;
    if (thread.task !== machine.currentTask)
      yield* waitForRun(machine, () => thread.parked || thread.ended, 'parking of a kernel thread');
    return 0;
  }),
  action('kthread_unpark', PURE, 'kernel/kthread.c:kthread_unpark', (call) => {
    const thread = threads(call.machine).get(numeric(call, 0) ?? 0);
    if (thread !== undefined) thread.park = false;
  }),
  model('kthread_parkme', SLEEPS, 'kernel/kthread.c:kthread_parkme', function* (call): Routine {
    const { machine } = call;
    might_sleep(machine, called(call));
    const thread = mine(machine);
    if (thread?.park !== true) return undefined;
    thread.parked = true;
    // Nobody in the run wakes it up again: then it stays where it is, and the run may end without it.
    yield { kind: 'block', ready: () => !thread.park || thread.stop, on: 'unparking' };
    thread.parked = false;
    return undefined;
  }),
  action('__kthread_start', PURE, 'kernel/kthread.c:kthread', (call) => runBegins(call.machine, argument(call, 0))),
  model('__kthread_done', PURE, 'kernel/kthread.c:kthread', (call) => {
    const { machine } = call;
    runEnds(machine);
    const thread = mine(machine);
    if (thread === null) return;
    thread.ended = true;
    thread.result = numeric(call, 0) ?? 0;
    waitingState(machine).threads.delete(machine.currentTask);
  }),
];
