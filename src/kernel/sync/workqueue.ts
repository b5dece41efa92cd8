/**
 * Workqueues. Running an item holds the map of its queue and its own map; flushing or cancelling passes through them, so that a lock held
 * by the caller and wanted by the item closes a cycle (kernel/workqueue.c:process_one_work, touch_work_lockdep_map).
 */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { formatted, variadicFrom } from '../base/format.ts';
import { FS_RECLAIM, lock_map_acquire, lock_map_is_held, lock_map_release, might_sleep } from '../locking/context.ts';
import { locking } from '../locking/state.ts';
import { PF_MEMALLOC } from '../locking/taskContext.ts';
import { allocate, free } from '../memory/allocation.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import {
  argument,
  called,
  effects,
  mapState,
  model,
  numeric,
  PURE,
  places,
  type Routine,
  settled,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { addressOfObject, allDeferred, begin, type Deferred, deferred, finish, start } from './deferred.ts';
import { waitForRun } from './outside.ts';
import { report } from './rules.ts';
import { runBegins, runEnds } from './taskEnd.ts';

const WORK = 'struct work_struct';
const DELAYED = 'struct delayed_work';
const WQ_MEM_RECLAIM = 8;
/** `alloc_ordered_workqueue()` and older makers that promise it without need. */
const WQ_LEGACY = 1 << 18;
/** Variables of the queues that everybody shares (workqueue.c). */
const SHARED: ReadonlySet<string> = new Set([
  'events',
  'events_highpri',
  'events_long',
  'events_unbound',
  'events_freezable',
]);
const FLUSHES = effects({ sleeps: 'yes', locks: 'as if it took every lock that the work takes' });
const QUEUES = effects({ fails: 'false when it is queued already' });

interface Queue {
  readonly name: string;
  readonly flags: number;
  /** Items one after the other, or with a thread of its own: what waits for one item waits for those before it. */
  readonly serial: boolean;
  destroyed: boolean;
}

const queuesKey = mapState<number, Queue>('sync.workqueues', (queue) => ({ ...queue }));

function queues(machine: MachineServices): Map<number, Queue> {
  return machine.state(queuesKey);
}

/** The queue at an address; null: one that nobody saw made. */
function queueAt(machine: MachineServices, address: number): Queue | null {
  const known = queues(machine).get(address);
  if (known !== undefined || address === 0) return known ?? null;
  const object = machine.objectAt(address);
  if (object === null || !SHARED.has(object.label)) return null;
  const shared: Queue = { name: object.label, flags: 0, serial: false, destroyed: false };
  queues(machine).set(address, shared);
  return shared;
}

function queueClass(machine: MachineServices, queue: number): string | null {
  const known = queueAt(machine, queue);
  return known === null ? null : `(wq_completion)${known.name}`;
}

/** The item behind a work_struct pointer; the class of one that was initialised statically or unseen comes from the object. */
function itemAt(machine: MachineServices, pointer: Scalar): Deferred {
  const address = addressOfObject(machine, pointer, WORK);
  const item = deferred(machine, 'work', address);
  if (item.className === '') {
    const text = machine.objectAt(address) === null ? null : machine.readField(address, WORK, '__class');
    const name =
      text === null || settled(machine, text) === null || settled(machine, text) === 0
        ? null
        : machine.readString(text);
    item.className = `(work_completion)${name ?? 'work'}`;
    item.initialised = item.initialised || name !== null || text === null || settled(machine, text) === null;
  }
  return item;
}

function workOfDelayed(machine: MachineServices, pointer: Scalar): Scalar {
  const address = addressOfObject(machine, pointer, DELAYED);
  return machine.fieldAddress(address, DELAYED, 'work')?.address ?? address;
}

