/**
 * What a reader says about input it could not take as it stood. Readers never throw: they return `(value, problems)`.
 * Not for findings (what a check reports about the code itself): those are in `report/finding.ts`.
 */

/** Half-open range of UTF-16 offsets `[start, end)` into one text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** One thing a reader noticed, at its place in the text it read. */
export interface Problem {
  /** Stable, lower-case, hyphenated: tests and filters use it, never the message. */
  readonly code: string;
  /** `error`: something was lost. `warning`: something was repaired. `note`: something was left out on purpose. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly range: TextRange;
}

/** A value that could be made, and everything that went wrong on the way. */
export interface Read<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}
