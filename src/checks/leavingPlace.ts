/**
 * Which function on the way out of an op leaves with a lock it should have let go of: the innermost around the place that took it whose own
 * text lets go of locks of that kind. One that only takes it (`foo_lock()`) does so for its caller. Not responsible for whether it was due.
 */
import type { HeldLock } from '../machine/events.ts';
import { type Judgement, type OpCall, opDuring, passingOn, type RunView, returnOf } from './check.ts';
import { returnsAround } from './returnsAround.ts';

/** Calls that let go, in the words of whoever takes; everything else lets go by `unlock`. */
const LETS_GO: readonly (readonly [RegExp, RegExp])[] = [
  [/\bdown_read/, /\bup_read\w*\s*\(/],
  [/\bdown_write/, /\b(?:up_write|downgrade_write)\w*\s*\(/],
  [/\bdown/, /\bup\s*\(/],
  [/\b(?:drm_exec|xe_validation)/, /\b(?:drm_exec|xe_validation)\w*_fini\w*\s*\(/],
];

function letsGo(taken: string): RegExp {
  return LETS_GO.find(([takes]) => takes.test(taken))?.[1] ?? /\w*unlock\w*\s*\(/;
}

/** Functions that by their name leave with a lock which their partner gives back (`seq_operations.start`, `hw_queues_lock`), unless they fail. */
export const FOR_PARTNER = /(?:^|_)(?:lock|start|begin|acquire|enter)(?:_|$)/;
const FAILS = /^(?:ERR_PTR|-\d)/;

/**
 * What is only seen when an op has returned, told where it returned, if another of its exits gives back what this one keeps.
 * @param judgement of reports that are passed on
 */
export function toldAtReturn(judgement: Judgement): Judgement {
  const { judge } = judgement;
  if (judge === undefined) return judgement;
  return {
    ...judgement,
    judge: passingOn((run) =>
      judge(run).map((report) => {
        if (report.at !== null || run.mistakes?.held !== true) return report;
        const op = opDuring(run, report.event);
        const left = op === null ? null : returnOf(run, op);
        return left === null || left > report.event ? report : { ...report, at: run.trace[left]?.at ?? null };
      }),
    ),
  };
}

/** Index of the return with which the lock was left behind, and the function's name; the op's own return when no text says otherwise. */
export function leavingPlace(
  run: RunView,
  op: OpCall,
  lock: HeldLock,
): { readonly index: number; readonly function: string } | null {
  const own = returnOf(run, op);
  if (own === null) return null;
  const outer = { index: own, function: op.member };
  const { trace, sourceOf } = run;
  const taken = trace.findLastIndex(
    (event, i) =>
      i > op.enter &&
      i < own &&
      event.kind === 'lock' &&
      event.lock.address === lock.address &&
      event.lock.class === lock.class,
  );
  if (taken < 0 || sourceOf === undefined) return outer;
  const release = letsGo(lock.at === null ? '' : sourceOf(lock.at).call);
  for (const { index, function: name, at, value } of returnsAround(run, taken, own))
    if (release.test(sourceOf(at).body) && !(FOR_PARTNER.test(name) && !FAILS.test(value)))
      return { index, function: name };
  return outer;
}
