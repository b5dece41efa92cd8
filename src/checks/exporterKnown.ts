/**
 * For rules about what an attachment went through: an exporter that the document does not show may have done anything to it, and the books
 * then prove nothing. Such reports are dropped, not told as suspicions.
 */
import { type Judgement, passingOn } from './check.ts';
import { positionsOf } from './eventIndex.ts';

const EXPORTER_OP = /^`(?:match_mapping|attach|detach|pin|unpin|map_dma_buf|unmap_dma_buf)\(\)` is not known/;

/** @param judgement of reports that are passed on */
export function whereExporterKnown(judgement: Judgement): Judgement {
  return {
    ...judgement,
    judge: passingOn((run) => {
      const reports = judgement.judge?.(run) ?? [];
      if (reports.length === 0) return reports;
      const unseen = positionsOf(run.trace, 'assumption').find((index) => {
        const event = run.trace[index];
        if (event?.kind !== 'assumption') return false;
        // The core calls nothing but ops: whatever it calls and nobody sees is one, by whatever name.
        return EXPORTER_OP.test(event.message) || (event.at !== null && !run.inDocument(event.at));
      });
      return unseen === undefined ? reports : reports.filter((report) => report.event < unseen);
    }),
  };
}
