/** Sleeping locks and allocations that may wait, in an op whose kernel-doc rules sleeping out. Where the caller is atomic in truth, `sleeping-in-atomic-context` speaks. */
import { documentedContract } from '../contracts/kernelDoc.ts';
import { type CheckReport, check, type Judge } from './check.ts';
import page from './documented-not-to-sleep.md?raw';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { readFunctions, told } from './readFunctions.ts';

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

/** A function documented for any context takes a lock that sleeps. Read, not run: which context its callers are in, no run knows. */
function inspect(document: DocumentView): DocumentReport[] {
  const anywhere = new Set(
    document.docs.flatMap(({ unit, doc }) => {
      const { context } = documentedContract(doc);
      return doc.kind === 'function' && context.where === 'any' && context.sleeps !== 'yes'
        ? [`${unit} ${doc.name}`]
        : [];
    }),
  );
  return readFunctions(document).flatMap((read) => {
    // What is shown whole runs in an atomic context.
    if (!read.ir.partial || !anywhere.has(`${read.symbol.at?.unit} ${read.symbol.name}`)) return [];
    const [first] = callsOf(read, SLEEPING_LOCK);
    return first === undefined
      ? []
      : [told(read, first.call.at, `documented for any context; \`${first.name}()\` may sleep`, null)];
  });
}

export default check(page, { judge, inspect });
