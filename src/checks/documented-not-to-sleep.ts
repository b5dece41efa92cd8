/** Sleeping locks and allocations that may wait, in an op whose kernel-doc rules sleeping out. Where the caller is atomic in truth, `sleeping-in-atomic-context` speaks. */
import { type CheckReport, check, type Judge } from './check.ts';
import page from './documented-not-to-sleep.md?raw';

const DIRECT_RECLAIM = 0x400;
const SLEEPING_LOCK =
  /^(?:__)?(?:mutex_lock|down(?:_read|_write)?|mmap_(?:read|write)_lock|dma_resv_lock|ww_mutex_lock)(?:_|$)(?!trylock)/;

const judge: Judge = (run) => {
  const reports: CheckReport[] = [];
  for (const op of run.ops) {
    const { documented, contexts } = op.contract;
    if (documented?.context.sleeps !== 'no' || contexts.includes('atomic') || contexts.includes('C7a')) continue;
    for (let i = op.enter; i < (op.exit ?? run.trace.length); i++) {
      const event = run.trace[i];
      const what =
        event?.kind === 'lock' && !event.trylock && SLEEPING_LOCK.test(event.function)
          ? event.function
          : event?.kind === 'alloc' && event.gfp !== null && (event.gfp & DIRECT_RECLAIM) !== 0
            ? event.function
            : null;
      if (event === undefined || what === null) continue;
      reports.push({
        event: i,
        at: event.at,
        message: `\`${op.member}\` is documented not to sleep; \`${what}\` may sleep`,
        related: [],
        held: [],
      });
      break;
    }
  }
  return reports;
};

export default check(page, { judge });
