/** The C functions of spinlocks, raw spinlocks, rwlocks, bit spinlocks and local locks. What they do is in spin.ts. */
import type { ModelCall } from '../../machine/model.ts';
import type { DocumentedModel } from '../subsystem.ts';
import {
  called,
  effects,
  initIdentity,
  lockArgument,
  lockHeld,
  lockToTake,
  model,
  numberArgument,
} from './modelSupport.ts';
import { isLocked, type LockKind } from './objects.ts';
import { type IrqVariant, type SpinLock, type SpinMode, spinLock, spinTrylock, spinUnlock } from './spin.ts';
import { locking } from './state.ts';
import { initLock } from './validated.ts';

interface Family {
  readonly kind: LockKind;
  readonly mode: SpinMode;
  readonly source: string;
}

const SIZE = 64;

function how(call: ModelCall, family: Family, irq: IrqVariant, extra: Partial<SpinLock> = {}): SpinLock {
  return { name: called(call), kind: family.kind, mode: family.mode, irq, ...extra };
}

/** `name(lock)`; `saves`: the result is the interrupt flags. `subclass`: index of the argument that gives it. */
function lockModel(name: string, family: Family, irq: IrqVariant, subclass: number | null = null): DocumentedModel {
  return model(name, family.source, effects('no', 'takes the lock'), function* (call) {
    const address = lockToTake(call, 0);
    if (address === null) return irq === 'irqsave' ? 0 : undefined;
    const extra = subclass === null ? {} : { subclass: numberArgument(call, subclass) };
    const flags = yield* spinLock(call.machine, address, how(call, family, irq, extra));
    return irq === 'irqsave' ? flags : undefined;
  });
}

function unlockModel(name: string, family: Family, irq: IrqVariant): DocumentedModel {
  return model(name, family.source, effects('no', 'releases the lock'), (call) => {
    const address = lockHeld(call, 0);
    if (address !== null)
      spinUnlock(call.machine, address, how(call, family, irq), irq === 'irqsave' ? numberArgument(call, 1) : 0);
    return undefined;
  });
}

function trylockModel(name: string, family: Family, irq: IrqVariant): DocumentedModel {
  return model(name, family.source, effects('no', 'takes the lock if it is free', 'false'), function* (call) {
    const address = lockToTake(call, 0);
    if (address === null) return 0;
    const result = yield* spinTrylock(call.machine, address, how(call, family, irq));
    if (result.taken && irq === 'irqsave') {
      const type = call.machine.program.type('unsigned long');
      if (type !== null) call.machine.write(call.args[1] ?? 0, type, result.flags);
    }
    return result.taken ? 1 : 0;
  });
}

function initModel(name: string, kind: LockKind, source: string): DocumentedModel {
  return model(name, source, effects('no', 'must not be held'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) initLock(call.machine, address, kind, initIdentity(call, 1, 2), SIZE);
    return undefined;
  });
}

function isLockedModel(name: string, kind: LockKind, source: string): DocumentedModel {
  return model(name, source, effects('no', 'any'), (call) => {
    const address = lockArgument(call, 0);
    return address !== null && isLocked(locking(call.machine).objects.at(address, kind)) ? 1 : 0;
  });
}

const spin: Family = { kind: 'spin', mode: 'exclusive', source: 'include/linux/spinlock.h' };
const raw: Family = { kind: 'raw-spin', mode: 'exclusive', source: 'kernel/locking/spinlock.c' };
const reader: Family = { kind: 'rwlock', mode: 'read', source: 'kernel/locking/spinlock.c' };
const writer: Family = { kind: 'rwlock', mode: 'exclusive', source: 'kernel/locking/spinlock.c' };
const local: Family = { kind: 'local', mode: 'exclusive', source: 'include/linux/local_lock_internal.h' };

/** lock, lock_irq, lock_bh, lock_irqsave and their unlocks, for `prefix_lock`. */
function family(prefix: string, of: Family): DocumentedModel[] {
  return [
    lockModel(`${prefix}_lock`, of, 'none'),
    lockModel(`${prefix}_lock_irq`, of, 'irq'),
    lockModel(`${prefix}_lock_bh`, of, 'bh'),
    lockModel(`_${prefix}_lock_irqsave`, of, 'irqsave', of.kind === 'rwlock' ? null : 1),
    unlockModel(`${prefix}_unlock`, of, 'none'),
    unlockModel(`${prefix}_unlock_irq`, of, 'irq'),
    unlockModel(`${prefix}_unlock_bh`, of, 'bh'),
    unlockModel(`${prefix}_unlock_irqrestore`, of, 'irqsave'),
    trylockModel(`${prefix}_trylock`, of, 'none'),
  ];
}

