/** Orders that close a cycle, except those that end in an allocation or a reservation inside reclaim: these have checks of their own. */
import { callbacksUnderTheirLock } from './callbackOrders.ts';
import { brief, check, cycleKind, dataText, type Judge, opDuring, opWords, reportsOf } from './check.ts';
import page from './lock-order-inversion.md?raw';

/** Orders that only several runs together turn into a cycle. */
const across: Judge = (run) =>
  (run.conflicts ?? [])
    .filter(({ interrupt }) => interrupt === null)
    .map(({ event, at, taken, under, related }) => ({
      event,
      at,
      message: inWords(opWords(opDuring(run, event)), taken, under),
      related,
      held: [],
    }));

/** Who takes it stands beside the message too: where that is too much for one line, the orders come first. */
function inWords(who: string, taken: string, under: string): string {
  const long = `${who} takes \`${taken}\` under \`${under}\`, another run the other way round`;
  return long.length <= 100 ? long : brief(`\`${taken}\` under \`${under}\`, another run the other way round`);
}

const within = reportsOf(['circular-locking'], (event, op) =>
  cycleKind(event) === 'locks'
    ? `${opWords(op)} takes \`${dataText(event, 'lock')}\` under \`${dataText(event, 'other')}\`, against the known order`
    : null,
);

export default check(page, {
  ...within,
  judge: (run) => [...(within.judge?.(run) ?? []), ...across(run)],
  inspect: callbacksUnderTheirLock,
});