function queueItem(call: ModelCall, queue: Scalar, work: Scalar): 0 | 1 {
  const { machine } = call;
  const item = itemAt(machine, work);
  const on = settled(machine, queue) ?? 0;
  if (queues(machine).get(on)?.destroyed === true)
    report(machine, 'workqueue-destroyed-busy', `\`${called(call)}\` on a workqueue that was destroyed`);
  const func = machine.readField(item.address, WORK, 'func');
  if (settled(machine, func) === 0) {
    const made = machine.objectAt(item.address);
    const related = made === null ? [] : places([`\`${made.label}\` was made here`, made.allocatedAt]);
    report(machine, 'work-not-initialised', `\`${called(call)}\` of a work item that was never initialised`, related);
    return 0;
  }
  item.queue = on;
  return start(machine, item, 'process_one_work') ? 1 : 0;
}

/** Passes through a map: orders it after everything the caller holds. */
function pass(machine: MachineServices, className: string): void {
  lock_map_acquire(machine, className);
  lock_map_release(machine, className);
}

/**
 * What reclaim may wait for must not wait for a queue that may need memory to go on: reclaim itself, a task that allocates for it, and a
 * worker of a queue that promises progress there (kernel/workqueue.c:check_flush_dependency).
 */
function reclaimCheck(call: ModelCall, queue: number): void {
  const { machine } = call;
  const known = queueAt(machine, queue);
  if (known === null || (known.flags & WQ_MEM_RECLAIM) !== 0) return;
  const worker = queueAt(machine, running(machine).get(machine.currentTask)?.on ?? 0);
  const promises = worker !== null && (worker.flags & (WQ_MEM_RECLAIM | WQ_LEGACY)) === WQ_MEM_RECLAIM;
  const scope = locking(machine).context().flags & PF_MEMALLOC;
  const who = lock_map_is_held(machine, FS_RECLAIM)
    ? 'waits in reclaim'
    : scope !== 0
      ? 'waits inside `memalloc_noreclaim_save()`'
      : promises
        ? `waits in a work item of workqueue \`${worker.name}\`, which has WQ_MEM_RECLAIM,`
        : null;
  if (who === null) return;
  report(
    machine,
    'flush-from-reclaim',
    `\`${called(call)}\` ${who} for workqueue \`${known.name}\` without WQ_MEM_RECLAIM`,
  );
}

/** Waits until the item neither is queued nor runs. True when there was something to wait for. */
function* waitFor(call: ModelCall, item: Deferred, cancel: boolean): Routine<boolean> {
  const { machine } = call;
  might_sleep(machine, called(call));
  // It is looked at, whether it is queued or not.
  if (machine.objectAt(item.address)?.freed === true) machine.read(item.address, U64);
  pass(machine, item.className);
  const queue = queueClass(machine, item.queue);
  // Only there does the item wait for others of its queue (kernel/workqueue.c:start_flush_work).
  if (!cancel && queue !== null && item.queued && queueAt(machine, item.queue)?.serial === true) pass(machine, queue);
  if (!cancel) reclaimCheck(call, item.queue);
  if (item.runners.has(machine.currentTask)) {
    report(
      machine,
      'wait-for-itself',
      `\`${called(call)}\` from inside the work item that it waits for`,
      places(['queued here', item.queuedAt]),
    );
    return false;
  }
  const busy = item.queued || item.runners.size > 0;
  if (cancel) item.queued = false;
  if (item.queued || item.runners.size > 0)
    yield* waitForRun(machine, () => !item.queued && item.runners.size === 0, item.className);
  return busy;
}

function flush(name: string, delayed: boolean): DocumentedModel {
  return model(name, FLUSHES, `kernel/workqueue.c:${name}`, function* (call): Routine<number> {
    const work = delayed ? workOfDelayed(call.machine, argument(call, 0)) : argument(call, 0);
    return (yield* waitFor(call, itemAt(call.machine, work), false)) ? 1 : 0;
  });
}

function cancelSync(name: string, delayed: boolean, disable: boolean): DocumentedModel {
  return model(name, FLUSHES, `kernel/workqueue.c:${name}`, function* (call): Routine<number> {
    const { machine } = call;
    const item = itemAt(machine, delayed ? workOfDelayed(machine, argument(call, 0)) : argument(call, 0));
    const pending = item.queued;
    if (disable) item.disabled++;
    yield* waitFor(call, item, true);
    return pending ? 1 : 0;
  });
}

