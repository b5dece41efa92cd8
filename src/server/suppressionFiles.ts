/**
 * The files of suppressions that belong to the open documents: found at the root of the workspace folder, or beside a document outside
 * of any; read again when they change; and what is wrong or of no use in them, as diagnostics of their own. What a line means is in
 * report/suppressions.ts.
 */
import { type Connection, type Diagnostic, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver';
import { READ_SUPPRESSIONS, type ReadSuppressionsResult } from '../protocol/server.ts';
import type { DocumentReport } from '../report/finding.ts';
import {
  applySuppressions,
  readSuppressions,
  SUPPRESSIONS_FILE,
  type Suppression,
  type Suppressions,
} from '../report/suppressions.ts';
import type { ServerHost } from './host.ts';

export interface SuppressionFile extends Suppressions {
  readonly uri: string;
  /** Null: there is no such file yet. */
  readonly text: string | null;
}

interface Use {
  readonly used: ReadonlySet<Suppression>;
  readonly unused: ReadonlySet<Suppression>;
}

export class SuppressionFiles {
  private readonly files = new Map<string, Promise<SuppressionFile>>();
  /** By file, then by document: what the last analysis made of the file's lines. */
  private readonly uses = new Map<string, Map<string, Use>>();

  constructor(
    private readonly connection: Connection,
    private readonly host: ServerHost,
    private readonly folders: readonly string[],
    private readonly checks: () => Promise<readonly { readonly code: string; readonly slug: string }[]>,
  ) {}

  /** True for the address of such a file. */
  isOne(uri: string): boolean {
    return uri.endsWith(`/${SUPPRESSIONS_FILE}`);
  }

  /** The file that speaks of a document. */
  of(document: string): Promise<SuppressionFile> {
    const uri = `${this.rootOf(document)}/${SUPPRESSIONS_FILE}`;
    let file = this.files.get(uri);
    if (file === undefined) {
      file = this.read(uri);
      this.files.set(uri, file);
    }
    return file;
  }

  /** It may have changed on disk. */
  forget(uri: string): void {
    this.files.delete(uri);
    this.uses.delete(uri);
  }

  /** The report without what the document's file suppresses. */
  async apply(document: string, report: DocumentReport): Promise<DocumentReport> {
    const file = await this.of(document);
    const { report: left, taken, unused } = applySuppressions(report, file.entries);
    const uses = this.uses.get(file.uri) ?? new Map<string, Use>();
    uses.set(document, { used: new Set(taken.map(({ by }) => by)), unused: new Set(unused) });
    this.uses.set(file.uri, uses);
    return left;
  }

  /** Says in the file itself what cannot be read in it, and which lines suppress nothing in the documents that are open. */
  async publish(document: string): Promise<void> {
    const { uri, text, entries, problems } = await this.of(document);
    if (text === null) return;
    const uses = [...(this.uses.get(uri)?.values() ?? [])];
    const idle = entries.filter(
      (entry) => uses.some(({ unused }) => unused.has(entry)) && !uses.some(({ used }) => used.has(entry)),
    );
    const lines = text.split(/\r?\n/);
    const at = (line: number): Diagnostic['range'] => ({
      start: { line: line - 1, character: 0 },
      end: { line: line - 1, character: lines[line - 1]?.length ?? 0 },
    });
    await this.connection.sendDiagnostics({
      uri,
      diagnostics: [
        ...problems.map(({ line, message }) => ({
          range: at(line),
          severity: DiagnosticSeverity.Error,
          source: 'interlock',
          message,
        })),
        ...idle.map(({ line }) => ({
          range: at(line),
          severity: DiagnosticSeverity.Information,
          source: 'interlock',
          message: 'suppresses nothing any more in the patches that are open',
          tags: [DiagnosticTag.Unnecessary],
        })),
      ],
    });
  }

  private rootOf(document: string): string {
    const folder = this.folders
      .map((uri) => uri.replace(/\/$/, ''))
      .filter((uri) => document.startsWith(`${uri}/`))
      .sort((a, b) => b.length - a.length)[0];
    return folder ?? document.replace(/\/[^/]*$/, '');
  }

  private async read(uri: string): Promise<SuppressionFile> {
    const [text, checks] = await Promise.all([this.textOf(uri), this.checks()]);
    return { uri, text, ...readSuppressions(text ?? '', checks) };
  }

  private async textOf(uri: string): Promise<string | null> {
    if (this.host.readText !== undefined) return this.host.readText(uri);
    try {
      const answer: ReadSuppressionsResult = await this.connection.sendRequest(READ_SUPPRESSIONS, { uri });
      return answer.text;
    } catch {
      // An editor that does not know the request has no such files.
      return null;
    }
  }
}
