/** What the C reader could not read in a function that is there as a whole. */
import { check } from './check.ts';
import { bodyProblems } from './documentView.ts';
import page from './syntax-error.md?raw';

const ASSUMPTION = 'no macro of a header outside this document makes C of it';

export default check(page, {
  inspect: (document) => [
    ...bodyProblems(document, 'syntax-error')
      .filter(({ problem, partial }) => problem.severity === 'error' && !partial)
      .map(({ symbol, at }) => ({
        at,
        message: `this cannot be read as C: \`${symbol.name}\` is not executed past it`,
        function: symbol.name,
        op: null,
        related: [],
        assumption: ASSUMPTION,
      })),
    ...bodyProblems(document, 'syntax-repaired')
      .filter(({ partial }) => !partial)
      .map(({ symbol, problem, at }) => ({
        at,
        message: `\`${/'(.)'/.exec(problem.message)?.[1] ?? ''}\` is missing: \`${symbol.name}\` is executed as if it stood there`,
        function: symbol.name,
        op: null,
        related: [],
        assumption: ASSUMPTION,
      })),
  ],
});
