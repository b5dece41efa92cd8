/** A unit's tokens after preprocessing, all at once: what `gcc -E` prints. For tests and for showing what a macro became. */
import { Config, type Configuration } from './preprocess/configuration.ts';
import { expandTokens } from './preprocess/expand.ts';
import { Preprocessor } from './preprocess/preprocessor.ts';
import type { SourceUnit } from './source.ts';

/** Spellings of the tokens of one unit, macros expanded. */
export function initialText(unit: SourceUnit, config: Configuration = {}, kernel = false): readonly string[] {
  const { directed, macros } = new Preprocessor([unit], new Config(config), kernel, null).read(unit);
  return expandTokens(directed.live, 0, directed.live.length, macros).map((token) => token.text);
}
