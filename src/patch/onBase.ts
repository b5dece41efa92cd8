/**
 * The patches of a series on the file that a tree has: the file as it was before them, or as it is when they are applied already. A file
 * that is another one is left alone, and that is said. How hunks are applied is apply.ts.
 */
import { applyInOrder } from './apply.ts';
import type { Problem } from './problem.ts';
import type { FilePatch, Hunk, HunkLine, PostImage } from './series.ts';

type Base = (path: string, blob: string | null) => string | null;

/**
 * The whole file after the patches; null when the tree has no such file, or another one.
 * @param files the patches of one path, in order
 * @param images what the document itself shows after each of them
 */
export function onBase(
  files: readonly FilePatch[],
  images: readonly PostImage[],
  base: Base,
  problems: Problem[],
): PostImage | null {
  const own = files.map(withoutQuotes);
  const [first] = own;
  if (first === undefined || first.change === 'added' || own.some((file) => file.combined || file.binary)) return null;
  const path = first.oldPath ?? first.path;
  const text = base(path, first.preBlob);
  if (text === null) return null;
  const before = fits(text, own) ? text : undone(text, own);
  if (before === null) {
    const [hunk] = first.hunks;
    problems.push({
      code: 'base-mismatch',
      severity: 'warning',
      message: `${path} in the tree is not the file that this was made for; only what the document itself shows is executed`,
      range: hunk?.header.range ?? first.headerRange,
    });
    return null;
  }
  const applied = applyInOrder(before, own, images.at(-1)?.patch ?? null, images);
  problems.push(...applied.problems);
  return applied.value;
}

/** A quote of a hunk further down the thread is not applied a second time. */
function withoutQuotes(file: FilePatch): FilePatch {
  return { ...file, hunks: file.hunks.filter((hunk) => hunk.duplicateOf === null) };
}

function fits(text: string, files: readonly FilePatch[]): boolean {
  return !applyInOrder(text, files, null, []).problems.some((problem) => problem.code === 'hunk-rejected');
}

/** The file as it was, of a tree in which the patches are applied already; null when they are not. */
function undone(text: string, files: readonly FilePatch[]): string | null {
  const back = files.map(reversed).reverse();
  const { value, problems } = applyInOrder(text, back, null, []);
  if (problems.some((problem) => problem.code === 'hunk-rejected')) return null;
  return fits(value.text, files) ? value.text : null;
}

function reversed(file: FilePatch): FilePatch {
  return { ...file, hunks: file.hunks.map(reversedHunk) };
}

function reversedHunk(hunk: Hunk): Hunk {
  const { oldStart, oldCount, newStart, newCount } = hunk.header;
  const flip = (line: HunkLine): HunkLine => ({
    ...line,
    kind: line.kind === 'added' ? 'removed' : line.kind === 'removed' ? 'added' : 'context',
  });
  return {
    ...hunk,
    header: { ...hunk.header, oldStart: newStart, oldCount: newCount, newStart: oldStart, newCount: oldCount },
    lines: hunk.lines.map(flip),
  };
}
