/**
 * Where C text comes from and how a place in it is named. A unit is one file's text: a post-image rebuilt from a patch, a whole C
 * file, a file of a kernel tree, or one of the bundled declaration files. This file knows nothing about C.
 */
import type { TextRange } from '../patch/problem.ts';

/** Why this text is here; a finding is shown only on `document` text, everything else is context. */
export type UnitOrigin = 'document' | 'tree' | 'bundled';

/** One file's text to be parsed. */
export interface SourceUnit {
  /** Position in `Program.units`; spans refer to it. */
  readonly id: number;
  /** Path as the kernel knows it (`drivers/gpu/drm/xe/xe_svm.c`), or the bundled file's path. */
  readonly path: string;
  readonly text: string;
  readonly origin: UnitOrigin;
  /**
   * Document ranges of `[start, end)` of `text`, in document order; empty when the text is not in the document (context inserted from a
   * tree, bundled text). Absent for units that are not in any document. A joined mail line gives two ranges.
   */
  readonly toDocument?: (range: TextRange) => readonly TextRange[];
  /** Ranges of `text` that are unknown gaps between hunks (nothing is there, something is missing): each lowers to a `hole` statement. */
  readonly holes?: readonly Hole[];
  /**
   * For a fragment: what git wrote after the `@@` of the hunk whose first line stands at `at`. It names the function, struct or table that the
   * lines belong to, and gives a function its parameters.
   */
  readonly headings?: readonly Heading[];
  /** A bundled unit of what no kernel has yet: an argument that does not fit is a slip of its user, and of no other version. */
  readonly sketch?: true;
  /** True for a text cut out of a larger file (hunks without base): the parser then heals both ends. */
  readonly fragment: boolean;
}

/** A place in the unit where unseen lines of the real file belong. */
export interface Hole {
  /** Offset in `SourceUnit.text` before which the unseen lines belong. */
  readonly at: number;
  /** How many lines are missing; null when unknown. */
  readonly lines: number | null;
}

/** The heading of a hunk. */
export interface Heading {
  readonly at: number;
  readonly text: string;
}

/** A half-open range in a unit's text. Macro expansions carry the span of the macro's use. */
export interface Span {
  readonly unit: number;
  readonly start: number;
  readonly end: number;
}
