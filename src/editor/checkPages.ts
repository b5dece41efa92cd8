/** What the extension itself has to read: the checks' pages, shown as a preview, and reports in dmesg's form. Scheme `interlock`. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { type CheckListing, EXPLAIN, type ExplainParams, type ExplainResult, LIST_CHECKS } from '../protocol/server.ts';

const SCHEME = 'interlock';

export class CheckPages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private lockdep = '';
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  constructor(private readonly client: BaseLanguageClient) {}

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  /** Opens a page beside the text: what the reader was looking at stays. */
  async show(check: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/checks/${check.replace(/[^\w.-]/g, '')}.md` });
    const known = (await this.page(check)) !== null;
    if (!known) {
      vscode.window.setStatusBarMessage(`Interlock has no check ${check}`, 5000);
      return;
    }
    try {
      await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
    } catch {
      // The built-in Markdown extension can be disabled; the text itself always opens.
      await vscode.window.showTextDocument(uri, { preview: true, viewColumn: vscode.ViewColumn.Beside });
    }
  }

  /** The familiar text of the kernel's lock validator, beside the document it is about. */
  async showLockdep(text: string): Promise<void> {
    this.lockdep = text;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: '/lockdep/dmesg.log' });
    this.changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
  }

  /** Lets the user choose a page. */
  async choose(): Promise<void> {
    const checks: readonly CheckListing[] = await this.client.sendRequest(LIST_CHECKS);
    const items = checks.map(({ code, slug, level, summary }) => ({
      label: code,
      description: slug,
      detail: `${summary} (${level})`,
    }));
    const chosen = await vscode.window.showQuickPick(items, {
      title: 'Explain which check?',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (chosen !== undefined) await this.show(chosen.label);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    if (uri.path.startsWith('/lockdep/')) return this.lockdep;
    const check = uri.path.replace(/^.*\//, '').replace(/\.md$/, '');
    return (await this.page(check)) ?? `Interlock has no check ${check}.\n`;
  }

  private async page(check: string): Promise<string | null> {
    const params: ExplainParams = { check };
    const { markdown }: ExplainResult = await this.client.sendRequest(EXPLAIN, params);
    return markdown;
  }
}
