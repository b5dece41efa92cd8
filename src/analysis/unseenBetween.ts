/**
 * Lines between what a finding begins with and what shows it: of a function of which hunks show only a part, the lines between two of them
 * may let go of the lock, restore the interrupts or free the memory. Only a path that is shown from the one to the other says something.
 */
import type { CheckReport, RunView } from '../checks/check.ts';
import type { Event, Site } from '../machine/events.ts';
import { LOCKS_SAID } from './ownLocks.ts';

/**
 * Whether lines that nobody sees were passed since the report's locks were taken, its section was entered, its memory was allocated; or a
 * function that nobody sees was handed what is released, or must be held, and is not, and by its name took it.
 */
export function unseenBetween(run: RunView, report: CheckReport): boolean {
  const { trace } = run;
  const shown = trace[report.event];
  if (shown === undefined) return false;
  if (takenUnseen(trace, report.event, shown) || leftUnseenLoop(trace, report.event)) return true;
  const unseen = trace.findLastIndex(
    (event, i) =>
      i < report.event && event.kind === 'assumption' && event.task === shown.task && event.unseenLines === true,
  );
  // How many locks are too many is told by all of them.
  if (unseen >= 0 && shown.kind === 'report' && shown.rule === 'lock-depth-exceeded') return true;
  return (
    unseen >= 0 && beginnings(run, report, shown).some((begun) => begun < unseen) && !heldThrough(run, report, shown)
  );
}

/** How a loop ends whose head is not shown is not known: what was let go of in it was not, perhaps, when it was left. */
function leftUnseenLoop(trace: readonly Event[], index: number): boolean {
  const report = trace[index];
  if (report?.kind !== 'report' || report.rule !== 'bad-unlock-balance') return false;
  for (let i = index - 1; i >= 0; i--) {
    const event = trace[i];
    if (event?.task !== report.task) continue;
    if (event.kind === 'unlock' && event.lock.address === report.data['address'])
      return trace
        .slice(i, index)
        .some((each) => each.kind === 'decision' && each.question.startsWith('`unseen_loop_goes_on'));
  }
  return false;
}

/**
 * Whether every lock that the report says is held is let go of later by lines that are shown, nothing unseen and no taking of it in between:
 * then it was held, whatever the lines before did.
 */
function heldThrough(run: RunView, report: CheckReport, shown: Event): boolean {
  const { trace } = run;
  // Whoever asks for a lock that is held is told of a lock: the one that is there must be the one taken in view.
  if (report.held.length === 0 || shown.kind !== 'report' || LOCKS_SAID.includes(shown.rule)) return false;
  const made = beginnings(run, { ...report, held: [] }, shown);
  if (made.length > 0) return false;
  const op = run.ops.findLast(({ enter, exit }) => enter < report.event && (exit === null || exit > report.event));
  const entered = new Set(
    op !== undefined && op.contract.caller === undefined && op.contract.required !== 'unknown'
      ? op.heldBefore.map((lock) => lock.address)
      : [],
  );
  return report.held.every(({ address }) => {
    // Nobody who is called back lets go of what the kernel holds around the call.
    if (entered.has(address)) return true;
    const next = trace.findIndex(
      (event, i) =>
        i > report.event &&
        event.task === shown.task &&
        ((event.kind === 'assumption' && event.unseenLines === true) ||
          ((event.kind === 'lock' || event.kind === 'unlock') && event.lock.address === address)),
    );
    const event = trace[next];
    return event?.kind === 'unlock' && event.at !== null && run.inDocument(event.at);
  });
}

/** What functions that let go of a lock are called; of what the object leads to, if it does not lie in it. */
const RELEASES = /(?:^|_)(?:unlock|unreserve)(?:_|$)/;

/**
 * Whether all locks that the report says are held were, since they were taken, given to a function that nobody sees and that by its name lets
 * go of them; `lasting`: what is told is that nothing does, up to the end of the run.
 */
