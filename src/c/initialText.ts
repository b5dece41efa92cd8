/** A unit's tokens after preprocessing, all at once: what `gcc -E` prints. For tests and for showing what a macro became. */

import { unfold } from './lexer.ts';
import { Config, type Configuration } from './preprocess/configuration.ts';
import { expandTokens } from './preprocess/expand.ts';
import { Preprocessor } from './preprocess/preprocessor.ts';
import type { SourceUnit } from './source.ts';

/** Spellings of the tokens of one unit, macros expanded. */
export function initialText(unit: SourceUnit, config: Configuration = {}, kernel = false): readonly string[] {
  const { directed, macros } = new Preprocessor([unit], new Config(config), kernel, null).read(unit);
  const { tokens, places } = unfold(unit.text, directed.live, directed.folds);
  const scope = { ...macros, lookup: (name: string, place: number) => macros.lookup(name, places[place] ?? place) };
  return expandTokens(tokens, 0, tokens.length, scope).map((token) => token.text);
}
