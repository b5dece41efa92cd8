/**
 * Waits for a completion that went on only because the outside was taken to complete it, while a task of the run waited for a lock that the
 * waiter held. When that very task completes it later, the two would have waited for each other. (No validator of the kernel sees this.)
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { heldLocks } from '../locking/context.ts';
import { locking } from '../locking/state.ts';
import { mapState, places, report } from '../modelling.ts';

interface Wait {
  /** `wait_for_completion()` */
  readonly what: string;
  readonly at: Site | null;
  /** By task: the lock of the waiter that it waited for. */
  readonly stuck: ReadonlyMap<number, { readonly lock: string; readonly at: Site | null }>;
}

const waits = mapState<number, Wait>('sync.held-up');

/** Called in the waiter, when nothing of the run can go on and the outside is about to end the wait. */
export function noteWait(machine: MachineServices, completion: number, what: string): void {
  const held = heldLocks(machine);
  const stuck = new Map(
    [...locking(machine).waiting].flatMap(([task, { lock }]) => {
      const mine = held.find(({ address }) => address === lock);
      return mine === undefined ? [] : [[task, { lock: mine.class, at: mine.at }] as const];
    }),
  );
  if (stuck.size > 0) machine.state(waits).set(completion, { what, at: machine.site(), stuck });
}

/** Called in the task that completes. */
export function completedBy(machine: MachineServices, completion: number): void {
  const wait = machine.state(waits).get(completion);
  const mine = wait?.stuck.get(machine.currentTask);
  if (wait === undefined || mine === undefined) return;
  machine.state(waits).delete(completion);
  report(
    machine,
    'deadlock',
    `\`${wait.what}\` waits with \`${mine.lock}\` held, which the task that completes it takes first`,
    places(['waited for here', wait.at], [`\`${mine.lock}\` was taken here`, mine.at]),
    { lock: mine.lock, tasks: 2 },
  );
}
