/**
 * Threads that work off a queue (kernel/kthread.c): waiting, by the thread for an item and by others for an item's end. The queue itself is
 * bundled C (kthread.h). The kernel has no lock map for these: a flush under a lock that an item takes is no report of the validator but a
 * wait without an end.
 */
import type { MachineServices, ModelCall } from '../../machine/model.ts';
import { might_sleep } from '../locking/context.ts';
import { argument, effects, model, POINTER, PURE, type Routine, settled } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { addressOfObject } from './deferred.ts';
import { currentThread, hasThread, startThread, stopOf } from './kthreads.ts';
import { waitForRun } from './outside.ts';
import { report } from './rules.ts';

const WORKER = 'struct kthread_worker';
const WORK = 'struct kthread_work';
const SLEEPS = effects({ sleeps: 'yes' });

function workerAt(call: ModelCall): number {
  return addressOfObject(call.machine, argument(call, 0), WORKER);
}

function listEmpty(machine: MachineServices, object: number, type: string, member: string): boolean {
  const head = machine.fieldAddress(object, type, member)?.address ?? object;
  return settled(machine, machine.read(head, POINTER)) === head;
}

/** The item that the worker's thread runs now; 0: none. */
function current(machine: MachineServices, worker: number): number | null {
  return settled(machine, machine.readField(worker, WORKER, 'current_work'));
}

/** Waiting for one item, or for all that the worker has when `work` is 0. */
function* waitFor(call: ModelCall, worker: number, work: number): Routine {
  const { machine } = call;
  const what = work === 0 ? 'kthread_flush_worker()' : 'kthread_flush_work()';
  might_sleep(machine, what);
  const task = settled(machine, machine.readField(worker, WORKER, 'task'));
  const running = current(machine, worker);
  if (running !== 0 && running !== null && task !== null && task === currentThread(machine)) {
    if (work === 0 || work === running) report(machine, 'wait-for-itself', `\`${what}\` from the thread of the worker`);
    return undefined;
  }
  const idle = (): boolean =>
    work === 0
      ? listEmpty(machine, worker, WORKER, 'work_list') && current(machine, worker) === 0
      : listEmpty(machine, work, WORK, 'node') && current(machine, worker) !== work;
  yield* waitForRun(machine, idle, what);
  return undefined;
}

export const kthreadWorkerModels: readonly DocumentedModel[] = [
  model('__kthread_worker_idle', SLEEPS, 'kernel/kthread.c:kthread_worker_fn', function* (call): Routine {
    const { machine } = call;
    const worker = workerAt(call);
    const stop = stopOf(machine);
    const ready = (): boolean => !listEmpty(machine, worker, WORKER, 'work_list') || stop();
    yield* waitForRun(machine, ready, 'work for a kernel thread');
    return undefined;
  }),
  model('__kthread_worker_wait', SLEEPS, 'kernel/kthread.c:kthread_flush_work', (call) => {
    const work =
      settled(call.machine, argument(call, 1)) === 0 ? 0 : addressOfObject(call.machine, argument(call, 1), WORK);
    return waitFor(call, workerAt(call), work);
  }),
  // Its thread was started by code that this run does not execute. 2: and all of it was set up there.
  model('__kthread_worker_unseen', PURE, 'kernel/kthread.c:kthread_worker_fn', (call) => {
    const { machine } = call;
    const worker = workerAt(call);
    if (hasThread(machine, worker)) return 0;
    return settled(machine, machine.readField(worker, WORKER, 'task')) === null ? 2 : 1;
  }),
  model('__kthread_worker_start', PURE, 'kernel/kthread.c:kthread_worker_fn', (call) =>
    startThread(call.machine, 'kernel thread of a worker', argument(call, 1), argument(call, 0)),
  ),
];
