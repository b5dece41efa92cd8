import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadParser } from '../../../test/loadParser.ts';
import { Chunk } from '../chunk.ts';
import { lex } from '../lexer.ts';
import { writeRange } from '../normalise.ts';
import type { CParser } from '../parser.ts';
import { isTypeByForm } from '../parseScore.ts';
import type { SyntaxNode } from '../syntax.ts';

/** Every C text of the project as the parser gets it, and of a kernel tree where one is given. */
function texts(directory: string): (readonly string[])[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const inner = path.join(directory, entry.name);
    if (entry.isDirectory()) return texts(inner);
    if (!/\.[ch]$/.test(entry.name)) return [];
    const tokens = lex(readFileSync(inner, 'utf8'), 0).tokens.filter((token) => token.kind !== 'directive');
    return items(writeRange(new Chunk(tokens), 0, tokens.length, isTypeByForm).words);
  });
}

/** Words cut where an item of the file ends. */
function items(words: readonly string[]): (readonly string[])[] {
  const out: (readonly string[])[] = [];
  let depth = 0;
  let start = 0;
  words.forEach((word, i) => {
    if (word === '{' || word === '(') depth++;
    else if (word === '}' || word === ')') depth--;
    if (depth !== 0 || (word !== ';' && word !== '}') || (word === '}' && words[i + 1] === ';')) return;
    out.push(words.slice(start, i + 1));
    start = i + 1;
  });
  return out;
}

function printed(node: SyntaxNode): string {
  const children = node.children.map((each) => ` ${printed(each)}`);
  return `(${node.field ?? ''}:${node.type} ${node.first}-${node.last}${node.broken ?? ''}${children.join('')})`;
}

/** The general parser took a name in parentheses for a type, though types are never written as names. */
function takesNameForType(node: SyntaxNode): boolean {
  if (node.type === 'type_descriptor' && node.children[0]?.type === 'type_identifier') return true;
  return node.children.some(takesNameForType);
}

/** How a text is read: 'general' when left to the general parser ('broken': rightly), 'same' trees, or both trees where they differ. */
function compared(parser: CParser, words: readonly string[]): string {
  const direct = parser.parseDirect(words);
  const general = parser.parseGeneral(words);
  const broken = parser.parseBroken(words);
  if ((broken ?? general) !== general && printed(broken ?? general) !== printed(general))
    return `errors: ${words.join(' ')}`;
  if ((broken === null) !== (general.broken === null)) return `errors or none: ${words.join(' ')}`;
  if (direct === null) return general.broken === null ? 'general' : 'broken';
  const own = printed(direct);
  const theirs = printed(general);
  if (own === theirs) return 'same';
  if (general.broken === null && takesNameForType(general) && !takesNameForType(direct)) return 'name';
  return `${words.join(' ')}\n${own}\n${theirs}`;
}

function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

const WORDS =
  'a a a 0 "" int struct const static ( ) [ ] { } ; , : ? . -> = += ++ ! ~ * * / + - << < == & ^ | && || if else for while do case default return goto sizeof switch break enum typedef ...'.split(
    ' ',
  );
const BINARY = '+ - * & / << == && | < || ^'.split(' ');
const UNARY = '- ! ~ * & ++ -- +'.split(' ');

/** A random expression, right or wrong. */
function expression(below: (n: number) => number, depth: number): string[] {
  const inner = (): string[] => expression(below, depth + 1);
  const one = (words: readonly string[]): string => words[below(words.length)] ?? 'a';
  switch (below(depth > 4 ? 3 : 19)) {
    case 0:
    case 1:
      return ['a'];
    case 2:
      return ['0'];
    case 3:
    case 4:
      return ['(', ...inner(), ')'];
    case 5:
    case 6:
    case 7:
      return [...inner(), one(BINARY), ...inner()];
    case 8:
    case 9:
      return [one(UNARY), ...inner()];
    case 10:
      return [...inner(), '++'];
    case 11:
      return [...inner(), '[', ...inner(), ']'];
    case 12:
      return [...inner(), '(', ...inner(), ')'];
    case 13:
      return [...inner(), '->', 'a'];
    case 14:
      return ['(', 'int', ...(below(2) === 0 ? ['*'] : []), ')', ...inner()];
    case 15:
      return ['sizeof', '(', ...(below(2) === 0 ? ['int'] : inner()), ')'];
    case 16:
      return [...inner(), '?', ...inner(), ':', ...inner()];
    case 17:
      return [...inner(), one(['=', '+=']), ...inner()];
    default:
      return [...inner(), ',', ...inner()];
  }
}

