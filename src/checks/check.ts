/**
 * What a check is: a page (front matter and prose, `<slug>.md`) and a judgement (`<slug>.ts`) over one run, or over the document as it was
 * read (`documentView.ts`). A check owns no parsing and runs nothing. Turning reports into findings is `analysis/`.
 */
import type { OpContract } from '../contracts/contract.ts';
import type { Event, FaultKind, HeldLock, Related, Site } from '../machine/events.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { type EventOf, type IndexedKind, isOf, positionsOf, toldIn } from './eventIndex.ts';
import type { MakeRepair } from './repair.ts';

/** How grave what a check finds is, whatever the verdict says about how sure it is. */
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
  /** What it returned, as the trace says it; null for void, for an unknown value, and when it never returned. */
  readonly result: string | null;
}

/** A finished run as checks see it. */
/** A lock taken under another, against the order of another run of the document. */
export interface LockConflict {
  readonly event: number;
  readonly at: Site;
  readonly taken: string;
  readonly under: string;
  /**
   * How interrupts have to do with it: here a lock is taken with interrupts on (`lets-in`), in a handler (`is-in`), or between two that
   * are; null: not at all.
   */
  readonly interrupt: 'lets-in' | 'is-in' | 'between' | null;
  /** The orders that lead back, each with its place. */
  readonly related: readonly Related[];
}

/** The text around a call: the function it stands in, what of that stands before it, what on its line, and the call itself. */
export interface SourceAround {
  readonly body: string;
  readonly ahead: string;
  readonly before: string;
  readonly call: string;
}

export interface RunView {
  /** Orders of locks in which this run disagrees with earlier ones. */
  readonly conflicts?: readonly LockConflict[];
  readonly trace: readonly Event[];
  /** In order of entry; ops that the scenario calls do not nest. */
  readonly ops: readonly OpCall[];
  /**
   * Of a function that nobody visible calls: what of that which it left behind no purpose explains, as its other runs show. Absent: not
   * known, and what such a function leaves behind is not judged.
   */
  readonly mistakes?: {
    readonly held: boolean;
    readonly memory: boolean;
    readonly mappings?: boolean;
    readonly unlocks?: boolean;
  };
  /** Absent in tests of checks. */
  readonly sourceOf?: (site: Site) => SourceAround;
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

export type Judge = (run: RunView) => readonly CheckReport[];

/** How a check judges. What it consumes is listed, so that a test can hold that no rule is dropped and none is told twice. */
export interface Judgement {
  /** Rules of the simulated kernel (`report` events) it speaks for. */
  readonly rules?: ReadonlySet<string>;
  /** Rules of the machine (`fault` events) it speaks for. */
  readonly faults?: ReadonlySet<FaultKind>;
  readonly judge?: Judge;
  /** Over the document, once, after all runs. */
  readonly inspect?: (document: DocumentView) => readonly DocumentReport[];
  /** The repair of what it finds, where one is mechanical. */
  readonly repair?: MakeRepair;
}

export interface Check extends CheckMeta, Omit<Judgement, 'repair'> {
  /** The page as Markdown, front matter included. */
  readonly page: string;
  readonly rules: ReadonlySet<string>;
  readonly faults: ReadonlySet<FaultKind>;
  readonly judge: Judge;
  /** It has nothing to say of a run in which neither the models nor the machine report anything. */
  readonly onlyTold: boolean;
  readonly repair: MakeRepair | undefined;
  readonly inspect: (document: DocumentView) => readonly DocumentReport[];
  /** It judges no run: what a run shows of the same place is told instead. */
  readonly readsOnly: boolean;
}

/**
 * Makes a check of its page and its judgement.
 * @param page Markdown with front matter (`code`, `slug`, `level`, `since`, `summary`, `covers`)
 */
export function check(page: string, judgement: Judgement): Check {
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
    rules: judgement.rules ?? new Set(),
    faults: judgement.faults ?? new Set(),
    judge: judgement.judge ?? (() => []),
    inspect: judgement.inspect ?? (() => []),
    onlyTold: judgement.judge === undefined || passers.has(judgement.judge),
    readsOnly: judgement.judge === undefined,
    repair: judgement.repair,
  };
}

