/**
 * Turns what checks report about runs into findings: places, verdict, the chain of steps, the same thing only once. Prefers for each place
 * the run that shows it most plainly: a violation before a suspicion, then the fewest decisions.
 */
import { type Check, type CheckReport, type OpCall, opDuring, type RunView, returnOf } from '../checks/check.ts';
import type { DocumentReport, DocumentView } from '../checks/documentView.ts';
import type { OpContract } from '../contracts/contract.ts';
import { CONTEXT_WORDS, type Scenario } from '../explore/scenario.ts';
import type { Event, HeldLock, Site } from '../machine/events.ts';
import { WHICH_TASK } from '../machine/schedule.ts';
import { eventText } from '../report/eventText.ts';
import type { Finding, Step, Verdict } from '../report/finding.ts';
import { lockdepSplat } from '../report/lockdepSplat.ts';
import { beforeFirstUseOfFreed } from './afterFree.ts';
import { AskedChecks } from './askedChecks.ts';
import { callersDuty, foundNull, restsOnFailure, unseenLinesMay } from './callerDuties.ts';
import { type Collected, type FindingSource, ToldByRun } from './collected.ts';
import { otherTasks } from './concurrency.ts';
import { chosenInTree, elsewhere } from './elsewhere.ts';
import { filledInPart, leftByUnseenChoice } from './filledElsewhere.ts';
import { causedByFailure } from './guesses.ts';
import type { LayoutUse } from './openLayout.ts';
import { assertedByFlag, missedBefore } from './ownLocks.ts';
import { NOWHERE, type Places } from './places.ts';
import { assumedBefore } from './reliance.ts';
import { shownWhole } from './shownWhole.ts';
import { releasedUnseen, undoneUnseen, unseenBetween } from './unseenBetween.ts';

const MAX_STEPS = 8;

/** Rules by which cores, and the simulated device, look at what ops gave them. */
const ABOUT_RESULTS = /^(?:(?:dma-buf|pagemap|device|mmu)-|address-kind$)/;

export class FindingCollector {
  private readonly found = new Map<string, Collected>();
  /** What runs show in which nothing failed, and what was not reported for that: it rests on what callers hand in. */
  private readonly anyway = new Set<string>();
  private readonly asked: AskedChecks;

  constructor(
    private readonly places: Places,
    private readonly checks: readonly Check[],
    /** Whether the function around a place is seen only in part. */
    private readonly cut: (site: Site) => boolean,
    /** Whether a place rests on the layout of a struct that is not shown, or takes a member of one for a pointer. */
    private readonly openLayout: (site: Site, use: LayoutUse) => boolean,
  ) {
    this.asked = new AskedChecks(checks);
  }

  /** Judges one run. */
  add(source: FindingSource): void {
    const shown: { readonly report: CheckReport; readonly collected: Collected }[] = [];
    for (const check of this.asked.of(source.run.trace)) {
      const reports = check.judge(source.run);
      if (reports.length === 0) continue;
      for (const report of reports) {
        const collected = this.collect(check, report, source);
        if (collected !== null) shown.push({ report, collected });
      }
    }
    if (shown.length === 0) return;
    for (const collected of beforeFirstUseOfFreed(source.run, shown)) this.take(collected, source);
  }

  /** Judges what was read. */
  inspect(view: DocumentView): void {
    const shown = new Set([...this.found.values()].map(({ finding }) => lineOf(finding.place)));
    for (const check of this.checks) {
      for (const report of check.inspect(view)) {
        const key = `${check.code}\0${report.at.unit}\0${report.at.start}`;
        if (this.found.has(key)) continue;
        // What a run has shown of the same place, or of where it began, says more.
        const told = [report.at, ...report.related.flatMap(({ at }) => at ?? [])];
        if (check.readsOnly && told.some((at) => shown.has(lineOf(this.places.place(at))))) continue;
        const lost = check.readsOnly ? this.lostElsewhere(report) : null;
        if (lost?.finding.verdict === 'violation') continue;
        // Where the function that took it leaves, the reader sees it; the op around it only shows that it is gone.
        if (lost !== null) this.found.delete(lost.key);
        const finding: Finding = {
          code: check.code,
          slug: check.slug,
          verdict: report.assumption === null ? 'violation' : 'suspected',
          level: check.level,
          message: report.message,
          function: report.function,
          op: report.op,
          place: this.places.place(report.at),
          change: this.places.change(report.at),
          related: report.related.map(({ message, at }) => ({
            message,
            place: at ? this.places.place(at) : NOWHERE,
          })),
          assumption: report.assumption,
          context: null,
          topology: null,
          steps: [],
          held: [],
          documented: null,
          replay: null,
          lockdep: null,
          fix: null,
        };
        this.found.set(key, {
          finding,
          source: null,
          key,
          weight: 0,
          repair: null,
          onFailure: false,
          assumed: [],
          otherwise: null,
        });
      }
    }
  }

