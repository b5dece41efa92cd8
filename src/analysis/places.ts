/**
 * Places: from a span in a unit to ranges of the document and lines of the patched file; and from an event in bundled code up to the frame
 * of the document that called it.
 */
import type { SourceUnit, Span } from '../c/source.ts';
import type { SourceAround } from '../checks/check.ts';
import type { Event, Site } from '../machine/events.ts';
import type { TextRange } from '../patch/problem.ts';
import type { PostImage } from '../patch/series.ts';
import type { Place } from '../report/finding.ts';
import { LineIndex } from '../report/lines.ts';

export const NOWHERE: Place = { document: [], sourceFile: null, sourceLine: null, sourceColumn: null };

export class Places {
  private readonly lineIndexes = new Map<number, LineIndex>();

  constructor(
    private readonly units: readonly SourceUnit[],
    private readonly images: ReadonlyMap<number, PostImage>,
  ) {}

  inDocument(span: Span): boolean {
    return this.units[span.unit]?.origin === 'document';
  }

  /** Ranges and lines of a span, cut to its first line: what an editor underlines. */
  place(span: Span): Place {
    const unit = this.units[span.unit];
    if (!unit || unit.origin === 'bundled') return NOWHERE;
    const image = this.images.get(span.unit);
    const newline = unit.text.indexOf('\n', span.start);
    const range: TextRange = {
      start: span.start,
      end: Math.max(span.start + 1, newline < 0 ? span.end : Math.min(span.end, newline)),
    };
    const line = image?.lines[lineAt(image, span.start)];
    const position = this.lines(unit).position(span.start);
    return {
      document: image ? [...image.toDocument(range), ...image.toQuotes(range)] : (unit.toDocument?.(range) ?? []),
      sourceFile: unit.path,
      sourceLine: line ? line.fileLine : unit.fragment ? null : position.line,
      sourceColumn: position.column,
    };
  }

  /** The text around a span: the function it stands in (all of a fragment that shows no end), what stands before it, itself. */
  sourceOf(span: Span): SourceAround {
    const text = this.units[span.unit]?.text ?? '';
    const begin = text.lastIndexOf('\n{', span.start);
    // Who returns without a statement returns at the brace itself.
    const end = text.indexOf('\n}', span.start - 1);
    return {
      body: text.slice(Math.max(0, begin), end < 0 ? text.length : end),
      ahead: text.slice(Math.max(0, begin), span.start),
      before: text.slice(text.lastIndexOf('\n', span.start - 1) + 1, span.start),
      call: text.slice(span.start, span.end),
    };
  }

  /** `drivers/gpu/drm/xe/xe_svm.c:120`; null for bundled text. */
  sourceName(span: Span): string | null {
    const { sourceFile, sourceLine } = this.place(span);
    if (sourceFile === null) return null;
    return sourceLine === null ? sourceFile : `${sourceFile}:${sourceLine}`;
  }

  /** Whether the patch brought the line, or it was there before. */
  change(span: Span): 'introduced' | 'existing' | 'unknown' {
    const image = this.images.get(span.unit);
    if (!image?.patch) return 'unknown';
    return image.lines[lineAt(image, span.start)]?.kind === 'added' ? 'introduced' : 'existing';
  }

  /**
   * The place in the document that answers for event `index`: its own, or that of the call in the document that led into bundled code.
   */
  documentSite(trace: readonly Event[], index: number, at: Site | null): Site | null {
    return around(trace, index, at, (span) => this.inDocument(span));
  }

  /** The place of event `index` in code that somebody wrote for this kernel: in the document, or in a file of the tree that it calls. */
  writtenSite(trace: readonly Event[], index: number, at: Site | null): Site | null {
    return around(trace, index, at, (span) => this.units[span.unit]?.origin !== 'bundled');
  }

  /** The place of event `index`, or of the nearest call around it, on a line that the document itself shows. */
  shownSite(trace: readonly Event[], index: number): Site | null {
    return around(trace, index, trace[index]?.at ?? null, (span) => this.place(span).document.length > 0);
  }

  /** Files of the tree come to be known while the document is read. */
  inTree(span: Span): boolean {
    const unit = this.units[span.unit];
    return unit === undefined || unit.origin === 'tree';
  }

  private lines(unit: SourceUnit): LineIndex {
    let index = this.lineIndexes.get(unit.id);
    if (!index) {
      index = new LineIndex(unit.text);
      this.lineIndexes.set(unit.id, index);
    }
    return index;
  }
}

/** The place of an event, or of the nearest call around it, that is wanted. */
function around(trace: readonly Event[], index: number, at: Site | null, wanted: (span: Span) => boolean): Site | null {
  if (at && wanted(at.span)) return at;
  const event = trace[index];
  if (!event) return at;
  let depth = event.depth;
  for (let i = index - 1; i >= 0 && depth > 0; i--) {
    const earlier = trace[i];
    if (earlier?.kind !== 'call' || earlier.task !== event.task || earlier.depth >= depth) continue;
    depth = earlier.depth;
    if (earlier.at && wanted(earlier.at.span)) return earlier.at;
  }
  return null;
}

function lineAt(image: PostImage, offset: number): number {
  let low = 0;
  let high = image.lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((image.lines[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
