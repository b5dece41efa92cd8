/** How badly a piece of C reads, for choosing between candidate readings of the same lines. */
import { Chunk } from './chunk.ts';
import { lex } from './lexer.ts';
import { writeRange } from './normalise.ts';
import type { CParser } from './parser.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Token } from './token.ts';
import { WELL_KNOWN_TYPES } from './words.ts';

/** A name that is a type by its form, where no declarations are at hand. */
export function isTypeByForm(name: string): boolean {
  return WELL_KNOWN_TYPES.has(name) || /^[a-z]\w*_t$/.test(name);
}

/** Tokens under ERROR nodes, and 2 for each missing token. 0: reads without error. */
export function treeErrors(root: SyntaxNode): number {
  let score = 0;
  const stack: SyntaxNode[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node === undefined || node.broken === null) continue;
    if (node.type === 'ERROR') score += Math.max(1, node.last - node.first);
    else if (node.broken.startsWith('missing') && !node.children.some((each) => each.broken !== null)) score += 2;
    for (const each of node.children) stack.push(each);
  }
  return score;
}

function wordsOf(tokens: readonly Token[]): readonly string[] {
  return writeRange(new Chunk(tokens), 0, tokens.length, isTypeByForm).words;
}

function wordsErrors(words: readonly string[], parser: CParser): number {
  const broken = parser.parseBroken(words);
  return broken === null ? 0 : treeErrors(broken);
}

/** Error score of tokens as file-scope text. */
export function tokensErrors(tokens: readonly Token[], parser: CParser): number {
  return wordsErrors(wordsOf(tokens), parser);
}

/** The words of a text as a file, or as the inside of a function. */
function fileWords(text: string): readonly string[] {
  return wordsOf(lex(text, 0).tokens.filter((token) => token.kind !== 'directive'));
}

function bodyWords(text: string): readonly string[] {
  return fileWords(`void f_(void) {\n${text}\n}`);
}

/**
 * Makes a function that compares readings of one text: for each, how much worse than the best of them it reads as a file or as the inside
 * of a function. Readings that differ in nothing a parser sees are not parsed: where lines are cut apart, all have the same errors.
 */
export function parseErrorScore(parser: CParser): (texts: readonly string[]) => readonly number[] {
  const errors = (file: readonly string[], body: readonly string[]): number => {
    if (parser.parseDirect(file) !== null || parser.parseDirect(body) !== null) return 0;
    const own = wordsErrors(file, parser);
    return own === 0 ? 0 : Math.min(own, wordsErrors(body, parser));
  };
  return (texts) => {
    if (texts.length < 2) return texts.map(() => 0);
    const readings = texts.map((text) => {
      const file = fileWords(text);
      const body = bodyWords(text);
      return { file, body, key: `${file.join(' ')}\n${body.join(' ')}` };
    });
    if (readings.every(({ key }) => key === readings[0]?.key)) return texts.map(() => 0);
    const scores = readings.map(({ file, body }) => errors(file, body));
    const least = Math.min(...scores);
    return scores.map((score) => score - least);
  };
}