  /** A function of the tree that leads to the document's: what it does not undo itself is not the document's doing. */
  private outside({ functions }: Scenario): boolean {
    return functions.length > 0 && functions.every(({ at }) => at !== null && !this.places.inDocument(at));
  }

  /** The memory that a read report says is not given back, as a run lost it: told where another function returned. */
  private lostElsewhere({ function: name, related }: DocumentReport): Collected | null {
    const begun = new Set(related.flatMap(({ at }) => (at === null ? [] : [lineOf(this.places.place(at))])));
    const lost = [...this.found.values()].find(
      ({ finding }) =>
        finding.slug === 'memory-leaked-on-path' &&
        finding.function !== name &&
        finding.related.some(({ message, place }) => / allocated here$/.test(message) && begun.has(lineOf(place))),
    );
    return lost ?? null;
  }

  all(): readonly Collected[] {
    return [...this.found.values()].filter(({ key, onFailure }) => !onFailure || !this.anyway.has(key));
  }

  /** How many violations it has seen, those of a failure among them. */
  get violations(): number {
    let count = 0;
    for (const { finding } of this.found.values()) if (finding.verdict === 'violation') count++;
    return count;
  }

  /** Takes over what another collector found, unless the same is known here already. */
  addUnlessKnown(collected: Collected): void {
    if (!this.found.has(collected.key)) this.found.set(collected.key, collected);
  }

  private take(collected: Collected, source: FindingSource): void {
    const known = this.found.get(collected.key);
    if (
      !known ||
      collected.weight < known.weight ||
      (collected.weight === known.weight && earlier(source, known.source))
    )
      this.found.set(collected.key, collected);
  }

