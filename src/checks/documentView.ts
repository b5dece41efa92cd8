/**
 * The document as checks see it that need no execution: what was read, the ops tables in it, the kernel-doc, and every run's observations that
 * such a check compares them with. No events: those are `RunView`.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { KernelDoc } from '../contracts/kernelDoc.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import type { Problem } from '../patch/problem.ts';

export interface DocumentView {
  readonly program: Program;
  readonly tables: readonly OpsTable[];
  /** Ops that none of these names, told by their shape. */
  readonly shaped: readonly Op[];
  /** Kernel-doc comments of the document, in order, with the unit they stand in. */
  readonly docs: readonly { readonly unit: number; readonly doc: KernelDoc }[];
  readonly inDocument: (span: Span) => boolean;
}

/** What a check says about a document. */
export interface DocumentReport {
  readonly at: Span;
  readonly message: string;
  readonly function: string | null;
  /** `my_ops.map_dma_buf`; null when it is about no op. */
  readonly op: string | null;
  readonly related: readonly { readonly message: string; readonly at: Span | null }[];
  /** What it rests on when something that could excuse it was not seen; null when it is certain. */
  readonly assumption: string | null;
}

/** A head that a fragment's reader took for a function's: `if (...) {` of a body whose beginning is not shown. */
const NO_FUNCTION = /^(?:if|for|while|switch|do|else|return|sizeof)$/;

/** Problems of one code that lowering met in functions of the document, each with its place. */
export function bodyProblems(
  document: DocumentView,
  code: string,
): { symbol: FunctionSymbol; problem: Problem; at: Span; partial: boolean }[] {
  return document.program.functions.flatMap((symbol) => {
    const unit = symbol.at?.unit;
    if (unit === undefined || symbol.at === null || !document.inDocument(symbol.at)) return [];
    if (NO_FUNCTION.test(symbol.name)) return [];
    const body = symbol.body();
    if (body === null) return [];
    return body.problems
      .filter((problem) => problem.code === code)
      .map((problem) => ({ symbol, problem, at: { unit, ...problem.range }, partial: body.partial }));
  });
}
