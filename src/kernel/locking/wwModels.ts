/** The C functions of ww mutexes and acquire contexts. What they do is in ww.ts; dma_resv and drm_exec are C on top of these. */
import type { MachineServices, ModelCall } from '../../machine/model.ts';
import type { DocumentedModel } from '../subsystem.ts';
import type { LockKey } from './lockdep/types.ts';
import { called, effects, lockArgument, lockHeld, model } from './modelSupport.ts';
import { isLocked } from './objects.ts';
import { locking } from './state.ts';
import { RESV_ACQUIRE_NAME, RESV_CLASS, resvIdentity } from './teach.ts';
import { destroyLock, initLock } from './validated.ts';
import { type WwClass, wwAcquireDone, wwAcquireFini, wwAcquireInit, wwLock, wwTrylock, wwUnlock } from './ww.ts';

const SOURCE = 'kernel/locking/ww_mutex.h';
const SIZE = 64;

/** Key of the `struct ww_class` an argument points to: the reservation class is known by name, others by address. */
function classKey(machine: MachineServices, address: number): LockKey {
  return address !== 0 && address === machine.addressOf(RESV_CLASS) ? RESV_CLASS : address;
}

function classText(machine: MachineServices, address: number, member: 'acquire_name' | 'mutex_name'): string {
  const text = address === 0 ? null : machine.readString(machine.readField(address, 'struct ww_class', member));
  if (text !== null) return text;
  const label = machine.objectAt(address)?.label ?? 'ww_class';
  return `${label}_${member === 'acquire_name' ? 'acquire' : 'mutex'}`;
}

function wwClassOf(call: ModelCall, index: number): WwClass {
  const { machine } = call;
  const address = lockArgument(call, index) ?? 0;
  const key = classKey(machine, address);
  if (key === RESV_CLASS) return { key, acquireName: RESV_ACQUIRE_NAME, waitDie: true };
  const waitDie = machine.concrete(machine.readField(address, 'struct ww_class', 'is_wait_die'));
  return {
    key,
    acquireName: classText(machine, address, 'acquire_name'),
    waitDie: waitDie === null || Number(waitDie) !== 0,
  };
}

/** The context argument of a lock call: 0 for NULL. An unknown pointer may be NULL: it is decided as a branch would. */
function contextArgument(call: ModelCall): number {
  const value = call.args[1] ?? 0;
  if (value === 0 || !call.machine.truth(value, call.at)) return 0;
  return lockArgument(call, 1) ?? 0;
}

/** Keeps `lock->ctx` in memory true, for code that reads it (`dma_resv_locking_ctx`). */
function showContext(machine: MachineServices, address: number): void {
  const context = locking(machine).objects.at(address, 'mutex').wwContext;
  if (machine.fieldAddress(address, 'struct ww_mutex', 'ctx') !== null)
    machine.writeField(address, 'struct ww_mutex', 'ctx', context);
}

function lockModel(
  name: string,
  variant: { readonly interruptible?: boolean; readonly slow?: boolean },
): DocumentedModel {
  return model(name, SOURCE, effects('yes', 'takes the ww mutex', '-errno'), function* (call) {
    const address = lockArgument(call, 0);
    if (address === null) return 0;
    const result = yield* wwLock(call.machine, address, {
      name: called(call),
      context: contextArgument(call),
      ...variant,
    });
    showContext(call.machine, address);
    return call.signature.result.kind === 'void' ? undefined : result;
  });
}

export const wwModels: readonly DocumentedModel[] = [
  model('ww_mutex_init', 'include/linux/ww_mutex.h', effects('no', 'must not be held'), (call) => {
    const { machine } = call;
    const address = lockArgument(call, 0);
    if (address === null) return undefined;
    const classAddress = lockArgument(call, 1) ?? 0;
    const key = classKey(machine, classAddress);
    const identity =
      key === RESV_CLASS
        ? resvIdentity()
        : { key: `${key}:mutex`, name: classText(machine, classAddress, 'mutex_name') };
    initLock(machine, address, 'mutex', identity, SIZE).wwClass = key;
    showContext(machine, address);
    return undefined;
  }),
  model('ww_mutex_destroy', 'include/linux/ww_mutex.h', effects('no', 'must not be held'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) destroyLock(call.machine, locking(call.machine).objects.at(address, 'mutex'), called(call));
    return undefined;
  }),
  model('ww_acquire_init', 'include/linux/ww_mutex.h', effects('no', 'takes the acquire class'), (call) => {
    const address = lockArgument(call, 0);
    if (address === null) return undefined;
    wwAcquireInit(call.machine, address, wwClassOf(call, 1), SIZE);
    // The stamp is a number that nobody chooses; whoever copies the context copies what was written.
    const stamp = call.machine.fieldAddress(address, 'struct ww_acquire_ctx', 'stamp');
    if (stamp !== null)
      call.machine.write(stamp.address, stamp.type, call.machine.unknown(stamp.type, 'stamp of an acquire context'));
    return undefined;
  }),
  model('ww_acquire_done', 'include/linux/ww_mutex.h', effects('no', 'needs the acquire context'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) wwAcquireDone(call.machine, address);
    return undefined;
  }),
  model('ww_acquire_fini', 'include/linux/ww_mutex.h', effects('no', 'releases the acquire class'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) wwAcquireFini(call.machine, address);
    return undefined;
  }),
  lockModel('ww_mutex_lock', {}),
  lockModel('ww_mutex_lock_interruptible', { interruptible: true }),
  lockModel('ww_mutex_lock_slow', { slow: true }),
  lockModel('ww_mutex_lock_slow_interruptible', { slow: true, interruptible: true }),
  model('ww_mutex_trylock', SOURCE, effects('no', 'takes the ww mutex if it is free', 'false'), function* (call) {
    const address = lockArgument(call, 0);
    if (address === null) return 0;
    const taken = yield* wwTrylock(call.machine, address, contextArgument(call), called(call));
    if (taken !== 0) showContext(call.machine, address);
    return taken;
  }),
  model('ww_mutex_unlock', SOURCE, effects('no', 'releases the ww mutex'), (call) => {
    const address = lockHeld(call, 0);
    if (address === null) return undefined;
    wwUnlock(call.machine, address, called(call));
    showContext(call.machine, address);
    return undefined;
  }),
  model('ww_mutex_is_locked', 'include/linux/ww_mutex.h', effects('no', 'any'), (call) => {
    const address = lockArgument(call, 0);
    return address !== null && isLocked(locking(call.machine).objects.at(address, 'mutex')) ? 1 : 0;
  }),
];
