/** What happens wholly in other files than the document: it is told when these are checked. */
import type { CheckReport, RunView } from '../checks/check.ts';
import type { FaultKind } from '../machine/events.ts';
import type { Places } from './places.ts';

/** Faults about an object, which the report says where it was made and ended. */
const OF_OBJECTS: ReadonlySet<FaultKind> = new Set([
  'uninitialised-read',
  'out-of-bounds',
  'use-after-free',
  'double-free',
]);

/** Whether a file of the tree misuses an object that files of the tree made: whoever called it had no part in either. */
export function elsewhere(run: RunView, report: CheckReport, places: Places): boolean {
  const event = run.trace[report.event];
  if (event?.kind !== 'fault' || !OF_OBJECTS.has(event.fault)) return false;
  const site = places.writtenSite(run.trace, report.event, event.at);
  if (site === null || !places.inTree(site.span)) return false;
  const told = event.related.flatMap(({ at }) => at ?? []);
  return told.length > 0 && told.every(({ span }) => places.inTree(span));
}
