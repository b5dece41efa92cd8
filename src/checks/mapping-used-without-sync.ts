/** A linked IOVA range that the device was given, or that was left, before `dma_iova_sync()`. */
import type { Event, Site } from '../machine/events.ts';
import { type CheckReport, check, type RunView, reportsOf } from './check.ts';
import { positionsOf } from './eventIndex.ts';
import { linkedNeverSynced } from './iovaReads.ts';
import page from './mapping-used-without-sync.md?raw';

const judgement = reportsOf(['iova-not-synced', 'fabric-not-synced']);

/** A register of the device is written. */
const REGISTER =
  /^(?:__raw_)?write[bwlq](?:_relaxed)?$|^iowrite(?:8|16|32|64)(?:be)?$|^(?:lo_hi|hi_lo)_writeq$|_(?:mmio|reg)_write\d*$/;

interface Linked {
  readonly index: number;
  readonly start: number;
}

function isLink(event: Event | undefined): event is Extract<Event, { kind: 'map' }> {
  return event?.kind === 'map' && event.api === 'dma_iova_link' && !event.failed;
}

/** A register of the device is given the address of a range that was linked and not synced since. */
function givenUnsynced(run: RunView): readonly CheckReport[] {
  if (!positionsOf(run.trace, 'map').some((at) => isLink(run.trace[at]))) return [];
  let linked: Linked[] = [];
  const found: CheckReport[] = [];
  for (const [index, event] of run.trace.entries()) {
    if (isLink(event)) linked.push({ index, start: Number(event.result) });
    else if ((event.kind === 'sync' && event.api === 'dma_iova_sync') || event.kind === 'unmap') linked = [];
    else if (event.kind === 'call' && REGISTER.test(event.function)) {
      const given = event.args.map(Number);
      const which = linked.find(({ start }) => given.includes(start) || given.includes(start % 2 ** 32));
      if (which === undefined || which.start % 2 ** 32 === 0) continue;
      found.push({
        event: index,
        at: callFrom(run, index, which.index),
        message: 'the device is given an address that was linked and not synced: it may not see the mapping',
        related: [{ message: 'linked here', at: run.trace[which.index]?.at ?? null }],
        held: [],
      });
      linked = [];
    }
  }
  return found;
}

/** The step of the function that linked which led to a later event. */
function callFrom(run: RunView, index: number, linked: number): Site | null {
  const outer = run.trace[linked]?.at?.function;
  for (let i = index; i > linked; i--) {
    const event = run.trace[i];
    if (event?.kind === 'call' && event.at?.function === outer) return event.at;
  }
  return run.trace[index]?.at ?? null;
}

export default check(page, {
  ...judgement,
  inspect: linkedNeverSynced,
  judge: (run) => [...(judgement.judge?.(run) ?? []), ...givenUnsynced(run)],
});