describe('the direct reader', () => {
  const tree = process.env['KERNEL_TREE'];
  it(`reads as the general parser does: the project's C${tree === undefined ? '' : ' and a kernel tree'}`, async () => {
    const parser = await loadParser();
    const all = texts(path.resolve(import.meta.dirname, '../..'));
    if (tree !== undefined)
      for (const part of ['drivers/dma-buf', 'drivers/gpu/drm', 'mm'])
        for (const words of texts(path.join(tree, part))) all.push(words);
    const counts = new Map<string, number>();
    for (const words of all) {
      const outcome = compared(parser, words);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    expect([...counts.keys()].filter((each) => !/^(?:general|broken|same|name)$/.test(each))).toEqual([]);
    expect((counts.get('same') ?? 0) / (all.length - (counts.get('broken') ?? 0))).toBeGreaterThan(0.8);
  });

  it('reads changed text as the general parser does, or leaves it', async () => {
    const parser = await loadParser();
    const below = numbers(5);
    const all = texts(path.resolve(import.meta.dirname, '../..')).filter((words) => words.length < 120);
    const wrong: string[] = [];
    for (let round = 0; round < 4000; round++) {
      const words = [...(all[below(all.length)] ?? [])];
      for (let change = below(3); change >= 0; change--) {
        const at = below(words.length);
        const word = WORDS[below(WORDS.length)] ?? 'a';
        words.splice(at, below(2), ...(below(2) === 0 ? [] : [word]));
      }
      const outcome = compared(parser, words);
      if (outcome.includes(' ')) wrong.push(outcome);
    }
    expect(wrong).toEqual([]);
  });

  it('reads what stands in a function as the general parser does, or leaves it', async () => {
    const parser = await loadParser();
    const wrong: string[] = [];
    for (const words of texts(path.resolve(import.meta.dirname, '../../kernel'))) {
      if (words.length > 400) continue;
      const outcome = compared(parser, ['int', 'f', '(', 'int', ')', '{', ...words, '}']);
      if (outcome.includes(' ')) wrong.push(outcome);
    }
    expect(wrong).toEqual([]);
  });

  it('reads random expressions as the general parser does, or leaves them', async () => {
    const parser = await loadParser();
    const below = numbers(11);
    const wrong: string[] = [];
    let same = 0;
    for (let round = 0; round < 4000; round++) {
      const body = expression(below, 0);
      const words =
        below(3) === 0 ? ['return', ...body, ';'] : ['int', 'f', '(', ')', '{', 'a', '=', ...body, ';', '}'];
      const outcome = compared(parser, words);
      if (outcome === 'same') same++;
      else if (outcome.includes(' ')) wrong.push(outcome);
    }
    expect(wrong).toEqual([]);
    expect(same).toBeGreaterThan(1000);
  });

  it('leaves text that nests deeper than it goes', async () => {
    const parser = await loadParser();
    for (const depth of [10, 1000, 20_000]) {
      const words = ['return', ...Array<string>(depth).fill('('), 'a', ...Array<string>(depth).fill(')'), ';'];
      expect(parser.parseDirect(words) === null).toBe(depth > 10);
      const blocks = ['int', 'f', '(', ')', ...Array<string>(depth).fill('{'), ...Array<string>(depth).fill('}')];
      expect(parser.parseDirect(blocks) === null).toBe(depth > 10);
    }
  });
});

it.each([
  'a ( a ) ;',
  'a ( a , "" ) ;',
  'a ( ) ;',
  'a ( 0 ) ; int a ( int a ) { }',
  'a ( a ) ( a ) ;',
  'a ( a ) . a ;',
  'a ( a ) -> a ( 0 ) ;',
  'a ( a ) = a ;',
  'a ( a ) * a ;',
  'a ( * a ) ;',
  'a ( * a ) ( a ) ;',
  'a ( a ) [ 0 ] ;',
  'a ( int ) ;',
  'a ( struct a ) ;',
  'a ( a * a ) ;',
  'a ( a , a ) a ;',
  'a ( a ) { }',
  'a ( a ) int a ; { }',
  'a ( & a , { 0 } ) ;',
  'a ( ( a ) ) ;',
  'a ( ( int ) a ) ;',
  'a ( a ) , a ( a ) ;',
  'a ( a ) ++ ;',
  'a ( sizeof ( a ) ) ;',
  'a ( a a ) ;',
  'a ( "" "" ) ;',
  'a ( a ) a ( a ) ;',
  'int a ( int ) { a ( a ) ; } a ( a ) ; int a ;',
])('reads `%s` outside of functions as the general parser does, or leaves it', async (text) => {
  expect(compared(await loadParser(), text.split(' '))).not.toContain(' ');
});
