/** An op that leaves with locks it did not come with. */
import type { HeldLock } from '../machine/events.ts';
import { check, type Judge, type OpCall, type RunView, reportsOf, returnOf } from './check.ts';
import { FOR_PARTNER, leavingPlace } from './leavingPlace.ts';
import page from './lock-held-at-return.md?raw';
import { undoBeforeReturn } from './repair.ts';

/**
 * An acquire context that is no local of the function that begins it is its owner's, who ends it (a job's drm_exec, locked when the job is
 * submitted and let go of when it is armed): of an op whose rules nobody knows, that is no mistake.
 */
function outlives(run: RunView, lock: HeldLock): boolean {
  if (!/_acquire$/.test(lock.class) || lock.at === null || run.sourceOf === undefined) return false;
  return !/\bstruct\s+(?:drm_exec|ww_acquire_ctx)\s+\w/.test(run.sourceOf(lock.at).body);
}

/**
 * `struct drm_exec` lists what is locked through it until `drm_exec_fini()`: where its acquire context was not begun here, the one who began it
 * lets go of all that, of what an op locks before it fails as well.
 */
function inCallersExec(run: RunView, op: OpCall, left: readonly HeldLock[], { address }: HeldLock): boolean {
  if (left.some((lock) => /_acquire$/.test(lock.class))) return false;
  const taken = run.trace
    .slice(op.enter, op.exit ?? undefined)
    .findLast((event) => event.kind === 'lock' && event.lock.address === address);
  return taken?.kind === 'lock' && taken.function.startsWith('drm_exec_');
}

/** Lock a reservation, or any ww_mutex, as a part of the transaction that the second argument is (include/linux/ww_mutex.h). */
const IN_TRANSACTION = /^(?:ww_mutex|dma_resv)_(?:lock|trylock)(?:_slow)?(?:_interruptible)?$/;

/** A lock of the caller's transaction is the caller's, who ends that: a function that did not fail leaves it to him. */
function inCallersTransaction(run: RunView, op: OpCall, left: readonly HeldLock[], lock: HeldLock): boolean {
  if (left.some((each) => /_acquire$/.test(each.class)) || /^(?:-|ERR_PTR)/.test(op.result ?? '')) return false;
  const during = run.trace.slice(op.enter, op.exit ?? undefined);
  const taken = during.findLastIndex((event) => event.kind === 'lock' && event.lock.address === lock.address);
  const call = during.slice(0, taken).findLast((event) => event.kind === 'call' && IN_TRANSACTION.test(event.function));
  return call?.kind === 'call' && call.args[1] !== undefined && call.args[1] !== 'NULL';
}

/** The op let go of the lock before it took it: whoever called came with it (`kref_put_lock()`, a release under its list's lock). */
function cameWith(run: RunView, op: OpCall, { address }: HeldLock): boolean {
  const first = run.trace
    .slice(op.enter, op.exit ?? undefined)
    .find(
      (event) =>
        ((event.kind === 'lock' || event.kind === 'unlock') && event.lock.address === address) ||
        (event.kind === 'report' && event.rule === 'bad-unlock-balance' && event.data['address'] === address),
    );
  return first !== undefined && first.kind !== 'lock';
}

const judge: Judge = (run) =>
  run.ops.flatMap((op) => {
    if (op.heldAfter === null || op.heldAfter.length === 0) return [];
    // A function that nobody visible calls may lock for its caller.
    if (op.contract.caller === 'unseen' && run.mistakes?.held !== true) return [];
    const at = returnOf(run, op);
    if (at === null) return [];
    const before = new Set(op.heldBefore.map((lock) => `${lock.address} ${lock.class}`));
    const open = op.contract.required === 'unknown' || op.contract.caller !== undefined;
    // Its other runs show whether it does so on purpose; where nobody compared them, its name must do.
    if (op.contract.required === 'unknown' && run.mistakes?.held !== true && FOR_PARTNER.test(op.member)) return [];
    const left = op.heldAfter.filter(
      (lock) => !before.has(`${lock.address} ${lock.class}`) && !(open && cameWith(run, op, lock)),
    );
    if (op.contract.required === 'unknown' && left.some((lock) => outlives(run, lock))) return [];
    const kept = left.filter(
      (lock) =>
        !inCallersExec(run, op, left, lock) &&
        !(op.contract.required === 'unknown' && inCallersTransaction(run, op, left, lock)),
    );
    return kept.slice(0, 1).map((lock) => {
      const leaving = leavingPlace(run, op, lock) ?? { index: at, function: op.member };
      return {
        event: leaving.index,
        at: run.trace[leaving.index]?.at ?? null,
        message: `\`${leaving.function}\` returns with \`${lock.class}\` held`,
        related: [{ message: `\`${lock.class}\` was taken here`, at: lock.at }],
        held: op.heldAfter ?? [],
      };
    });
  });

/** A task that returns to user space is looked at by the model itself. */
const atExit = reportsOf(['lock-held-at-exit']);

export default check(page, {
  ...atExit,
  judge: (run) => [...judge(run), ...(atExit.judge?.(run) ?? [])],
  repair: undoBeforeReturn,
});
