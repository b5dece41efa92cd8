/**
 * Mappings that a function nobody visible calls leaves behind. It may map for its caller, and what failed may be taken down by a caller that
 * cleans up for every failure. It is a mistake when the address stands nowhere any more, so that nobody can unmap it; or when the function
 * fails and keeps what it takes down itself in another run.
 */
import type { RunView } from '../checks/check.ts';
import { allOf } from '../checks/eventIndex.ts';
import type { Event, Site } from '../machine/events.ts';

export const MAPPING_LEFT: ReadonlySet<string> = new Set(['dma-mapping-leak', 'iova-leak', 'fabric-leak']);

interface Left<T> {
  readonly place: string;
  readonly run: T;
}

/** Runs of one function that are kept until all are known. */
const KEPT = 16;

export class MappingExits<T> {
  /** Of runs that failed: what one that succeeds leaves is its caller's. */
  private readonly left: Left<T>[] = [];
  private readonly lost: T[] = [];
  /** Places whose mappings the function took down itself. */
  private readonly undone = new Set<string>();

  note(view: RunView, result: 'failure' | 'success' | 'other', run: T): void {
    const left = allOf(view.trace, 'report').filter(({ rule }) => MAPPING_LEFT.has(rule));
    const open = counted(left.map(placeOf));
    const made = counted(
      allOf(view.trace, 'map').flatMap(({ failed, at }) => (!failed && at !== null ? [nameOf(at)] : [])),
    );
    // Of several made at one place, as in a loop, some may have been taken down and some not.
    for (const [place, times] of made) if (times > (open.get(place) ?? 0)) this.undone.add(place);
    for (const event of left) {
      const place = placeOf(event);
      if (event.data['kept'] === false && !handedOn(view, event)) {
        if (this.lost.length < KEPT) this.lost.push(run);
      } else if (result === 'failure' && this.left.length < KEPT && !this.left.some((each) => each.place === place))
        this.left.push({ place, run });
    }
  }

  mistakes(): readonly T[] {
    return [...this.lost, ...this.left.filter(({ place }) => this.undone.has(place)).map(({ run }) => run)];
  }
}

type Report = Extract<Event, { kind: 'report' }>;

function counted(places: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const place of places) found.set(place, (found.get(place) ?? 0) + 1);
  return found;
}

/** After it was made, something that nobody sees ran: it may have kept the address. */
function handedOn(view: RunView, left: Report): boolean {
  const place = placeOf(left);
  const made = view.trace.findIndex((event) => event.kind === 'map' && event.at !== null && nameOf(event.at) === place);
  return made < 0 || view.trace.slice(made).some((event) => event.kind === 'assumption');
}

function placeOf(event: Report): string {
  const at = event.related[0]?.at ?? null;
  return at === null ? '' : nameOf(at);
}

function nameOf({ span }: Site): string {
  return `${span.unit}:${span.start}`;
}
