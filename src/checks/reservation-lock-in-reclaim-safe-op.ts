/** A blocking reservation lock below something that reclaim takes. The acquire context and the lock itself, two classes of one call, are one report. */
import { check, cycleKind, dataText, opWords, reportsOf } from './check.ts';
import page from './reservation-lock-in-reclaim-safe-op.md?raw';

export default check(
  page,
  reportsOf(['circular-locking'], (event, op) =>
    cycleKind(event) === 'reservation'
      ? `${opWords(op)} waits for a reservation under \`${dataText(event, 'other')}\`, which reclaim takes`
      : null,
  ),
);
