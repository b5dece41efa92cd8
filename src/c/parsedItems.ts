/**
 * What stands at file scope, written for the parser and parsed. A bundled item is written and parsed once for all programs in which the same of
 * its names are types; how long that is kept is how long the item is, so it is bounded by the bundled text.
 */
import { Chunk, Parsed, type Written } from './chunk.ts';
import { type IsType, writeRange } from './normalise.ts';
import type { CParser } from './parser.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Token } from './token.ts';

type Frame = readonly [readonly string[], readonly string[]];

interface Reading {
  /** As writing left it. */
  readonly chunk: Chunk;
  readonly written: Written;
  readonly root: SyntaxNode;
  /** What was asked: whether a name is a type. */
  readonly types: ReadonlyMap<string, boolean>;
}

const readings = new WeakMap<object, Reading>();

/** Parses tokens as a whole. */
export function parsedTokens(tokens: readonly Token[], isType: IsType, parser: CParser, frame?: Frame): Parsed {
  const chunk = new Chunk(tokens);
  const written = writeRange(chunk, 0, tokens.length, isType, frame);
  return new Parsed(chunk, written, parser.parse(written.words));
}

/** Parses the tokens of something that programs share, `key`: it stands for these very tokens and this frame. */
export function parsedOnce(
  key: object,
  tokens: () => readonly Token[],
  isType: IsType,
  parser: CParser,
  frame?: Frame,
): Parsed {
  const known = readings.get(key);
  // Reading goes on in the side tables: everybody has their own.
  if (known !== undefined && holds(known, isType)) return new Parsed(known.chunk.copy(), known.written, known.root);
  const types = new Map<string, boolean>();
  const asked = (name: string): boolean => {
    const answer = types.get(name) ?? isType(name);
    types.set(name, answer);
    return answer;
  };
  const { chunk, written, root } = parsedTokens(tokens(), asked, parser, frame);
  readings.set(key, { chunk: chunk.copy(), written, root, types });
  return new Parsed(chunk, written, root);
}

function holds({ types }: Reading, isType: IsType): boolean {
  for (const [name, answer] of types) if (isType(name) !== answer) return false;
  return true;
}
