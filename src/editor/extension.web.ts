/** Entry in a browser (vscode.dev): the language server is a worker, and gets the wasm files' bytes from here. */
import * as vscode from 'vscode';
import { LanguageClient, type MessageTransports } from 'vscode-languageclient/browser';
import { activateWith } from './activate.ts';
import { CLIENT_ID, CLIENT_NAME, clientOptions } from './client.ts';

declare const Worker: new (url: string) => MessageTransports;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const file = (name: string) => vscode.Uri.joinPath(context.extensionUri, 'dist', name);
  const workerScript = file('server.worker.js').toString(true);
  const [parser, grammar] = await Promise.all(
    ['web-tree-sitter.wasm', 'tree-sitter-c.wasm'].map(async (name) =>
      base64(await vscode.workspace.fs.readFile(file(name))),
    ),
  );
  if (parser === undefined || grammar === undefined) throw new Error('[interlock internal] the parser is not packaged');
  activateWith(
    context,
    (output) =>
      new LanguageClient(
        CLIENT_ID,
        CLIENT_NAME,
        // A new one each time: a server that was stopped does not serve again.
        () => Promise.resolve(new Worker(workerScript)),
        clientOptions(output, { workerScript, wasm: { parser, grammar } }),
      ),
  );
}

function base64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: as arguments of one call a whole file would be too many.
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
