/**
 * What a run shows after it used memory that was freed, or freed it twice: values read there are anybody's, and the kernel would be gone. Only
 * what came before counts, or what stands on firmer ground than the use itself.
 */
import type { CheckReport, RunView } from '../checks/check.ts';
import type { Collected } from './findings.ts';

/** Of all that one run shows, what is to be told. */
export function beforeFirstUseOfFreed(
  run: RunView,
  shown: readonly { readonly report: CheckReport; readonly collected: Collected }[],
): readonly Collected[] {
  const uses = shown.filter(({ report }) => {
    const event = run.trace[report.event];
    return event?.kind === 'fault' && (event.fault === 'use-after-free' || event.fault === 'double-free');
  });
  const first = uses.reduce<(typeof uses)[number] | null>(
    (best, each) => (best === null || each.report.event < best.report.event ? each : best),
    null,
  );
  if (first === null) return shown.map(({ collected }) => collected);
  const firm = first.collected.finding.verdict === 'violation';
  return shown
    .filter(
      ({ report, collected }) =>
        report.event <= first.report.event || (!firm && collected.finding.verdict === 'violation'),
    )
    .map(({ collected }) => collected);
}
