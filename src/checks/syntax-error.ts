/** What the C reader could not read in a function that is there as a whole. */
import { check } from './check.ts';
import { bodyProblems } from './documentView.ts';
import page from './syntax-error.md?raw';

export default check(page, {
  inspect: (document) =>
    bodyProblems(document, 'syntax-error')
      .filter(({ problem, partial }) => problem.severity === 'error' && !partial)
      .map(({ symbol, at }) => ({
        at,
        message: `this cannot be read as C: \`${symbol.name}\` is not executed past it`,
        function: symbol.name,
        op: null,
        related: [],
        assumption: 'no macro of a header outside this document makes C of it',
      })),
});
