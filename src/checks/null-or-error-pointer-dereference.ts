/**
 * Dereferences of NULL and of error pointers. That a function of the kernel's takes NULL as well says nothing about what this caller has: a
 * pointer that is NULL only because such a function asked is not told.
 */

import { check, faultsOf, passingOn, type RunView } from './check.ts';
import { untestedAbsence } from './importerReads.ts';
import { usedBeforeTest } from './lateNullTests.ts';
import page from './null-or-error-pointer-dereference.md?raw';

const judgement = faultsOf(['null-dereference', 'error-pointer-dereference', 'wild-pointer']);

/** The latest question by which an open pointer became NULL was asked by code outside the document. */
function guessedByCore(run: RunView, fault: number): boolean {
  const { trace } = run;
  for (let i = fault - 1; i >= 0; i--) {
    const event = trace[i];
    if (event?.kind !== 'decision' || event.option !== 'true' || !/ is NULL$/.test(event.question)) continue;
    return event.at !== null && !run.inDocument(event.at);
  }
  return false;
}

export default check(page, {
  ...judgement,
  judge: passingOn((run) =>
    (judgement.judge?.(run) ?? []).filter(
      ({ event, message }) => !/through NULL/.test(message) || !guessedByCore(run, event),
    ),
  ),
  inspect: (document) => [...untestedAbsence(document), ...usedBeforeTest(document)],
});