function cancel(name: string, delayed: boolean, disable: boolean): DocumentedModel {
  return model(name, effects({ fails: 'false when it was not queued' }), `kernel/workqueue.c:${name}`, (call) => {
    const { machine } = call;
    const item = itemAt(machine, delayed ? workOfDelayed(machine, argument(call, 0)) : argument(call, 0));
    const pending = item.queued;
    item.queued = false;
    if (disable) item.disabled++;
    return pending ? 1 : 0;
  });
}

function* flushQueue(call: ModelCall): Routine {
  const { machine } = call;
  const queue = numeric(call, 0) ?? 0;
  might_sleep(machine, called(call));
  const className = queueClass(machine, queue);
  if (className !== null) pass(machine, className);
  reclaimCheck(call, queue);
  const items = allDeferred(machine).filter((item) => item.kind === 'work' && item.queue === queue);
  const busy = (): boolean => items.some((item) => item.queued || item.runners.size > 0);
  if (items.some((item) => item.runners.has(machine.currentTask))) {
    report(machine, 'wait-for-itself', `\`${called(call)}\` from a work item of the same queue`);
    return undefined;
  }
  yield* waitForRun(machine, () => !busy(), className ?? 'workqueue');
  return undefined;
}

function makeQueue(call: ModelCall, format: number, flags: number, name: number): number {
  const { machine } = call;
  const queue = allocate(machine, {
    what: called(call),
    size: 512,
    gfp: GFP_KERNEL,
    tag: 'workqueue',
    zero: true,
    label: 'workqueue',
  });
  if (queue === 0) return 0;
  const given = numeric(call, flags) ?? 0;
  queues(machine).set(queue, {
    name: formatted(call, format, variadicFrom(call, name)) ?? 'workqueue',
    flags: given,
    serial: (given & WQ_MEM_RECLAIM) !== 0 || numeric(call, flags + 1) === 1,
    destroyed: false,
  });
  return queue;
}

const CREATES = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: 'NULL' });

