/** Releases that match no held lock. */
import { check, dataText, opWords, reportsOf } from './check.ts';
import { releasesOnly } from './releaseOnly.ts';
import page from './unlock-of-lock-not-held.md?raw';

export default check(page, {
  ...reportsOf(['bad-unlock-balance', 'mutex-misuse'], (event, op) =>
    event.rule === 'mutex-misuse'
      ? event.message
      : `${opWords(op)} releases \`${dataText(event, 'lock')}\`, which it does not hold`,
  ),
  inspect: releasesOnly,
});
