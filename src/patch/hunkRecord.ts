/**
 * A hunk as the readers make it: its lines are built when first asked for (a large mbox is mostly read for a few files), its quotes
 * are linked after the whole document has been read.
 */
import type { TextRange } from './problem.ts';
import type { Hunk, HunkHeader, HunkLine, HunkReading, Repair, ReviewComment } from './series.ts';

export interface HunkParts {
  readonly header: HunkHeader;
  readonly range: TextRange;
  readonly how: HunkReading;
  readonly confidence: number;
  readonly repairs: readonly Repair[];
  readonly comments: readonly ReviewComment[];
  readonly depth: number;
  readonly lines: () => HunkLine[];
}

export class HunkRecord implements Hunk {
  readonly header: HunkHeader;
  readonly range: TextRange;
  readonly how: HunkReading;
  readonly repairs: readonly Repair[];
  readonly comments: readonly ReviewComment[];
  readonly depth: number;
  readonly duplicates: Hunk[] = [];
  confidence: number;
  duplicateOf: Hunk | null = null;
  readonly #build: () => HunkLine[];
  #lines: readonly HunkLine[] | null = null;

  constructor(parts: HunkParts) {
    this.header = parts.header;
    this.range = parts.range;
    this.how = parts.how;
    this.confidence = parts.confidence;
    this.repairs = parts.repairs;
    this.comments = parts.comments;
    this.depth = parts.depth;
    this.#build = parts.lines;
  }

  get lines(): readonly HunkLine[] {
    this.#lines ??= this.#build();
    return this.#lines;
  }
}