export const workqueueModels: readonly DocumentedModel[] = [
  model('__init_work', PURE, 'include/linux/workqueue.h:INIT_WORK', (call) => {
    const { machine } = call;
    const item = deferred(machine, 'work', addressOfObject(machine, argument(call, 0), WORK));
    item.className = `(work_completion)${machine.readString(argument(call, 2)) ?? 'work'}`;
    item.initialised = true;
    item.queued = false;
    item.disabled = 0;
    machine.writeField(item.address, WORK, 'func', argument(call, 1));
    machine.writeField(item.address, WORK, '__class', argument(call, 2));
  }),
  model('alloc_workqueue', CREATES, 'kernel/workqueue.c:alloc_workqueue', (call) => makeQueue(call, 0, 1, 3)),
  model('devm_alloc_workqueue', CREATES, 'include/linux/workqueue.h', (call) => {
    const queue = makeQueue(call, 1, 2, 4);
    // The device destroys it.
    keepOutside(call.machine, queue);
    return queue;
  }),
  model('destroy_workqueue', FLUSHES, 'kernel/workqueue.c:destroy_workqueue', function* (call): Routine {
    yield* flushQueue(call);
    const queue = queues(call.machine).get(numeric(call, 0) ?? 0);
    if (queue !== undefined) queue.destroyed = true;
    free(call.machine, argument(call, 0), { what: called(call), accepts: ['workqueue'] });
    return undefined;
  }),
  model('flush_workqueue', FLUSHES, 'kernel/workqueue.c:__flush_workqueue', flushQueue),
  model('drain_workqueue', FLUSHES, 'kernel/workqueue.c:drain_workqueue', flushQueue),
  model('queue_work', QUEUES, 'kernel/workqueue.c:queue_work_on', (call) =>
    queueItem(call, argument(call, 0), argument(call, 1)),
  ),
  model('queue_delayed_work', QUEUES, 'kernel/workqueue.c:queue_delayed_work_on', (call) =>
    queueItem(call, argument(call, 0), workOfDelayed(call.machine, argument(call, 1))),
  ),
  model('queue_rcu_work', QUEUES, 'kernel/workqueue.c:queue_rcu_work', (call) =>
    queueItem(call, argument(call, 0), argument(call, 1)),
  ),
  model('mod_delayed_work', QUEUES, 'kernel/workqueue.c:mod_delayed_work_on', (call) => {
    const work = workOfDelayed(call.machine, argument(call, 1));
    const pending = itemAt(call.machine, work).queued;
    if (!pending) queueItem(call, argument(call, 0), work);
    return pending ? 1 : 0;
  }),
  flush('flush_work', false),
  flush('flush_delayed_work', true),
  cancelSync('cancel_work_sync', false, false),
  cancelSync('cancel_delayed_work_sync', true, false),
  cancelSync('disable_work_sync', false, true),
  cancelSync('disable_delayed_work_sync', true, true),
  cancel('cancel_work', false, false),
  cancel('cancel_delayed_work', true, false),
  cancel('disable_work', false, true),
  cancel('disable_delayed_work', true, true),
  flush('flush_rcu_work', false),
  ...(['enable_work', 'enable_delayed_work'] as const).map((name) =>
    model(name, PURE, `kernel/workqueue.c:${name}`, (call) => {
      const delayed = name === 'enable_delayed_work';
      const item = itemAt(call.machine, delayed ? workOfDelayed(call.machine, argument(call, 0)) : argument(call, 0));
      if (item.disabled > 0) item.disabled--;
      return item.disabled === 0 ? 1 : 0;
    }),
  ),
  model('work_pending', PURE, 'include/linux/workqueue.h:work_pending', (call) =>
    itemAt(call.machine, argument(call, 0)).queued ? 1 : 0,
  ),
  model('work_busy', PURE, 'kernel/workqueue.c:work_busy', (call) => {
    const item = itemAt(call.machine, argument(call, 0));
    return (item.queued ? 1 : 0) | (item.runners.size > 0 ? 2 : 0);
  }),
  model('current_work', PURE, 'kernel/workqueue.c:current_work', (call) => {
    const mine = allDeferred(call.machine).find(
      (item) => item.kind === 'work' && item.runners.has(call.machine.currentTask),
    );
    return mine?.address ?? 0;
  }),
  model('__work_begin', PURE, 'kernel/workqueue.c:process_one_work', (call) => {
    const { machine } = call;
    const item = itemAt(machine, argument(call, 0));
    if (!begin(machine, item)) return 0;
    const queue = queueClass(machine, item.queue);
    if (queue !== null) lock_map_acquire(machine, queue);
    lock_map_acquire(machine, item.className);
    running(machine).set(machine.currentTask, { queue, item: item.className, on: item.queue });
    runBegins(machine, machine.readField(item.address, WORK, 'func'));
    return 1;
  }),
  model('__work_end', PURE, 'kernel/workqueue.c:process_one_work', (call) => {
    const { machine } = call;
    // The item itself may be freed by its function: only its number is used here.
    const mine = running(machine).get(machine.currentTask);
    runEnds(machine);
    running(machine).delete(machine.currentTask);
    for (const item of allDeferred(machine))
      if (item.kind === 'work' && item.runners.has(machine.currentTask)) finish(machine, item);
    if (mine === undefined) return;
    lock_map_release(machine, mine.item);
    if (mine.queue !== null) lock_map_release(machine, mine.queue);
  }),
];

interface Worker {
  readonly queue: string | null;
  readonly item: string;
  /** The workqueue it works for; 0: not known. */
  readonly on: number;
}

const workers = mapState<number, Worker>('sync.workers');

/** Maps that each worker task holds. */
function running(machine: MachineServices): Map<number, Worker> {
  return machine.state(workers);
}
