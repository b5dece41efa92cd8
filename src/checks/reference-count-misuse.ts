/** References that are dropped twice, taken on a dead object, or counted down without anybody freeing. */

import { borrowedFences } from './borrowedFences.ts';
import { check, reportsOf } from './check.ts';
import { whereExporterKnown } from './exporterKnown.ts';
import { uncountedLookups } from './lookups.ts';
import page from './reference-count-misuse.md?raw';
import { droppedReferences } from './referenceLife.ts';

export default check(page, {
  ...whereExporterKnown(
    reportsOf([
      'refcount-increment-on-zero',
      'refcount-overflow',
      'refcount-underflow',
      'refcount-leak',
      'page-refcount',
      'mm-refcount',
      'file-reference',
    ]),
  ),
  inspect: (document) => [...droppedReferences(document), ...uncountedLookups(document), ...borrowedFences(document)],
});
