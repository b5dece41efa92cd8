/** An op that leaves with locks it did not come with. */
import { check, type Judge, reportsOf, returnOf } from './check.ts';
import page from './lock-held-at-return.md?raw';
import { undoBeforeReturn } from './repair.ts';

const judge: Judge = (run) =>
  run.ops.flatMap((op) => {
    const at = returnOf(run, op);
    if (at === null || op.heldAfter === null) return [];
    // A function that nobody visible calls may lock for its caller.
    if (op.contract.caller === 'unseen' && run.mistakes?.held !== true) return [];
    const before = new Set(op.heldBefore.map((lock) => `${lock.address} ${lock.class}`));
    const left = op.heldAfter.filter((lock) => !before.has(`${lock.address} ${lock.class}`));
    return left.slice(0, 1).map((lock) => ({
      event: at,
      at: run.trace[at]?.at ?? null,
      message: `\`${op.member}\` returns with \`${lock.class}\` held`,
      related: [{ message: `\`${lock.class}\` was taken here`, at: lock.at }],
      held: op.heldAfter ?? [],
    }));
  });

/** A task that returns to user space is looked at by the model itself. */
const atExit = reportsOf(['lock-held-at-exit']);

export default check(page, {
  ...atExit,
  judge: (run) => [...judge(run), ...(atExit.judge?.(run) ?? [])],
  repair: undoBeforeReturn,
});
