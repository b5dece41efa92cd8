/** Accesses to freed memory and to dead variables. */
import { check, faultsOf } from './check.ts';
import { escapingStorage } from './escapingStorage.ts';
import { objectsAfterPut } from './objectsAfterPut.ts';
import { pagesAfterPut } from './pagesAfterPut.ts';
import page from './use-after-free.md?raw';

export default check(page, {
  ...faultsOf(['use-after-free', 'use-after-scope']),
  inspect: (document) => [...pagesAfterPut(document), ...objectsAfterPut(document), ...escapingStorage(document)],
});
