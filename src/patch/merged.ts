/**
 * A file after all patches of a series that touch it: later patches see what earlier ones added wherever their hunks overlap, everything
 * else keeps its latest known version. Where the patches do not fit each other the later one wins, and that is said.
 */

import { onBase } from './onBase.ts';
import { PieceMap } from './pieceMap.ts';
import { type BuiltImage, Image } from './postImage.ts';
import type { Problem } from './problem.ts';
import type {
  FilePatch,
  Hunk,
  HunkLine,
  ImageHole,
  Origin,
  PostImage,
  PostLine,
  RemovedLine,
  Series,
} from './series.ts';

interface Known {
  readonly text: string;
  readonly origins: readonly Origin[];
  readonly kind: 'added' | 'context';
  readonly confidence: number;
  readonly noNewline: boolean;
}

interface Gone {
  readonly text: string;
  readonly origins: readonly Origin[];
  readonly oldLine: number;
}

/** What is known of one file between two patches, by 1-based line. */
interface FileState {
  lines: Map<number, Known>;
  /** Removed lines by the line before which they stood. */
  gone: Map<number, Gone[]>;
  complete: boolean;
  isNew: boolean;
  readonly images: PostImage[];
  readonly files: FilePatch[];
}

/** Lines that are kept for merging at most; beyond that each patch stands for itself. */
const MAX_KNOWN = 400_000;

/**
 * The merged images of a series, one per path, in order of first appearance.
 * @param base text of a file before the series, where there is a tree
 */
export function mergeSeries(
  series: Series,
  images: ReadonlyMap<FilePatch, PostImage>,
  problems: Problem[],
  base?: (path: string, blob: string | null) => string | null,
): PostImage[] {
  const states = new Map<string, FileState>();
  let known = 0;
  for (const patch of series.patches) {
    for (const file of patch.files) {
      const image = images.get(file);
      if (image === undefined || file.path === '') continue;
      const before = file.oldPath !== null && file.oldPath !== file.path ? states.get(file.oldPath) : undefined;
      if (before !== undefined && file.change === 'renamed' && file.oldPath !== null) {
        states.delete(file.oldPath);
        states.set(file.path, before);
      }
      const state = states.get(file.path) ?? emptyState();
      states.set(file.path, state);
      state.images.push(image);
      state.files.push(file);
      if (known > MAX_KNOWN) continue;
      known += file.hunks.reduce((sum, hunk) => sum + Math.min(hunk.header.newCount, 100_000), 0);
    }
  }
  const result: PostImage[] = [];
  for (const [path, state] of states) {
    const last = state.images.at(-1);
    if (last === undefined) continue;
    const whole = base === undefined ? null : onBase(state.files, state.images, base, problems);
    if (whole !== null) {
      result.push(whole);
      continue;
    }
    if (state.images.length === 1 || known > MAX_KNOWN) {
      result.push(last);
      continue;
    }
    for (const one of proposals(state, problems)) result.push(mergedImage(path, one, last));
  }
  return result;
}

function mergedImage(path: string, state: FileState, last: PostImage): PostImage {
  const [only] = state.images;
  if (only !== undefined && state.images.length === 1) return only;
  const built = build(state);
  return new Image({
    path,
    source: 'merged',
    isNew: state.isNew,
    fragment: !state.complete,
    preBlob: state.files[0]?.preBlob ?? null,
    patch: state.images.at(-1)?.patch ?? last.patch,
    confidence: state.images.reduce((least, image) => Math.min(least, image.confidence), 1),
    proposedEdits: [],
    quotes: () => [],
    via: state.images,
    build: () => built,
  });
}

/** A patch that does not fit what a reply quotes, or that is quoted, is another proposal: the two are not lines of one file. */
function proposals(state: FileState, problems: Problem[]): readonly FileState[] {
  const found: FileState[] = [];
  let current = emptyState();
  for (const [i, file] of state.files.entries()) {
    const image = state.images[i];
    if (image === undefined) continue;
    const before = { lines: current.lines, gone: current.gone, complete: current.complete, isNew: current.isNew };
    const said: Problem[] = [];
    applyFile(current, file, said);
    const quoted = current.images.at(-1)?.patch?.depth;
    if (said.length > 0 && quoted !== undefined && quoted !== image.patch?.depth) {
      Object.assign(current, before);
      found.push(current);
      current = emptyState();
      applyFile(current, file, problems);
    } else problems.push(...said);
    current.images.push(image);
    current.files.push(file);
  }
  return [...found, current];
}

function emptyState(): FileState {
  return { lines: new Map(), gone: new Map(), complete: false, isNew: false, images: [], files: [] };
}

