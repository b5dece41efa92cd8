/** A call that may sleep where the task must not, and a sleeping lock taken inside a spinning one. */

import { check, dataText, reportsOf } from './check.ts';
import { putUnderSpinlock } from './importerOrder.ts';
import { weakerAllocation } from './repair.ts';
import page from './sleeping-in-atomic-context.md?raw';

export default check(page, {
  ...reportsOf(['sleeping-in-atomic', 'invalid-wait-context'], (event) => {
    const since = dataText(event, 'since');
    const what = dataText(event, 'what') || dataText(event, 'lock');
    return since === '' ? event.message : `\`${what}\` may sleep inside \`${since}\``;
  }),
  inspect: putUnderSpinlock,
  repair: weakerAllocation('GFP_ATOMIC'),
});
