/**
 * What a run shows after it used memory that was freed, or freed it twice: values read there are anybody's, and the kernel would be gone. Only
 * what came before counts, or what stands on firmer ground than the use itself.
 */
import type { CheckReport, RunView } from '../checks/check.ts';
import type { Site } from '../machine/events.ts';
import type { Collected } from './collected.ts';

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

/** Calls of the document between one that takes an entry off its list and the one that frees it. */
const STEPS = 2;

/** Whether what is freed at a place was taken off a list just before: the list itself, of which nobody shows the head, may still lead to it. */
export function takenOff(run: RunView, freed: Site): boolean {
  const free = run.trace.findIndex(
    ({ kind, at }) =>
      kind === 'free' && at !== null && at.span.unit === freed.span.unit && at.span.start === freed.span.start,
  );
  const calls = run.trace
    .slice(0, Math.max(free, 0))
    .flatMap((event) =>
      event.kind === 'call' && event.at !== null && run.inDocument(event.at) && event.at.function === freed.function
        ? [event.function]
        : [],
    );
  return calls.slice(-STEPS - 1).some((name) => /^list_(?:del|move|splice)/.test(name));
}
