/**
 * One editor's session: its open documents, its settings, the engine and the analyses. Decides which documents are checked and when;
 * what the editor asks beyond that is answered in features.ts and requests.ts.
 */
import { CodeLensRefreshRequest, type Connection } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { OutlineNode } from '../analysis/engine.ts';
import { CLIENT_COMMANDS, type InitializationOptions, STATUS, type StatusParams } from '../protocol/server.ts';
import type { DocumentReport } from '../report/finding.ts';
import type { HoverLinks } from '../report/hover.ts';
import { AnalysisScheduler } from './analysis.ts';
import { type ShownFinding, shownFindings } from './diagnostics.ts';
import { EngineClient } from './engineClient.ts';
import type { ServerHost } from './host.ts';
import { addressLinks, commandLinks } from './hover.ts';
import type { JobOptions } from './jobs.ts';
import { documentKind, type OpenDocument, shownPath } from './openDocument.ts';
import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings.ts';
import { SuppressionFiles } from './suppressionFiles.ts';

/** What the editor can do, read once from `initialize`. */
export interface ClientAbilities {
  readonly options: InitializationOptions;
  /** It answers `workspace/configuration`. */
  readonly configuration: boolean;
  readonly codeLensRefresh: boolean;
  /** Addresses of the workspace's folders. */
  readonly folders: readonly string[];
}

/** Most milliseconds of quiet after an edit before a document is analysed. */
const DEBOUNCE = 350;

export class Session {
  readonly engine: EngineClient;
  readonly suppressions: SuppressionFiles;
  private readonly documents = new Map<string, OpenDocument>();
  private readonly scheduler: AnalysisScheduler;
  private settings: Settings = DEFAULT_SETTINGS;

  constructor(
    readonly connection: Connection,
    host: ServerHost,
    private readonly abilities: ClientAbilities,
  ) {
    this.engine = new EngineClient(host.engine(abilities.options), (message) => connection.console.error(message));
    this.suppressions = new SuppressionFiles(connection, host, abilities.folders, async () => {
      const outcome = await this.engine.run<'checks'>({ kind: 'checks' }, { priority: 'user' }).outcome;
      return outcome.type === 'answer' ? outcome.answer.checks : [];
    });
    this.scheduler = new AnalysisScheduler(
      this.engine,
      {
        waiting: (document) => this.status(document, 'waiting', null),
        running: (document, what) => this.status(document, 'running', what),
        stopped: (document) => this.status(document, 'stopped', null),
        failed: (document, message) => this.status(document, 'failed', message),
        stage: (document) => void this.show(document),
        finished: (document, milliseconds, stopped) => void this.publish(document, milliseconds / 1000, stopped),
      },
      DEBOUNCE,
    );
  }

  /** The open document of this address, if it is one the user wants looked at. */
  find(uri: string): OpenDocument | null {
    return this.documents.get(uri) ?? null;
  }

  opened(text: TextDocument): void {
    this.documents.set(text.uri, { uri: text.uri, text, requested: false, analysis: null, outline: null });
    void this.checkOn(text.uri, 'open');
  }

  changed(text: TextDocument): void {
    const document = this.documents.get(text.uri);
    if (document === undefined) return;
    document.text = text;
    void this.checkOn(text.uri, 'edit');
  }

  saved(uri: string): void {
    void this.checkOn(uri, 'save');
  }

