/** The language server on standard input and output, for `interlock lsp --stdio`. */
import path from 'node:path';
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { nodeHost } from './nodeHost.ts';
import { startServer } from './server.ts';

/** Serves until the editor ends the session; the server's bundle is expected beside the one that calls this. */
export function startLanguageServerOnStdio(): Promise<void> {
  // Whatever else is printed would break the protocol.
  console.log = console.error;
  const connection = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  );
  const ended = new Promise<void>((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.once('end', () => resolve());
  });
  startServer(connection, nodeHost(path.join(__dirname, 'server.cjs')));
  return ended;
}
