/** What happens wholly in other files than the document: it is told when these are checked. */
import type { CheckReport, RunView } from '../checks/check.ts';
import type { FaultKind, Site } from '../machine/events.ts';
import type { Places } from './places.ts';

/** Faults about an object, which the report says where it was made and ended. */
const OF_OBJECTS: ReadonlySet<FaultKind> = new Set([
  'uninitialised-read',
  'out-of-bounds',
  'use-after-free',
  'double-free',
]);

/**
 * Whether a file of the tree misuses an object that files of the tree made: whoever called it had no part in either. Or it made one, and gave
 * it to a function that nobody sees, where it may be kept.
 */
export function elsewhere(run: RunView, report: CheckReport, places: Places): boolean {
  const event = run.trace[report.event];
  if (givenAway(run, report, places)) return true;
  if (event?.kind !== 'fault' || !OF_OBJECTS.has(event.fault)) return false;
  const site = places.writtenSite(run.trace, report.event, event.at);
  if (site === null || !places.inTree(site.span)) return false;
  const told = event.related.flatMap(({ at }) => at ?? []);
  return told.length > 0 && told.every(({ span }) => places.inTree(span));
}

function givenAway(run: RunView, report: CheckReport, places: Places): boolean {
  const made = lostMemory(run, report);
  const event = made === null ? undefined : run.trace[made];
  if (made === null || event?.kind !== 'alloc') return false;
  const inTree = (i: number, at: Site | null): boolean => {
    const site = places.writtenSite(run.trace, i, at);
    return site !== null && places.inTree(site.span);
  };
  return (
    inTree(made, event.at) &&
    run.trace.some(
      (each, i) =>
        i > made &&
        each.kind === 'assumption' &&
        each.handed?.some((object) => object.address === event.address) === true &&
        inTree(i, each.at),
    )
  );
}

/** Where the memory was allocated of which a report says that it is lost. */
function lostMemory(run: RunView, report: CheckReport): number | null {
  const [first] = report.related;
  const lost = run.trace.find(
    (event) => event.kind === 'report' && event.rule === 'memory-leak' && event.related[0] === first,
  );
  if (first === undefined || lost?.kind !== 'report') return null;
  const made = run.trace.findLastIndex((event) => event.kind === 'alloc' && event.address === lost.data['address']);
  return made < 0 ? null : made;
}

/** What a condition on data says of it: not what a call came to, nor who runs. */
const OF_DATA = /^`[^`]*` is (?:true|false|NULL|not NULL)$/;

/**
 * What a function of the tree that is still running at event `index` chose by data that nobody made, since event `from`: with what a real
 * caller keeps there (which device an entry of its list belongs to) it may not come here. Null: nothing.
 */
export function chosenInTree(run: RunView, from: number, index: number, places: Places): string | null {
  const last = run.trace[index];
  if (last === undefined) return null;
  let { depth } = last;
  for (let i = index - 1; i > from; i--) {
    const event = run.trace[i];
    if (event === undefined || event.task !== last.task) continue;
    if (event.kind === 'decision' && event.depth <= depth && event.depth < last.depth && OF_DATA.test(event.question)) {
      const site = event.at;
      if (site !== null && places.inTree(site.span))
        return `\`${site.function}()\` of another file comes here by data that nobody shows: ${event.question}`;
    }
    depth = Math.min(depth, event.depth);
  }
  return null;
}
