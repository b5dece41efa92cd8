/**
 * A plain C file given instead of a patch: one post-image that is the document itself.
 */

import { PieceMap } from './pieceMap.ts';
import { Image } from './postImage.ts';
import type { PostImage, PostLine } from './series.ts';
import type { SourceText } from './sourceText.ts';

const DIFF_LINE = /^(?:[> ]*)(?:diff --git |@@ -\d+(?:,\d+)? \+\d+|Index: \S|--- a\/)/m;
const HEADS = /^(?:From |From: |Subject: |diff |commit [0-9a-f]{7})/;

/** Judged by name first; a document without a telling name is C when it begins like C and holds no diff. */
export function isPlainC(path: string, source: SourceText): boolean {
  const text = source.text;
  if (HEADS.test(text.slice(0, 200).trimStart()) || DIFF_LINE.test(text.slice(0, 2_000_000))) return false;
  if (/\.(?:c|h|cc|inc)$/i.test(path)) return true;
  if (/\.(?:patch|diff|mbox|eml|txt|mail|msg)$/i.test(path)) return false;
  return /^\s*(?:\/\*|\/\/ SPDX|#\s*(?:include|ifndef|define|pragma)\b)/.test(text);
}

/** The document as a post-image with an identity map. */
export function imageOfText(path: string, source: SourceText): PostImage {
  return new Image({
    path,
    source: 'file',
    isNew: false,
    fragment: false,
    preBlob: null,
    patch: null,
    confidence: 1,
    proposedEdits: [],
    quotes: () => [],
    build: () => {
      const map = new PieceMap();
      const lines: PostLine[] = [];
      for (let line = 0; line < source.lineCount; line++) {
        lines.push({ kind: 'context', start: source.lineStart(line), fileLine: line + 1, hunk: -1, confidence: 1 });
      }
      map.add(0, source.text.length, 0, source.text.length);
      return { text: source.text, map, lines, removed: [], holes: [] };
    },
  });
}
