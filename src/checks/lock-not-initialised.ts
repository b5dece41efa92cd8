/** A lock that is used before it was initialised. */
import { check, reportsOf } from './check.ts';
import page from './lock-not-initialised.md?raw';
import { locksNotSetUp } from './membersNotSetUp.ts';
import { setUpAfterPublication } from './setUpTooLate.ts';

export default check(page, {
  ...reportsOf(['lock-not-initialised', 'static-key-missing']),
  inspect: (document) => [...locksNotSetUp(document), ...setUpAfterPublication(document)],
});
