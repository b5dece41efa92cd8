/** Fences added to a reservation without a reserved slot, or as a container. */

import { type CheckReport, check, passingOn, type RunView, reportsOf } from './check.ts';
import page from './fence-published-wrongly.md?raw';
import { addedInLoop } from './fenceLoops.ts';
import { addedWithoutSlot } from './fenceReads.ts';

const seen = reportsOf(['resv-slot-missing', 'resv-fence-container', 'fence-released-unsignalled']);

/** That a fence is a container was answered where the core asks each fence for it (`dma_fence_unwrap_merge()`): the code itself does not say so. */
function chosenByCore({ trace, inDocument }: RunView, { event }: CheckReport): boolean {
  const report = trace[event];
  if (report?.kind !== 'report' || report.rule !== 'resv-fence-container') return false;
  return trace
    .slice(0, event)
    .some(
      (each) =>
        each.kind === 'decision' &&
        /ops == &dma_fence_(?:array|chain)_ops` is true$/.test(each.question) &&
        each.option === 'true' &&
        (each.at === null || !inDocument(each.at)),
    );
}

export default check(page, {
  ...seen,
  judge: passingOn((run) => seen.judge?.(run).filter((report) => !chosenByCore(run, report)) ?? []),
  inspect: (document) => [...addedWithoutSlot(document), ...addedInLoop(document)],
});
