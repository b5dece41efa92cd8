/** Completions, wait queues, and sleeping for a while. */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { advance, NANOSECONDS_PER_JIFFY } from '../base/time.ts';
import { might_sleep } from '../locking/context.ts';
import { pendingRcuHeads } from '../locking/rcuModels.ts';
import { set_current_state } from '../locking/sections.ts';
import { keptOutside } from '../memory/outsideReferences.ts';
import {
  action,
  argument,
  called,
  effects,
  mapState,
  model,
  numeric,
  PURE,
  type Routine,
  settled,
  U32,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { addressOfObject, allDeferred } from './deferred.ts';
import { completedBy, noteWait } from './heldUp.ts';
import { outcome, waitForRun, waitForTasks, waitWithoutEnd } from './outside.ts';

const COMPLETION = 'struct completion';
const SLEEPS = effects({ sleeps: 'yes' });
const FOREVER = 2 ** 62;
const COMPLETED_FOR_ALL = 0xffff_ffff;

// ---------------------------------------------------------------------------------------------------------------- completions

function doneAddress(machine: MachineServices, pointer: Scalar): number {
  const address = addressOfObject(machine, pointer, COMPLETION);
  return machine.fieldAddress(address, COMPLETION, 'done')?.address ?? address;
}

/** Takes one "done" if there is one. An open count is taken as done by code out of sight. */
function takeDone(machine: MachineServices, done: number): boolean {
  const count = settled(machine, machine.read(done, U32));
  if (count === 0) return false;
  if (count !== null && count !== COMPLETED_FOR_ALL) machine.write(done, U32, count - 1);
  return true;
}

/** A local that no other object points to and that was handed to nobody: only this run could have completed it. */
function nobodyElseKnows(machine: MachineServices, done: number): boolean {
  const object = machine.objectAt(done);
  if (object?.storage !== 'stack') return false;
  const inside = (address: number): boolean => address >= object.address && address < object.address + object.size;
  if (keptOutside(machine).some(inside) || allDeferred(machine).some((item) => inside(item.address))) return false;
  if (pendingRcuHeads(machine).some((head) => inside(settled(machine, head) ?? 0))) return false;
  // Local variables that point there are the caller's own.
  return machine.referrers(done).every((other) => other.storage === 'stack' && other.type?.kind === 'pointer');
}

function* waitCompletion(
  call: ModelCall,
  may: { timeout: boolean; interrupt: boolean },
): Routine<'done' | 'timeout' | 'interrupted'> {
  const { machine } = call;
  might_sleep(machine, called(call));
  const done = doneAddress(machine, argument(call, 0));
  const isDone = (): boolean => settled(machine, machine.read(done, U32)) !== 0;
  if (takeDone(machine, done)) return 'done';
  const end = outcome(machine, called(call), may);
  if (end !== 'done') return end;
  if (!(yield* waitForTasks(machine, isDone, 'completion'))) {
    if (nobodyElseKnows(machine, done)) {
      // Whoever waits with an end in sight gets there; the others wait for ever.
      if (may.timeout) return 'timeout';
      if (may.interrupt) return 'interrupted';
      yield* waitWithoutEnd(machine, 'a completion that nobody else knows of', isDone);
    }
    noteWait(machine, done, called(call));
    machine.emit({
      kind: 'assumption',
      about: called(call),
      message: 'completed by code that this run does not execute',
    });
  }
  takeDone(machine, done);
  advance(machine, NANOSECONDS_PER_JIFFY);
  return 'done';
}

/** The forms with a timeout give back what is left of it. */
function* timed(call: ModelCall, interrupt: boolean): Routine<Scalar> {
  const timeout = numeric(call, 1);
  const end = yield* waitCompletion(call, { timeout: timeout === null || timeout < FOREVER, interrupt });
  if (end === 'interrupted') return -errno('ERESTARTSYS');
  if (end === 'timeout') return 0;
  return timeout === null ? call.machine.unknown(U64, 'rest of a timeout') : Math.max(1, timeout - 1);
}

function completionModel(name: string, interrupt: boolean): DocumentedModel {
  return model(
    name,
    { ...SLEEPS, fails: interrupt ? '-ERESTARTSYS' : 'never' },
    `kernel/sched/completion.c:${name}`,
    function* (call): Routine {
      const end = yield* waitCompletion(call, { timeout: false, interrupt });
      return interrupt ? (end === 'interrupted' ? -errno('ERESTARTSYS') : 0) : undefined;
    },
  );
}

function complete(call: ModelCall, all: boolean): undefined {
  const done = doneAddress(call.machine, argument(call, 0));
  completedBy(call.machine, done);
  const count = settled(call.machine, call.machine.read(done, U32));
  if (count === null || count === COMPLETED_FOR_ALL) return;
  call.machine.write(done, U32, all ? COMPLETED_FOR_ALL : count + 1);
}

// ---------------------------------------------------------------------------------------------------------------- wait queues

const wakeupsKey = mapState<number, number>('sync.wakeups');
const preparedKey = mapState<string, number>('sync.prepared');
const outsideTurns = mapState<string, number>('sync.outside-turns');

/** How often each wait queue was woken, by address. */
function wakeups(machine: MachineServices): Map<number, number> {
  return machine.state(wakeupsKey);
}

/** Wake-ups that a task had seen when it prepared to sleep. */
function prepared(machine: MachineServices): Map<string, number> {
  return machine.state(preparedKey);
}

function queueAddress(call: ModelCall): number {
  return addressOfObject(call.machine, argument(call, 0), 'struct wait_queue_head');
}

function prepare(call: ModelCall, state: number): void {
  const queue = queueAddress(call);
  prepared(call.machine).set(`${call.machine.currentTask} ${queue}`, wakeups(call.machine).get(queue) ?? 0);
  set_current_state(call.machine, state);
}

function leave(call: ModelCall): void {
  prepared(call.machine).delete(`${call.machine.currentTask} ${queueAddress(call)}`);
  set_current_state(call.machine, 0);
}

const TASK_INTERRUPTIBLE = 1;
const TASK_WAKEKILL = 0x100;

function* sleepOnQueue(call: ModelCall): Routine<Scalar> {
  const { machine } = call;
  const queue = queueAddress(call);
  const state = numeric(call, 1) ?? 2;
  const timeout = numeric(call, 2);
  const seen = prepared(machine).get(`${machine.currentTask} ${queue}`) ?? 0;
  set_current_state(machine, 0);
  might_sleep(machine, 'wait_event()');
  const waits = machine.state(outsideTurns);
  const place = `${machine.currentTask} ${queue}`;
  const end = outcome(machine, 'wait_event()', {
    timeout: timeout === null || timeout < FOREVER,
    interrupt: (state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) !== 0,
  });
  if (end === 'interrupted') return -errno('ERESTARTSYS');
  if (end === 'timeout') return 0;
  const woken = (): boolean => (wakeups(machine).get(queue) ?? 0) > seen;
  if (!(yield* waitForTasks(machine, woken, 'wait queue'))) {
    const turns = (waits.get(place) ?? 0) + 1;
    waits.set(place, turns);
    machine.emit({
      kind: 'assumption',
      about: 'wait_event()',
      message: 'woken by code that this run does not execute',
    });
    // Nobody can make the condition true any more: what is left is a signal, the timeout, or a wait without an end.
    if (turns > 2) {
      if (timeout !== null && timeout < FOREVER) return 0;
      if ((state & TASK_INTERRUPTIBLE) !== 0) return -errno('ERESTARTSYS');
      yield* waitForRun(machine, woken, 'wait queue');
    }
  }
  advance(machine, NANOSECONDS_PER_JIFFY);
  return timeout === null ? argument(call, 2) : timeout >= FOREVER ? argument(call, 2) : Math.max(1, timeout - 1);
}

// -------------------------------------------------------------------------------------------------------------------- sleeping

function sleep(name: string, nanoseconds: (argument: number) => number): DocumentedModel {
  return model(name, SLEEPS, `kernel/time/timer.c:${name}`, function* (call): Routine {
    might_sleep(call.machine, called(call));
    advance(call.machine, nanoseconds(numeric(call, 0) ?? 0));
    yield { kind: 'yield', at: called(call) };
    return undefined;
  });
}

function scheduleFor(name: string, interruptible: boolean, setsState: boolean): DocumentedModel {
  return model(name, SLEEPS, `kernel/time/timer.c:${name}`, function* (call): Routine<Scalar> {
    const { machine } = call;
    // The state set before is what makes schedule() sleep; sleeping itself is what it is for.
    set_current_state(machine, 0);
    might_sleep(machine, called(call));
    const timeout = numeric(call, 0);
    yield { kind: 'yield', at: called(call) };
    if (!setsState || !interruptible || timeout === null) {
      advance(machine, Math.min(timeout ?? 0, 1e6) * NANOSECONDS_PER_JIFFY);
      return 0;
    }
    if (outcome(machine, called(call), { timeout: false, interrupt: true }) === 'interrupted')
      return Math.max(1, timeout - 1);
    return 0;
  });
}

export const waitModels: readonly DocumentedModel[] = [
  model('complete', PURE, 'kernel/sched/completion.c:complete', (call) => complete(call, false)),
  model('complete_all', PURE, 'kernel/sched/completion.c:complete_all', (call) => complete(call, true)),
  model('try_wait_for_completion', effects({ fails: 'false' }), 'kernel/sched/completion.c', (call) =>
    takeDone(call.machine, doneAddress(call.machine, argument(call, 0))) ? 1 : 0,
  ),
  model('completion_done', PURE, 'kernel/sched/completion.c:completion_done', (call) => {
    const { machine } = call;
    return machine.truth(machine.read(doneAddress(machine, argument(call, 0)), U32), call.at) ? 1 : 0;
  }),
  completionModel('wait_for_completion', false),
  completionModel('wait_for_completion_io', false),
  completionModel('wait_for_completion_interruptible', true),
  completionModel('wait_for_completion_killable', true),
  ...(
    [
      'wait_for_completion_timeout',
      'wait_for_completion_interruptible_timeout',
      'wait_for_completion_killable_timeout',
    ] as const
  ).map((name) =>
    model(name, { ...SLEEPS, fails: '0 on timeout, -ERESTARTSYS' }, `kernel/sched/completion.c:${name}`, (call) =>
      timed(call, name !== 'wait_for_completion_timeout'),
    ),
  ),

  model('__wake_up', PURE, 'kernel/sched/wait.c:__wake_up', (call) => {
    const queue = queueAddress(call);
    wakeups(call.machine).set(queue, (wakeups(call.machine).get(queue) ?? 0) + 1);
  }),
  model('waitqueue_active', PURE, 'include/linux/wait.h:waitqueue_active', (call) => {
    const queue = queueAddress(call);
    return [...prepared(call.machine).keys()].some((id) => id.endsWith(` ${queue}`)) ? 1 : 0;
  }),
  action('__wait_event_prepare', PURE, 'kernel/sched/wait.c:prepare_to_wait_event', (call) =>
    prepare(call, numeric(call, 1) ?? 2),
  ),
  model(
    '__wait_event_sleep',
    { ...SLEEPS, fails: '0 on timeout, -ERESTARTSYS' },
    'include/linux/wait.h:___wait_event',
    sleepOnQueue,
  ),
  action('__wait_event_finish', PURE, 'kernel/sched/wait.c:finish_wait', leave),
  action('prepare_to_wait', PURE, 'kernel/sched/wait.c:prepare_to_wait', (call) =>
    prepare(call, numeric(call, 2) ?? 2),
  ),
  action('finish_wait', PURE, 'kernel/sched/wait.c:finish_wait', leave),
  ...(['add_wait_queue', 'remove_wait_queue'] as const).map((name) =>
    model(name, PURE, `kernel/sched/wait.c:${name}`, () => undefined),
  ),

  sleep('msleep', (ms) => ms * 1e6),
  model('msleep_interruptible', SLEEPS, 'kernel/time/timer.c:msleep_interruptible', function* (call): Routine {
    might_sleep(call.machine, called(call));
    yield { kind: 'yield', at: called(call) };
    return 0;
  }),
  sleep('usleep_range', (us) => us * 1e3),
  sleep('ssleep', (seconds) => seconds * 1e9),
  sleep('fsleep', (us) => us * 1e3),
  model('schedule', SLEEPS, 'kernel/sched/core.c:schedule', function* (call): Routine {
    set_current_state(call.machine, 0);
    might_sleep(call.machine, called(call));
    yield { kind: 'yield', at: called(call) };
    return undefined;
  }),
  scheduleFor('schedule_timeout', false, false),
  scheduleFor('schedule_timeout_interruptible', true, true),
  scheduleFor('schedule_timeout_uninterruptible', false, true),
  scheduleFor('schedule_timeout_killable', true, true),
  model('__set_task_state', PURE, 'include/linux/sched.h:set_current_state', (call) => {
    set_current_state(call.machine, numeric(call, 0) ?? 0);
  }),
  ...(['signal_pending', 'fatal_signal_pending'] as const).map((name) =>
    model(name, PURE, `include/linux/sched/signal.h:${name}`, (call) =>
      call.machine.choose('wait', `\`${name}()\``, ['no', 'yes'], call.at),
    ),
  ),
  model('wake_up_process', PURE, 'kernel/sched/core.c:wake_up_process', () => 1),
];
