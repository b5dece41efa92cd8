/** A call that may sleep where the task must not, and a sleeping lock taken inside a spinning one. */

import { check, dataText, type Judge, passingOn, type RunView, reportsOf } from './check.ts';
import { putUnderSpinlock } from './importerOrder.ts';
import { weakerAllocation } from './repair.ts';
import page from './sleeping-in-atomic-context.md?raw';
import { SPINLOCK_ABOVE, sleepsUnderLockAbove } from './sleepsUnderLockAbove.ts';

/** Whether anybody asked before this, in the op, if it may block. */
function asked(run: RunView, event: number): boolean {
  const op = run.ops.findLast(({ enter }) => enter < event);
  return run.trace
    .slice(op?.enter ?? 0, event)
    .some(
      (each) =>
        each.kind === 'call' &&
        each.function === 'mmu_notifier_range_blockable' &&
        each.at !== null &&
        run.inDocument(each.at),
    );
}

/**
 * An `invalidate` that never asks whether it may block makes one mistake, however often it sleeps: the first time tells it. The steps of the
 * run lead from there to the others.
 */
function oneCause(judge: Judge): Judge {
  return passingOn((run) => {
    const told = new Set<number>();
    return judge(run).filter(({ event }) => {
      const report = run.trace[event];
      if (report?.kind !== 'report' || dataText(report, 'since') !== 'non_block_start()' || asked(run, event))
        return true;
      const op = run.ops.findLastIndex(({ enter }) => enter < event);
      if (told.has(op)) return false;
      told.add(op);
      return true;
    });
  });
}

const reports = reportsOf(['sleeping-in-atomic', 'invalid-wait-context'], (event) => {
  const since = dataText(event, 'since');
  const what = dataText(event, 'what') || dataText(event, 'lock');
  return since === '' ? event.message : `\`${what}\` may sleep inside \`${since}\``;
});

export default check(page, {
  ...reports,
  judge: oneCause(reports.judge ?? (() => [])),
  inspect: (document) => [...putUnderSpinlock(document), ...sleepsUnderLockAbove(document, SPINLOCK_ABOVE)],
  repair: weakerAllocation('GFP_ATOMIC'),
});
