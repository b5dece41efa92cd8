/** The one panel: opened beside the document, kept when hidden, filled again after a reload. Carries messages; draws nothing itself. */
import * as vscode from 'vscode';
import type { FromPanel, PanelSource, PanelState, ToPanel } from '../protocol/panel.ts';
import type { SimulationView } from '../protocol/view.ts';
import type { CheckPages } from './checkPages.ts';
import { followsSource, PANEL_TYPE, setContextKey } from './contributions.ts';
import { panelHtml } from './panelHtml.ts';
import type { Runs } from './runs.ts';
import type { SourceMark } from './sourceMark.ts';

interface Shown {
  readonly uri: vscode.Uri;
  readonly view: SimulationView;
  readonly source: PanelSource;
}

export class Panel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  private panel: vscode.WebviewPanel | null = null;
  /** The panel's script runs and listens. */
  private ready = false;
  /** What the panel is to show; sent when it is ready, and again when it was hidden and comes back. */
  private latest: ToPanel = {
    type: 'empty',
    message: 'Nothing has been run yet: "Interlock: Simulate Ops…" runs an op.',
  };
  private shown: Shown | null = null;
  private selected: number | null = null;
  /** The next selection was not made by the user: nothing is brought on screen for it. */
  private quiet = false;
  private runs: Runs | null = null;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly mark: SourceMark,
    private readonly pages: CheckPages,
  ) {
    this.subscriptions = [
      vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, this),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.checkStale(document)),
    ];
  }

  /** Where the panel's own wishes (again, stop, restore) go. */
  use(runs: Runs): void {
    this.runs = runs;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.panel?.dispose();
  }

  /** Brings the panel on screen, beside the editor; the focus stays. */
  reveal(): void {
    if (this.panel !== null) {
      this.panel.reveal(undefined, true);
      return;
    }
    this.adopt(
      vscode.window.createWebviewPanel(
        PANEL_TYPE,
        'Interlock',
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { enableScripts: true, enableFindWidget: true, localResourceRoots: [this.assets()] },
      ),
    );
  }

  busy(what: string): void {
    this.reveal();
    this.send({ type: 'busy', what });
  }

  empty(message: string): void {
    this.shown = null;
    setContextKey('interlock.hasTrace', false);
    this.mark.clear();
    this.reveal();
    this.send({ type: 'empty', message });
  }

  show(uri: vscode.Uri, view: SimulationView, selected: number | null): void {
    const source: PanelSource = { uri: uri.toString(), replay: view.replay };
    this.shown = { uri, view, source };
    this.selected = selected;
    setContextKey('interlock.hasTrace', true);
    this.reveal();
    if (this.panel !== null) this.panel.title = `Interlock: ${view.title}`;
    this.send({ type: 'show', view, document: uri.path.split('/').at(-1) ?? '', source, selected });
  }

  /** Moves the selection by one event that has a place. */
  step(by: 1 | -1): void {
    this.reveal();
    if (this.ready) void this.panel?.webview.postMessage({ type: 'step', by } satisfies ToPanel);
  }

  /** VS Code has brought back a panel of an earlier session; what it showed is run again, in the background of whatever is open. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: PanelState | undefined): Promise<void> {
    panel.webview.options = { enableScripts: true, localResourceRoots: [this.assets()] };
    this.adopt(panel);
    if (state?.source === undefined) return;
    this.quiet = true;
    await this.runs?.restore(state.source, state.selected);
  }

  private assets(): vscode.Uri {
    return vscode.Uri.joinPath(this.extensionUri, 'dist');
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    this.ready = false;
    panel.webview.onDidReceiveMessage((message: FromPanel) => void this.receive(message));
    panel.onDidDispose(() => {
      if (this.panel !== panel) return;
      this.panel = null;
      this.ready = false;
      this.mark.clear();
      setContextKey('interlock.hasTrace', false);
      this.runs?.stop();
    });
    panel.webview.html = panelHtml(panel.webview, this.extensionUri);
  }

  private send(message: ToPanel): void {
    this.latest = message;
    if (this.ready) void this.panel?.webview.postMessage(message);
  }

  private async receive(message: FromPanel): Promise<void> {
    switch (message.type) {
      case 'ready':
        // Also after the panel was hidden: its page is made anew, and gets what it showed, where it was.
        this.ready = true;
        this.send(this.latest.type === 'show' ? { ...this.latest, selected: this.selected } : this.latest);
        this.checkStale(null);
        return;
      case 'select':
        this.selected = message.event;
        await this.point(message.event, followsSource() && !this.quiet ? 'reveal' : 'mark');
        this.quiet = false;
        return;
      case 'open':
        await this.point(message.event, 'open');
        return;
      case 'explain':
        await this.pages.show(message.check);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        void this.panel?.webview.postMessage({ type: 'copied' } satisfies ToPanel);
        return;
      case 'stop':
        this.runs?.stop();
        return;
      case 'again':
        await this.runs?.again();
    }
  }

  private async point(index: number, how: 'mark' | 'reveal' | 'open'): Promise<void> {
    const { shown } = this;
    const event = shown?.view.events.find((candidate) => candidate.index === index);
    if (shown !== null && event !== undefined) await this.mark.show(shown.uri, event, how);
  }

  /** Tells the panel whether the text is still what was run. */
  private checkStale(changed: vscode.TextDocument | null): void {
    const { shown } = this;
    if (shown === null || !this.ready) return;
    const address = shown.uri.toString();
    const document =
      changed ?? vscode.workspace.textDocuments.find((candidate) => candidate.uri.toString() === address) ?? null;
    if (document === null || document.uri.toString() !== address) return;
    const stale = document.version !== shown.view.version;
    if (stale) this.mark.clear();
    void this.panel?.webview.postMessage({ type: 'stale', stale } satisfies ToPanel);
  }
}
