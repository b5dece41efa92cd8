/** The C functions of RCU and of sequence counters. Readers are in rcu.ts; callbacks wait here until something lets them run. */
import type { MachineServices, ModelCall, Scalar, StateKey } from '../../machine/model.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { effects, initIdentity, lockArgument, model, numberArgument, textArgument } from './modelSupport.ts';
import { inRcuReader, type RcuFlavour, rcuReadLock, rcuReadUnlock, synchronizeRcu } from './rcu.ts';
import { enter_softirq, exit_softirq, irqs_disabled, preempt_count_set } from './sections.ts';
import { srcuModels } from './srcuModels.ts';
import { locking } from './state.ts';
import { initLock } from './validated.ts';
import type { Routine } from './waiting.ts';

const SOURCE = 'include/linux/rcupdate.h';
const FLAVOURS: readonly RcuFlavour[] = ['rcu', 'rcu-bh', 'rcu-sched'];

interface Callback {
  readonly head: Scalar;
  readonly run: Scalar;
}

const callbacksKey: StateKey<Callback[]> = {
  name: 'locking.rcu-callbacks',
  create: () => [],
  fork: (sealed) => [...sealed],
};

/** Heads that wait for their grace period: what they sit in is not lost, although nothing in memory points to it. */
export function pendingRcuHeads(machine: MachineServices): readonly Scalar[] {
  return machine.state(callbacksKey).map(({ head }) => head);
}

/** Runs the callbacks of `call_rcu()` that are waiting, as a softirq would; a scenario may do so whenever no reader runs. */
export function* runRcuCallbacks(machine: MachineServices): Routine<void> {
  const callbacks = machine.state(callbacksKey);
  for (let next = callbacks.shift(); next !== undefined; next = callbacks.shift()) {
    enter_softirq(machine);
    yield { kind: 'call', target: next.run, args: [next.head], why: 'RCU callback' };
    exit_softirq(machine);
  }
}

/** A callback for after the grace period: its head is argument `at`, its function the next. */
function later(call: ModelCall, at: number): undefined {
  call.machine.state(callbacksKey).push({ head: call.args[at] ?? 0, run: call.args[at + 1] ?? 0 });
  return undefined;
}

function reader(name: string, flavour: RcuFlavour, enter: boolean): DocumentedModel {
  return model(name, SOURCE, effects('no', `${enter ? 'begins' : 'ends'} an RCU reader`), ({ machine }) => {
    if (enter) rcuReadLock(machine, flavour);
    else rcuReadUnlock(machine, flavour);
    return undefined;
  });
}

function held(name: string, ask: (machine: MachineServices) => boolean): DocumentedModel {
  return model(name, SOURCE, effects('no', 'any'), ({ machine }) => (ask(machine) ? 1 : 0));
}

function suspicious(call: ModelCall, message: string, what: string): undefined {
  locking(call.machine).report('suspicious-rcu', message, [], { what });
  return undefined;
}

