/**
 * Runs several actors at a time: each is a task of its own, and the scenario waits for all of them. When none of them can go on, that is a
 * deadlock and said with where each stands. Which actors may meet, and what they do, is `concurrentActors.ts`.
 */
import { locking } from '../kernel/locking/state.ts';
import { waitingState } from '../kernel/sync/outside.ts';
import type { Related } from '../machine/events.ts';
import type { MachineServices, StuckTask } from '../machine/model.ts';
import type { ScenarioSteps } from './scenario.ts';

export interface Actor {
  /** Reads after "task 2,": `an importer`. */
  readonly name: string;
  readonly script: () => ScenarioSteps<void>;
}

/** Lets the actors run, in any order and interrupting each other, until all are done. False: they never will be. */
export function* together(machine: MachineServices, actors: readonly Actor[]): ScenarioSteps<boolean> {
  const { threads } = waitingState(machine);
  const me = machine.currentTask;
  let left = actors.length;
  for (const { name, script } of actors) {
    const task = machine.start(name, function* () {
      yield* script();
      // Whoever waits for something that another task may still do must know when that task is gone.
      threads.delete(task);
      left--;
      return undefined;
    });
    threads.add(task);
  }
  const over = (): boolean => left === 0 || machine.deadlocked(me) !== null;
  yield { kind: 'block', ready: over, on: 'the tasks of the scenario' };
  const stuck = left === 0 ? null : machine.deadlocked(me);
  if (stuck !== null) reportDeadlock(machine, stuck);
  return left === 0;
}

/** Tasks that wait for each other at locks were told where the circle closed. */
function reportDeadlock(machine: MachineServices, stuck: readonly StuckTask[]): void {
  if (machine.trace.some((event) => event.kind === 'report' && event.rule === 'deadlock')) return;
  const related: Related[] = stuck.map(({ task, name, on, stack }) => ({
    message: `task ${task}, ${name}, waits for ${on} here`,
    at: stack[0] ?? null,
  }));
  for (const { task } of stuck)
    for (const held of locking(machine).held(task))
      if (held.address !== locking(machine).waiting.get(task)?.lock)
        related.push({ message: `task ${task} took \`${held.class}\` here`, at: held.at });
  const names = stuck.map(({ name }) => name).join(' and ');
  machine.emit({
    kind: 'report',
    rule: 'deadlock',
    message: `${names} wait${stuck.length === 1 ? 's' : ''} for ever`,
    related,
    held: stuck.flatMap(({ task }) => locking(machine).held(task)),
    data: { tasks: stuck.length },
  });
}
