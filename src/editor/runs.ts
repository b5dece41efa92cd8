/** Runs the user asks for: choosing what to simulate, replaying a token, running again. The panel shows what comes of it. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import type { PanelSource } from '../protocol/panel.ts';
import {
  CHOICES,
  type ChoicesParams,
  type ChoiceView,
  REPLAY,
  type ReplayParams,
  type RunResult,
  SIMULATE,
  type SimulateParams,
} from '../protocol/server.ts';
import type { Panel } from './panel.ts';

interface RunItem extends vscode.QuickPickItem {
  readonly run?: { readonly table: string; readonly op: string; readonly scenario: string };
}

const LAST_CHOICE = 'interlock.lastChoice';

export class Runs {
  private running: vscode.CancellationTokenSource | null = null;
  private last: {
    readonly method: string;
    readonly params: SimulateParams | ReplayParams;
    readonly what: string;
  } | null = null;

  constructor(
    private readonly client: BaseLanguageClient,
    private readonly panel: Panel,
    private readonly memory: vscode.Memento,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  /** Asks which op to run, in which scenario, and runs it. */
  async simulate(uri: vscode.Uri, table: string | null): Promise<void> {
    const params: ChoicesParams = { uri: this.client.code2ProtocolConverter.asUri(uri) };
    const picked = await this.choose(this.client.sendRequest<readonly ChoiceView[]>(CHOICES, params), uri, table);
    if (picked === null) return;
    await this.memory.update(LAST_CHOICE, keyOf(picked));
    const request: SimulateParams = { ...params, ...picked, topology: null };
    await this.run(uri, SIMULATE, request, `${picked.table}.${picked.op}, ${picked.scenario}`);
  }

  /** Re-runs a token on the document. */
  async replay(uri: vscode.Uri, token: string, selected: number | null = null): Promise<void> {
    const params: ReplayParams = { uri: this.client.code2ProtocolConverter.asUri(uri), token };
    await this.run(uri, REPLAY, params, 'the replay', selected);
  }

  /** Fills a panel that was there before a reload. */
  async restore(source: PanelSource, selected: number): Promise<void> {
    const uri = vscode.Uri.parse(source.uri);
    try {
      await vscode.workspace.openTextDocument(uri);
      await this.client.start();
    } catch (error) {
      this.panel.empty(`The document of this run cannot be opened: ${String(error)}`);
      return;
    }
    await this.replay(uri, source.replay, selected);
  }

  /** The last run once more, on the text as it is now. */
  async again(): Promise<void> {
    if (this.last === null) return;
    const { method, params, what } = this.last;
    await this.run(vscode.Uri.parse(params.uri), method, params, what);
  }

  stop(): void {
    this.running?.cancel();
  }

  private async run(
    uri: vscode.Uri,
    method: string,
    params: SimulateParams | ReplayParams,
    what: string,
    selected: number | null = null,
  ): Promise<void> {
    this.running?.cancel();
    const cancel = new vscode.CancellationTokenSource();
    this.running = cancel;
    this.last = { method, params, what };
    this.panel.busy(`Executing ${what} …`);
    try {
      const result = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: `Interlock: executing ${what}` },
        () => this.client.sendRequest<RunResult>(method, params, cancel.token),
      );
      if (this.running !== cancel) return;
      switch (result.kind) {
        case 'trace':
          this.panel.show(uri, result.view, selected);
          break;
        case 'stopped':
          this.panel.empty('Stopped.');
          break;
        case 'failed':
          this.output.error(`${what}: ${result.message}`);
          this.panel.empty(`This could not be executed: ${result.message}`);
      }
    } catch (error) {
      if (this.running !== cancel) return;
      if (!cancel.token.isCancellationRequested) this.output.error(`${what}: ${String(error)}`);
      this.panel.empty(
        cancel.token.isCancellationRequested ? 'Stopped.' : `This could not be executed: ${String(error)}`,
      );
    } finally {
      if (this.running === cancel) this.running = null;
      cancel.dispose();
    }
  }

  private async choose(
    choices: Promise<readonly ChoiceView[]>,
    uri: vscode.Uri,
    table: string | null,
  ): Promise<NonNullable<RunItem['run']> | null> {
    const items = choices.then((all) => this.itemsOf(all.filter((choice) => table === null || choice.table === table)));
    // An empty list would leave the user with nothing to pick and no reason.
    void items.then((found) => {
      if (found.length === 0) this.panel.empty(nothingToRun(uri));
    });
    const found = items.then((list) => (list.length === 0 ? Promise.reject(new Error('nothing to run')) : list));
    try {
      const picked = await vscode.window.showQuickPick<RunItem>(found, {
        title: 'Simulate which op, called how?',
        placeHolder: 'op and scenario',
        matchOnDescription: true,
        matchOnDetail: true,
      });
      return picked?.run ?? null;
    } catch (error) {
      if ((await items.catch(() => [])).length > 0) throw error;
      return null;
    }
  }

  private itemsOf(choices: readonly ChoiceView[]): RunItem[] {
    const items = choices.flatMap(({ table, struct, op, function: name, scenarios }) =>
      scenarios.map(
        ({ name: scenario, title }): RunItem => ({
          label: `${table}.${op}`,
          description: title,
          detail: `${name}() as ${struct}.${op}, ${scenario}`,
          run: { table, op, scenario },
        }),
      ),
    );
    const last = this.memory.get(LAST_CHOICE, '');
    const recent = items.find(({ run }) => run !== undefined && keyOf(run) === last);
    if (recent === undefined) return items;
    return [
      { label: 'last run', kind: vscode.QuickPickItemKind.Separator },
      recent,
      { label: 'other', kind: vscode.QuickPickItemKind.Separator },
      ...items.filter((item) => item !== recent),
    ];
  }
}

function keyOf({ table, op, scenario }: { table: string; op: string; scenario: string }): string {
  return `${table}.${op} ${scenario}`;
}

function nothingToRun(uri: vscode.Uri): string {
  const name = uri.path.split('/').at(-1) ?? '';
  return `${name} shows no ops table whose ops could be run: Interlock looks for an initialiser such as "static const struct drm_pagemap_ops … = { … }" and for the functions it names.`;
}
