/** Orders that close a cycle, except those that end in an allocation or a reservation inside reclaim: these have checks of their own. */
import { check, dataText, opWords, reportsOf, waitsForReclaim } from './check.ts';
import page from './lock-order-inversion.md?raw';

export default check(
  page,
  reportsOf(new Set(['circular-locking']), (event, op) => {
    if (dataText(event, 'gfp') !== '') return null;
    if (
      dataText(event, 'lock').startsWith('reservation_ww_class') &&
      /fs_reclaim|mmu_notifier|dma_fence_map/.test(dataText(event, 'cycle'))
    )
      return null;
    return `${opWords(op)} takes \`${dataText(event, 'lock')}\` under \`${dataText(event, 'other')}\`, against the known order`;
  }),
);