function nestLockModel(name: string, of: Family): DocumentedModel {
  return model(name, of.source, effects('no', 'takes the lock'), function* (call) {
    const address = lockArgument(call, 0);
    const nest = lockArgument(call, 1);
    if (address !== null) yield* spinLock(call.machine, address, how(call, of, 'none', { nest: nest ?? 0 }));
    return undefined;
  });
}

/** Bit spinlocks have no lockdep map: they are atomic sections with an owner. The word and the bit name the lock. */
const BIT: Family = { kind: 'bit-spin', mode: 'exclusive', source: 'include/linux/bit_spinlock.h' };

function bitAddress(call: ModelCall): number | null {
  const word = lockArgument(call, 1);
  if (word === null) return null;
  const address = word + numberArgument(call, 0) / 64;
  const { objects } = locking(call.machine);
  if (objects.known(address) === null) {
    const lock = objects.init(address, 'bit-spin', { key: `bit lock ${address}`, name: 'bit spinlock' });
    objects.setProperty(lock, { untracked: true });
  }
  return address;
}

const bitModels: readonly DocumentedModel[] = [
  model('bit_spin_lock', BIT.source, effects('no', 'takes the bit'), function* (call) {
    const address = bitAddress(call);
    if (address !== null) yield* spinLock(call.machine, address, how(call, BIT, 'none'));
    return undefined;
  }),
  model('bit_spin_trylock', BIT.source, effects('no', 'takes the bit if it is free', 'false'), function* (call) {
    const address = bitAddress(call);
    if (address === null) return 0;
    return (yield* spinTrylock(call.machine, address, how(call, BIT, 'none'))).taken ? 1 : 0;
  }),
  ...['bit_spin_unlock', '__bit_spin_unlock'].map((name) =>
    model(name, BIT.source, effects('no', 'releases the bit'), (call) => {
      const address = bitAddress(call);
      if (address !== null) spinUnlock(call.machine, address, how(call, BIT, 'none'));
      return undefined;
    }),
  ),
  model('bit_spin_is_locked', BIT.source, effects('no', 'any'), (call) => {
    const address = bitAddress(call);
    return address !== null && isLocked(locking(call.machine).objects.at(address, 'bit-spin')) ? 1 : 0;
  }),
];

export const spinModels: readonly DocumentedModel[] = [
  ...family('spin', spin),
  ...family('raw_spin', raw),
  ...family('read', reader),
  ...family('write', writer),
  lockModel('spin_lock_nested', spin, 'none', 1),
  lockModel('raw_spin_lock_nested', raw, 'none', 1),
  lockModel('write_lock_nested', writer, 'none', 1),
  lockModel('spin_lock_bh_nested', spin, 'bh', 1),
  nestLockModel('_spin_lock_nest_lock', spin),
  nestLockModel('_raw_spin_lock_nest_lock', raw),
  trylockModel('raw_spin_trylock_irq', raw, 'irq'),
  trylockModel('raw_spin_trylock_bh', raw, 'bh'),
  trylockModel('_raw_spin_trylock_irqsave', raw, 'irqsave'),
  trylockModel('_write_trylock_irqsave', writer, 'irqsave'),
  trylockModel('local_trylock', local, 'none'),
  trylockModel('_local_trylock_irqsave', local, 'irqsave'),
  trylockModel('spin_trylock_irq', spin, 'irq'),
  trylockModel('spin_trylock_bh', spin, 'bh'),
  trylockModel('_spin_trylock_irqsave', spin, 'irqsave'),
  isLockedModel('spin_is_locked', 'spin', spin.source),
  isLockedModel('raw_spin_is_locked', 'raw-spin', raw.source),
  initModel('__spin_lock_init', 'spin', 'kernel/locking/spinlock_debug.c:__raw_spin_lock_init'),
  initModel('__raw_spin_lock_init', 'raw-spin', 'kernel/locking/spinlock_debug.c:__raw_spin_lock_init'),
  initModel('__rwlock_init', 'rwlock', 'kernel/locking/spinlock_debug.c:__rwlock_init'),
  lockModel('local_lock', local, 'none'),
  lockModel('local_lock_irq', local, 'irq'),
  lockModel('_local_lock_irqsave', local, 'irqsave'),
  unlockModel('local_unlock', local, 'none'),
  unlockModel('local_unlock_irq', local, 'irq'),
  unlockModel('local_unlock_irqrestore', local, 'irqsave'),
  initModel('__local_lock_init', 'local', local.source),
  ...bitModels,
];
