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

/** Error score of tokens as file-scope text. */
export function tokensErrors(tokens: readonly Token[], parser: CParser): number {
  const chunk = new Chunk(tokens);
  const written = writeRange(chunk, 0, tokens.length, isTypeByForm);
  return treeErrors(parser.parse(written.words));
}

/** Makes a function that ranks texts: the lower, the better it reads as a file or as the inside of a function. */
export function parseErrorScore(parser: CParser): (text: string) => number {
  return (text) => {
    const file = lex(text, 0).tokens.filter((token) => token.kind !== 'directive');
    const body = lex(`void f_(void) {\n${text}\n}`, 0).tokens.filter((token) => token.kind !== 'directive');
    return Math.min(tokensErrors(file, parser), tokensErrors(body, parser));
  };
}
