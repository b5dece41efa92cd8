/**
 * The post-image of one file patch: the lines of its hunks without the removed ones, with maps in both directions. Built when first
 * looked at. Applying hunks to a base file and merging a series are the subjects of apply.ts and merged.ts.
 */
import { findCorrections } from './edits.ts';
import { PieceMap } from './pieceMap.ts';
import type { TextRange } from './problem.ts';
import { alignQuote } from './quotes.ts';
import type {
  FilePatch,
  Hunk,
  HunkLine,
  ImageHole,
  ImageSource,
  Patch,
  PostImage,
  PostLine,
  ProposedEdit,
  RemovedLine,
} from './series.ts';

/** What a builder puts together. */
export interface BuiltImage {
  readonly text: string;
  readonly map: PieceMap;
  readonly lines: readonly PostLine[];
  readonly removed: readonly RemovedLine[];
  readonly holes: readonly ImageHole[];
}

export interface ImageParts {
  readonly path: string;
  readonly source: ImageSource;
  readonly isNew: boolean;
  readonly fragment: boolean;
  readonly preBlob: string | null;
  readonly patch: Patch | null;
  readonly confidence: number;
  readonly proposedEdits: readonly ProposedEdit[] | ((built: BuiltImage) => readonly ProposedEdit[]);
  /** One map per layer of quotes of the same text. */
  readonly quotes: (built: BuiltImage) => readonly PieceMap[];
  readonly build: () => BuiltImage;
  /** The whole file before the patch, where it is known. */
  readonly before?: string;
  /** Images of the same document that know the quotes of this one's lines. */
  readonly via?: readonly PostImage[];
}

export class Image implements PostImage {
  readonly path: string;
  readonly source: ImageSource;
  readonly isNew: boolean;
  readonly fragment: boolean;
  readonly preBlob: string | null;
  readonly patch: Patch | null;
  readonly confidence: number;
  readonly before: string | null;
  readonly #parts: ImageParts;
  #built: BuiltImage | null = null;
  #quotes: readonly PieceMap[] | null = null;

  constructor(parts: ImageParts) {
    this.path = parts.path;
    this.source = parts.source;
    this.isNew = parts.isNew;
    this.fragment = parts.fragment;
    this.preBlob = parts.preBlob;
    this.patch = parts.patch;
    this.confidence = parts.confidence;
    this.before = parts.before ?? null;
    this.#parts = parts;
  }

