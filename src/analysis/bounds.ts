/**
 * How much of a document is executed. Reading is linear in its length, but every function that is shown costs lowering and runs: a diff of
 * a whole driver archive must come to an end too. What is left out is said. Not responsible for the bounds of one run or one search.
 */
import type { ImageHole, PostImage } from '../patch/series.ts';

/** Characters of C that one program is made of. */
const MAX_TEXT = 4_000_000;
/** Pieces of files: each is fitted with the beginning and end that its hunk does not show. */
const MAX_PIECES = 2_500;
/** Characters of one such piece: it is parsed with every beginning that might have been cut off. */
const MAX_PIECE = 500_000;
/** Functions that are executed for themselves, because nothing else calls them. */
export const MAX_FUNCTIONS = 2_000;

/**
 * Statements and events of all runs of one document: about a second and a half, half a second, and no bound but those of each scenario. Not
 * a time, for the same document is to give the same findings everywhere.
 */
export const EFFORT = { normal: 1_000_000, interactive: 400_000, thorough: Number.POSITIVE_INFINITY } as const;

/**
 * Pairs of faults, each tried on its own before, that may show nothing new in a row before a scenario is left: over 150 defects that people and
 * mutations made, a finding came after four at the most.
 */
export const PATIENCE = { normal: 6, interactive: 6, thorough: Number.POSITIVE_INFINITY } as const;

/**
 * The same of interleavings in which several answers differ, as a part of those that a scenario may make: of 200 a finding came after 34 at the
 * most, of 60 after two.
 */
export const PATIENCE_INTERLEAVED = { normal: 0.2, interactive: 0.2, thorough: Number.POSITIVE_INFINITY } as const;

/** The part of an image that becomes a unit. Offsets in it are offsets in the image. */
export interface UnitPart {
  readonly text: string;
  readonly holes: readonly ImageHole[];
  readonly fragment: boolean;
}

/** Hands out what may be executed, in document order. */
export class TextBudget {
  private text = MAX_TEXT;
  private pieces = MAX_PIECES;
  private cut: string | null = null;
  private left = 0;

  /** As much of the image as there is room for; null when there is none. */
  take(image: PostImage): UnitPart | null {
    const { holes, fragment } = image;
    const end = this.cut === null ? this.endOf(image) : 0;
    if (end < image.text.length) {
      this.cut ??= image.path;
      this.left += image.text.length - end;
    }
    if (end === 0 && image.text !== '') return null;
    this.text -= end;
    if (end === image.text.length) {
      this.pieces -= holes.length;
      return { text: image.text, holes, fragment };
    }
    this.pieces = 0;
    const text = image.text.slice(0, end);
    // A whole file that ends behind a function needs no end made up for it.
    return fragment
      ? { text, fragment, holes: [...holes.filter(({ at }) => at < end), { at: end, lines: null }] }
      : { text, fragment, holes: [] };
  }

  /** What was left out, in a line; nothing when all was taken. */
  bounds(): readonly string[] {
    if (this.cut === null) return [];
    const amount = this.left < 100_000 ? `${this.left} characters` : `${(this.left / 1e6).toFixed(1)} MB`;
    return [
      `the document is too large to be executed as a whole: ${amount} of its C, from ${this.cut} on, were read but not executed`,
    ];
  }

  private endOf({ text, holes, fragment }: PostImage): number {
    const most = holes.length <= this.pieces ? text.length : (holes[this.pieces]?.at ?? text.length);
    if (!fragment) {
      if (most <= this.text) return most;
      // Behind the last function that still fits.
      const close = text.lastIndexOf('\n}', this.text);
      const line = close < 0 ? 0 : text.indexOf('\n', close + 1) + 1;
      return line <= this.text ? line : 0;
    }
    let end = 0;
    for (const at of [...holes.map((hole) => hole.at), text.length]) {
      if (at > most || at > this.text || at - end > MAX_PIECE) break;
      end = at;
    }
    return end;
  }
}
