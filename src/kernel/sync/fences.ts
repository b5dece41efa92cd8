/** What fence bodies (`dma-fence.h`, `dma-resv.h`) cannot say in C: contexts, reports, the end of a wait, fences nobody has seen. */
import { isUnknown, type MachineServices, type ModelCall, type Scalar, type StateKey } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { advance, NANOSECONDS_PER_JIFFY } from '../base/time.ts';
import { enter_hardirq, exit_hardirq } from '../locking/sections.ts';
import { allocate } from '../memory/allocation.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import {
  argument,
  callByName,
  called,
  effects,
  inner,
  model,
  numeric,
  PURE,
  places,
  type Routine,
  setState,
  settled,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { outcome, waitForTasks } from './outside.ts';
import { report, ruleNamed } from './rules.ts';
import { noSlotSinceLock } from './unseenSlots.ts';

const FENCE = 'struct dma_fence';
const SIGNALED = 2n;
const FOREVER = 2 ** 62;
const WAITS = effects({
  sleeps: 'yes',
  locks: 'not in a fence signalling section',
  fails: '-ERESTARTSYS, 0 on timeout',
});

function signalled(machine: MachineServices, fence: Scalar): boolean {
  const flags = machine.readField(fence, FENCE, 'flags');
  const known = isUnknown(flags) ? machine.concrete(flags) : flags;
  return known !== null && (BigInt(known) & SIGNALED) !== 0n;
}

/** A fence is known to this run when its ops are: then it can be signalled by running its code. */
function seen(machine: MachineServices, fence: Scalar): boolean {
  return settled(machine, machine.readField(fence, FENCE, 'ops')) !== null;
}

function key(machine: MachineServices, object: Scalar): string {
  const address = settled(machine, object);
  return address !== null ? String(address) : isUnknown(object) ? `u${object.id}` : String(object);
}

const unseenSignalledKey = setState<string>('sync.unseen-signalled');
const contexts: StateKey<{ next: number }> = {
  name: 'sync.fence-contexts',
  create: () => ({ next: 1 }),
  fork: (sealed) => ({ ...sealed }),
};

/** Fences that the files of sync files hold a reference on, by file, until that is closed. */
const syncFiles: StateKey<Map<number, Scalar>> = { name: 'sync.sync-files', create: () => new Map() };

/** Fences and reservations nobody has seen that turned out to be signalled: they stay so. */
function unseenDone(machine: MachineServices): Set<string> {
  return machine.state(unseenSignalledKey);
}

function unseenSignalled(call: ModelCall, what: string): boolean {
  const { machine } = call;
  const id = key(machine, argument(call, 0));
  if (unseenDone(machine).has(id)) return true;
  if (machine.choose('branch', `${what} is signalled`, ['not yet', 'yes'], machine.site()) === 0) return false;
  unseenDone(machine).add(id);
  return true;
}

/** What is left of a timeout after a wait that took a while. */
function remaining(machine: MachineServices, timeout: Scalar): Scalar {
  const jiffies = settled(machine, timeout);
  if (jiffies === null) return machine.unknown(U64, 'rest of a timeout');
  if (jiffies >= FOREVER) return timeout;
  advance(machine, NANOSECONDS_PER_JIFFY);
  return Math.max(1, jiffies - 1);
}

/** The hardware's interrupt signals the fence: its callbacks run in a handler. */
function* signalFromHardware(machine: MachineServices, fence: Scalar): Routine<void> {
  machine.emit({ kind: 'note', message: 'hardware signals the fence' });
  enter_hardirq(machine);
  yield* callByName(machine, 'dma_fence_signal', [fence], 'interrupt: the fence is signalled');
  exit_hardirq(machine);
}

function* awaitFence(call: ModelCall): Routine<Scalar> {
  const { machine } = call;
  const fence = argument(call, 0);
  const timeout = argument(call, 2);
  const jiffies = settled(machine, timeout);
  const interruptible = settled(machine, argument(call, 1)) !== 0;
  if (!seen(machine, fence)) {
    if (jiffies === 0) return unseenSignalled({ ...call }, 'the fence') ? 1 : 0;
    if (unseenDone(machine).has(key(machine, fence))) return remaining(machine, timeout);
  }
  const may = { timeout: jiffies === null || jiffies < FOREVER, interrupt: interruptible };
  const end = outcome(machine, 'dma_fence_wait_timeout()', may);
  if (end === 'interrupted') return -errno('ERESTARTSYS');
  if (end === 'timeout') return 0;
  if (!seen(machine, fence)) {
    unseenDone(machine).add(key(machine, fence));
    return remaining(machine, timeout);
  }
  if (!(yield* waitForTasks(machine, () => signalled(machine, fence), 'fence')))
    yield* signalFromHardware(machine, fence);
  return remaining(machine, timeout);
}

/** A reservation whose fences nobody has seen: how the wait for all of them ends. */
function awaitReservation(call: ModelCall): Scalar {
  const { machine } = call;
  const timeout = argument(call, 2);
  const jiffies = settled(machine, timeout);
  const id = key(machine, argument(call, 0));
  if (jiffies === 0) return unseenSignalled(call, 'the reservation object') ? 1 : 0;
  const may = {
    timeout: (jiffies === null || jiffies < FOREVER) && !unseenDone(machine).has(id),
    interrupt: settled(machine, argument(call, 1)) !== 0 && !unseenDone(machine).has(id),
  };
  const end = outcome(machine, 'dma_resv_wait_timeout()', may);
  if (end === 'interrupted') return -errno('ERESTARTSYS');
  if (end === 'timeout') return 0;
  unseenDone(machine).add(id);
  return remaining(machine, timeout);
}

