/** The commands of the palette, and those that links in hovers and lenses carry. What a command does is in the part it calls. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import {
  CHECK,
  type CheckParams,
  type CheckResult,
  CLIENT_COMMANDS,
  FINDING_MAIL,
  type FindingMailParams,
  type FindingMailResult,
  STOP,
} from '../protocol/server.ts';
import type { CheckPages } from './checkPages.ts';
import { COMMANDS, type CommandName } from './contributions.ts';
import type { Panel } from './panel.ts';
import type { Runs } from './runs.ts';
import { revealRange } from './sourceMark.ts';

interface Parts {
  readonly client: BaseLanguageClient;
  readonly output: vscode.LogOutputChannel;
  readonly panel: Panel;
  readonly runs: Runs;
  readonly pages: CheckPages;
}

/** How long a word in the status bar stays. */
const WORD_TIME = 5000;

export function registerCommands(context: vscode.ExtensionContext, parts: Parts): void {
  const { client, output, panel, runs, pages } = parts;
  // Arguments come from links and other extensions: each handler checks what it is given.
  const handlers: Record<CommandName, (...args: readonly unknown[]) => unknown> = {
    [COMMANDS.simulateOps]: async (uri, table) => {
      const target = documentOf(uri);
      if (target !== null) await runs.simulate(target, typeof table === 'string' ? table : null);
    },
    [COMMANDS.checkDocument]: () => checkDocument(client),
    [COMMANDS.stopAnalysis]: () => client.sendNotification(STOP),
    [COMMANDS.replayToken]: () => askForToken(runs),
    [COMMANDS.explainCheck]: () => pages.choose(),
    [COMMANDS.showPanel]: () => panel.reveal(),
    [COMMANDS.nextStep]: () => panel.step(1),
    [COMMANDS.previousStep]: () => panel.step(-1),
    [COMMANDS.copyFindingAsMail]: () => copyFinding(client),
    [COMMANDS.restartServer]: async () => {
      await client.stop();
      await client.start();
      word('Interlock: server restarted');
    },
    [COMMANDS.showOutput]: () => output.show(true),
  };
  const linked: Record<string, (...args: readonly unknown[]) => unknown> = {
    [CLIENT_COMMANDS.reveal]: async (uri, ...numbers) => {
      const target = documentOf(uri);
      const [startLine = 0, startCharacter = 0, endLine = startLine, endCharacter = startCharacter] = numbers.filter(
        (value) => typeof value === 'number',
      );
      if (target !== null && isOpen(target))
        await revealRange(target, new vscode.Range(startLine, startCharacter, endLine, endCharacter), true);
    },
    [CLIENT_COMMANDS.replay]: async (uri, token) => {
      const target = documentOf(uri);
      if (target !== null && typeof token === 'string') await runs.replay(target, token);
    },
    [CLIENT_COMMANDS.explain]: async (check) => {
      if (typeof check === 'string') await pages.show(check);
    },
    [CLIENT_COMMANDS.copy]: async (text) => {
      if (typeof text === 'string') await copy(text);
    },
    [CLIENT_COMMANDS.lockdep]: async (text) => {
      if (typeof text === 'string') await pages.showLockdep(text);
    },
    [CLIENT_COMMANDS.ignore]: async (code) => {
      if (typeof code === 'string' && /^IL\d{4}$/.test(code)) await ignoreCheck(code);
    },
  };
  for (const [name, handler] of [...Object.entries(handlers), ...Object.entries(linked)])
    context.subscriptions.push(
      vscode.commands.registerCommand(name, async (...args: readonly unknown[]) => {
        try {
          await handler(...args);
        } catch (error) {
          output.error(`${name}: ${String(error)}`);
          word('Interlock: that did not work; see the output');
        }
      }),
    );
}

/** The document a command is meant for: its argument (an address or a text), else the active editor's, else the only visible one. */
function documentOf(argument: unknown): vscode.Uri | null {
  if (argument instanceof vscode.Uri) return argument;
  if (typeof argument === 'string' && argument !== '') return vscode.Uri.parse(argument);
  return targetEditor()?.document.uri ?? null;
}

/** While the panel has the focus there is no active editor; the document beside it is meant. */
function targetEditor(): vscode.TextEditor | undefined {
  return vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
}

function isOpen(uri: vscode.Uri): boolean {
  return vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
}

async function checkDocument(client: BaseLanguageClient): Promise<void> {
  const document = targetEditor()?.document;
  if (document === undefined) return;
  const params: CheckParams = { uri: client.code2ProtocolConverter.asUri(document.uri) };
  const { known }: CheckResult = await client.sendRequest(CHECK, params);
  if (!known) word('Interlock reads patches, mails and C files; set the language of this document to one of them');
}

/** In the workspace's settings where there is a workspace, else in the user's. */
async function ignoreCheck(code: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration('interlock');
  const ignored = settings.get<readonly string[]>('ignore', []);
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  if (!ignored.includes(code)) await settings.update('ignore', [...ignored, code], target);
  word(`Interlock: ${code} is not shown any more (setting interlock.ignore)`);
}

async function askForToken(runs: Runs): Promise<void> {
  const uri = documentOf(undefined);
  if (uri === null) return;
  const clipboard = (await vscode.env.clipboard.readText()).trim();
  const token = await vscode.window.showInputBox({
    title: 'Replay a run on this document',
    prompt: 'The replay token, as it stands in a report or a mail',
    value: /^il\d+:\S{1,2000}$/.test(clipboard) ? clipboard : '',
    ignoreFocusOut: true,
  });
  if (token !== undefined && token.trim() !== '') await runs.replay(uri, token.trim());
}

async function copyFinding(client: BaseLanguageClient): Promise<void> {
  const editor = targetEditor();
  if (editor === undefined) return;
  const { line, character } = editor.selection.active;
  const params: FindingMailParams = { uri: client.code2ProtocolConverter.asUri(editor.document.uri), line, character };
  const { mail }: FindingMailResult = await client.sendRequest(FINDING_MAIL, params);
  if (mail === null) word('Interlock: no finding on this line');
  else await copy(mail);
}

async function copy(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  word('Interlock: copied');
}

function word(text: string): void {
  vscode.window.setStatusBarMessage(text, WORD_TIME);
}
