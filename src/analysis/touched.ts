/**
 * What of a whole file a patch speaks of, where a tree completed the file: the functions with changed lines in them, and the tables that lead
 * to such a function. Everything else of the file runs when it is called, and is not judged for itself. Of a document that is no patch, or
 * that no tree completed, all counts. Of the code before a patch, only that which is held against the code after it is asked about.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import type { Reading } from './reading.ts';

/** How many calls deep a table's ops are followed. */
const DEPTH = 6;

export class Touched {
  /** Offsets of changed lines, by unit; only of files that a tree completed. */
  private readonly changes = new Map<number, readonly number[]>();
  private readonly starts = new Map<number, readonly number[]>();
  private readonly known = new Map<FunctionSymbol, boolean>();

  constructor(
    private readonly program: Program,
    private readonly reading: Pick<Reading, 'images' | 'before'>,
  ) {
    for (const [unit, image] of reading.images) {
      if (image.source !== 'applied') continue;
      const added = image.lines.filter((line) => line.kind === 'added').map((line) => line.start);
      this.changes.set(
        unit,
        [...added, ...image.removed.map((line) => line.at)].sort((a, b) => a - b),
      );
    }
  }

  /** Whether the document itself speaks of this function. */
  function(symbol: FunctionSymbol): boolean {
    const unit = symbol.at?.unit;
    const changes = unit === undefined ? undefined : this.changes.get(unit);
    if (changes === undefined || symbol.at === null) return true;
    let answer = this.known.get(symbol);
    if (answer === undefined) {
      // Lowering every function of a large file to know where it ends would cost more than running the few that count.
      const start = symbol.at.start;
      answer =
        changes.some((at) => at >= start && at <= this.nextFunction(symbol, start)) &&
        changes.some((at) => at >= start && at <= (symbol.body()?.at.end ?? start));
      this.known.set(symbol, answer);
    }
    return answer;
  }

  /** Whether its initialiser changed, or one of its ops leads to a function that did. */
  table(table: OpsTable): boolean {
    const { at } = table.symbol;
    const changes = at === null ? undefined : this.changes.get(at.unit);
    if (changes === undefined || at === null) return true;
    const places = [at.start, at.end, ...table.ops.map((op) => op.at.end)];
    const first = Math.min(...places);
    const last = Math.max(...places);
    if (changes.some((change) => change >= first && change <= last)) return true;
    if (table.ops.some((op) => this.function(op.function))) return true;
    let found = false;
    walkFunctions(
      table.ops.map((op) => op.function),
      DEPTH,
      (expression) => {
        found =
          expression.kind === 'call' &&
          expression.callee.kind === 'direct' &&
          expression.callee.symbol.body() !== null &&
          this.isChanged(expression.callee.symbol);
        return found;
      },
    );
    return found;
  }

  /** Whether a function is run for its own sake: it is part of what is compared, or leads there. */
  readonly asked = (symbol: FunctionSymbol): boolean => {
    const { images, before } = this.reading;
    if (before !== true) return true;
    const compared = ({ at }: FunctionSymbol): boolean => at !== null && images.has(at.unit);
    let found = compared(symbol);
    if (!found)
      walkFunctions(
        [symbol],
        DEPTH,
        (expression) => {
          found =
            expression.kind === 'call' && expression.callee.kind === 'direct' && compared(expression.callee.symbol);
          return found;
        },
        ({ at }) => at !== null && this.program.units[at.unit]?.origin === 'document',
      );
    return found;
  };

  /** Whether a place lies in a completed file, and in a function of it that did not change: the patch does not speak of it. */
  elsewhere(name: string | null, path: string | null): boolean {
    if (path === null || ![...this.changes.keys()].some((id) => this.program.units[id]?.path === path)) return false;
    if (name === null) return true;
    return !this.program.functions.some((symbol) => symbol.name === name && this.isChanged(symbol));
  }

  /** Whether a tree completed this file: there is more in it than the document shows. */
  readonly completed = (unit: number): boolean => this.changes.has(unit);

  /** As `function`, but only for files that a tree completed. */
  private isChanged(symbol: FunctionSymbol): boolean {
    return symbol.at !== null && this.changes.has(symbol.at.unit) && this.function(symbol);
  }

  /** Where the next function of the same file begins. */
  private nextFunction(symbol: FunctionSymbol, start: number): number {
    const unit = symbol.at?.unit ?? -1;
    let starts = this.starts.get(unit);
    if (starts === undefined) {
      starts = this.program.functions
        .flatMap((other) => (other.at?.unit === unit ? [other.at.start] : []))
        .sort((a, b) => a - b);
      this.starts.set(unit, starts);
    }
    return starts.find((other) => other > start) ?? Number.POSITIVE_INFINITY;
  }
}