export const fenceModels: readonly DocumentedModel[] = [
  model('dma_fence_context_alloc', PURE, 'drivers/dma-buf/dma-fence.c:dma_fence_context_alloc', (call) => {
    const counter = call.machine.state(contexts);
    const first = counter.next;
    counter.next += Math.max(1, numeric(call, 0) ?? 1);
    return first;
  }),
  ...inner([
    model('__sync_report', PURE, 'of the simulator: a rule that a bundled body checks', (call) => {
      const { machine } = call;
      const rule = ruleNamed(machine.readString(argument(call, 0)) ?? '');
      const object = machine.objectAt(argument(call, 2));
      if (rule === null) return;
      const related = object === null ? [] : places([`\`${object.label}\` was made here`, object.allocatedAt]);
      report(machine, rule, machine.readString(argument(call, 1)) ?? rule, related);
    }),
  ]),
  model('__dma_fence_await', WAITS, 'drivers/dma-buf/dma-fence.c:dma_fence_default_wait', awaitFence),
  model('__dma_fence_unseen_keeps', PURE, 'drivers/dma-buf/dma-fence.c:dma_fence_add_callback', (call) => {
    keepOutside(call.machine, argument(call, 0));
    return undefined;
  }),
  model('__dma_fence_unseen_signaled', PURE, 'drivers/dma-buf/dma-fence.c:dma_fence_is_signaled', (call) =>
    unseenSignalled(call, 'the fence') ? 1 : 0,
  ),
  model('__dma_resv_unseen_slotless', PURE, 'drivers/dma-buf/dma-resv.c:dma_resv_add_fence', (call) =>
    noSlotSinceLock(call.machine, argument(call, 0)) ? 1 : 0,
  ),
  model('__dma_resv_unseen_wait', WAITS, 'drivers/dma-buf/dma-resv.c:dma_resv_wait_timeout', awaitReservation),
  model('__dma_resv_unseen_signaled', PURE, 'drivers/dma-buf/dma-resv.c:dma_resv_test_signaled', (call) =>
    unseenSignalled(call, 'the reservation object') ? 1 : 0,
  ),
  model(
    '__dma_resv_unseen_fence',
    PURE,
    'drivers/dma-buf/dma-resv.c:dma_resv_get_singleton',
    ({ machine, signature }) => {
      const question = 'the reservation object has a fence';
      return machine.choose('branch', question, ['no', 'yes'], machine.site()) === 0
        ? 0
        : machine.unknown(signature.result, 'fence of the reservation object');
    },
  ),
  model(
    'sync_file_create',
    effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: 'NULL' }),
    'drivers/dma-buf/sync_file.c:sync_file_create',
    function* (call): Routine<Scalar> {
      const { machine } = call;
      const type = machine.program.type('struct sync_file');
      const size = type !== null && type.kind === 'struct' ? type.size : 48;
      // Its file frees it, and the file is nowhere in memory: neither it nor its fence is looked for among lost memory.
      const file = allocate(machine, { what: called(call), size, gfp: GFP_KERNEL, tag: 'internal', zero: true });
      if (file === 0) return 0;
      keepOutside(machine, file);
      const to = machine.program.type('struct file') ?? { kind: 'void' as const };
      const opened = machine.unknown({ kind: 'pointer', to, toConst: false }, 'file of a sync file');
      machine.materialise(opened, to);
      machine.writeField(file, 'struct sync_file', 'file', opened);
      yield* callByName(machine, 'dma_fence_get', [argument(call, 0)], 'sync_file_create');
      machine.writeField(file, 'struct sync_file', 'fence', argument(call, 0));
      const at = machine.concrete(opened);
      if (at !== null) machine.state(syncFiles).set(Number(at), argument(call, 0));
      return file;
    },
  ),
  model('__sync_file_closed', PURE, 'drivers/dma-buf/sync_file.c:sync_file_release', ({ machine, args: [file] }) => {
    const at = settled(machine, file ?? 0) ?? 0;
    const fence = machine.state(syncFiles).get(at) ?? 0;
    machine.state(syncFiles).delete(at);
    return fence;
  }),
  model(
    'sync_file_get_fence',
    effects({ sleeps: 'yes', fails: 'NULL' }),
    'drivers/dma-buf/sync_file.c:sync_file_get_fence',
    (call) => {
      const { machine } = call;
      if (machine.choose('branch', '`sync_file_get_fence()` finds a fence', ['yes', 'no'], call.at) === 1) return 0;
      const to = machine.program.type(FENCE) ?? { kind: 'void' as const };
      const fence = machine.unknown({ kind: 'pointer', to, toConst: false }, 'fence of a sync file');
      machine.materialise(fence, to);
      return fence;
    },
  ),
  model('sync_file_get_name', PURE, 'drivers/dma-buf/sync_file.c:sync_file_get_name', (call) => {
    const room = settled(call.machine, argument(call, 2));
    if (room !== 0) call.machine.fill(argument(call, 1), 0, 1);
    return argument(call, 1);
  }),
];
