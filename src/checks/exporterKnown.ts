/**
 * For rules about what an attachment went through: an exporter that the document does not show may have done anything to it, and the books
 * then prove nothing. Such reports are dropped, not told as suspicions.
 */
import type { Judgement } from './check.ts';

const EXPORTER_OP = /^`(?:match_mapping|attach|detach|pin|unpin|map_dma_buf|unmap_dma_buf)\(\)` is not known/;

export function whereExporterKnown(judgement: Judgement): Judgement {
  return {
    ...judgement,
    judge: (run) => {
      const unseen = run.trace.findIndex(
        (event) =>
          event.kind === 'assumption' &&
          // The core calls nothing but ops: whatever it calls and nobody sees is one, by whatever name.
          (EXPORTER_OP.test(event.message) || (event.at !== null && !run.inDocument(event.at))),
      );
      const reports = judgement.judge?.(run) ?? [];
      return unseen < 0 ? reports : reports.filter((report) => report.event < unseen);
    },
  };
}
