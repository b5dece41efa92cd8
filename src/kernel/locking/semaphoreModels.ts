/** Counting semaphores (kernel/locking/semaphore.c): the count lives in memory, waiting is real, lockdep sees nothing. */
import type { MachineServices } from '../../machine/model.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { might_sleep } from './context.ts';
import { called, effects, lockArgument, model } from './modelSupport.ts';
import { contended, EINTR, interrupted, preemptionPoint } from './waiting.ts';

const SOURCE = 'kernel/locking/semaphore.c';
const ETIME = 62;

/** The count; a semaphore of unknown content is free once. */
function count(machine: MachineServices, address: number): number {
  const known = machine.concrete(machine.readField(address, 'struct semaphore', 'count'));
  if (known !== null) return Number(known);
  machine.writeField(address, 'struct semaphore', 'count', 1);
  return 1;
}

function take(machine: MachineServices, address: number): void {
  machine.writeField(address, 'struct semaphore', 'count', count(machine, address) - 1);
}

function downModel(name: string, ends: 'interrupted' | 'timeout' | null): DocumentedModel {
  return model(
    name,
    SOURCE,
    effects('yes', 'takes the semaphore', ends === null ? 'never' : '-errno'),
    function* (call) {
      const { machine } = call;
      might_sleep(machine, called(call));
      const address = lockArgument(call, 0);
      if (address === null) return ends === null ? undefined : 0;
      yield* preemptionPoint(name);
      if (ends === 'interrupted' && interrupted(machine, called(call))) return -EINTR;
      if (ends === 'timeout' && contended(machine, called(call))) return -ETIME;
      if (count(machine, address) === 0) {
        if (ends === 'timeout') return -ETIME;
        yield { kind: 'block', ready: () => count(machine, address) > 0, on: 'semaphore' };
      }
      take(machine, address);
      return ends === null ? undefined : 0;
    },
  );
}

export const semaphoreModels: readonly DocumentedModel[] = [
  downModel('down', null),
  downModel('down_interruptible', 'interrupted'),
  downModel('down_killable', 'interrupted'),
  downModel('down_timeout', 'timeout'),
  // The reverse of every other trylock: 0 is success.
  model('down_trylock', SOURCE, effects('no', 'takes the semaphore if it is free', '1'), function* (call) {
    const address = lockArgument(call, 0);
    if (address === null) return 1;
    yield* preemptionPoint('down_trylock');
    if (count(call.machine, address) === 0 || contended(call.machine, called(call))) return 1;
    take(call.machine, address);
    return 0;
  }),
  model('up', SOURCE, effects('no', 'releases the semaphore'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null)
      call.machine.writeField(address, 'struct semaphore', 'count', count(call.machine, address) + 1);
    return undefined;
  }),
];
