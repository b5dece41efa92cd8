/**
 * Timers, high-resolution timers, tasklets and irq work: each runs in a task of its own, in the interrupt context that the
 * kernel runs it in. Waiting for one passes through its map (kernel/time/timer.c:call_timer_fn).
 */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { lock_map_acquire, lock_map_release, might_sleep } from '../locking/context.ts';
import {
  enter_hardirq,
  enter_softirq,
  exit_hardirq,
  exit_softirq,
  in_interrupt,
  local_irq_restore,
  local_irq_save,
} from '../locking/sections.ts';
import { argument, called, effects, model, PURE, places, type Routine, settled } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { addressOfObject, begin, type Deferred, type DeferredKind, deferred, finish, start } from './deferred.ts';
import { waitForRun } from './outside.ts';
import { report } from './rules.ts';
import { runBegins, runEnds } from './taskEnd.ts';

interface Kind {
  readonly kind: DeferredKind;
  readonly struct: string;
  readonly body: string;
  readonly context: 'hardirq' | 'softirq';
  /** Member that names the class; null: none. */
  readonly text: boolean;
  readonly callback: string;
}

const TIMER: Kind = {
  kind: 'timer',
  struct: 'struct timer_list',
  body: '__run_timer',
  context: 'softirq',
  text: true,
  callback: 'function',
};
const HRTIMER: Kind = {
  kind: 'hrtimer',
  struct: 'struct hrtimer',
  body: '__run_hrtimer',
  context: 'hardirq',
  text: false,
  callback: 'function',
};
const TASKLET: Kind = {
  kind: 'tasklet',
  struct: 'struct tasklet_struct',
  body: '__run_tasklet',
  context: 'softirq',
  text: false,
  callback: 'func',
};
const IRQ_WORK: Kind = {
  kind: 'irq_work',
  struct: 'struct irq_work',
  body: '__run_irq_work',
  context: 'hardirq',
  text: false,
  callback: 'func',
};

function itemOf(machine: MachineServices, kind: Kind, pointer: Scalar): Deferred {
  const item = deferred(machine, kind.kind, addressOfObject(machine, pointer, kind.struct));
  if (item.className === '') {
    const text =
      kind.text && machine.objectAt(item.address) !== null
        ? machine.readField(item.address, kind.struct, '__class')
        : 0;
    const name = settled(machine, text) === null || settled(machine, text) === 0 ? null : machine.readString(text);
    item.className = `(${name ?? kind.kind})`;
  }
  return item;
}

function launch(call: ModelCall, kind: Kind): boolean {
  const { machine } = call;
  const item = itemOf(machine, kind, argument(call, 0));
  if (settled(machine, machine.readField(item.address, kind.struct, kind.callback)) === 0) {
    const made = machine.objectAt(item.address);
    report(
      machine,
      'work-not-initialised',
      `\`${called(call)}\` of a ${kind.kind.replace('_', ' ')} that was never initialised`,
      made === null ? [] : places([`\`${made.label}\` was made here`, made.allocatedAt]),
    );
    return false;
  }
  return start(machine, item, kind.body);
}

const IRQ_WORK_HARD_IRQ = 8;

/** Irq work that stays in the interrupt even where interrupts are threads (lockdep_irq_work_enter). */
function neverThreaded(machine: MachineServices, kind: Kind, item: Deferred): boolean {
  if (kind.kind !== 'irq_work') return false;
  return ((settled(machine, machine.readField(item.address, kind.struct, 'flags')) ?? 0) & IRQ_WORK_HARD_IRQ) !== 0;
}

function beginModel(name: string, kind: Kind): DocumentedModel {
  return model(name, PURE, `context of a ${kind.kind.replace('_', ' ')}`, (call) => {
    const { machine } = call;
    const item = itemOf(machine, kind, argument(call, 0));
    if (!begin(machine, item)) return 0;
    if (kind.context === 'hardirq') enter_hardirq(machine, !neverThreaded(machine, kind, item));
    else enter_softirq(machine);
    if (kind.kind === 'timer') lock_map_acquire(machine, item.className);
    runBegins(machine, machine.readField(item.address, kind.struct, kind.callback));
    return 1;
  });
}

function endModel(name: string, kind: Kind): DocumentedModel {
  return model(name, PURE, `context of a ${kind.kind.replace('_', ' ')}`, (call) => {
    const { machine } = call;
    const item = deferred(machine, kind.kind, settled(machine, argument(call, 0)) ?? 0);
    runEnds(machine);
    if (kind.kind === 'timer') lock_map_release(machine, item.className);
    if (kind.context === 'hardirq') exit_hardirq(machine);
    else exit_softirq(machine);
    finish(machine, item);
  });
}

/** Stops the item and waits for a running callback; the result says whether it was waiting to run. */
function* stopAndWait(call: ModelCall, kind: Kind, sleeps: boolean): Routine<number> {
  const { machine } = call;
  const item = itemOf(machine, kind, argument(call, 0));
  if (sleeps) might_sleep(machine, called(call));
  else if (kind.kind === 'timer' && in_interrupt(machine) && item.runners.size > 0)
    report(machine, 'irq-sync-in-handler', `\`${called(call)}\` in interrupt context may wait for a handler below it`);
  if (kind.kind === 'timer') {
    // With interrupts off, as the kernel does it: the wait itself must not count as a use that the timer could interrupt.
    const flags = local_irq_save(machine);
    lock_map_acquire(machine, item.className);
    lock_map_release(machine, item.className);
    local_irq_restore(machine, flags);
  }
  const pending = item.queued;
  item.queued = false;
  if (item.runners.has(machine.currentTask))
    report(machine, 'wait-for-itself', `\`${called(call)}\` from inside the callback that it waits for`);
  else yield* waitForRun(machine, () => item.runners.size === 0, item.className);
  return pending ? 1 : 0;
}

