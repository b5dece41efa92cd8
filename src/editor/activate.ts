/** Puts the extension's parts together; what each does is in its own file. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import {
  READ_SUPPRESSIONS,
  type ReadSuppressionsParams,
  type ReadSuppressionsResult,
  SUPPRESSIONS_FILE,
} from '../protocol/server.ts';
import { CheckPages } from './checkPages.ts';
import { CLIENT_NAME } from './client.ts';
import { registerCommands } from './commands.ts';
import { Panel } from './panel.ts';
import { Runs } from './runs.ts';
import { SourceMark } from './sourceMark.ts';
import { Status } from './status.ts';

export function activateWith(
  context: vscode.ExtensionContext,
  makeClient: (output: vscode.LogOutputChannel) => BaseLanguageClient,
): void {
  const output = vscode.window.createOutputChannel(CLIENT_NAME, { log: true });
  const client = makeClient(output);
  const mark = new SourceMark();
  const pages = new CheckPages(client);
  const panel = new Panel(context.extensionUri, mark, pages);
  const runs = new Runs(client, panel, context.workspaceState, output);
  const status = new Status(client);
  panel.use(runs);
  context.subscriptions.push(client.onRequest(READ_SUPPRESSIONS, readSuppressions));
  context.subscriptions.push(output, client, mark, pages, panel, status);
  registerCommands(context, { client, output, panel, runs, pages });
  // What fails is in the output channel already; nothing is shown in the user's way.
  client.start().catch((error) => output.error(String(error)));
}

/** For a server without file access: only ever the one file it may ask for. */
async function readSuppressions({ uri }: ReadSuppressionsParams): Promise<ReadSuppressionsResult> {
  try {
    const target = vscode.Uri.parse(uri, true);
    if (!target.path.endsWith(`/${SUPPRESSIONS_FILE}`)) return { text: null };
    return { text: new TextDecoder().decode(await vscode.workspace.fs.readFile(target)) };
  } catch {
    return { text: null };
  }
}
