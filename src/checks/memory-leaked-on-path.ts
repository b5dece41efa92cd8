/** Memory that became unreachable while an op ran. Which memory is reachable is the machine's to say (`memory-leak` reports). */
import { check, dataText, opWords, reportsOf } from './check.ts';
import page from './memory-leaked-on-path.md?raw';

export default check(
  page,
  reportsOf(
    new Set(['memory-leak']),
    (event, op) =>
      `${opWords(op)} returns and nothing points to the memory of \`${dataText(event, 'what') || 'an allocation'}\` any more`,
  ),
);