  get text(): string {
    return (this.#built ?? this.#image()).text;
  }

  get lines(): readonly PostLine[] {
    return (this.#built ?? this.#image()).lines;
  }

  get removed(): readonly RemovedLine[] {
    return (this.#built ?? this.#image()).removed;
  }

  get proposedEdits(): readonly ProposedEdit[] {
    const edits = this.#parts.proposedEdits;
    return typeof edits === 'function' ? edits(this.#image()) : edits;
  }

  get holes(): readonly ImageHole[] {
    return (this.#built ?? this.#image()).holes;
  }

  toDocument(range: TextRange): readonly TextRange[] {
    return this.#image().map.toDocument(range.start, range.end);
  }

  toQuotes(range: TextRange): readonly TextRange[] {
    const own = this.#quoteMaps().flatMap((map) => map.toDocument(range.start, range.end));
    const via = this.#parts.via;
    if (via === undefined) return own;
    for (const place of this.toDocument(range)) {
      for (const image of via) {
        const at = image.fromDocument(place.start);
        if (at !== null) own.push(...image.toQuotes({ start: at, end: at + place.end - place.start }));
      }
    }
    return own;
  }

  fromDocument(offset: number): number | null {
    const own = this.#image().map.fromDocument(offset);
    if (own !== null) return own;
    for (const map of this.#quoteMaps()) {
      const at = map.fromDocument(offset);
      if (at !== null) return at;
    }
    for (const image of this.#parts.via ?? []) {
      const at = image.fromDocument(offset);
      const place = at === null ? undefined : image.toDocument({ start: at, end: at + 1 })[0];
      if (place !== undefined) return this.#image().map.fromDocument(place.start);
    }
    return null;
  }

  #image(): BuiltImage {
    this.#built ??= this.#parts.build();
    return this.#built;
  }

  #quoteMaps(): readonly PieceMap[] {
    this.#quotes ??= this.#parts.quotes(this.#image());
    return this.#quotes;
  }
}

/** The post-image of the hunks of `file` that are not quotes of others. */
export function imageOfFile(file: FilePatch, patch: Patch): PostImage {
  const hunks = file.hunks.filter((hunk) => hunk.duplicateOf === null);
  const isNew = file.change === 'added';
  return new Image({
    path: file.path,
    source: 'hunks',
    isNew,
    fragment: !isWhole(file, hunks),
    preBlob: file.preBlob,
    patch,
    confidence: hunks.reduce((least, hunk) => Math.min(least, hunk.confidence), 1),
    proposedEdits: (built) => commentEdits(built, hunks),
    quotes: (built) => quoteMaps(built, hunks),
    build: () => buildFromHunks(hunks, isWhole(file, hunks)),
  });
}

/** A new file's one hunk is the file, unless it was cut. */
function isWhole(file: FilePatch, hunks: readonly Hunk[]): boolean {
  const only = hunks.length === 1 ? hunks[0] : undefined;
  if (only === undefined || file.change !== 'added' || only.header.oldCount !== 0) return false;
  return only.how !== 'guessed' && only.lines.length === only.header.newCount;
}

function buildFromHunks(hunks: readonly Hunk[], whole: boolean): BuiltImage {
  const map = new PieceMap();
  const texts: string[] = [];
  const lines: PostLine[] = [];
  const removed: RemovedLine[] = [];
  const holes: ImageHole[] = [];
  let at = 0;
  let known = 1;
  hunks.forEach((hunk, index) => {
    const { newStart, newCount, oldStart } = hunk.header;
    const first = newCount === 0 ? newStart + 1 : newStart;
    // Hunks of an edited patch may overlap by their numbers; that is no hole of negative size.
    if (first > known || (first < known && index > 0)) holes.push({ at, lines: first > known ? first - known : null });
    let fileLine = first;
    let oldLine = oldStart;
    for (const line of hunk.lines) {
      if (line.kind === 'removed') {
        removed.push({ at, text: line.text, oldLine, origins: line.origins, hunk: index });
        oldLine++;
        continue;
      }
      lines.push({ kind: line.kind, start: at, fileLine, hunk: index, confidence: line.confidence });
      addOrigins(map, line, at);
      texts.push(line.text, '\n');
      at += line.text.length + 1;
      fileLine++;
      if (line.kind === 'context') oldLine++;
    }
    known = fileLine;
  });
  const last = hunks.at(-1)?.lines.findLast((line) => line.kind !== 'removed');
  if (whole && last?.noNewline === true) {
    texts.pop();
    at--;
  }
  if (!whole && hunks.length > 0) holes.push({ at, lines: null });
  return { text: texts.join(''), map, lines, removed, holes };
}

/** Adds a line's origins to a map for a text in which the line stands at `at`. */
export function addOrigins(map: PieceMap, line: HunkLine, at: number): void {
  for (const origin of line.origins) map.add(at + origin.at, origin.length, origin.start, origin.end - origin.start);
}

/** Corrections in the comments below the lines of a hunk or of its quotes. */
function commentEdits(built: BuiltImage, hunks: readonly Hunk[]): ProposedEdit[] {
  const edits: ProposedEdit[] = [];
  hunks.forEach((hunk, index) => {
    for (const copy of [hunk, ...hunk.duplicates]) {
      for (const comment of copy.comments) {
        for (const { old, replacement } of findCorrections(comment.text)) {
          const below = copy.lines[comment.afterLine]?.text ?? '';
          const target = targetOf(built, index, below, old);
          edits.push({
            old,
            replacement,
            range: comment.range,
            target,
            documentTarget: target === null ? [] : built.map.toDocument(target.start, target.end),
          });
        }
      }
    }
  });
  return edits;
}

/** The line the comment stands below, or the nearest one above it in the hunk, that holds the old text. */
function targetOf(built: BuiltImage, hunk: number, below: string, old: string): TextRange | null {
  const wanted = below.replace(/\s+/g, '');
  let best: TextRange | null = null;
  for (const [i, line] of built.lines.entries()) {
    if (line.hunk !== hunk) continue;
    const end = built.lines[i + 1]?.start ?? built.text.length;
    const text = built.text.slice(line.start, end);
    const at = text.indexOf(old);
    if (at >= 0) best = { start: line.start + at, end: line.start + at + old.length };
    if (wanted !== '' && text.replace(/\s+/g, '') === wanted) break;
  }
  return best;
}

/** The n-th quote of every hunk, as maps over the same text. */
function quoteMaps(built: BuiltImage, hunks: readonly Hunk[]): PieceMap[] {
  const layers = hunks.reduce((most, hunk) => Math.max(most, hunk.duplicates.length), 0);
  const maps: PieceMap[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const map = new PieceMap();
    let lineAt = 0;
    hunks.forEach((hunk) => {
      const own = hunk.lines.filter((line) => line.kind !== 'removed');
      const quote = hunk.duplicates[layer];
      if (quote !== undefined) alignQuote(map, own, built.lines.slice(lineAt, lineAt + own.length), quote);
      lineAt += own.length;
    });
    maps.push(map);
  }
  return maps;
}