function applyFile(state: FileState, file: FilePatch, problems: Problem[]): void {
  const hunks = file.hunks
    .filter((hunk) => hunk.duplicateOf === null)
    .sort((a, b) => a.header.oldStart - b.header.oldStart);
  if (file.change === 'added') {
    state.isNew = true;
    state.complete = hunks.length === 1 && (hunks[0]?.header.oldCount ?? 1) === 0;
  }
  const lines = new Map<number, Known>();
  const gone = new Map<number, Gone[]>();
  const numbers = [...new Set([...state.lines.keys(), ...state.gone.keys()])].sort((a, b) => a - b);
  let next = 0;
  let shift = 0;
  const keepUntil = (limit: number): void => {
    for (; next < numbers.length; next++) {
      const number = numbers[next] ?? 0;
      if (number >= limit) return;
      const known = state.lines.get(number);
      if (known !== undefined) lines.set(number + shift, known);
      const before = state.gone.get(number);
      if (before !== undefined) gone.set(number + shift, before);
    }
  };
  for (const hunk of hunks) {
    const first = firstOld(hunk);
    keepUntil(first);
    const mismatch = applyHunk(hunk, first + shift, state, lines, gone);
    if (mismatch !== null) {
      problems.push({
        code: 'series-mismatch',
        severity: 'warning',
        message: `This hunk does not fit what an earlier patch of the series made of ${file.path}; its own text is used`,
        range: mismatch.origins[0] ?? hunk.header.range,
      });
    }
    while (next < numbers.length && (numbers[next] ?? 0) < first + hunk.header.oldCount) next++;
    shift += hunk.lines.reduce((sum, line) => sum + (line.kind === 'added' ? 1 : line.kind === 'removed' ? -1 : 0), 0);
  }
  keepUntil(Number.POSITIVE_INFINITY);
  state.lines = lines;
  state.gone = gone;
}

/** Line of the old file with which a hunk begins; one that only adds stands behind its line. */
function firstOld(hunk: Hunk): number {
  return hunk.header.oldCount === 0 ? hunk.header.oldStart + 1 : hunk.header.oldStart;
}

/** Returns the first line that differs from what was known, or null. */
function applyHunk(
  hunk: Hunk,
  start: number,
  state: FileState,
  lines: Map<number, Known>,
  gone: Map<number, Gone[]>,
): HunkLine | null {
  let old = firstOld(hunk);
  let now = start;
  let mismatch: HunkLine | null = null;
  for (const line of hunk.lines) {
    const known = line.kind === 'added' ? undefined : state.lines.get(old);
    const differs = known !== undefined && bare(known.text) !== bare(line.text);
    if (differs) mismatch ??= line;
    if (line.kind !== 'added') {
      const before = state.gone.get(old);
      if (before !== undefined) gone.set(now, [...(gone.get(now) ?? []), ...before]);
    }
    switch (line.kind) {
      case 'removed':
        gone.set(now, [...(gone.get(now) ?? []), { text: line.text, origins: line.origins, oldLine: old }]);
        old++;
        break;
      case 'context':
        lines.set(now, known !== undefined && !differs ? known : entry(line, 'context'));
        old++;
        now++;
        break;
      case 'added':
        lines.set(now, entry(line, 'added'));
        now++;
        break;
    }
  }
  return mismatch;
}

function entry(line: HunkLine, kind: 'added' | 'context'): Known {
  return { text: line.text, origins: line.origins, kind, confidence: line.confidence, noNewline: line.noNewline };
}

function bare(text: string): string {
  return text.replace(/\s+/g, '');
}

function build(state: FileState): BuiltImage {
  const map = new PieceMap();
  const lines: PostLine[] = [];
  const removed: RemovedLine[] = [];
  const holes: ImageHole[] = [];
  const texts: string[] = [];
  let at = 0;
  let expected = 1;
  const numbers = [...new Set([...state.lines.keys(), ...state.gone.keys()])].sort((a, b) => a - b);
  for (const number of numbers) {
    for (const line of state.gone.get(number) ?? []) {
      removed.push({ at, text: line.text, oldLine: line.oldLine, origins: line.origins, hunk: -1 });
    }
    const line = state.lines.get(number);
    if (line === undefined) continue;
    if (number > expected) holes.push({ at, lines: number - expected });
    lines.push({ kind: line.kind, start: at, fileLine: number, hunk: -1, confidence: line.confidence });
    for (const origin of line.origins) map.add(at + origin.at, origin.length, origin.start, origin.end - origin.start);
    texts.push(line.text, '\n');
    at += line.text.length + 1;
    expected = number + 1;
  }
  if (!state.complete) holes.push({ at, lines: null });
  return { text: texts.join(''), map, lines, removed, holes };
}
