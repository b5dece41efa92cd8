/**
 * A map between a rebuilt text and the document it was rebuilt from, as a list of pieces. Each piece says: these characters of the
 * text come from that range of the document. Equal lengths map character by character; unequal ones (an escape such as `=3D`) as a whole.
 */
import type { TextRange } from './problem.ts';

const STRIDE = 4;

/** Grows while a text is built, answers both directions afterwards. */
export class PieceMap {
  /** textStart, textLength, documentStart, documentLength. */
  readonly #data: number[] = [];
  /** Piece numbers ordered by document position; made when first needed. */
  #byDocument: Int32Array | null = null;

  get size(): number {
    return this.#data.length / STRIDE;
  }

  /** Pieces must be added in text order. */
  add(textStart: number, textLength: number, documentStart: number, documentLength: number): void {
    const data = this.#data;
    const last = data.length - STRIDE;
    if (last >= 0 && textLength === documentLength) {
      const start = data[last] ?? 0;
      const length = data[last + 1] ?? 0;
      const from = data[last + 2] ?? 0;
      if (length === data[last + 3] && start + length === textStart && from + length === documentStart) {
        data[last + 1] = length + textLength;
        data[last + 3] = length + textLength;
        return;
      }
    }
    data.push(textStart, textLength, documentStart, documentLength);
    this.#byDocument = null;
  }

  /** Document ranges of `[start, end)` of the text, in text order, adjacent ones merged. */
  toDocument(start: number, end: number): TextRange[] {
    const data = this.#data;
    const ranges: TextRange[] = [];
    for (let i = this.#pieceAt(start); i < data.length; i += STRIDE) {
      const textStart = data[i] ?? 0;
      const textLength = data[i + 1] ?? 0;
      if (textStart > end || (textStart === end && end > start)) break;
      const from = Math.max(start, textStart) - textStart;
      const to = Math.min(end, textStart + textLength) - textStart;
      if (to < from || (to === from && end > start)) continue;
      const documentStart = data[i + 2] ?? 0;
      const documentLength = data[i + 3] ?? 0;
      const linear = textLength === documentLength;
      const range = linear
        ? { start: documentStart + from, end: documentStart + to }
        : { start: documentStart, end: documentStart + documentLength };
      const previous = ranges.at(-1);
      if (previous !== undefined && previous.end === range.start) {
        ranges[ranges.length - 1] = { start: previous.start, end: range.end };
      } else if (previous === undefined || previous.start !== range.start || previous.end !== range.end) {
        ranges.push(range);
      }
      if (end === start) break;
    }
    return ranges;
  }

  /** The pieces that `[start, end)` of the text touches, clipped, for building a map of a map. */
  forEachPiece(start: number, end: number, visit: (text: TextRange, document: TextRange) => void): void {
    const data = this.#data;
    for (let i = this.#pieceAt(start); i < data.length; i += STRIDE) {
      const textStart = data[i] ?? 0;
      const textEnd = textStart + (data[i + 1] ?? 0);
      if (textStart >= end) break;
      const from = Math.max(start, textStart);
      const to = Math.min(end, textEnd);
      if (to <= from) continue;
      const documentStart = data[i + 2] ?? 0;
      const documentLength = data[i + 3] ?? 0;
      const linear = textEnd - textStart === documentLength;
      visit(
        { start: from, end: to },
        linear
          ? { start: documentStart + from - textStart, end: documentStart + to - textStart }
          : { start: documentStart, end: documentStart + documentLength },
      );
    }
  }

  /** Text offset of a document offset; null when no piece covers it. A piece's end counts as covered when nothing else starts there. */
  fromDocument(offset: number): number | null {
    const data = this.#data;
    const order = this.#documentOrder();
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((data[(order[middle] ?? 0) * STRIDE + 2] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    for (let i = low - 1; i >= 0 && i >= low - 2; i--) {
      const at = (order[i] ?? 0) * STRIDE;
      const documentStart = data[at + 2] ?? 0;
      const documentLength = data[at + 3] ?? 0;
      if (offset > documentStart + documentLength) continue;
      const textStart = data[at] ?? 0;
      const textLength = data[at + 1] ?? 0;
      if (textLength === documentLength) return textStart + offset - documentStart;
      return offset === documentStart + documentLength ? textStart + textLength : textStart;
    }
    return null;
  }

  #documentOrder(): Int32Array {
    if (this.#byDocument !== null) return this.#byDocument;
    const data = this.#data;
    const order = Int32Array.from({ length: this.size }, (_, i) => i);
    order.sort((a, b) => (data[a * STRIDE + 2] ?? 0) - (data[b * STRIDE + 2] ?? 0) || a - b);
    this.#byDocument = order;
    return order;
  }

  /** Index in the data of the first piece that ends behind `start` (or at it, when it is the last that touches it). */
  #pieceAt(start: number): number {
    const data = this.#data;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = middle * STRIDE;
      if ((data[at] ?? 0) + (data[at + 1] ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return low * STRIDE;
  }
}
