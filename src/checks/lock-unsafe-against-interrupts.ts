/** A lock that an interrupt can take while the code it interrupted holds it. */
import { brief, check, type Judge, type LockConflict, opDuring, opWords, reportsOf } from './check.ts';
import { fenceLocksWithInterrupts } from './fenceLocks.ts';
import page from './lock-unsafe-against-interrupts.md?raw';

function words({ interrupt, taken, under }: LockConflict, op: string): string {
  switch (interrupt) {
    case 'lets-in':
      return `${op} takes \`${under}\` with interrupts on, an interrupt handler waits for it`;
    case 'is-in':
      return `${op} takes \`${taken}\` in an interrupt, which others take with interrupts on`;
    default:
      return `${op} takes \`${taken}\`, taken elsewhere with interrupts on, under \`${under}\``;
  }
}

/** Uses that only several runs together show to contradict each other. */
const across: Judge = (run) =>
  (run.conflicts ?? [])
    .filter(({ interrupt }) => interrupt !== null)
    .map((conflict) => ({
      event: conflict.event,
      at: conflict.at,
      message: brief(words(conflict, opWords(opDuring(run, conflict.event)))),
      related: conflict.related,
      held: [],
    }));

const within = reportsOf(['inconsistent-lock-state', 'irq-inversion', 'irq-lock-order']);

export default check(page, {
  ...within,
  judge: (run) => [...(within.judge?.(run) ?? []), ...across(run)],
  inspect: fenceLocksWithInterrupts,
});
