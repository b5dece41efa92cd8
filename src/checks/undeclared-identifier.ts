/**
 * Names that nothing read declares. Constants and macros in capitals often come from headers that no patch shows, so only names in lower
 * case are told, and only as suspected: the front end says which are undeclared.
 */
import { check } from './check.ts';
import { bodyProblems } from './documentView.ts';
import page from './undeclared-identifier.md?raw';

export default check(page, {
  inspect: (document) => {
    const seen = new Set<string>();
    return bodyProblems(document, 'undeclared-identifier').flatMap(({ symbol, problem, at }) => {
      const name = /'(\w+)'/.exec(problem.message)?.[1] ?? '';
      const key = `${symbol.name} ${name}`;
      if (!/^[a-z_][a-z0-9_]*$/.test(name) || seen.has(key)) return [];
      seen.add(key);
      return [
        {
          at,
          message: `\`${name}\` is not declared in \`${symbol.name}\` or before it`,
          function: symbol.name,
          op: null,
          related: [],
          assumption: `no header outside this document declares \`${name}\``,
        },
      ];
    });
  },
});
