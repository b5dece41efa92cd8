/**
 * Which of the things that a run took for granted a finding really rests on. A call of an unseen function bears on a finding when the finding
 * is about an object that the call was handed, names its result, or is gone when a question about its result is answered otherwise. Judges
 * nothing; the runs that ask again are the caller's.
 */
import type { CheckReport, RunView } from '../checks/check.ts';
import type { DecisionRecord } from '../explore/search.ts';
import type { Event } from '../machine/events.ts';

/** Something that the run took for granted before the event of a finding. */
export interface Assumed {
  readonly message: string;
  /** Whatever else is found out, the finding rests on it. */
  readonly certain: boolean;
  /** How questions about what it left open begin to name it: its result, and what it was given to fill in. */
  readonly names: readonly string[];
  /** Event with which it was taken for granted last. */
  readonly last: number;
}

/**
 * Codes of what is right or wrong by what was done before: locks taken, references and mappings counted, sequences begun. An unseen function
 * that is handed any object which others know may have done it.
 */
const BY_HISTORY = /^IL(?:01|03|07|08)/;
const LEAK = 'IL0301';
/** What is freed by another function than its own was seen to be made. */
const WRONG_END = /^`\w+\(\)` of memory from `/;

/** Everything that the run took for granted between two events, as far as it may bear on the report of a check; each once. */
export function assumedBefore(run: RunView, from: number, report: CheckReport, code: string): readonly Assumed[] {
  const byHistory = code !== LEAK && BY_HISTORY.test(code) && !WRONG_END.test(report.message);
  const shown = run.trace[report.event];
  const addresses = shown === undefined ? [] : addressesOf(shown, report);
  const words = [report.message, ...textsOf(shown), ...report.held.map((lock) => lock.class)].join('\n');
  const found = new Map<string, Assumed>();
  for (let i = from; i < report.event; i++) {
    const event = run.trace[i];
    if (event?.kind !== 'assumption') continue;
    const handed = event.handed ?? null;
    const result = /\W/.test(event.about) ? event.about : `${event.about}()`;
    const certain =
      // Lines that are not shown, and whatever says nothing of what it was about, may have done anything.
      handed === null ||
      (byHistory && handed.some(({ local }) => local === null)) ||
      handed.some(({ address, size }) => addresses.some((each) => each >= address && each < address + size)) ||
      words.includes(result) ||
      handed.some(({ address, local }) => address === 0 && local !== null && mentions(words, local));
    const known = found.get(event.message);
    if (known?.certain) {
      found.set(event.message, { ...known, last: i });
      continue;
    }
    const filled = (handed ?? []).flatMap(({ local }) => (local === null ? [] : [local]));
    found.set(event.message, {
      message: event.message,
      certain,
      names: [...new Set([...(known?.names ?? []), result, ...filled])],
      last: i,
    });
  }
  return [...found.values()];
}

/** Most questions that are asked again for one finding. */
const MAX_QUESTIONS = 12;

/**
 * The first assumption that the finding rests on; null when it rests on none.
 * @param asked decisions of the run that showed the finding, up to there
 * @param shows whether a run with these decisions shows the finding again
 */
export function bearing(
  assumed: readonly Assumed[],
  asked: readonly DecisionRecord[],
  shows: (decisions: readonly number[]) => boolean,
): Assumed | null {
  const certain = assumed.find((each) => each.certain);
  if (certain !== undefined) return certain;
  const chosen = asked.map((record) => record.chosen);
  let questions = 0;
  for (const each of assumed) {
    for (const [i, record] of asked.entries()) {
      if (!each.names.some((name) => mentions(record.question, name)) || isSuccess(record)) continue;
      if (questions++ >= MAX_QUESTIONS) return each;
      const others = record.options.map((_, option) => option).filter((option) => option !== record.chosen);
      const still = others.some((option) => {
        const prefix = [...chosen.slice(0, i), option];
        return shows([...prefix, ...chosen.slice(i + 1)]) || shows(prefix);
      });
      if (!still) return each;
    }
  }
  return null;
}

/** The call gave the object that it is there to give, as the code that asks expects it to: no assumption is needed for that. */
function isSuccess({ question, options, chosen }: DecisionRecord): boolean {
  return options[chosen] === 'false' && /^`IS_ERR(?:_OR_NULL)?\(\w+\(\)\)` is true$|^`\w+\(\)` is NULL$/.test(question);
}

/** Whether a finding may rest on what its run guessed of what the code leaves open, so that runs have to tell. */
export function mayRestOnGuess(slug: string, run: RunView): boolean {
  if (slug === 'out-of-bounds-access') return true;
  return slug === 'null-or-error-pointer-dereference' && run.trace.some((_, i) => foundByTolerance(run, i));
}

/** Whether it rests on that: a count that nobody shows, or a function that takes NULL as well. */
export function restsOnGuess(
  run: RunView,
  asked: readonly DecisionRecord[],
  shows: (decisions: readonly number[]) => boolean,
): boolean {
  return restsOnCount(asked, shows) || restsOnTolerance(run, asked, shows);
}

/**
 * True when an access is out of bounds only for a count that nobody shows (`i < obj->count`, and the object was not made here): how many
 * elements such a count stands for is the driver's own invariant, and the array has as many. So is an offset that lies in what it is for.
 * @param asked decisions of the run that showed the access
 * @param shows whether a run with these decisions shows it again
 */
function restsOnCount(asked: readonly DecisionRecord[], shows: (decisions: readonly number[]) => boolean): boolean {
  const last = asked.findLastIndex(
    ({ question, options, chosen }) =>
      (options[chosen] === 'true' && COUNT.test(question)) || (options[chosen] === 'false' && WITHIN.test(question)),
  );
  if (last < 0) return false;
  const other = asked[last]?.chosen === 0 ? 1 : 0;
  return !shows([...asked.slice(0, last).map((record) => record.chosen), other]);
}

/**
 * True when NULL was met only because a function that takes NULL as well asked for it: `if (ref) get(ref); return ref;` says nothing of what its
 * caller hands it.
 * @param asked decisions of the run that showed it
 * @param shows whether a run with these decisions shows it again
 */
function restsOnTolerance(
  run: RunView,
  asked: readonly DecisionRecord[],
  shows: (decisions: readonly number[]) => boolean,
): boolean {
  const events = run.trace.flatMap((event, i) => (event.kind === 'decision' ? [i] : []));
  if (events.length !== asked.length) return false;
  const chosen = asked.map((record) => record.chosen);
  return events.some((event, i) => {
    if (!foundByTolerance(run, event)) return false;
    const others = [...chosen.slice(0, i), 0];
    return !shows(others) && !shows([...others, ...chosen.slice(i + 1)]);
  });
}

/** A decision that something is NULL, by a function that asks for it first of all, or that was handed it. */
function foundByTolerance(run: RunView, index: number): boolean {
  const event = run.trace[index];
  const name =
    event?.kind === 'decision' && event.option === 'true' ? /^`([^`]+)` is NULL$/.exec(event.question)?.[1] : null;
  if (event?.kind !== 'decision' || name == null) return false;
  // Who goes on to what stands behind NULL itself is not forgiven for having asked.
  const left = run.trace
    .slice(index)
    .find((each) => each.kind === 'fault' || (each.kind === 'return' && each.function === event.at?.function));
  if (left?.kind !== 'return') return false;
  const earlier = run.trace.slice(0, index).filter(({ task }) => task === event.task);
  const before = earlier.at(-1);
  if (before?.kind === 'call' && !before.model && before.function === event.at?.function) return true;
  const entered = earlier.findLast(({ kind, depth }) => kind === 'call' && depth < event.depth);
  return (
    entered?.kind === 'call' &&
    entered.function === event.at?.function &&
    entered.args.some((arg) => arg === `?${name}`)
  );
}

/** A member that lies within a known length: one that does not is what the driver never stores. */
const WITHIN = /^`[^`<>()]*(?:->|\.)\w+ < (?:0x[0-9a-f]+|\d+)` is true$/;

/** An index, one or more, that is less than a member. */
const COUNT = /^`[1-9]\d* < .*(?:->|\.)\w+\)?` is true$/;

function mentions(question: string, name: string): boolean {
  const at = question.indexOf(name);
  return at >= 0 && !/\w/.test(question.charAt(at - 1)) && !/\w/.test(question.charAt(at + name.length));
}

/** Objects and locks that the report is about. */
function addressesOf(event: Event, report: CheckReport): readonly number[] {
  const held = report.held.map((lock) => lock.address);
  switch (event.kind) {
    case 'report':
      return [...held, ...Object.values(event.data).filter((value) => typeof value === 'number')];
    case 'lock':
    case 'unlock':
    case 'trylock-failed':
      return [...held, event.lock.address];
    case 'op-exit':
      return [...held, ...event.held.map((lock) => lock.address)];
    case 'alloc':
    case 'free':
      return [...held, event.address];
    default:
      return held;
  }
}

function textsOf(event: Event | undefined): readonly string[] {
  if (event?.kind === 'fault' || event?.kind === 'report') return [event.message];
  return event?.kind === 'op-exit' && event.result !== null ? [event.result] : [];
}
