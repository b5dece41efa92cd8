/** Orders that close a cycle, except those that end in an allocation or a reservation inside reclaim: these have checks of their own. */
import { check, dataText, opWords, reportsOf, waitsForReclaim } from './check.ts';
import page from './lock-order-inversion.md?raw';

export default check(
  page,
  reportsOf(new Set(['circular-locking']), (event, op) =>
    dataText(event, 'gfp') !== '' || waitsForReclaim(event)
      ? null
      : `${opWords(op)} takes \`${dataText(event, 'lock')}\` under \`${dataText(event, 'other')}\`, against the known order`,
  ),
);
