/**
 * The text of a file as it was before the patch, as far as the document shows it: the lines that stayed and those that the patch takes away.
 * Made from the post-image, so that both are cut at the same holes.
 */
import { PieceMap } from './pieceMap.ts';
import { Image } from './postImage.ts';
import type { ImageHole, PostImage, PostLine, RemovedLine } from './series.ts';

/**
 * The file before the patch; null where that cannot be told: of text that is no patch, and of several patches put together without a tree.
 * Its `added` lines are those that the patch removes, its `removed` ones those that it adds.
 */
export function preImageOf(image: PostImage): PostImage | null {
  if (image.patch === null || (image.source !== 'hunks' && image.source !== 'applied')) return null;
  const map = new PieceMap();
  const texts: string[] = [];
  const lines: PostLine[] = [];
  const removed: RemovedLine[] = [];
  const holes: ImageHole[] = [];
  let at = 0;
  let shift = 0;
  let gone = 0;
  let hole = 0;
  const holesUntil = (offset: number): void => {
    for (; hole < image.holes.length && (image.holes[hole]?.at ?? 0) <= offset; hole++)
      holes.push({ at, lines: image.holes[hole]?.lines ?? null });
  };
  const goneUntil = (offset: number): void => {
    for (; gone < image.removed.length; gone++) {
      const line = image.removed[gone];
      if (line === undefined || line.at > offset) return;
      lines.push({ kind: 'added', start: at, fileLine: line.oldLine, hunk: line.hunk, confidence: 1 });
      for (const origin of line.origins)
        map.add(at + origin.at, origin.length, origin.start, origin.end - origin.start);
      texts.push(line.text, '\n');
      at += line.text.length + 1;
      shift++;
    }
  };
  const after = image.lines;
  after.forEach((line, index) => {
    holesUntil(line.start);
    goneUntil(line.start);
    const end = after[index + 1]?.start ?? image.text.length;
    const text = image.text.slice(line.start, end);
    if (line.kind === 'added') {
      removed.push({ at, text, oldLine: line.fileLine, origins: [], hunk: line.hunk });
      shift--;
      return;
    }
    lines.push({ ...line, start: at, fileLine: line.fileLine === null ? null : line.fileLine + shift });
    const [origin, more] = image.toDocument({ start: line.start, end });
    if (origin !== undefined && more === undefined)
      map.add(at, Math.min(text.length, origin.end - origin.start), origin.start, origin.end - origin.start);
    texts.push(text);
    at += text.length;
  });
  goneUntil(Number.POSITIVE_INFINITY);
  holesUntil(Number.POSITIVE_INFINITY);
  const text = texts.join('');
  return new Image({
    path: image.path,
    source: image.source,
    isNew: false,
    fragment: image.fragment,
    preBlob: image.preBlob,
    patch: image.patch,
    confidence: image.confidence,
    proposedEdits: [],
    quotes: () => [],
    build: () => ({ text, map, lines, removed, holes }),
  });
}
