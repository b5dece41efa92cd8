/** The C functions of the validator itself: maps, classes, assertions, `might_lock`, pinning, freed locks. */
import type { MachineServices, ModelCall } from '../../machine/model.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { askOrder } from './compare.ts';
import { debug_check_no_locks_freed } from './context.ts';
import type { LockType, ReadKind, WaitType } from './lockdep/types.ts';
import { called, effects, initIdentity, lockArgument, model, numberArgument, textArgument } from './modelSupport.ts';
import { lockKindAt } from './naming.ts';
import type { LockObject } from './objects.ts';
import { heldInstead } from './sameLock.ts';
import { irqs_disabled, preempt_count_set } from './sections.ts';
import { here, locking } from './state.ts';
import { validateAcquire, validateRelease } from './validated.ts';

const SOURCE = 'kernel/locking/lockdep.c';
const NONE = effects('no', 'any');

/** The lock object at an argument; its kind is that of the struct it is. */
function objectArgument(call: ModelCall, index: number): LockObject | null {
  const address = lockArgument(call, index);
  if (address === null) return null;
  return locking(call.machine).objects.at(address, lockKindAt(call.machine, address) ?? 'map');
}

function readKind(value: number): ReadKind {
  return value === 0 ? 0 : value === 1 ? 1 : 2;
}

function waitType(value: number): WaitType {
  switch (value) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return value;
    default:
      return 0;
  }
}

const LOCK_TYPES: readonly LockType[] = ['normal', 'percpu', 'wait-override'];

/** The instance of a nest-lock argument; 0 for NULL. */
function nestArgument(call: ModelCall, index: number): number {
  return (call.args[index] ?? 0) === 0 ? 0 : (lockArgument(call, index) ?? 0);
}

const mapModels: readonly DocumentedModel[] = [
  model('lockdep_init_map_type', SOURCE, NONE, (call) => {
    const address = lockArgument(call, 0);
    if (address === null) return undefined;
    const { objects, lockdep } = locking(call.machine);
    lockdep.freed(address, 1, lockdep.task(call.machine.currentTask), here(call.machine));
    const object = objects.init(address, 'map', initIdentity(call, 1, 2));
    object.subclass = numberArgument(call, 3);
    object.wait = {
      inner: waitType(numberArgument(call, 4)),
      outer: waitType(numberArgument(call, 5)),
      type: LOCK_TYPES[numberArgument(call, 6)] ?? 'normal',
    };
    return undefined;
  }),
  model('lock_acquire', SOURCE, effects('no', 'takes the map'), function* (call) {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    yield* askOrder(call.machine, object, numberArgument(call, 1));
    const state = locking(call.machine);
    state.lockdep.acquire(
      state.task(),
      object.address,
      state.objects.classId(object, numberArgument(call, 1)),
      readKind(numberArgument(call, 3)),
      numberArgument(call, 2) !== 0,
      numberArgument(call, 4) !== 0,
      nestArgument(call, 5),
      here(call.machine),
    );
    return undefined;
  }),
  model('lock_release', SOURCE, effects('no', 'releases the map'), (call) => {
    const object = objectArgument(call, 0);
    if (object !== null) validateRelease(call.machine, object);
    return undefined;
  }),
  model('lock_sync', SOURCE, effects('no', 'orders against the map'), (call) => {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    const state = locking(call.machine);
    const id = state.objects.classId(object, numberArgument(call, 1));
    state.lockdep.sync(state.task(), object.address, id, readKind(numberArgument(call, 2)), here(call.machine));
    return undefined;
  }),
  model('lock_set_class', SOURCE, effects('no', 'needs the map held'), (call) => {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    const state = locking(call.machine);
    const key = numberArgument(call, 2);
    if (key !== 0) state.objects.setIdentity(object, { key, name: textArgument(call, 1) ?? object.identity.name });
    const id = state.objects.classId(object, numberArgument(call, 3));
    state.lockdep.setClass(state.task(), object.address, id, here(call.machine));
    return undefined;
  }),
  model('lock_downgrade', SOURCE, effects('no', 'needs the map held'), (call) => {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    const state = locking(call.machine);
    state.lockdep.downgrade(state.task(), object.address, here(call.machine), state.objects.classId(object));
    return undefined;
  }),
  ...['lock_is_held_type', '__lockdep_is_held_type', '__lockdep_is_held'].map((name) =>
    model(name, SOURCE, NONE, (call) => {
      const read = heldAs(call, 0);
      const wanted = name === '__lockdep_is_held' ? -1 : numberArgument(call, 1);
      if (read === null) return 0;
      return wanted === -1 || (read !== 0) === (wanted !== 0) ? 1 : 0;
    }),
  ),
];

