/**
 * Waiting for something that the run itself may never do: hardware signals fences, interrupts complete completions, code that the document
 * does not show wakes queues. First everything that this run started gets the chance; when none of it brings it, the outside does.
 */
import type { MachineServices, StateKey } from '../../machine/model.ts';
import { locking } from '../locking/state.ts';
import type { Routine } from '../modelling.ts';
import { allDeferred } from './deferred.ts';

interface Waiting {
  /** Tasks that sleep in a wait of this subsystem. */
  readonly sleepers: Set<number>;
  /** Kernel threads that were started and have not returned. */
  readonly threads: Set<number>;
}

const key: StateKey<Waiting> = {
  name: 'sync.waiting',
  create: () => ({ sleepers: new Set(), threads: new Set() }),
  fork: (sealed) => ({ sleepers: new Set(sealed.sleepers), threads: new Set(sealed.threads) }),
};

export function waitingState(machine: MachineServices): Waiting {
  return machine.state(key);
}

/** Whether something that this run started can still run. */
function othersActive(machine: MachineServices, me: number): boolean {
  const { sleepers, threads } = machine.state(key);
  const stuck = (task: number): boolean => task === me || sleepers.has(task) || locking(machine).waiting.has(task);
  for (const item of allDeferred(machine)) {
    if (item.queued) return true;
    for (const task of item.runners) if (!stuck(task)) return true;
  }
  for (const task of threads) if (!stuck(task)) return true;
  return false;
}

/** Lets other tasks run until `ready()`. False: nobody of this run did it. */
export function* waitForTasks(machine: MachineServices, ready: () => boolean, on: string): Routine<boolean> {
  if (ready()) return true;
  const me = machine.currentTask;
  const { sleepers } = machine.state(key);
  sleepers.add(me);
  yield { kind: 'block', ready: () => ready() || !othersActive(machine, me), on };
  sleepers.delete(me);
  return ready();
}

/** Waits for something that only this run can do: when it never happens, that is a deadlock. */
export function* waitForRun(machine: MachineServices, ready: () => boolean, on: string): Routine<void> {
  if (ready()) return;
  const me = machine.currentTask;
  const { sleepers } = machine.state(key);
  sleepers.add(me);
  yield { kind: 'block', ready, on };
  sleepers.delete(me);
}

export type WaitOutcome = 'done' | 'timeout' | 'interrupted';

/** Asks how a wait ends that may end early. */
export function outcome(
  machine: MachineServices,
  what: string,
  may: { readonly timeout: boolean; readonly interrupt: boolean },
): WaitOutcome {
  const options: WaitOutcome[] = ['done'];
  if (may.timeout) options.push('timeout');
  if (may.interrupt) options.push('interrupted');
  if (options.length === 1) return 'done';
  return options[machine.choose('wait', `\`${what}\` ends`, options, machine.site())] ?? 'done';
}