const STOPS = effects({ locks: 'waits for the callback: as if it took what the callback takes' });
const STOPS_SLEEPING = effects({ sleeps: 'yes', locks: 'waits for the callback' });
const modify = (call: ModelCall, kind: Kind): number => {
  const pending = itemOf(call.machine, kind, argument(call, 0)).queued;
  launch(call, kind);
  return pending ? 1 : 0;
};

export const timerModels: readonly DocumentedModel[] = [
  model('__timer_init', PURE, 'include/linux/timer.h:timer_setup', (call) => {
    const { machine } = call;
    const address = addressOfObject(machine, argument(call, 0), TIMER.struct);
    machine.writeField(address, TIMER.struct, 'function', argument(call, 1));
    machine.writeField(address, TIMER.struct, 'flags', argument(call, 2));
    machine.writeField(address, TIMER.struct, '__class', argument(call, 3));
    const item = deferred(machine, 'timer', address);
    item.className = `(${machine.readString(argument(call, 3)) ?? 'timer'})`;
    item.queued = false;
  }),
  model('mod_timer', PURE, 'kernel/time/timer.c:mod_timer', (call) => {
    call.machine.writeField(argument(call, 0), TIMER.struct, 'expires', argument(call, 1));
    return modify(call, TIMER);
  }),
  model('add_timer', PURE, 'kernel/time/timer.c:add_timer', (call) => void launch(call, TIMER)),
  model('timer_pending', PURE, 'include/linux/timer.h:timer_pending', (call) =>
    itemOf(call.machine, TIMER, argument(call, 0)).queued ? 1 : 0,
  ),
  ...(['timer_delete', 'timer_shutdown'] as const).map((name) =>
    model(name, PURE, `kernel/time/timer.c:${name}`, (call) => {
      const item = itemOf(call.machine, TIMER, argument(call, 0));
      const pending = item.queued;
      item.queued = false;
      return pending ? 1 : 0;
    }),
  ),
  ...(['timer_delete_sync', 'timer_shutdown_sync'] as const).map((name) =>
    model(name, STOPS, `kernel/time/timer.c:${name}`, (call) => stopAndWait(call, TIMER, false)),
  ),
  beginModel('__timer_begin', TIMER),
  endModel('__timer_end', TIMER),

  model('hrtimer_setup', PURE, 'kernel/time/hrtimer.c:hrtimer_setup', (call) => {
    const address = addressOfObject(call.machine, argument(call, 0), HRTIMER.struct);
    call.machine.writeField(address, HRTIMER.struct, 'function', argument(call, 1));
    deferred(call.machine, 'hrtimer', address).queued = false;
  }),
  model('hrtimer_start', PURE, 'kernel/time/hrtimer.c:hrtimer_start', (call) => void launch(call, HRTIMER)),
  model('hrtimer_active', PURE, 'kernel/time/hrtimer.c:hrtimer_active', (call) => {
    const item = itemOf(call.machine, HRTIMER, argument(call, 0));
    return item.queued || item.runners.size > 0 ? 1 : 0;
  }),
  model('hrtimer_forward_now', PURE, 'kernel/time/hrtimer.c:hrtimer_forward', () => 1),
  model('hrtimer_try_to_cancel', PURE, 'kernel/time/hrtimer.c:hrtimer_try_to_cancel', (call) => {
    const item = itemOf(call.machine, HRTIMER, argument(call, 0));
    if (item.runners.size > 0) return -1;
    const pending = item.queued;
    item.queued = false;
    return pending ? 1 : 0;
  }),
  model('hrtimer_cancel', STOPS, 'kernel/time/hrtimer.c:hrtimer_cancel', (call) => stopAndWait(call, HRTIMER, false)),
  beginModel('__hrtimer_begin', HRTIMER),
  endModel('__hrtimer_end', HRTIMER),

  model('tasklet_schedule', PURE, 'kernel/softirq.c:__tasklet_schedule', (call) => void launch(call, TASKLET)),
  ...(['tasklet_kill', 'tasklet_disable'] as const).map((name) =>
    model(name, STOPS_SLEEPING, `kernel/softirq.c:${name}`, function* (call): Routine {
      yield* stopAndWait(call, TASKLET, true);
      return undefined;
    }),
  ),
  beginModel('__tasklet_begin', TASKLET),
  endModel('__tasklet_end', TASKLET),

  model('irq_work_queue', PURE, 'kernel/irq_work.c:irq_work_queue', (call) => (launch(call, IRQ_WORK) ? 1 : 0)),
  model('irq_work_sync', STOPS_SLEEPING, 'kernel/irq_work.c:irq_work_sync', function* (call): Routine {
    yield* stopAndWait(call, IRQ_WORK, true);
    return undefined;
  }),
  beginModel('__irq_work_begin', IRQ_WORK),
  endModel('__irq_work_end', IRQ_WORK),
];
