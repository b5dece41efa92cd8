/** The engine's outline as document symbols and folding ranges. Pure. */
import {
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  type Range,
  SymbolKind,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { OutlineNode } from '../analysis/engine.ts';
import { oneLine } from '../report/plainText.ts';
import { rangeOf } from './places.ts';

export function documentSymbols(text: TextDocument, nodes: readonly OutlineNode[]): DocumentSymbol[] {
  return nodes.map((node) => {
    const range = rangeOf(text, node.range);
    return {
      // An editor refuses a whole tree for one empty name, or one selection outside its range.
      name: oneLine(node.name) || `(${node.kind})`,
      detail: oneLine(node.detail),
      kind: symbolKind(node.kind),
      range,
      selectionRange: clip(rangeOf(text, node.selection), range),
      children: documentSymbols(text, node.children),
    };
  });
}

export function foldingRanges(text: TextDocument, nodes: readonly OutlineNode[]): FoldingRange[] {
  return nodes.flatMap((node) => {
    const { start, end } = rangeOf(text, node.range);
    // A range that ends at the start of a line does not hold that line.
    const endLine = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
    const own = endLine > start.line ? [{ startLine: start.line, endLine, kind: FoldingRangeKind.Region }] : [];
    return [...own, ...foldingRanges(text, node.children)];
  });
}

function symbolKind(kind: OutlineNode['kind']): SymbolKind {
  switch (kind) {
    case 'patch':
      return SymbolKind.Package;
    case 'file':
      return SymbolKind.File;
    case 'hunk':
      return SymbolKind.Namespace;
    case 'function':
      return SymbolKind.Function;
    case 'table':
      return SymbolKind.Struct;
  }
}

function clip(inner: Range, outer: Range): Range {
  const before = (a: Range['start'], b: Range['start']) =>
    a.line < b.line || (a.line === b.line && a.character < b.character);
  const into = (position: Range['start']) =>
    before(position, outer.start) ? outer.start : before(outer.end, position) ? outer.end : position;
  return { start: into(inner.start), end: into(inner.end) };
}
