/**
 * A function that takes the lock which its own comment says its caller holds, or asserts that the caller holds what the comment says it takes
 * itself. Any other lock taken twice is `lock-taken-twice`.
 */
import { brief, type CheckReport, check, dataText, eventsOf } from './check.ts';
import page from './documented-lock-taken.md?raw';
import { documentedTwice } from './documentedLocks.ts';
import { takesWhatItAsserts } from './documentedTaken.ts';

export default check(page, {
  inspect: takesWhatItAsserts,
  judge: (run) => {
    const reports: CheckReport[] = [];
    for (const [event, index] of eventsOf(run, 'report')) {
      const documented = documentedTwice(run, index);
      if (documented === null) continue;
      const by = documented.at.function;
      reports.push({
        event: index,
        at: event.at,
        message: brief(
          `\`${dataText(event, 'lock')}\` is taken here; the comment of \`${by}\` says that its caller holds it`,
        ),
        related: [{ message: 'documented here', at: documented.at }],
        held: [],
      });
    }
    return reports;
  },
});