  private collect(check: Check, report: CheckReport, source: FindingSource): Collected | null {
    const { run } = source;
    // What is looked at from outside the code (a mapping nobody synced) is shown where the code began it.
    const begun = this.outside(source.scenario)
      ? null
      : (report.related.find((related) => related.at && this.places.inDocument(related.at.span))?.at ?? null);
    const op = opDuring(run, report.event);
    const site =
      this.gaveNull(run, report.event) ??
      this.places.documentSite(run.trace, report.event, report.at) ??
      begun ??
      this.leaving(run, report.event);
    if (!site) return null;
    const key = `${check.code}\0${site.span.unit}\0${site.span.start}`;
    if (op && callersDuty(op, run, report.event)) {
      // Met where nothing failed, it is not the failure's doing where something did.
      if (!causedByFailure(op, run, report.event)) this.anyway.add(key);
      return null;
    }
    const cut = this.cut(site);
    // What unseen lines tested, returned from or stored is not known: a value is no evidence there, unless all that led to it is shown.
    const open = check.code.startsWith('IL09') ? !shownWhole(run, report) : unseenLinesMay(op, run, report.event);
    if (cut && open) return null;
    if (/^IL0[12]/.test(check.code) && releasedUnseen(run, report, check.slug === 'lock-held-at-return')) return null;
    if (assertedByFlag(run, report.event) || (op && missedBefore(op, run, report.event))) return null;
    if (check.slug === 'reference-kept-on-failure' && undoneUnseen(run, report)) return null;
    if (unseenBetween(run, report) || leftByUnseenChoice(run, report.event)) return null;
    if (elsewhere(run, report, this.places)) return null;
    // A member whose struct is not shown has a place of our making, and its struct no size: what is allocated by that is ZERO_SIZE_PTR.
    // Memory that was refused is NULL, wherever its members lie.
    const zeroSize = / through NULL plus 16$/.test(report.message) && !(op && causedByFailure(op, run, report.event));
    const byLayout = check.slug === 'out-of-bounds-access' || zeroSize;
    if (byLayout && this.openLayout(site, 'touch')) return null;
    if (check.slug === 'uninitialised-value') {
      if (this.openLayout(site, 'follow')) return null;
      if (this.openLayout(site, 'touch') && filledInPart(run, report.event)) return null;
    }
    const asPointer = check.slug === 'memory-leaked-on-path' || / through NULL$/.test(report.message);
    if (asPointer && this.openLayout(site, 'array')) return null;
    // What another task took for granted counts too.
    const { concurrent } = source.scenario;
    // What is looked at after the op has returned may be the doing of an earlier one; what nobody calls may have been called with NULL.
    const whole =
      concurrent || op === null || op.contract.caller === 'unseen' || (op.exit ?? report.event) < report.event;
    const begin = whole ? 0 : Math.min(op.enter, otherVersionAt(run) ?? op.enter);
    if (check.slug === 'assertion-fails' && (choseState(run, begin, report.event) || unseenBefore(run, begin)))
      return null;
    const assumed = assumedBefore(run, begin, report, check.code);
    const otherwise =
      assumedContext(op) ??
      (cut ? `only a part of \`${site.function}\` is in the document` : null) ??
      (check.slug === 'lock-unsafe-against-interrupts' && op?.contract.caller === 'unseen'
        ? `\`${op.function}\` is called with interrupts on`
        : null) ??
      (op && !causedByFailure(op, run, report.event) && foundNull(op, run, report.event)
        ? 'the pointer can be NULL, as the test of it says'
        : null) ??
      (LOCK_ORDER.test(check.code) ? chosenInTree(run, begin, report.event, this.places) : null);
    const assumption = assumed[0]?.message ?? otherwise;
    const verdict: Verdict = assumption === null ? 'violation' : 'suspected';
    const finding = (): Finding => ({
      code: check.code,
      slug: check.slug,
      verdict,
      level: check.level,
      message: report.message,
      function: site.function,
      op: op && op.contract.caller !== 'unseen' ? `${op.table}.${op.member}` : null,
      place: this.places.place(site.span),
      change: this.places.change(site.span),
      related: [...report.related, ...(concurrent ? otherTasks(run, report.event) : [])].map((related) => ({
        message: related.message,
        place: related.at ? this.places.place(related.at.span) : NOWHERE,
      })),
      assumption,
      context: concurrent ? [op?.context, source.scenario.title].filter(Boolean).join('; ') : (op?.context ?? null),
      topology: source.topology,
      steps: this.steps(run, begin, report),
      held: report.held.map((lock) => ({ lock: lock.class, mode: lock.mode, place: this.heldPlace(lock) })),
      documented: op ? documentedText(op.contract) : null,
      replay: source.token(source.decisions),
      lockdep: lockdepSplat({
        event: report.event,
        trace: run.trace,
        where: (at) => this.places.sourceName(at.span),
        context: op?.context ?? null,
      }),
      fix: null,
    });
    const deviations = source.decisions.filter((decision) => decision !== 0).length;
    const weight =
      (verdict === 'violation' ? 0 : 1_000_000) +
      (assumed.some((each) => each.certain) ? 1_000_000 : 0) +
      deviations * 1000 +
      source.decisions.length;
    const onFailure = op !== null && restsOnFailure(op, run, report.event);
    const repair = { check, at: site.span, begun: begun?.span ?? null };
    return new ToldByRun(finding, source, key, weight, repair, onFailure, assumed, otherwise);
  }

  /** Whoever maps the buffer of another has no part in that its op gives NULL: that is shown where the op, if it is shown, returned it. */
  private gaveNull(run: RunView, index: number): Site | null {
    const event = run.trace[index];
    if (event?.kind !== 'report' || event.rule !== 'dma-buf-map-null') return null;
    const gave = run.trace
      .slice(0, index)
      .findLast(
        ({ kind, task, at }) =>
          kind === 'return' && task === event.task && at !== null && this.places.inDocument(at.span),
      );
    return gave?.kind === 'return' && gave.value === 'NULL' ? gave.at : null;
  }

  /** What a core, or the device, makes of what an op gave back is shown where the op gave it: the last one before that did not fail. */
  private leaving(run: RunView, index: number): Site | null {
    const event = run.trace[index];
    if (event?.kind !== 'report' || !ABOUT_RESULTS.test(event.rule)) return null;
    const op = run.ops.findLast(
      ({ exit, result }) =>
        exit !== null &&
        exit <= index &&
        (event.rule === 'dma-buf-map-null' || !/^(?:DMA_MAPPING_ERROR|ERR_PTR|NULL|-)/.test(result ?? '')),
    );
    const at = op ? returnOf(run, op) : null;
    return at === null ? null : this.places.documentSite(run.trace, at, run.trace[at]?.at ?? null);
  }

