/** From a document's text to the program that is executed: reading, post-images as units, bundled declarations before them. */
import type { Heading, SourceUnit } from '../c/source.ts';
import { preImageOf } from '../patch/preImage.ts';
import type { TextRange } from '../patch/problem.ts';
import { readDocument } from '../patch/read.ts';
import type { Hunk, PostImage, ReadDocument, ReadOptions } from '../patch/series.ts';
import { TextBudget } from './bounds.ts';
import type { DocumentInput, KernelTree } from './engine.ts';

export interface Reading {
  readonly document: ReadDocument;
  readonly units: readonly SourceUnit[];
  /** What was read but is not executed, for want of room. */
  readonly bounds: readonly string[];
  /** Post-image of each document unit, by unit id. */
  readonly images: ReadonlyMap<number, PostImage>;
  /** This is a document as it was before its patches: of a unit without an image no finding is compared with anything. */
  readonly before?: true;
  readonly problems: readonly { readonly severity: string; readonly message: string; readonly range: TextRange }[];
}

const C_FILE = /\.(?:c|h|cc|cpp|inc)$/;

/**
 * What git wrote behind each hunk's `@@`, where the lines of a fragment begin anew: at its start and after each hole. Which hunk that is, the
 * line's place in the document says, so that it holds for the file after a series as well.
 */
function headingsOf(image: PostImage, hunks: readonly Hunk[]): readonly Heading[] {
  if (!image.fragment) return [];
  const out: Heading[] = [];
  const starts = [...new Set([0, ...image.holes.map((hole) => hole.at)])];
  for (const [i, at] of starts.entries()) {
    // More than the first line: a mail may have lost a blank one, which then stands nowhere in the document.
    const [origin] = image.toDocument({ start: at, end: Math.min(starts[i + 1] ?? image.text.length, at + 400) });
    if (origin === undefined) continue;
    const hunk = hunks.find((each) => each.range.start <= origin.start && origin.start < each.range.end);
    if (hunk !== undefined) out.push({ at, text: hunk.header.heading });
  }
  return out;
}

function hunksOf({ series }: ReadDocument): readonly Hunk[] {
  return series.flatMap(({ patches }) =>
    patches.flatMap(({ files }) => files.flatMap((file) => file.hunks.filter((hunk) => hunk.duplicateOf === null))),
  );
}

/**
 * The same document with its files as they were before its patches; null when nothing can be said about that. Its images are those of the
 * files that were there before; a file whose earlier text is not known stays as it is and has none.
 */
export function readingBefore(reading: Reading): Reading | null {
  if (reading.bounds.length > 0) return null;
  const hunks = hunksOf(reading.document);
  const images = new Map<number, PostImage>();
  for (const [id, image] of reading.images) {
    const before = preImageOf(image);
    if (before !== null) images.set(id, before);
  }
  if (images.size === 0) return null;
  const units = reading.units.map((unit): SourceUnit => {
    const image = images.get(unit.id);
    if (image === undefined) return unit;
    const { text, holes, fragment } = image;
    const toDocument = (range: TextRange): readonly TextRange[] => image.toDocument(range);
    return { ...unit, text, holes, fragment, headings: headingsOf(image, hunks), toDocument };
  });
  return { ...reading, units, images, before: true };
}

/**
 * Reads a document and lays out its units behind the bundled ones.
 * @param tree where patched files are completed from
 * @param score how readings of a damaged hunk compare as C
 */
export function readUnits(
  input: DocumentInput,
  bundled: readonly SourceUnit[],
  tree?: KernelTree,
  score?: ReadOptions['score'],
): Reading {
  const { value, problems } = readDocument(tree?.pathOf?.(input.path) ?? input.path, input.text, {
    ...(tree ? { base: (path, blob) => (blob === null ? null : tree.blob(blob)) ?? tree.read(path) } : {}),
    ...(score ? { score } : {}),
  });
  return laidOut(
    value,
    bundled,
    problems.map(({ severity, message, range }) => ({ severity, message, range })),
  );
}

/** From so many series with code on a document is a mailbox: nobody made them to be applied together, in this order. */
const MAILBOX = 16;

/** The series of a mailbox, each to be read for itself, and last the code that stands in none; null: the document is one whole. */
export function mailboxParts({ document }: Reading, bundled: readonly SourceUnit[]): readonly Reading[] | null {
  const inSeries = new Set(document.mergedBySeries.flat());
  const parts = [...document.series.keys(), null].flatMap((i) => {
    const merged = i === null ? document.merged.filter((image) => !inSeries.has(image)) : document.mergedBySeries[i];
    const series = i === null ? [] : document.series.slice(i, i + 1);
    return merged === undefined || merged.length === 0
      ? []
      : [{ ...document, series, merged, mergedBySeries: [merged] }];
  });
  return parts.length < MAILBOX ? null : parts.map((part) => laidOut(part, bundled, []));
}

function laidOut(value: ReadDocument, bundled: readonly SourceUnit[], problems: Reading['problems']): Reading {
  const units: SourceUnit[] = [...bundled];
  const images = new Map<number, PostImage>();
  const hunks = hunksOf(value);
  const budget = new TextBudget();
  for (const image of value.merged) {
    if (!C_FILE.test(image.path) && image.source !== 'file' && image.source !== 'pasted') continue;
    const part = budget.take(image);
    if (part === null) continue;
    const id = units.length;
    images.set(id, image);
    units.push({
      id,
      path: image.path,
      origin: 'document',
      ...part,
      headings: headingsOf(image, hunks),
      toDocument: (range) => image.toDocument(range),
    });
  }
  return {
    document: value,
    units,
    images,
    bounds: budget.bounds(),
    problems,
  };
}
