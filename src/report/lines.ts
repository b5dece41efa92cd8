/** Offsets of a text as lines and columns, and back. Columns count UTF-16 units from 1, as editors and LSP (minus one) do. */

export interface LineColumn {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

export class LineIndex {
  private readonly starts: number[] = [0];
  readonly length: number;

  constructor(text: string) {
    this.length = text.length;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  get lineCount(): number {
    return this.starts.length;
  }

  /** Line and column of an offset; offsets outside the text are clamped. */
  position(offset: number): LineColumn {
    const target = Math.max(0, Math.min(offset, this.length));
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= target) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: target - (this.starts[low] ?? 0) + 1 };
  }

  /** Offset of the start of a 1-based line, clamped. */
  start(line: number): number {
    return this.starts[Math.max(0, Math.min(line - 1, this.starts.length - 1))] ?? 0;
  }
}