export function releasedUnseen(run: RunView, report: CheckReport, lasting: boolean): boolean {
  const { trace } = run;
  const shown = trace[report.event];
  if (shown === undefined) return false;
  const held = new Set([...report.held, ...heldBy(shown)].map((lock) => lock.address));
  return (
    held.size > 0 &&
    [...held].every((address) => {
      const taken = trace.findLastIndex(
        (event, i) => i < report.event && event.kind === 'lock' && event.lock.address === address,
      );
      return (
        taken >= 0 &&
        trace
          .slice(taken, lasting ? undefined : report.event)
          .some(
            (event) =>
              event.kind === 'assumption' &&
              event.task === shown.task &&
              RELEASES.test(event.about) &&
              event.handed?.some((object) => object.local === null),
          )
      );
    })
  );
}

/** What functions that take back what was begun for an object are called. */
const UNDOES =
  /(?:^|_)(?:release|free|put|destroy|cleanup|fini|unpin|drop|close|remove|unwind|undo|teardown|exit)(?:_|$)/;

/** Whether a function that nobody sees, and that by its name takes back what was begun, was handed an object after the report's beginning. */
export function undoneUnseen(run: RunView, report: CheckReport): boolean {
  const { trace } = run;
  const begun = report.related.flatMap(({ at }) => {
    const first = trace.findIndex((event) => same(event.at, at));
    return first < 0 ? [] : [first];
  });
  const [from] = begun;
  if (from === undefined) return false;
  return trace.some(
    (event, i) =>
      i > from &&
      event.kind === 'assumption' &&
      UNDOES.test(event.about) &&
      event.handed?.some((object) => object.local === null),
  );
}

/** What functions that come back with a lock are called; the second, with a lock of what the object they are handed leads to. */
const TAKES = /(?:^|_)(?:try)?(?:lock|locked|reserve|acquire|begin|start|enter|prepare)(?:_|$)/;
const TAKES_BEHIND = /(?:^|_)(?:try)?(?:lock|locked|reserve|acquire)(?:_|$)/;

function takenUnseen(trace: readonly Event[], until: number, shown: Event): boolean {
  if (shown.kind !== 'report' || (shown.rule !== 'bad-unlock-balance' && !LOCKS_SAID.includes(shown.rule)))
    return false;
  const { address } = shown.data;
  return trace.some(
    (event, i) =>
      i < until &&
      event.kind === 'assumption' &&
      event.task === shown.task &&
      event.handed?.some(
        (object) =>
          (object.local === null && TAKES_BEHIND.test(event.about)) ||
          (TAKES.test(event.about) &&
            typeof address === 'number' &&
            address >= object.address &&
            address < object.address + object.size),
      ),
  );
}

/** Events that the report goes back to. */
function beginnings(run: RunView, report: CheckReport, shown: Event): readonly number[] {
  const { trace } = run;
  const locks = new Set([...report.held, ...heldBy(shown)].map((lock) => lock.address));
  const taken = [...locks].flatMap((address) => {
    const at = trace.findLastIndex(
      (event, i) => i < report.event && event.kind === 'lock' && event.lock.address === address,
    );
    return at < 0 ? [] : [at];
  });
  const made = report.related.flatMap(({ at }) => {
    // What a function of the core makes for the code is made where the code calls it.
    const place = trace.findLastIndex(
      (event, i) => i < report.event && (event.kind === 'alloc' || event.kind === 'call') && same(event.at, at),
    );
    return place < 0 ? [] : [place];
  });
  // Where interrupts were turned off is not kept: it was before the lines that are missing, or it is told without them too.
  const sections = shown.kind === 'report' && shown.rule === 'irq-state-imbalance' ? [0] : [];
  return [...taken, ...made, ...sections];
}

function heldBy(event: Event): readonly { readonly address: number }[] {
  if (event.kind === 'op-exit') return event.held;
  return event.kind === 'report' && typeof event.data['address'] === 'number'
    ? [{ address: event.data['address'] }]
    : [];
}

function same(one: Site | null, other: Site | null): boolean {
  return one !== null && other !== null && one.span.unit === other.span.unit && one.span.start === other.span.start;
}
