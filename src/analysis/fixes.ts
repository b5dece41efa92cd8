/** A check's repair, as edits of the document that carries the code. What a repair is, is the checks'; how a patch stays valid, patch/patchEdit.ts. */
import type { SourceUnit, Span } from '../c/source.ts';
import type { Check } from '../checks/check.ts';
import { documentEdits } from '../patch/patchEdit.ts';
import type { PostImage, ReadDocument } from '../patch/series.ts';
import type { Finding } from '../report/finding.ts';

/** Where a repair would be made, and where what it completes was begun. */
export interface RepairPlace {
  readonly check: Check;
  readonly at: Span;
  readonly begun: Span | null;
}

export interface FixSource {
  readonly text: string;
  readonly document: ReadDocument;
  readonly units: readonly SourceUnit[];
  readonly images: ReadonlyMap<number, PostImage>;
}

/** The fix of a finding; null when its check has none, or it cannot be made in this text. */
export function fixOf(finding: Finding, place: RepairPlace | null, source: FixSource): Finding['fix'] {
  const repair = place?.check.repair ?? null;
  if (place === null || repair === null || finding.change === 'fixed') return null;
  const image = source.images.get(place.at.unit);
  const unit = source.units[place.at.unit];
  if (image === undefined || unit === undefined || unit.text !== image.text) return null;
  const made = repair({
    text: unit.text,
    at: place.at,
    begun: place.begun?.unit === place.at.unit ? place.begun : null,
    message: finding.message,
  });
  if (made === null) return null;
  const edits = documentEdits(source.text, source.document, image, made.edits);
  return edits === null ? null : { title: made.title, edits };
}