function heldAs(call: ModelCall, index: number): ReadKind | null {
  const object = objectArgument(call, index);
  if (object === null) return null;
  const state = locking(call.machine);
  const meant = state.objects.known(heldInstead(call.machine, object.address)) ?? object;
  return state.lockdep.isHeld(state.task(), meant.address, state.objects.classId(meant));
}

const classModels: readonly DocumentedModel[] = [
  model('__lockdep_set_class', SOURCE, NONE, (call) => {
    const { machine } = call;
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    const { objects } = locking(machine);
    const key = numberArgument(call, 1);
    if (key !== 0 && key === machine.addressOf('__lockdep_no_validate__'))
      objects.setProperty(object, { novalidate: true });
    else if (key !== 0 && key === machine.addressOf('__lockdep_no_track__'))
      objects.setProperty(object, { untracked: true });
    else {
      checkKey(machine, key, called(call));
      objects.setIdentity(object, { key, name: textArgument(call, 2) ?? object.identity.name });
      objects.setProperty(object, { subclass: numberArgument(call, 3) });
    }
    return undefined;
  }),
  model('__lockdep_set_subclass', SOURCE, NONE, (call) => {
    const object = objectArgument(call, 0);
    if (object !== null) locking(call.machine).objects.setProperty(object, { subclass: numberArgument(call, 1) });
    return undefined;
  }),
  model('lockdep_set_lock_cmp_fn', SOURCE, NONE, (call) => {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    const state = locking(call.machine);
    state.orderBy(state.objects.classId(object), call.args[1] ?? 0);
    return undefined;
  }),
  model('lockdep_register_key', SOURCE, NONE, (call) => {
    registeredKeys(call.machine).add(numberArgument(call, 0));
    return undefined;
  }),
  model('lockdep_unregister_key', SOURCE, NONE, (call) => {
    registeredKeys(call.machine).delete(numberArgument(call, 0));
    return undefined;
  }),
];

function registeredKeys(machine: MachineServices): Set<number> {
  return machine.state(keysKey);
}

const keysKey = {
  name: 'locking.keys',
  create: (): Set<number> => new Set(),
  fork: (sealed: Set<number>): Set<number> => new Set(sealed),
};

/** A key must be static storage or registered (lockdep.c: "trying to register non-static key"). */
function checkKey(machine: MachineServices, key: number, what: string): void {
  const object = machine.objectAt(key);
  if (object === null || object.storage !== 'heap' || object.allocatedAt === null) return;
  if (registeredKeys(machine).has(key)) return;
  locking(machine).report(
    'static-key-missing',
    `\`${what}\` with a lock class key that is neither static nor registered`,
    [{ message: 'key allocated here', at: object.allocatedAt }],
    { what },
  );
}

/** A reservation by its own name, not by the mutex inside it that its assertion expands to. */
function inWords(text: string): string {
  return /^&\(?([^()]*(?:\([^()]*\)[^()]*)*?)\)?->lock\.base$/.exec(text)?.[1] ?? text;
}

/** What each assertion wants, by the mode argument of `__lockdep_assert`. */
const ASSERTIONS = ['held', 'held for write', 'held for read', 'not held'] as const;

function assertion(call: ModelCall): undefined {
  const object = objectArgument(call, 0);
  if (object === null) return undefined;
  const mode = numberArgument(call, 1);
  const state = locking(call.machine);
  const exactly = state.lockdep.isHeld(state.task(), object.address, state.objects.classId(object));
  const read = mode === 3 ? exactly : heldAs(call, 0);
  const fine =
    mode === 0 ? read !== null : mode === 1 ? read === 0 : mode === 2 ? read !== null && read !== 0 : read === null;
  // It was let go of in the place of another lock, which then was another one.
  if (fine || (read === null && state.letGoInstead.has(object.address))) return undefined;
  const wanted = ASSERTIONS[mode] ?? 'held';
  const held = state.held().find((entry) => entry.address === object.address);
  const text = inWords(textArgument(call, 2) ?? object.identity.name);
  const now = read === null ? 'not held' : read === 0 ? 'held for write' : 'held for read';
  state.report(
    'lock-assertion',
    `\`${text}\` must be ${wanted} here, but is ${now}`,
    held === undefined ? [] : [{ message: 'taken here', at: held.at }],
    { lock: object.identity.name, text, wanted, now, address: object.address, what: called(call) },
  );
  return undefined;
}

function contextAssertion(name: string, wanted: string, holds: (machine: MachineServices) => boolean): DocumentedModel {
  return model(name, 'include/linux/lockdep.h', NONE, ({ machine }) => {
    if (!holds(machine))
      locking(machine).report('lock-assertion', `\`${name}\`: ${wanted}`, [], { what: name, wanted });
    return undefined;
  });
}