  closed(uri: string): void {
    const document = this.documents.get(uri);
    if (document === undefined) return;
    this.documents.delete(uri);
    this.scheduler.forget(document);
    void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** The user asked for it; false when there is no such document. */
  check(uri: string): boolean {
    const document = this.documents.get(uri);
    if (document === undefined) return false;
    document.requested = true;
    this.scheduler.schedule(document, () => this.jobOptions(uri), 0);
    return true;
  }

  stop(): void {
    for (const document of this.documents.values()) this.scheduler.stop(document);
  }

  /** Settings changed: everything on screen may look different. `sent` is used when the editor cannot be asked. */
  configured(sent: unknown): void {
    this.settings = readSettings(sent);
    for (const uri of this.documents.keys()) void this.checkOn(uri, 'open');
  }

  async settingsOf(uri: string): Promise<Settings> {
    if (!this.abilities.configuration) return this.settings;
    return readSettings(await this.connection.workspace.getConfiguration({ scopeUri: uri, section: 'interlock' }));
  }

  async jobOptions(uri: string): Promise<JobOptions> {
    const { topology, maxRuns, kernelTree, timeLimit } = await this.settingsOf(uri);
    return {
      timeLimit: timeLimit * 1000,
      effort: this.documents.get(uri)?.requested ? 'normal' : 'interactive',
      ...(topology === '' ? {} : { topology }),
      ...(maxRuns === 0 ? {} : { maxRuns }),
      ...(kernelTree === '' ? {} : { kernelTree }),
    };
  }

  /**
   * Findings of the document as they are shown, or null while there are none for the text as it is now: a result of an older text would
   * point at the wrong lines.
   */
  async shown(document: OpenDocument): Promise<readonly ShownFinding[] | null> {
    const { analysis } = document;
    if (analysis === null || analysis.text.version !== document.text.version) return null;
    return this.shownOf(document, analysis.report);
  }

  /** The outline of the current text; made once per version. */
  outline(document: OpenDocument): Promise<readonly OutlineNode[]> {
    const { version } = document.text;
    if (document.outline?.version === version) return document.outline.nodes;
    const input = { path: shownPath(document.uri), text: document.text.getText() };
    const handle = this.engine.run<'outline'>({ kind: 'outline', document: input }, { priority: 'user' });
    const nodes = handle.outcome.then((outcome) => (outcome.type === 'answer' ? outcome.answer.outline : []));
    document.outline = { version, nodes };
    return nodes;
  }

  links(text: TextDocument): HoverLinks {
    return this.abilities.options.commandLinks === true ? commandLinks(text) : addressLinks(text);
  }

  dispose(): void {
    this.scheduler.dispose();
    this.engine.dispose();
  }

  private async checkOn(uri: string, occasion: 'open' | 'edit' | 'save'): Promise<void> {
    const document = this.documents.get(uri);
    if (document === undefined) return;
    const version = document.text.version;
    const settings = await this.settingsOf(uri);
    // Closed or edited while the settings were fetched: the later call decides.
    if (this.documents.get(uri) !== document || document.text.version !== version) return;
    if (!this.wants(document, settings, occasion)) {
      if (occasion === 'open' && this.isOurs(document, settings)) this.status(document, 'off', null);
      return;
    }
    this.scheduler.schedule(document, () => this.jobOptions(uri), occasion === 'edit' ? null : 0);
  }

  private wants(document: OpenDocument, settings: Settings, occasion: 'open' | 'edit' | 'save'): boolean {
    if (document.requested) return occasion !== 'save';
    if (!this.isOurs(document, settings)) return false;
    switch (settings.checkOn) {
      case 'edit':
        return occasion !== 'save';
      case 'save':
        return occasion !== 'edit';
      case 'command':
        return false;
    }
  }

  private isOurs(document: OpenDocument, settings: Settings): boolean {
    const kind = documentKind(document.uri, document.text.languageId);
    return kind === 'patch' || (kind === 'c' && settings.checkCFiles);
  }

  /** Files changed on disk: a file of suppressions among them changes what is shown. */
  async filesChanged(uris: readonly string[]): Promise<void> {
    const files = uris.filter((uri) => this.suppressions.isOne(uri));
    if (files.length === 0) return;
    for (const uri of files) this.suppressions.forget(uri);
    for (const document of this.documents.values())
      if (document.analysis !== null) await this.publish(document, 0, false);
  }

  private async shownOf(document: OpenDocument, analysed: DocumentReport): Promise<readonly ShownFinding[]> {
    const settings = await this.settingsOf(document.uri);
    const report = await this.suppressions.apply(document.uri, analysed);
    return shownFindings(report, {
      text: document.text,
      settings,
      codeTarget: (code) => this.codeTarget(document, code),
    });
  }

  private codeTarget(document: OpenDocument, code: string): string | null {
    return this.links(document.text).explain(code);
  }

  /** Shows what the document's analysis holds; null when that is nobody's any more: a newer text or result is here, or the document is gone. */
  private async show(document: OpenDocument): Promise<readonly ShownFinding[] | null> {
    const { analysis } = document;
    if (analysis === null) return null;
    const shown = await this.shownOf(document, analysis.report);
    if (this.documents.get(document.uri) !== document || analysis.text.version !== document.text.version) return null;
    if (document.analysis !== analysis) return null;
    await this.connection.sendDiagnostics({
      uri: document.uri,
      version: analysis.text.version,
      diagnostics: shown.map(({ diagnostic }) => diagnostic),
    });
    return shown;
  }

  private async publish(document: OpenDocument, seconds: number, stopped: boolean): Promise<void> {
    const { analysis } = document;
    const shown = await this.show(document);
    if (analysis === null || shown === null) return;
    this.status(document, stopped ? 'stopped' : 'done', null, { shown, report: analysis.report, seconds });
    await this.suppressions.publish(document.uri);
    if (this.abilities.codeLensRefresh) void this.connection.sendRequest(CodeLensRefreshRequest.type);
  }

  private status(
    document: OpenDocument,
    state: StatusParams['state'],
    message: string | null,
    result?: { shown: readonly ShownFinding[]; report: DocumentReport; seconds: number },
  ): void {
    const count = (verdict: string) => result?.shown.filter(({ finding }) => finding.verdict === verdict).length ?? 0;
    const params: StatusParams = {
      uri: document.uri,
      state,
      violations: count('violation'),
      suspected: count('suspected'),
      unsupported: count('unsupported'),
      runs: result?.report.stats.runs ?? 0,
      steps: result?.report.stats.steps ?? 0,
      seconds: result?.seconds ?? 0,
      bounds: result?.report.bounds ?? [],
      message,
    };
    void this.connection.sendNotification(STATUS, params);
  }
}

/** Commands whose links in a hover the editor may follow. */
export const HOVER_COMMANDS: readonly string[] = [
  CLIENT_COMMANDS.reveal,
  CLIENT_COMMANDS.replay,
  CLIENT_COMMANDS.explain,
];
