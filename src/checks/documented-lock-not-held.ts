/** A function called without the lock that its comment says its caller holds. What the function asserts itself is `asserted-lock-not-held`. */
import { check, passingOn, reportsOf } from './check.ts';
import page from './documented-lock-not-held.md?raw';
import { takesWhatIsMissed } from './documentedLocks.ts';

const missed = reportsOf(['documented-lock']);

export default check(page, {
  ...missed,
  judge: passingOn((run) => missed.judge?.(run).filter(({ event }) => !takesWhatIsMissed(run, event)) ?? []),
});
