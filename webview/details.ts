/** The selected event: its whole text, where it is, the locks held there, and what was found there. */
import type { EventView, FindingView, HeldView, SimulationView, ViewPlace } from '../src/protocol/view.ts';
import { element, message, section } from './element.ts';
import { groupName, placeName, verdictName } from './words.ts';

export interface DetailEvents {
  /** Go to the place of an event. */
  open(event: number): void;
  explain(check: string): void;
}

export function details(view: SimulationView, event: EventView | null, listeners: DetailEvents): HTMLElement {
  if (event === null)
    return section('Event', 'details', [element('p', { className: 'quiet', text: 'None selected.' })]);
  const facts: [string, Node][] = [];
  const place = placeLink(event.place, () => listeners.open(event.index));
  if (place !== null) facts.push(['Place', place]);
  if (event.function !== null) facts.push(['Function', element('code', { text: event.function })]);
  facts.push(['Kind', element('span', { text: groupName(event.group) })]);
  if (event.task > 0) facts.push(['Task', element('span', { text: String(event.task) })]);
  const held = event.held.map((index) => view.locks[index]).filter((lock) => lock !== undefined);
  return section(`Event ${event.index + 1} of ${view.events.length}`, 'details', [
    element('p', { className: 'event-text', children: [message(event.text)] }),
    element('dl', { children: facts.flatMap(([name, value]) => [term(name), description(value)]) }),
    heldLocks(held),
    ...event.findings
      .map((index) => view.findings[index])
      .map((finding) => (finding === undefined ? null : findingBox(finding, listeners))),
  ]);
}

/** A finding with all its words; used below the event and in the list of findings. */
export function findingBox(finding: FindingView, listeners: Pick<DetailEvents, 'explain'>): HTMLElement {
  const explain = element('a', {
    text: finding.code,
    attributes: { href: '#', title: `What ${finding.code} is about` },
  });
  explain.addEventListener('click', (event) => {
    event.preventDefault();
    listeners.explain(finding.code);
  });
  const lines = [
    finding.context === null ? null : `Called as: ${finding.context}`,
    ...finding.related.map((text) => `Also: ${text}`),
    finding.documented === null ? null : `Contract: ${finding.documented}`,
    finding.assumption === null
      ? null
      : `${finding.verdict === 'unsupported' ? 'This can hide' : 'Assumes'}: ${finding.assumption}`,
  ];
  return element('div', {
    className: `finding verdict-${finding.verdict}`,
    children: [
      element('p', {
        className: 'headline',
        children: [
          element('strong', { text: verdictName(finding) }),
          document.createTextNode(' '),
          explain,
          document.createTextNode(': '),
          message(finding.message),
        ],
      }),
      ...lines.map((text) => (text === null ? null : element('p', { className: 'quiet', children: [message(text)] }))),
    ],
  });
}

function heldLocks(held: readonly HeldView[]): HTMLElement {
  return element('div', {
    className: 'held',
    attributes: { id: 'held' },
    children: [
      element('h3', { text: 'Locks held' }),
      held.length === 0
        ? element('p', { className: 'quiet', text: 'none' })
        : element('ul', {
            children: held.map((lock) => {
              const place = placeName(lock.place);
              return element('li', {
                children: [
                  element('code', { text: lock.lock }),
                  document.createTextNode(` ${lock.mode}${place === null ? '' : `, taken at ${place}`}`),
                ],
              });
            }),
          }),
    ],
  });
}

/** A link to a place in the document; plain text for a place elsewhere. */
function placeLink(place: ViewPlace | null, open: () => void): HTMLElement | null {
  const name = placeName(place);
  if (place === null || name === null) return null;
  if (place.ranges.length === 0) return element('span', { text: `${name} (not in this document)` });
  const link = element('a', { text: name, attributes: { href: '#', id: 'place', title: place.source ?? name } });
  link.addEventListener('click', (event) => {
    event.preventDefault();
    open();
  });
  return link;
}

function term(text: string): HTMLElement {
  return element('dt', { text });
}

function description(value: Node): HTMLElement {
  return element('dd', { children: [value] });
}
