/** Frees of what is not allocated. */

import { check, reportsAndFaultsOf } from './check.ts';
import { freedElements } from './containerEntries.ts';
import { freedAgain } from './danglingMembers.ts';
import page from './invalid-or-double-free.md?raw';
import { matchingFree } from './repair.ts';

export default check(page, {
  ...reportsAndFaultsOf(
    ['mismatched-free', 'free-of-embedded-object', 'devres-not-found'],
    ['double-free', 'invalid-free'],
  ),
  inspect: (document) => [...freedElements(document), ...freedAgain(document)],
  repair: matchingFree,
});
