/** A simulation report as the panel's view: offsets become ranges, events get the locks held after them and what was found there. Pure. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { SimulationReport, TraceLine } from '../analysis/engine.ts';
import type { Event, HeldLock } from '../machine/events.ts';
import type { EventGroup, EventView, FindingView, HeldView, SimulationView } from '../protocol/view.ts';
import type { Finding } from '../report/finding.ts';
import { heldAfterEach } from '../report/held.ts';
import { unplaced } from '../report/hover.ts';
import { firstRange, viewPlace } from './places.ts';
import { topologyView } from './topology.ts';

/** Events sent to the panel; a longer trace is cut at its start, where nothing was found yet, and the cut is said. */
const MAX_EVENTS = 20_000;

export function simulationView(text: TextDocument, simulation: SimulationReport): SimulationView {
  const from = Math.max(0, simulation.lines.length - MAX_EVENTS);
  const lines = simulation.lines.slice(from);
  const heldAll = heldAfterEach(simulation.lines.map(({ event }) => event)).slice(from);
  const locks = new LockList(text, simulation.lines);
  const findings = simulation.findings.map((finding) => findingView(text, finding, simulation.lines));
  const events = lines.map(
    (line, index): EventView => ({
      index: from + index,
      depth: line.event.depth,
      task: line.event.task,
      group: groupOf(line.event),
      text: line.text,
      function: line.event.at?.function ?? null,
      place: line.place === null ? null : viewPlace(text, line.place),
      held: (heldAll[index] ?? []).map((lock) => locks.indexOf(lock)),
      findings: findings.flatMap((finding, at) => (finding.event === from + index ? [at] : [])),
    }),
  );
  return {
    title: simulation.title,
    table: simulation.table,
    op: simulation.op,
    scenario: simulation.scenario,
    context: simulation.context,
    topology: topologyView(simulation.topology),
    replay: simulation.replay,
    events,
    locks: locks.views,
    findings,
    costs: simulation.costs,
    problems: [
      ...simulation.problems,
      ...(from > 0 ? [`the first ${from} of ${simulation.lines.length} events are not shown`] : []),
    ],
    version: text.version,
  };
}

/** Position in the trace at which a finding was made: its last step. */
function findingView(text: TextDocument, finding: Finding, lines: readonly TraceLine[]): FindingView {
  const last = finding.steps.at(-1)?.event;
  return {
    code: finding.code,
    slug: finding.slug,
    verdict: finding.verdict,
    message: finding.message,
    op: finding.op,
    context: finding.context,
    assumption: finding.assumption,
    documented: finding.documented,
    related: [
      ...finding.related.flatMap(({ message, place }) => {
        const line = firstRange(text, place)?.start.line;
        return line === undefined ? [] : [`${message} (line ${line + 1})`];
      }),
      ...unplaced(finding).map(({ message }) => message),
    ],
    place: viewPlace(text, finding.place),
    event: last !== undefined && last >= 0 && last < lines.length ? last : null,
  };
}

/** Each held lock once, however many events it is held at. */
class LockList {
  readonly views: HeldView[] = [];
  private readonly seen = new Map<string, number>();
  private readonly places: ReadonlyMap<string, TraceLine['place']>;

  constructor(
    private readonly text: TextDocument,
    lines: readonly TraceLine[],
  ) {
    this.places = new Map(
      lines.filter(({ event }) => event.kind === 'lock').map(({ event, place }) => [siteKey(event.at), place]),
    );
  }

  indexOf(lock: HeldLock): number {
    const key = `${lock.class} ${lock.address} ${lock.mode} ${siteKey(lock.at)}`;
    const known = this.seen.get(key);
    if (known !== undefined) return known;
    const place = this.places.get(siteKey(lock.at)) ?? null;
    this.seen.set(key, this.views.length);
    this.views.push({
      lock: lock.class,
      mode: lock.trylock ? `${lock.mode}, trylock` : lock.mode,
      place: place === null ? null : viewPlace(this.text, place),
    });
    return this.views.length - 1;
  }
}

function siteKey(at: Event['at']): string {
  return at === null ? '' : `${at.span.unit}:${at.span.start}-${at.span.end}`;
}

function groupOf(event: Event): EventGroup {
  switch (event.kind) {
    case 'op-enter':
    case 'op-exit':
      return 'op';
    case 'call':
    case 'return':
      return 'call';
    case 'lock':
    case 'unlock':
    case 'trylock-failed':
      return 'lock';
    case 'alloc':
    case 'free':
      return 'memory';
    case 'map':
    case 'unmap':
    case 'sync':
    case 'flush':
      return 'mapping';
    case 'decision':
      return 'decision';
    case 'task-switch':
      return 'task';
    case 'fault':
    case 'report':
      return 'report';
    case 'unsupported':
    case 'assumption':
    case 'limit':
      return 'unsupported';
    case 'print':
    case 'note':
      return 'note';
    default:
      return unknownGroup(event);
  }
}

/** Compiles only when every kind of event has its group above; at run time a newer engine's event is a note. */
function unknownGroup(_event: never): EventGroup {
  return 'note';
}
