/**
 * Waiting for something that the run itself may never do: hardware signals fences, interrupts complete completions, code that the document
 * does not show wakes queues. First everything that this run started gets the chance; when none of it brings it, the outside does.
 */

import type { Related } from '../../machine/events.ts';
import type { MachineServices, StateKey } from '../../machine/model.ts';
import { heldLocks } from '../locking/context.ts';
import { locking } from '../locking/state.ts';
import { type Routine, report } from '../modelling.ts';
import { allDeferred } from './deferred.ts';

interface Waiting {
  /** Tasks that sleep in a wait of this subsystem. */
  readonly sleepers: Set<number>;
  /** Kernel threads that were started and have not returned. */
  readonly threads: Set<number>;
  /** A task that waits asks whether any other can go on: those that wait as well must not ask back. */
  asking: boolean;
}

const key: StateKey<Waiting> = {
  name: 'sync.waiting',
  create: () => ({ sleepers: new Set(), threads: new Set(), asking: false }),
  fork: (sealed) => ({ sleepers: new Set(sealed.sleepers), threads: new Set(sealed.threads), asking: false }),
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

/** Waits for something that only this run can do: when no task can go on any more, that is a deadlock, and told. */
export function* waitForRun(machine: MachineServices, ready: () => boolean, on: string): Routine<void> {
  if (ready()) return;
  const me = machine.currentTask;
  const state = machine.state(key);
  const hopeless = (): boolean => {
    if (state.asking) return false;
    state.asking = true;
    const stuck = machine.deadlocked(me) !== null;
    state.asking = false;
    return stuck;
  };
  state.sleepers.add(me);
  yield { kind: 'block', ready: () => ready() || hopeless(), on };
  if (!ready()) yield* waitWithoutEnd(machine, on, ready);
  state.sleepers.delete(me);
}

/** Tells that what is waited for does not come, and waits for it. */
export function* waitWithoutEnd(machine: MachineServices, on: string, ready: () => boolean): Routine<void> {
  reportStuck(machine, on);
  yield { kind: 'block', ready, on };
}

/** Tasks that wait for each other at locks were told where the circle closed. */
function reportStuck(machine: MachineServices, on: string): void {
  if (machine.trace.some((event) => event.kind === 'report' && event.rule === 'deadlock')) return;
  const me = machine.currentTask;
  const others = machine.deadlocked(me) ?? [];
  const related: Related[] = heldLocks(machine).map((held) => ({
    message: `\`${held.class}\` is held here`,
    at: held.at,
  }));
  for (const { task, name, on: what, stack } of others)
    related.push({ message: `task ${task}, ${name}, waits for ${what} here`, at: stack[0] ?? null });
  report(
    machine,
    'deadlock',
    `the task waits for ${on}, and nothing can go on that would bring it`,
    related.filter(({ at }) => at !== null),
    { tasks: others.length + 1 },
  );
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