const assertionModels: readonly DocumentedModel[] = [
  model('__lockdep_assert', 'include/linux/lockdep.h', effects('no', 'needs the lock as asserted'), assertion),
  model('__lockdep_check', 'include/linux/lockdep.h', NONE, (call) => {
    if (call.machine.truth(call.args[0] ?? 1, call.at)) return undefined;
    const text = textArgument(call, 1) ?? 'the condition';
    locking(call.machine).report('lock-assertion', `\`lockdep_assert(${text})\` does not hold`, [], { text });
    return undefined;
  }),
  contextAssertion('lockdep_assert_none_held_once', 'a lock is held', (m) => locking(m).held().length === 0),
  contextAssertion('lockdep_assert_irqs_enabled', 'interrupts are off', (m) => !irqs_disabled(m)),
  contextAssertion('lockdep_assert_irqs_disabled', 'interrupts are on', irqs_disabled),
  contextAssertion(
    'lockdep_assert_in_irq',
    'not in a hardware interrupt',
    (m) => locking(m).context().depth('hardirq') + locking(m).context().depth('nmi') > 0,
  ),
  contextAssertion(
    'lockdep_assert_no_hardirq',
    'in a hardware interrupt',
    (m) => locking(m).context().depth('hardirq') === 0,
  ),
  contextAssertion(
    'lockdep_assert_RT_in_threaded_ctx',
    'in a hardware interrupt whose handler is not threaded',
    (m) => !locking(m).task().hardirqNotThreaded,
  ),
  contextAssertion('lockdep_assert_in_softirq', 'not in a softirq', (m) => locking(m).context().inInterrupt),
  contextAssertion(
    'lockdep_assert_preemption_enabled',
    'preemption is off',
    (m) => !preempt_count_set(m) && !irqs_disabled(m),
  ),
  contextAssertion(
    'lockdep_assert_preemption_disabled',
    'preemption is on',
    (m) => preempt_count_set(m) || irqs_disabled(m),
  ),
];

const otherModels: readonly DocumentedModel[] = [
  model('lockdep_match_class', 'include/linux/lockdep.h', NONE, (call) => {
    const object = objectArgument(call, 0);
    return object !== null && object.identity.key === numberArgument(call, 1) ? 1 : 0;
  }),
  model('lockdep_match_key', 'include/linux/lockdep.h', NONE, (call) => {
    const object = objectArgument(call, 0);
    return object !== null && object.identity.key === numberArgument(call, 1) ? 1 : 0;
  }),
  model('__lockdep_depth', 'include/linux/lockdep.h', NONE, ({ machine }) => locking(machine).task().depth),
  ...(['debug_show_held_locks', 'debug_show_all_locks'] as const).map((name) =>
    model(name, SOURCE, NONE, ({ machine }) => {
      for (const held of locking(machine).held()) machine.emit({ kind: 'print', text: `held: ${held.class}` });
      return undefined;
    }),
  ),
  model('__might_lock', 'include/linux/lockdep.h', effects('no', 'orders as if the lock were taken'), function* (call) {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    yield* askOrder(call.machine, object, numberArgument(call, 1));
    const read: ReadKind = numberArgument(call, 2) === 0 ? 0 : 1;
    validateAcquire(call.machine, object, { subclass: numberArgument(call, 1), read });
    validateRelease(call.machine, object);
    return undefined;
  }),
  model('__lockdep_pin', SOURCE, effects('no', 'needs the lock held'), (call) => {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    const state = locking(call.machine);
    state.lockdep.pin(state.task(), object.address, state.objects.classId(object), here(call.machine));
    return undefined;
  }),
  model('__lockdep_unpin', SOURCE, effects('no', 'needs the lock held'), (call) => {
    const object = objectArgument(call, 0);
    if (object === null) return undefined;
    const state = locking(call.machine);
    state.lockdep.unpin(state.task(), object.address, state.objects.classId(object), here(call.machine));
    return undefined;
  }),
  model('lock_pin_lock', SOURCE, effects('no', 'needs the lock held'), () => 1),
  model('debug_check_no_locks_freed', SOURCE, effects('no', 'no lock in the range may be held'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) debug_check_no_locks_freed(call.machine, address, numberArgument(call, 1));
    return undefined;
  }),
  model('debug_check_no_locks_held', SOURCE, effects('no', 'no lock may be held'), ({ machine }) => {
    const state = locking(machine);
    for (const held of state.held())
      state.report('lock-held-at-exit', `\`${held.class}\` is still held`, [{ message: 'taken here', at: held.at }], {
        lock: held.class,
        address: held.address,
      });
    return undefined;
  }),
];

export const lockdepModels: readonly DocumentedModel[] = [
  ...mapModels,
  ...classModels,
  ...assertionModels,
  ...otherModels,
];
