/** List entries that are added or deleted twice, or freed while on their list, and xarray entries and ids that cannot be what they should. */

import { check, reportsOf } from './check.ts';
import page from './container-corrupted.md?raw';
import { freedEntries } from './containerEntries.ts';
import { cursorsBehindWalks } from './cursorBehindWalk.ts';
import { freedOnList } from './listEntries.ts';

export default check(page, {
  ...reportsOf([
    'list-corruption',
    'list-entry-freed',
    'list-walk-freed',
    'xarray-invalid-entry',
    'xarray-index-missing',
  ]),
  inspect: (document) => [...freedEntries(document), ...freedOnList(document), ...cursorsBehindWalks(document)],
});
