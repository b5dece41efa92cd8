/** An allocation that may wait for reclaim, in a place that reclaim may be waiting for: lockdep's cycle through `fs_reclaim` or the notifier map. */
import page from './blocking-allocation-in-reclaim-safe-op.md?raw';
import { check, cycleKind, dataText, opWords, reportsOf } from './check.ts';
import { weakerAllocation } from './repair.ts';
import { NOTIFIER_LOCK_ABOVE, sleepsUnderLockAbove } from './sleepsUnderLockAbove.ts';

export default check(page, {
  ...reportsOf(['circular-locking', 'recursive-locking'], (event, op) => {
    if (cycleKind(event) !== 'allocation') return null;
    const gfp = dataText(event, 'gfp');
    return `\`${dataText(event, 'what')}\` with ${gfp} in ${opWords(op)} can wait for reclaim, which can wait for it`;
  }),
  inspect: (document) => sleepsUnderLockAbove(document, NOTIFIER_LOCK_ABOVE),
  repair: weakerAllocation('GFP_NOWAIT'),
});
