/**
 * Names that nothing read declares. Constants and macros in capitals often come from headers that no patch shows, so only names in lower
 * case are told, and only as suspected: the front end says which are undeclared. The rest of the file, or a header that nobody gave us, may
 * declare anything at file scope, so only a name that functions of the document use for a local of their own is told, or one that is a
 * letter away from a local which nothing reads.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import { check } from './check.ts';
import { bodyProblems, type DocumentView } from './documentView.ts';
import { expressionsOf, within } from './irNames.ts';
import page from './undeclared-identifier.md?raw';

export default check(page, {
  inspect: (document) => {
    const seen = new Set<string>();
    const locals = new Map<number, ReadonlySet<string>>();
    const isLocalIn = (unit: number, name: string): boolean => {
      const known = locals.get(unit) ?? localNames(document, unit);
      locals.set(unit, known);
      return known.has(name);
    };
    const undeclared = bodyProblems(document, 'undeclared-identifier').map((each) => ({
      ...each,
      name: /'(\w+)'/.exec(each.problem.message)?.[1] ?? '',
    }));
    return undeclared.flatMap(({ symbol, name, at }) => {
      const key = `${symbol.name} ${name}`;
      if (!/^[a-z_][a-z0-9_]*$/.test(name) || !(isLocalIn(at.unit, name) || misspelt(symbol, name)) || seen.has(key))
        return [];
      if (madeByMacro(document, name) || handedToMacro(document, at)) return [];
      if (!misspelt(symbol, name) && onlyHanded(document, symbol, name, at)) return [];
      // What several functions use, a header declares for all of them (`extern uint num_vls`).
      if (!EVERYDAY.has(name) && undeclared.some((other) => other.name === name && other.symbol !== symbol)) return [];
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

/** One letter more, less or other than a local of the function that nothing else reads. */
function misspelt(symbol: FunctionSymbol, name: string): boolean {
  const body = symbol.body();
  if (body === null || name.length < SHORTEST) return false;
  const near = body.locals.filter(
    (local) => !local.isParameter && local.unseen !== true && oneLetterApart(local.name, name),
  );
  if (near.length === 0) return false;
  const read = new Set(
    expressionsOf(body.body).flatMap((expr) =>
      within(expr).flatMap((part) =>
        part.kind === 'load' && part.place.kind === 'local' ? [part.place.variable.id] : [],
      ),
    ),
  );
  return near.some(({ id }) => !read.has(id));
}

/** Shorter names are near to too many. */
const SHORTEST = 3;

function oneLetterApart(one: string, other: string): boolean {
  const [long, short] = one.length >= other.length ? [one, other] : [other, one];
  if (long === short || long.length - short.length > 1) return false;
  let same = 0;
  while (same < short.length && long[same] === short[same]) same++;
  return long.slice(same + 1) === short.slice(long.length === short.length ? same + 1 : same);
}

/** `static LIST_HEAD(name);` at file scope, wherever in the document: cut text may not say that it is one. */
function madeByMacro({ program }: DocumentView, name: string): boolean {
  const form = new RegExp(`^(?:static[ \\t]+)?[A-Z][A-Z0-9_]+[ \\t]*\\([^()\\n]*\\b${name}\\b`, 'm');
  return program.units.some(({ origin, text }) => origin === 'document' && form.test(text));
}

/** Characters looked through for the call around a name. */
const CALL_REACH = 2000;

/** `NV_PRINTK(err, cli, …)`: what a macro in capitals that nobody shows makes of its arguments need not be a name. */
function handedToMacro({ program }: DocumentView, { unit, start }: Span): boolean {
  const text = program.units[unit]?.text ?? '';
  let closed = 0;
  for (let i = start - 1; i >= 0 && start - i < CALL_REACH; i--) {
    const char = text[i];
    if (char === ';' || char === '{' || char === '}') return false;
    if (char === ')') closed++;
    else if (char === '(' && closed > 0) closed--;
    else if (char === '(' && /(?:^|[^\w])[A-Z][A-Z0-9_]+\s*$/.test(text.slice(Math.max(0, i - 80), i))) return true;
  }
  return false;
}

/**
 * `foo_alloc(thing, member)`: a name that stands nowhere else in the function, as a whole argument of what nobody declares, may be a member or
 * a type that a macro in small letters wants. A forgotten local is set somewhere as well.
 */
function onlyHanded(
  { program }: DocumentView,
  symbol: FunctionSymbol,
  name: string,
  { unit, start, end }: Span,
): boolean {
  const text = program.units[unit]?.text ?? '';
  const body = symbol.body()?.body.at;
  if (body === undefined || body.unit !== unit || EVERYDAY.has(name)) return false;
  const uses = text.slice(body.start, body.end).match(new RegExp(`(?<!->|\\.)\\b${name}\\b`, 'g')) ?? [];
  if (uses.length !== 1 || !/^\s*[,.)]/.test(text.slice(end, end + 80))) return false;
  const callee = /(\w+)\s*\([^(){};]*$/.exec(text.slice(Math.max(body.start, start - 200), start))?.[1];
  if (callee === undefined || !/[,(]\s*$/.test(text.slice(body.start, start))) return false;
  return program.functions.every((each) => each.name !== callee || !each.declared);
}

/** Locals that every author uses. */
const EVERYDAY: ReadonlySet<string> = new Set(['ret', 'err', 'rc', 'i', 'j']);

/**
 * Names of locals and parameters in the functions of one file, besides those that every author uses: what is a parameter in one file may stand at
 * the head of another.
 */
function localNames(document: DocumentView, unit: number): ReadonlySet<string> {
  const names = new Set(EVERYDAY);
  for (const symbol of document.program.functions) {
    if (symbol.at?.unit !== unit || !document.inDocument(symbol.at)) continue;
    for (const { name, unseen } of symbol.body()?.locals ?? []) if (unseen !== true) names.add(name);
  }
  return names;
}
