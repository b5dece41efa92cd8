/** A blocking reservation lock below something that reclaim takes. The acquire context and the lock itself, two classes of one call, are one report. */
import { check, dataText, opWords, reportsOf, waitsForReclaim } from './check.ts';
import page from './reservation-lock-in-reclaim-safe-op.md?raw';

export default check(
  page,
  reportsOf(new Set(['circular-locking']), (event, op) =>
    waitsForReclaim(event)
      ? `${opWords(op)} waits for a reservation under \`${dataText(event, 'other')}\`, which reclaim takes`
      : null,
  ),
);
