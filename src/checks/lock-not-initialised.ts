/** A lock that is used before it was initialised. */
import { check, reportsOf } from './check.ts';
import page from './lock-not-initialised.md?raw';
import { locksNotSetUp } from './membersNotSetUp.ts';

export default check(page, { ...reportsOf(['lock-not-initialised', 'static-key-missing']), inspect: locksNotSetUp });