const rcuModelList: readonly DocumentedModel[] = [
  reader('rcu_read_lock', 'rcu', true),
  reader('rcu_read_unlock', 'rcu', false),
  reader('rcu_read_lock_bh', 'rcu-bh', true),
  reader('rcu_read_unlock_bh', 'rcu-bh', false),
  reader('rcu_read_lock_sched', 'rcu-sched', true),
  reader('rcu_read_unlock_sched', 'rcu-sched', false),
  held('rcu_read_lock_held', (machine) => inRcuReader(machine, ['rcu'])),
  held('rcu_read_lock_bh_held', (machine) => inRcuReader(machine, ['rcu-bh']) || bhOff(machine)),
  held('rcu_read_lock_sched_held', (machine) => inRcuReader(machine, ['rcu-sched']) || notPreemptible(machine)),
  held('rcu_read_lock_any_held', (machine) => inRcuReader(machine, FLAVOURS) || notPreemptible(machine)),
  ...['synchronize_rcu', 'synchronize_rcu_expedited'].map((name) =>
    model(name, 'kernel/rcu/tree.c', effects('yes', 'not inside an RCU reader'), function* (call) {
      yield* synchronizeRcu(call.machine, name);
      return undefined;
    }),
  ),
  model('rcu_barrier', 'kernel/rcu/tree.c', effects('yes', 'not inside an RCU reader'), function* (call) {
    yield* synchronizeRcu(call.machine, 'rcu_barrier');
    yield* runRcuCallbacks(call.machine);
    return undefined;
  }),
  model('call_rcu', 'kernel/rcu/tree.c', effects('no', 'any'), (call) => later(call, 0)),
  model('call_srcu', 'kernel/rcu/srcutree.c', effects('no', 'any'), (call) => later(call, 1)),
  model('poll_state_synchronize_rcu', 'kernel/rcu/tree.c', effects('no', 'any', 'false'), ({ machine, at }) =>
    machine.choose('rcu', 'has the grace period passed?', ['yes', 'no'], at) === 0 ? 1 : 0,
  ),
  model('rcu_sleep_check', SOURCE, effects('no', 'not inside an RCU reader'), (call) =>
    inRcuReader(call.machine, FLAVOURS)
      ? suspicious(call, '`rcu_sleep_check` inside an RCU reader', 'rcu_sleep_check')
      : undefined,
  ),
  model('__rcu_check', SOURCE, effects('no', 'needs a reader or the named protection'), (call) => {
    const flavour = FLAVOURS[numberArgument(call, 1)] ?? 'rcu';
    const { machine } = call;
    if (machine.truth(call.args[0] ?? 0, call.at) || inRcuReader(machine, [flavour])) return undefined;
    if (flavour === 'rcu-bh' && bhOff(machine)) return undefined;
    if (flavour === 'rcu-sched' && notPreemptible(machine)) return undefined;
    const what = textArgument(call, 2) ?? 'rcu_dereference';
    return suspicious(call, `\`${what}\` outside an RCU reader`, what);
  }),
  model('__rcu_suspicious', SOURCE, effects('no', 'needs the named protection'), (call) => {
    const what = textArgument(call, 0) ?? 'an RCU access';
    return suspicious(call, `\`${what}\`: the protection it names is not there`, what);
  }),
];

function bhOff(machine: MachineServices): boolean {
  const context = locking(machine).context();
  return context.depth('bh') + context.depth('softirq') > 0 || irqs_disabled(machine);
}

function notPreemptible(machine: MachineServices): boolean {
  return preempt_count_set(machine) || irqs_disabled(machine);
}

/** A sequence counter's writer is an exclusive map; a reader takes and drops it recursively. */
const seqcountModels: readonly DocumentedModel[] = [
  model('__seqcount_init', 'include/linux/seqlock.h', effects('no', 'must not be held'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) initLock(call.machine, address, 'seqcount', initIdentity(call, 1, 2), 32);
    return undefined;
  }),
  ...(['__seqcount_reader', '__seqcount_write_enter', '__seqcount_write_leave'] as const).map((name) =>
    model(name, 'include/linux/seqlock.h', effects('no', 'enters or leaves the counter'), (call) => {
      const address = lockArgument(call, 0);
      if (address === null) return undefined;
      const state = locking(call.machine);
      const lock = state.objects.at(address, 'seqcount');
      const id = state.objects.classId(lock);
      const reads = name === '__seqcount_reader';
      if (reads) settleSequence(call.machine, address);
      if (name !== '__seqcount_write_leave')
        state.lockdep.acquire(state.task(), address, id, reads ? 2 : 0, false, true, 0, call.at);
      if (name !== '__seqcount_write_enter') state.lockdep.release(state.task(), address, call.at, id);
      return undefined;
    }),
  ),
];

/** A counter of unknown content is at rest: nobody but the simulated tasks writes it, and a reader must not wait for an unknown one. */
function settleSequence(machine: MachineServices, address: number): void {
  const known = machine.concrete(machine.readField(address, 'struct seqcount', 'sequence'));
  if (known === null) machine.writeField(address, 'struct seqcount', 'sequence', 0);
}

export const rcuModels: readonly DocumentedModel[] = [...rcuModelList, ...srcuModels, ...seqcountModels];
