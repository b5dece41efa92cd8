/**
 * What a check is: a page (front matter and prose, `<slug>.md`) and a judgement over one run (`<slug>.ts`). A check owns no parsing and
 * runs nothing; it reads the events of a run that others made. Turning reports into findings is `analysis/`.
 */
import type { OpContract } from '../contracts/contract.ts';
import type { Event, FaultKind, HeldLock, Related, Site } from '../machine/events.ts';

export type Level = 'error' | 'warning' | 'info';

/** From the front matter of the check's page. */
export interface CheckMeta {
  /** `IL0201`: two digits of group, two of number; never reused. */
  readonly code: string;
  /** Reads well in "allow ⟨slug⟩"; also the name of its two files. */
  readonly slug: string;
  readonly level: Level;
  /** Version that brought it. */
  readonly since: string;
  /** Begins with "detects". */
  readonly summary: string;
  /** Rows of the catalogues it covers: `V17`, `DB050`. */
  readonly covers: readonly string[];
}

/** One call of an op in a run. */
export interface OpCall {
  readonly table: string;
  readonly member: string;
  readonly function: string;
  readonly contract: OpContract;
  /** Calling context in words. */
  readonly context: string;
  /** Index of the event that enters it, and of the one that leaves it; null when it never returned. */
  readonly enter: number;
  readonly exit: number | null;
  readonly heldBefore: readonly HeldLock[];
  readonly heldAfter: readonly HeldLock[] | null;
}

/** A finished run as checks see it. */
export interface RunView {
  readonly trace: readonly Event[];
  /** In order of entry; ops that the scenario calls do not nest. */
  readonly ops: readonly OpCall[];
  /** True for code that the document under review contains (as opposed to bundled declarations or tree text). */
  readonly inDocument: (site: Site) => boolean;
}

/** What a check says about a run. */
export interface CheckReport {
  /** Index of the event that shows it. */
  readonly event: number;
  /** Where to point; the nearest document frame is used when this is not in the document. */
  readonly at: Site | null;
  readonly message: string;
  readonly related: readonly Related[];
  readonly held: readonly HeldLock[];
}

export interface Check extends CheckMeta {
  /** The page as Markdown, front matter included. */
  readonly page: string;
  readonly judge: (run: RunView) => readonly CheckReport[];
}

/**
 * Makes a check of its page and its judgement.
 * @param page Markdown with front matter (`code`, `slug`, `level`, `since`, `summary`, `covers`)
 */
export function check(page: string, judge: Check['judge']): Check {
  const front = /^---\n([\s\S]*?)\n---\n/.exec(page)?.[1] ?? '';
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(front)?.[1]?.trim() ?? '';
  const level = field('level');
  return {
    code: field('code'),
    slug: field('slug'),
    level: level === 'error' || level === 'warning' ? level : 'info',
    since: field('since'),
    summary: field('summary'),
    covers: field('covers')
      .split(/[,\s]+/)
      .filter((row) => row !== ''),
    page,
    judge,
  };
}

/** The op call during which event `index` happened, or that it was looked at right after; null before the first op. */
export function opDuring(run: RunView, index: number): OpCall | null {
  let last: OpCall | null = null;
  for (const op of run.ops) {
    if (op.enter > index) break;
    last = op;
  }
  return last;
}

type EventOf<K extends Event['kind']> = Extract<Event, { kind: K }>;

/** All events of one kind, with their index. */
export function* eventsOf<K extends Event['kind']>(run: RunView, kind: K): Generator<readonly [EventOf<K>, number]> {
  for (let i = 0; i < run.trace.length; i++) {
    const event = run.trace[i];
    if (event && isKind(event, kind)) yield [event, i];
  }
}

function isKind<K extends Event['kind']>(event: Event, kind: K): event is EventOf<K> {
  return event.kind === kind;
}

/** `device_iova_link` or, outside any op, `this function`. */
export function opWords(op: OpCall | null): string {
  return op ? `\`${op.member}\`` : 'this function';
}

/** Index of the event at which the op returned: the last `return` of its function before `op-exit`; null when it did not return. */
export function returnOf(run: RunView, op: OpCall): number | null {
  if (op.exit === null) return null;
  for (let i = op.exit; i > op.enter; i--) {
    const event = run.trace[i];
    if (event?.kind === 'return' && event.function === op.function) return i;
  }
  return op.exit;
}

/** A value of a report's data as text; empty when absent. */
export function dataText(event: EventOf<'report'>, name: string): string {
  const value = event.data[name];
  return value === undefined ? '' : String(value);
}

/** Whether a cycle ends in a reservation and runs through reclaim. */
export function waitsForReclaim(event: EventOf<'report'>): boolean {
  return (
    dataText(event, 'lock').startsWith('reservation_ww_class') &&
    /fs_reclaim|mmu_notifier|dma_fence_map/.test(dataText(event, 'cycle'))
  );
}

/** A judgement that passes on what the kernel's model reports under these rules, one report per place. */
export function reportsOf(
  rules: ReadonlySet<string>,
  message: (event: EventOf<'report'>, op: OpCall | null) => string | null = (event) => event.message,
): Check['judge'] {
  return (run) => {
    const reports: CheckReport[] = [];
    const seen = new Set<string>();
    for (const [event, index] of eventsOf(run, 'report')) {
      if (!rules.has(event.rule)) continue;
      const text = message(event, opDuring(run, index));
      const place = JSON.stringify(event.at);
      if (text === null || seen.has(place)) continue;
      seen.add(place);
      reports.push({ event: index, at: event.at, message: text, related: event.related, held: event.held });
    }
    return reports;
  };
}

/** A judgement that passes on what the machine's own rules say about memory, one report per place. */
export function faultsOf(kinds: ReadonlySet<FaultKind>): Check['judge'] {
  return (run) => {
    const reports: CheckReport[] = [];
    const seen = new Set<string>();
    for (const [event, index] of eventsOf(run, 'fault')) {
      const place = JSON.stringify(event.at);
      if (!kinds.has(event.fault) || seen.has(place)) continue;
      seen.add(place);
      reports.push({ event: index, at: event.at, message: event.message, related: event.related, held: [] });
    }
    return reports;
  };
}