  private heldPlace(lock: HeldLock): Finding['place'] | null {
    return lock.at && this.places.inDocument(lock.at.span) ? this.places.place(lock.at.span) : null;
  }

  /** The events that matter for the report: entry of the op, what was decided, what is held, and the event itself. */
  private steps(run: RunView, from: number, report: CheckReport): readonly Step[] {
    const held = new Set(report.held.map((lock) => lock.address));
    const relevant: number[] = [];
    for (let i = from; i <= report.event; i++) {
      const event = run.trace[i];
      if (event && (i === report.event || matters(event, held))) relevant.push(i);
    }
    const kept =
      relevant.length <= MAX_STEPS
        ? relevant
        : [...relevant.slice(0, 2), ...relevant.slice(relevant.length - MAX_STEPS + 2)];
    return kept.flatMap((index) => {
      const event = run.trace[index];
      if (!event) return [];
      const site: Site | null = this.places.documentSite(run.trace, index, event.at);
      return [{ event: index, text: eventText(event), place: site ? this.places.place(site.span) : null }];
    });
  }
}

function earlier(one: FindingSource, other: FindingSource | null): boolean {
  return one.order < (other?.order ?? 0);
}

/** The line of a place, as far as it has one. */
function lineOf({ sourceFile, sourceLine }: Finding['place']): string {
  return `${sourceFile}:${sourceLine}`;
}

function matters(event: Event, held: ReadonlySet<number>): boolean {
  switch (event.kind) {
    case 'op-enter':
    case 'trylock-failed':
    case 'task-switch':
    case 'assumption':
      return true;
    case 'lock':
      return held.has(event.lock.address);
    case 'alloc':
      return event.failed;
    case 'decision':
      // Which task runs is told by the switch that follows.
      return event.option !== event.options[0] && event.question !== WHICH_TASK && !/ fails$/.test(event.question);
    case 'map':
    case 'sync':
      return event.failed;
    case 'call':
    case 'return':
    case 'op-exit':
    case 'unlock':
    case 'free':
    case 'fault':
    case 'report':
    case 'unmap':
    case 'flush':
    case 'print':
    case 'unsupported':
    case 'limit':
    case 'note':
      return false;
    default: {
      const never: never = event;
      return never;
    }
  }
}

/** An author who asserts something knows more of the state than a run that chose it. That a call fails is no choice of the state. */
function choseState(run: RunView, from: number, event: number): boolean {
  return run.trace
    .slice(from, event)
    .some((earlier) => earlier.kind === 'decision' && !/ fails$/.test(earlier.question));
}

/** Of an op that was called before, lines are not shown: what state they left is not known. */
function unseenBefore(run: RunView, until: number): boolean {
  return run.trace.slice(0, until).some((event) => event.kind === 'assumption' && event.unseenLines === true);
}

/** What makes the calling context an assumption; null when it is the kernel's own. */
function assumedContext(op: OpCall | null): string | null {
  const assumed = op?.contract.assumed;
  return assumed && op.context === CONTEXT_WORDS[assumed.context] ? assumed.why : null;
}

/** `Reclaim safe.` as the patch says it, or the bundled rule with its source. */
export function documentedText(contract: OpContract): string {
  if (contract.documented?.contextText)
    return `"${contract.documented.contextText}" (kernel-doc of \`${contract.member}\` in this document)`;
  const reclaim = contract.reclaim === 'unspecified' ? '' : `reclaim ${contract.reclaim}, `;
  const sleeps = contract.maySleep ? 'may sleep' : 'must not sleep';
  return `${reclaim}${sleeps} (${contract.source})`;
}

/** Locks taken in the wrong order, or twice: the verdict is on what is held when the call comes back to the document. */
const LOCK_ORDER = /^IL010[23]$/;

/**
 * Index of the first call of a kernel function as another version of it is called; null: none. What it did is known to be something else, so
 * that no later op of the run stands on firm ground.
 */
function otherVersionAt({ trace }: RunView): number | null {
  const index = trace.findIndex((event) => event.kind === 'assumption' && event.otherVersion === true);
  return index < 0 ? null : index;
}
