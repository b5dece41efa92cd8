/** The one status bar item: what the analysis of the active document is doing, and what it found. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { STATUS, type StatusParams } from '../protocol/server.ts';
import { COMMANDS, setContextKey } from './contributions.ts';

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('interlock.status', vscode.StatusBarAlignment.Right, 100);
  private readonly byDocument = new Map<string, StatusParams>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(client: BaseLanguageClient) {
    this.item.name = 'Interlock';
    this.item.command = COMMANDS.showOutput;
    this.subscriptions = [
      this.item,
      client.onNotification(STATUS, (status: StatusParams) => {
        this.byDocument.set(vscode.Uri.parse(status.uri).toString(), status);
        this.draw();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.draw()),
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.byDocument.delete(document.uri.toString());
        this.draw();
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private draw(): void {
    const busy = [...this.byDocument.values()].some(({ state }) => state === 'running');
    setContextKey('interlock.analysing', busy);
    const editor = vscode.window.activeTextEditor;
    const status = editor === undefined ? undefined : this.byDocument.get(editor.document.uri.toString());
    if (status === undefined) {
      // A panel has the focus: what is shown belongs to the document beside it.
      if (editor !== undefined || vscode.window.visibleTextEditors.length === 0) this.item.hide();
      return;
    }
    this.item.text = textOf(status);
    this.item.tooltip = tooltipOf(status);
    this.item.accessibilityInformation = { label: `Interlock: ${spokenState(status)}` };
    this.item.show();
  }
}

function textOf(status: StatusParams): string {
  switch (status.state) {
    case 'waiting':
    case 'running':
      return '$(loading~spin) Interlock';
    case 'failed':
      return '$(error) Interlock';
    case 'off':
      return 'Interlock: off';
    case 'stopped':
      return status.runs === 0 ? 'Interlock: stopped' : `Interlock: ${status.violations} (stopped)`;
    case 'done':
      return `Interlock: ${status.violations}`;
  }
}

function spokenState(status: StatusParams): string {
  switch (status.state) {
    case 'waiting':
      return 'waiting for the next pause in typing';
    case 'running':
      return status.message === null ? 'executing the ops' : `executing ${status.message}`;
    case 'failed':
      return `the analysis failed: ${status.message ?? 'see the output'}`;
    case 'off':
      return 'checked only by "Interlock: Check Document"';
    case 'stopped':
    case 'done':
      return counts(status).join(', ');
  }
}

function counts(status: StatusParams): string[] {
  return [
    `${status.violations} violation${status.violations === 1 ? '' : 's'}`,
    `${status.suspected} suspected`,
    `${status.unsupported} not executed`,
  ];
}

function tooltipOf(status: StatusParams): vscode.MarkdownString {
  const lines = [
    `**Interlock**: ${plain(spokenState(status))}`,
    ...(status.state === 'done' || status.state === 'stopped'
      ? [`${status.runs} runs, ${status.steps} steps, ${status.seconds.toFixed(1)} s`]
      : []),
    ...(status.state === 'stopped' ? ['Stopped: this is what had been found so far'] : []),
    ...status.bounds.map((bound) => `Bound reached: ${plain(bound)}`),
  ];
  return new vscode.MarkdownString(lines.join('  \n'));
}

function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#!|~$&]/g, '\\$&');
}
