/** What the panel shows and how it changes. Pure: no page, no editor; tested as it is. */
import type { PanelSource, ToPanel } from '../src/protocol/panel.ts';
import type { EventView, SimulationView } from '../src/protocol/view.ts';

/** Which events are listed. */
export type Filter = 'all' | 'no-calls' | 'locks' | 'memory' | 'findings';

export const FILTERS: readonly { readonly value: Filter; readonly text: string }[] = [
  { value: 'all', text: 'All events' },
  { value: 'no-calls', text: 'Without calls' },
  { value: 'locks', text: 'Locks' },
  { value: 'memory', text: 'Memory and mappings' },
  { value: 'findings', text: 'Findings' },
];

export interface Run {
  readonly view: SimulationView;
  readonly document: string;
  readonly source: PanelSource;
}

export interface State {
  readonly run: Run | null;
  /** `EventView.index` of the selected event. */
  readonly selected: number | null;
  readonly filter: Filter;
  /** What is being executed; null when nothing is. */
  readonly busy: string | null;
  /** Why there is nothing to show. */
  readonly message: string | null;
  readonly stale: boolean;
}

export const START: State = { run: null, selected: null, filter: 'all', busy: null, message: null, stale: false };

export type Action =
  | ToPanel
  | { readonly type: 'choose'; readonly event: number }
  | { readonly type: 'filter'; readonly filter: Filter };

export type Move =
  | 'next'
  | 'previous'
  | 'page-down'
  | 'page-up'
  | 'first'
  | 'last'
  | 'next-finding'
  | 'previous-finding';

const PAGE = 12;

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'show': {
      const { view, document, source } = action;
      const known = view.events.some(({ index }) => index === action.selected);
      const selected = known ? action.selected : firstOfInterest(view);
      return { ...START, run: { view, document, source }, selected, filter: state.filter };
    }
    case 'busy':
      return { ...state, busy: action.what, message: null };
    case 'empty':
      return { ...START, filter: state.filter, message: action.message };
    case 'stale':
      return { ...state, stale: action.stale };
    case 'step':
      return { ...state, selected: stepWithPlace(state, action.by) };
    case 'copied':
      return state;
    case 'choose':
      return { ...state, selected: action.event };
    case 'filter': {
      const next = { ...state, filter: action.filter };
      const listed = listedEvents(next);
      // The selection stays where it was in the run: on the last listed event up to there.
      const selected =
        listed.findLast(({ index }) => state.selected !== null && index <= state.selected) ?? listed[0] ?? null;
      return { ...next, selected: selected?.index ?? null };
    }
  }
}

/** Events as the filter lets them through; those where something was found always. */
export function listedEvents(state: State): readonly EventView[] {
  const events = state.run?.view.events ?? [];
  return state.filter === 'all'
    ? events
    : events.filter((event) => event.findings.length > 0 || passes(event, state.filter));
}

function passes({ group }: EventView, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'no-calls':
      return group !== 'call';
    case 'locks':
      return group === 'lock' || group === 'op' || group === 'report';
    case 'memory':
      return group === 'memory' || group === 'mapping' || group === 'op' || group === 'report';
    case 'findings':
      return group === 'report';
  }
}

/** Where a key moves the selection to; the same event when there is nothing further. */
export function moved(state: State, move: Move): number | null {
  const listed = listedEvents(state);
  const at = listed.findIndex(({ index }) => index === state.selected);
  const to = (position: number) => listed[Math.min(listed.length - 1, Math.max(0, position))]?.index ?? state.selected;
  switch (move) {
    case 'next':
      return to(at + 1);
    case 'previous':
      return to(at - 1);
    case 'page-down':
      return to(at + PAGE);
    case 'page-up':
      return to(at - PAGE);
    case 'first':
      return to(0);
    case 'last':
      return to(listed.length - 1);
    case 'next-finding':
      return listed.find(({ findings }, position) => position > at && findings.length > 0)?.index ?? state.selected;
    case 'previous-finding':
      return listed.findLast(({ findings }, position) => position < at && findings.length > 0)?.index ?? state.selected;
  }
}

export function selectedEvent(state: State): EventView | null {
  return state.run?.view.events.find(({ index }) => index === state.selected) ?? null;
}

/** The run opens where something was found, else where the kernel calls the op. */
function firstOfInterest({ events }: SimulationView): number | null {
  const found = events.find(({ findings }) => findings.length > 0);
  return (found ?? events.find(({ group }) => group === 'op') ?? events[0])?.index ?? null;
}

/** The next listed event that has a place in the document other than the selected one's. */
function stepWithPlace(state: State, by: 1 | -1): number | null {
  const listed = listedEvents(state);
  const at = listed.findIndex(({ index }) => index === state.selected);
  const here = lineOf(listed[at]);
  for (let position = at + by; position >= 0 && position < listed.length; position += by) {
    const event = listed[position];
    const line = lineOf(event);
    if (event !== undefined && line !== null && line !== here) return event.index;
  }
  return state.selected;
}

function lineOf(event: EventView | undefined): number | null {
  return event?.place?.ranges[0]?.startLine ?? null;
}