/** The op call during which event `index` happened, or that it was looked at right after; null before the first op. */
export function opDuring(run: RunView, index: number): OpCall | null {
  const task = run.trace[index]?.task;
  let last: OpCall | null = null;
  let own: OpCall | null = null;
  for (const op of run.ops) {
    if (op.enter > index) break;
    last = op;
    if (run.trace[op.enter]?.task === task) own = op;
  }
  return own ?? last;
}

/** All events of one kind, with their index. */
export function* eventsOf<K extends IndexedKind>(run: RunView, kind: K): Generator<readonly [EventOf<K>, number]> {
  for (const i of positionsOf(run.trace, kind)) {
    const event = run.trace[i];
    if (event && isOf(event, kind)) yield [event, i];
  }
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

/** What a `circular-locking` or `recursive-locking` report is about: each goes to one check. */
export function cycleKind(event: EventOf<'report'>): 'allocation' | 'reservation' | 'locks' {
  if (dataText(event, 'gfp') !== '') return 'allocation';
  const throughReclaim = /fs_reclaim|mmu_notifier|dma_fence_map/.test(dataText(event, 'cycle'));
  return throughReclaim && dataText(event, 'lock').startsWith('reservation_ww_class') ? 'reservation' : 'locks';
}

/** Passes on what the kernel's models report under these rules, one report per place. */
export function reportsOf(
  rules: readonly string[],
  message: (event: EventOf<'report'>, op: OpCall | null) => string | null = (event) => event.message,
): Judgement {
  return judged({ rules: new Set(rules) }, message);
}

/** Passes on what the machine's own rules say about memory and arithmetic, one report per place. */
export function faultsOf(faults: readonly FaultKind[]): Judgement {
  return judged({ faults: new Set(faults) }, (event) => event.message);
}

/** Rules of the kernel and of the machine that are one thing to a reader. */
export function reportsAndFaultsOf(rules: readonly string[], faults: readonly FaultKind[]): Judgement {
  return judged({ rules: new Set(rules), faults: new Set(faults) }, (event) => event.message);
}

const passers = new WeakSet<Judge>();

/** Marks what only passes on reports under the check's own rules and faults, all or some of them: of a run without one nobody need ask it. */
export function passingOn(judge: Judge): Judge {
  passers.add(judge);
  return judge;
}

const NO_REPORTS: readonly CheckReport[] = [];

function judged(
  consumed: { readonly rules?: ReadonlySet<string>; readonly faults?: ReadonlySet<FaultKind> },
  message: (event: EventOf<'report'>, op: OpCall | null) => string | null,
): Judgement {
  return {
    ...consumed,
    judge: passingOn((run) => {
      const told = toldIn(run.trace);
      if (told.length === 0) return NO_REPORTS;
      const reports: CheckReport[] = [];
      const seen = new Set<string>();
      for (const index of told) {
        const event = run.trace[index];
        if (event === undefined || (event.kind !== 'report' && event.kind !== 'fault')) continue;
        let text: string | null = null;
        if (event.kind === 'report' && consumed.rules?.has(event.rule)) text = message(event, opDuring(run, index));
        else if (event.kind === 'fault' && consumed.faults?.has(event.fault)) text = event.message;
        if (text === null) continue;
        const place = JSON.stringify(event.at);
        if (seen.has(place)) continue;
        seen.add(place);
        const held = event.kind === 'report' ? event.held : [];
        reports.push({ event: index, at: event.at, message: brief(text), related: event.related, held });
      }
      return reports;
    }),
  };
}

const LONGEST = 100;

/** A message of the house's length: cut at a word, with an ellipsis. The full text stays in the trace. */
export function brief(text: string): string {
  if (text.length <= LONGEST) return text;
  const cut = text.slice(0, LONGEST - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), LONGEST / 2)).replace(/[,;:\s]+$/, '')}…`;
}
