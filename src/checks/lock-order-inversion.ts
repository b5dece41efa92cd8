/** Orders that close a cycle, except those that end in an allocation or a reservation inside reclaim: these have checks of their own. */
import { check, cycleKind, dataText, opWords, reportsOf } from './check.ts';
import page from './lock-order-inversion.md?raw';

export default check(
  page,
  reportsOf(['circular-locking'], (event, op) =>
    cycleKind(event) === 'locks'
      ? `${opWords(op)} takes \`${dataText(event, 'lock')}\` under \`${dataText(event, 'other')}\`, against the known order`
      : null,
  ),
);
