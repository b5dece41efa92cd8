/** Answers to the language server protocol's own questions about a document: hover, definitions, symbols, folding, actions, lenses. */
import type { CodeAction, CodeLens, DocumentSymbol, FoldingRange, Hover, Location } from 'vscode-languageserver';
import { codeActions, codeLenses } from './actions.ts';
import { hoverAt } from './hover.ts';
import { documentKind, shownPath } from './openDocument.ts';
import { documentSymbols, foldingRanges } from './outline.ts';
import { rangeOf } from './places.ts';
import type { Session } from './session.ts';

export function registerFeatures(session: () => Session | null, connection: Session['connection']): void {
  connection.onHover(async ({ textDocument, position }): Promise<Hover | null> => {
    const found = await shownIn(session(), textDocument.uri);
    if (found === null) return null;
    const { text, analysis } = found.document;
    return hoverAt(text, found.shown, position, found.session.links(text), analysis?.report.contracts);
  });

  connection.onDefinition(async ({ textDocument, position }, token): Promise<Location[]> => {
    const current = session();
    const document = current?.find(textDocument.uri);
    // In a C file a language server for C knows better.
    if (!current || !document || documentKind(document.uri, document.text.languageId) !== 'patch') return [];
    const { text } = document;
    const input = { path: shownPath(document.uri), text: text.getText() };
    const options = await current.jobOptions(document.uri);
    const handle = current.engine.run<'definition'>(
      { kind: 'definition', document: input, offset: text.offsetAt(position), options },
      { priority: 'user' },
    );
    const listener = token.onCancellationRequested(() => handle.cancel());
    const outcome = await handle.outcome;
    listener.dispose();
    return outcome.type === 'answer'
      ? outcome.answer.definitions.map(({ range }) => ({ uri: text.uri, range: rangeOf(text, range) }))
      : [];
  });

  connection.onCodeAction(async ({ textDocument, range }): Promise<CodeAction[]> => {
    const found = await shownIn(session(), textDocument.uri);
    const report = found?.document.analysis?.report;
    if (found === null || report === undefined) return [];
    return codeActions(found.document.text, found.shown, range, {
      version: found.session.engine.version,
      report,
      suppressions: await found.session.suppressions.of(textDocument.uri),
    });
  });

  connection.onCodeLens(async ({ textDocument }): Promise<CodeLens[]> => {
    const current = session();
    const document = current?.find(textDocument.uri);
    // A lens of the text before the last edit, moved by the editor, is better than lines that jump while one types.
    const analysis = document?.analysis;
    if (!current || !document || !analysis || !(await current.settingsOf(document.uri)).codeLens) return [];
    return codeLenses(analysis.text, analysis.report, (await current.shown(document)) ?? []);
  });

  connection.onDocumentSymbol(async ({ textDocument }): Promise<DocumentSymbol[] | null> => {
    const outline = await outlineOf(session(), textDocument.uri);
    return outline === null ? null : documentSymbols(outline.text, outline.nodes);
  });

  connection.onFoldingRanges(async ({ textDocument }): Promise<FoldingRange[] | null> => {
    const outline = await outlineOf(session(), textDocument.uri);
    return outline === null ? null : foldingRanges(outline.text, outline.nodes);
  });
}

async function shownIn(session: Session | null, uri: string) {
  const document = session?.find(uri);
  if (!session || !document) return null;
  const shown = await session.shown(document);
  return shown === null ? null : { session, document, shown };
}

/** Only for our own languages: C files have a language server of their own, and an empty list would hide the editor's own folding. */
async function outlineOf(session: Session | null, uri: string) {
  const document = session?.find(uri);
  if (!session || !document || documentKind(uri, document.text.languageId) !== 'patch') return null;
  const { text } = document;
  return { text, nodes: await session.outline(document) };
}
