/** Releases that match no held lock. */
import { callersLockDropped } from './callersLockDropped.ts';
import { check, dataText, type Judge, opWords, reportsOf, returnOf } from './check.ts';
import { releasesOnly } from './releaseOnly.ts';
import page from './unlock-of-lock-not-held.md?raw';

/** A page fault may be answered with mmap_lock given back (VM_FAULT_RETRY). */
const OF_A_FAULT = /mmap_lock/;

/** Its caller's lock: the caller gives it back itself, and has relied on it meanwhile. */
const ofTheCaller: Judge = (run) =>
  run.ops.flatMap((op) => {
    if (op.heldBefore.length === 0 || op.heldAfter === null || op.contract.caller !== undefined) return [];
    const at = returnOf(run, op);
    if (at === null) return [];
    const after = new Set(op.heldAfter.map((lock) => `${lock.address} ${lock.class}`));
    const gone = op.heldBefore.filter(
      (lock) => !after.has(`${lock.address} ${lock.class}`) && !OF_A_FAULT.test(lock.class),
    );
    return gone.slice(0, 1).flatMap((lock) => {
      const event = run.trace.findLastIndex(
        (each, i) => i > op.enter && i < at && each.kind === 'unlock' && each.lock.address === lock.address,
      );
      if (event < 0) return [];
      return [
        {
          event,
          at: run.trace[event]?.at ?? null,
          message: `${opWords(op)} releases \`${lock.class}\`, which its caller holds`,
          related: [{ message: `\`${lock.class}\` was taken here`, at: lock.at }],
          held: op.heldBefore,
        },
      ];
    });
  });

const unbalanced = reportsOf(['bad-unlock-balance', 'mutex-misuse'], (event, op) =>
  event.rule === 'mutex-misuse'
    ? event.message
    : `${opWords(op)} releases \`${dataText(event, 'lock')}\`, which it does not hold`,
);

export default check(page, {
  ...unbalanced,
  judge: (run) => [...(unbalanced.judge?.(run) ?? []), ...ofTheCaller(run), ...callersLockDropped(run)],
  inspect: releasesOnly,
});
