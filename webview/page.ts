/** The panel's page: header, list, details and the lists around them. Draws a state; only what changed is made anew. */
import { details, findingBox } from './details.ts';
import { element, section } from './element.ts';
import { EventList } from './eventList.ts';
import { FILTERS, type Filter, listedEvents, type Move, type Run, type State, selectedEvent } from './state.ts';
import { badge, button, divider, dropdown, progressRing } from './toolkit.ts';
import { topology } from './topology.ts';
import { counted } from './words.ts';

export interface PageEvents {
  choose(event: number): void;
  move(move: Move): void;
  filter(filter: Filter): void;
  open(event: number): void;
  explain(check: string): void;
  copy(text: string): void;
  stop(): void;
  again(): void;
}

const KEYS = '↑ ↓ Home End: event · n N: next, previous finding · Enter: go to the source';

export class PanelPage {
  readonly root = element('main');
  private readonly list: EventList;
  private readonly header = element('header');
  private readonly notice = element('div', { className: 'notice' });
  private readonly toolbar = element('div', {
    className: 'toolbar',
    attributes: { role: 'toolbar', 'aria-label': 'Run' },
  });
  private readonly detail = element('div', { className: 'detail-pane' });
  private readonly around = element('div', { className: 'around' });
  private readonly body: HTMLElement;
  /** Spoken by screen readers when it changes; never moves the focus. */
  private readonly live = element('div', { className: 'live', attributes: { 'aria-live': 'polite', role: 'status' } });
  private selected: number | null = null;

  constructor(private readonly events: PageEvents) {
    this.list = new EventList({
      choose: (event) => events.choose(event),
      move: (move) => events.move(move),
      open: () => this.selected !== null && events.open(this.selected),
    });
    const left = element('div', {
      className: 'list-pane',
      children: [this.list.root, element('p', { className: 'quiet keys', text: KEYS })],
    });
    this.body = element('div', {
      className: 'body',
      children: [element('div', { className: 'columns', children: [left, this.detail] }), this.around],
    });
    this.root.append(this.header, this.notice, this.toolbar, this.body, this.live);
  }

  /** Says something once, to the eye and to a screen reader. */
  say(text: string): void {
    this.live.textContent = text;
  }

  draw(state: State, before: State): void {
    const { run } = state;
    const first = state === before;
    this.selected = state.selected;
    if (first || state.busy !== before.busy || state.message !== before.message || state.stale !== before.stale)
      this.drawNotice(state);
    if (first || run !== before.run) this.drawRun(run, state.filter);
    this.body.hidden = run === null;
    if (run === null) return;
    const listed = listedEvents(state);
    this.list.show(listed, state.selected);
    if (run !== before.run || state.selected !== before.selected)
      this.detail.replaceChildren(details(run.view, selectedEvent(state), this.events));
    if (state.filter !== before.filter) this.say(`${counted(listed.length, 'event')} listed`);
  }

  private drawNotice(state: State): void {
    if (state.busy !== null) {
      this.notice.replaceChildren(
        progressRing(),
        element('span', { text: state.busy }),
        button('Stop', this.events.stop),
      );
      this.say(state.busy);
    } else if (state.message !== null) {
      this.notice.replaceChildren(element('p', { text: state.message, attributes: { id: 'message' } }));
      this.say(state.message);
    } else if (state.stale) {
      const text = 'The text has changed since this run.';
      this.notice.replaceChildren(element('span', { text }), button('Run again', this.events.again));
      this.say(text);
    } else {
      this.notice.replaceChildren();
    }
    this.notice.hidden = this.notice.childElementCount === 0;
  }

  private drawRun(run: Run | null, filter: Filter): void {
    this.header.hidden = run === null;
    this.toolbar.hidden = run === null;
    if (run === null) return;
    const { view, document: name } = run;
    this.header.replaceChildren(
      element('h1', { text: view.title }),
      element('p', {
        className: 'quiet',
        text: [name, view.scenario, view.context, `topology ${view.topology.name}`].filter(Boolean).join(' · '),
      }),
    );
    this.toolbar.replaceChildren(
      button('Previous finding', () => this.events.move('previous-finding')),
      button('Next finding', () => this.events.move('next-finding')),
      button('Run again', this.events.again),
      dropdown('Events that are listed', FILTERS, filter, (value) => {
        const chosen = FILTERS.find((candidate) => candidate.value === value);
        if (chosen !== undefined) this.events.filter(chosen.value);
      }),
    );
    const sections = [this.findings(run), costs(run), problems(run), topology(view.topology), this.replay(run)];
    this.around.replaceChildren(...sections.filter((part) => part !== null));
  }

  private findings({ view }: Run): HTMLElement {
    const items = view.findings.map((finding) => {
      const item = element('li', { children: [findingBox(finding, this.events)] });
      const { event } = finding;
      if (event !== null) item.append(button(`Event ${event + 1}`, () => this.events.choose(event)));
      return item;
    });
    return section('Findings', 'findings', [
      element('p', { children: [badge(String(items.length)), document.createTextNode(` in this run`)] }),
      items.length === 0
        ? element('p', { text: 'Nothing was found in this run.' })
        : element('ul', { className: 'plain', children: items }),
    ]);
  }

  private replay({ view }: Run): HTMLElement {
    return section('Replay token', 'replay', [
      divider(),
      element('p', { className: 'quiet', text: 'Opens exactly this run again: "Interlock: Replay Token…".' }),
      element('code', { className: 'token', text: view.replay, attributes: { id: 'token' } }),
      button('Copy token', () => this.events.copy(view.replay), { id: 'copy-token' }),
    ]);
  }
}

function costs({ view }: Run): HTMLElement | null {
  if (view.costs.length === 0) return null;
  const rows = view.costs.map(({ name, value }) =>
    element('tr', {
      children: [
        element('th', { text: name, attributes: { scope: 'row' } }),
        element('td', { text: value.toLocaleString('en') }),
      ],
    }),
  );
  return section('Cost', 'costs', [element('table', { children: [element('tbody', { children: rows })] })]);
}

function problems({ view }: Run): HTMLElement | null {
  if (view.problems.length === 0) return null;
  return section('What this run does not show', 'problems', [
    element('ul', { children: view.problems.map((text) => element('li', { text })) }),
  ]);
}
