/**
 * The events of a run as a listbox. Only the rows on screen exist, so that a run of many thousand events opens at once; all rows have
 * the same height. The list is the navigator of the panel: it takes the keys, and it never takes the focus by itself.
 */
import type { EventView } from '../src/protocol/view.ts';
import { element } from './element.ts';
import type { Move } from './state.ts';
import { groupMark, groupName } from './words.ts';

export interface EventListEvents {
  choose(event: number): void;
  move(move: Move): void;
  open(): void;
}

/** Rows beyond the visible ones, so that a scroll shows no gap. */
const SPARE_ROWS = 8;
/** Task 0 is the scenario, or acts alone; where several act, the first of them is task 1. */
const FIRST_ACTOR = 1;
const ROW_HEIGHT = 22;

const KEYS: Readonly<Record<string, Move>> = {
  ArrowDown: 'next',
  ArrowUp: 'previous',
  PageDown: 'page-down',
  PageUp: 'page-up',
  Home: 'first',
  End: 'last',
  n: 'next-finding',
  N: 'previous-finding',
};

export class EventList {
  readonly root = element('div', {
    className: 'events',
    attributes: { id: 'events', role: 'listbox', tabindex: '0', 'aria-label': 'Events of the run' },
  });
  private readonly rows = element('div', { className: 'rows', attributes: { role: 'presentation' } });
  private events: readonly EventView[] = [];
  private selected: number | null = null;

  constructor(private readonly listeners: EventListEvents) {
    this.root.append(this.rows);
    this.root.addEventListener('scroll', () => this.draw());
    this.root.addEventListener('keydown', (event) => this.key(event));
    this.root.addEventListener('click', (event) => this.click(event));
    this.root.addEventListener('dblclick', () => this.listeners.open());
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  show(events: readonly EventView[], selected: number | null): void {
    this.events = events;
    this.selected = selected;
    this.rows.style.height = `${events.length * ROW_HEIGHT}px`;
    this.bringIntoView();
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = KEYS[event.key];
    if (move !== undefined) this.listeners.move(move);
    else if (event.key === 'Enter') this.listeners.open();
    else return;
    event.preventDefault();
  }

  private click(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest('[data-event]') : null;
    const index = row?.getAttribute('data-event');
    if (index) this.listeners.choose(Number(index));
  }

  private bringIntoView(): void {
    const at = this.events.findIndex(({ index }) => index === this.selected);
    if (at < 0) return;
    const [top, bottom] = [at * ROW_HEIGHT, (at + 1) * ROW_HEIGHT];
    const { scrollTop, clientHeight } = this.root;
    if (top < scrollTop) this.root.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.root.scrollTop = bottom - clientHeight;
  }

  private draw(): void {
    const first = Math.max(0, Math.floor(this.root.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const count = Math.ceil(this.root.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
    const rows = this.events.slice(first, first + count).map((event, offset) => this.row(event, first + offset));
    this.rows.replaceChildren(...rows);
    const active = rows.some((row) => row.getAttribute('aria-selected') === 'true');
    if (active) this.root.setAttribute('aria-activedescendant', `event-${this.selected}`);
    else this.root.removeAttribute('aria-activedescendant');
  }

  private row(event: EventView, position: number): HTMLElement {
    const found = event.findings.length > 0;
    const mark = element('span', {
      className: 'mark',
      text: found ? groupMark('report') : groupMark(event.group),
      attributes: { 'aria-hidden': 'true', title: groupName(event.group) },
    });
    // The marks around kernel names are for prose; a row is all code.
    const text = event.text.replaceAll('`', '');
    const words = element('span', { className: 'words', text });
    words.style.paddingInlineStart = `${Math.max(0, Math.min(event.depth, 12)) * 12}px`;
    const row = element('div', {
      className: `row group-${event.group}${found ? ' found' : ''}${event.task > FIRST_ACTOR ? ' other-task' : ''}`,
      attributes: {
        id: `event-${event.index}`,
        role: 'option',
        'data-event': String(event.index),
        'aria-selected': String(event.index === this.selected),
        'aria-setsize': String(this.events.length),
        'aria-posinset': String(position + 1),
        'aria-label': `${found ? 'found here: ' : `${groupName(event.group)}: `}${event.task > FIRST_ACTOR ? `task ${event.task}: ` : ''}${text}`,
      },
      children: [
        element('span', { className: 'number', text: String(event.index + 1), attributes: { 'aria-hidden': 'true' } }),
        mark,
        words,
      ],
    });
    row.style.top = `${position * ROW_HEIGHT}px`;
    return row;
  }
}
