/**
 * Pages that a device's memory stands behind, mapped as if they were system memory: who names a `dev_private_owner` gets them from
 * `hmm_range_fault()` among the others (mm/hmm.c), and the DMA API refuses them. Read, not run: which pages a process has no run of the driver
 * alone knows.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, calleeName, valueName, within } from './irNames.ts';
import { origins } from './origins.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Map what they are given as system memory: which argument it is. */
const MAPS: Readonly<Record<string, number>> = {
  dma_map_page: 1,
  dma_map_page_attrs: 1,
  dma_map_phys: 1,
  dma_iova_link: 2,
};
const OWNER = /\bdev_private_owner\s*=\s*(?!NULL\b|0\b)[^=\s]/;
/** Tell the one kind of page from the other. */
const TELLS =
  /\b(?:(?:is|folio_is)_(?:device_private|device_coherent|zone_device)\w*|hmm_dma_map_pfn|page_pgmap|zone_device_page_init|page_zone_device_data)\b|->pgmap\b/;

/** Whether a page, or its address, comes straight out of an entry of `hmm_range_fault()`. */
function isFromEntry(read: ReadFunction, at: ReadNode, arg: Expr): boolean {
  const name = valueName(bare(arg));
  return (
    within(arg).some((part) => part.kind === 'call' && /^hmm_pfn_to_(?:page|phys)$/.test(calleeName(part.callee))) ||
    (name !== null && origins(read, at, name).some((from) => /^hmm_pfn_to_(?:page|phys)$/.test(from)))
  );
}

/** Entries mapped without a look at what kind of page they are of. */
export function devicePagesMapped(document: DocumentView): DocumentReport[] {
  const texts = document.program.units.flatMap(({ origin, text }) => (origin === 'document' ? [text] : []));
  if (!texts.some((text) => OWNER.test(text)) || texts.some((text) => TELLS.test(text))) return [];
  return readFunctions(document).flatMap((read) =>
    read.nodes.flatMap((at) =>
      at.calls.flatMap((call) => {
        const name = calleeName(call.callee);
        const arg = Object.hasOwn(MAPS, name) ? call.args[MAPS[name] ?? 0] : undefined;
        return arg === undefined || !isFromEntry(read, at, arg)
          ? []
          : [
              told(
                read,
                call.at,
                `\`${name}()\` of a page that may be device memory: \`dev_private_owner\` asks for those too`,
                'the owner has device memory in the process',
              ),
            ];
      }),
    ),
  );
}
