/**
 * An exit of a function that leaves in place what the function's other exits undo. Read, not run: the ways through the text tell it also of a
 * function of which only a part is shown. A way counts only as far as it is shown. One function is read by `undoReader.ts`.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import { check } from './check.ts';
import { leftToCounterpart } from './counterparts.ts';
import { countsLeftUp } from './countsLeftUp.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { descriptorFailed } from './failedBegins.ts';
import { freedWithMember } from './freedWithMember.ts';
import { calleeName, expressionsOf, within } from './irNames.ts';
import { keptFromAbove } from './locksFromAbove.ts';
import { keptPastLabels } from './locksPastLabels.ts';
import page from './undo-missing-on-exit.md?raw';
import { UndoReader } from './undoReader.ts';

/** Depth to which bodies of the document are looked through for an undo. */
const DEPTH = 2;

function undoneIn(
  symbol: FunctionSymbol,
  undoes: (name: string) => boolean,
  document: DocumentView,
  depth = DEPTH,
): boolean {
  if (symbol.at === null || !document.inDocument(symbol.at)) return false;
  const body = symbol.body();
  if (body === null || depth === 0) return false;
  return expressionsOf(body.body).some((expr) =>
    within(expr).some(
      (part) =>
        part.kind === 'call' &&
        (undoes(calleeName(part.callee)) ||
          (part.callee.kind === 'direct' && undoneIn(part.callee.symbol, undoes, document, depth - 1))),
    ),
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  return [
    ...freedWithMember(document),
    ...missingUndoes(document),
    ...leftToCounterpart(document),
    ...countsLeftUp(document),
    ...descriptorFailed(document),
  ];
}

function missingUndoes(document: DocumentView): DocumentReport[] {
  return document.program.functions.flatMap((symbol) => {
    if (symbol.at === null || !document.inDocument(symbol.at)) return [];
    const ir = symbol.body();
    if (ir === null) return [];
    const reader = new UndoReader(symbol, ir, (callee, undoes) => undoneIn(callee, undoes, document));
    return [...reader.reports(), ...keptFromAbove(symbol, ir), ...keptPastLabels(symbol, ir)];
  });
}

export default check(page, { inspect });
