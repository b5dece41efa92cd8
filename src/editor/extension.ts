/** Entry on the desktop and on remote hosts: the language server is a process of its own. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { activateWith } from './activate.ts';
import { CLIENT_ID, CLIENT_NAME, clientOptions } from './client.ts';

export function activate(context: vscode.ExtensionContext): void {
  const module = vscode.Uri.joinPath(context.extensionUri, 'dist/server.cjs').fsPath;
  activateWith(context, (output) => {
    const server = { module, transport: TransportKind.ipc };
    return new LanguageClient(
      CLIENT_ID,
      CLIENT_NAME,
      { run: server, debug: { ...server, options: { execArgv: ['--nolazy', '--inspect=6009'] } } },
      clientOptions(output, {}),
    );
  });
}
