/**
 * The language server: says what it can do, keeps the open documents in step with the editor and ends when the editor does. One server
 * for every host; what differs between Node and a browser comes in as `ServerHost`.
 */
import {
  CodeActionKind,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { InitializationOptions } from '../protocol/server.ts';
import { SUPPRESSIONS_FILE } from '../report/suppressions.ts';
import { registerFeatures } from './features.ts';
import type { ServerHost } from './host.ts';
import { registerRequests } from './requests.ts';
import { Session } from './session.ts';

/** Serves one connection until it closes. */
export function startServer(connection: Connection, host: ServerHost): void {
  let session: Session | null = null;
  let configuration = false;
  let watching = false;

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    const { capabilities } = params;
    configuration = capabilities.workspace?.configuration === true;
    watching = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    session = new Session(connection, host, {
      options: readOptions(params.initializationOptions),
      configuration,
      codeLensRefresh: capabilities.workspace?.codeLens?.refreshSupport === true,
      folders: params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri ? [params.rootUri] : []),
    });
    return {
      serverInfo: { name: 'interlock' },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
        hoverProvider: true,
        definitionProvider: true,
        documentSymbolProvider: true,
        foldingRangeProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
        codeLensProvider: { resolveProvider: false },
      },
    };
  });

  connection.onInitialized(() => {
    if (configuration)
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'interlock' });
    if (watching)
      void connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: `**/${SUPPRESSIONS_FILE}` }],
      });
  });
  connection.onDidChangeWatchedFiles(({ changes }) => void session?.filesChanged(changes.map(({ uri }) => uri)));
  connection.onDidChangeConfiguration(({ settings }) => session?.configured(sectionOf(settings)));

  // The text at every version is a document of its own: a result can be turned into lines after the text has moved on.
  const documents = new TextDocuments({
    create: (uri, languageId, version, content) => TextDocument.create(uri, languageId, version, content),
    update: (document, changes, version) => {
      const next = TextDocument.create(document.uri, document.languageId, document.version, document.getText());
      return TextDocument.update(next, changes, version);
    },
  });
  documents.onDidOpen(({ document }) => session?.opened(document));
  documents.onDidChangeContent(({ document }) => {
    // The first "change" is the opening itself.
    if (session?.find(document.uri)?.text !== document) session?.changed(document);
  });
  documents.onDidSave(({ document }) => session?.saved(document.uri));
  documents.onDidClose(({ document }) => session?.closed(document.uri));

  registerFeatures(() => session, connection);
  registerRequests(() => session, connection);
  connection.onShutdown(() => {
    session?.dispose();
    session = null;
  });

  documents.listen(connection);
  connection.listen();
}

function readOptions(sent: unknown): InitializationOptions {
  if (typeof sent !== 'object' || sent === null) return {};
  const wasm = 'wasm' in sent && typeof sent.wasm === 'object' && sent.wasm !== null ? sent.wasm : null;
  return {
    commandLinks: 'commandLinks' in sent && sent.commandLinks === true,
    ...('workerScript' in sent && typeof sent.workerScript === 'string' ? { workerScript: sent.workerScript } : {}),
    ...(wasm !== null &&
    'parser' in wasm &&
    typeof wasm.parser === 'string' &&
    'grammar' in wasm &&
    typeof wasm.grammar === 'string'
      ? { wasm: { parser: wasm.parser, grammar: wasm.grammar } }
      : {}),
  };
}

/** Editors send either the section alone or everything. */
function sectionOf(settings: unknown): unknown {
  return typeof settings === 'object' && settings !== null && 'interlock' in settings ? settings.interlock : settings;
}
