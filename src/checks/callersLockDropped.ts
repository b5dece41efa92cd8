/** An op that drops the lock its caller holds across the call and takes it again: what the caller had looked at may have changed meanwhile. */
import type { CheckReport, Judge } from './check.ts';

/** Tables whose ops the dma-buf core calls with the reservation held throughout (drivers/dma-buf/dma-buf.c, "Locking convention"). */
const HELD_THROUGHOUT = /^dma_buf_(?:attach_|interconnect_)?ops$/;

export const callersLockDropped: Judge = (run) => {
  const reports: CheckReport[] = [];
  for (const op of run.ops) {
    if (!HELD_THROUGHOUT.test(op.contract.table) || op.exit === null) continue;
    const callers = new Set(op.heldBefore.map((lock) => lock.address));
    for (let i = op.enter; i < op.exit; i++) {
      const event = run.trace[i];
      if (event?.kind !== 'unlock' || !callers.has(event.lock.address) || event.task !== run.trace[op.enter]?.task)
        continue;
      const { address } = event.lock;
      if (!run.trace.slice(i, op.exit).some((each) => each.kind === 'lock' && each.lock.address === address)) continue;
      reports.push({
        event: i,
        at: event.at,
        message: `\`${op.member}\` drops \`${event.lock.class}\`, which its caller holds across the call`,
        related: [],
        held: [],
      });
      break;
    }
  }
  return reports;
};
