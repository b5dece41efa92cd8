/** Code actions on findings and lenses on ops tables. Pure: both only name commands that the editor has. */
import { type CodeAction, CodeActionKind, type CodeLens, type Diagnostic, type Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { CLIENT_COMMANDS } from '../protocol/server.ts';
import type { DocumentReport, Finding } from '../report/finding.ts';
import { mailText } from '../report/mail.ts';
import { patchOf, suppressionLine } from '../report/suppressions.ts';
import type { ShownFinding } from './diagnostics.ts';
import { firstRange, rangeOf } from './places.ts';
import type { SuppressionFile } from './suppressionFiles.ts';

export interface ActionContext {
  readonly version: string;
  readonly report: DocumentReport;
  readonly suppressions: Pick<SuppressionFile, 'uri' | 'text'>;
}

/** Actions for the findings that touch `range`. Nothing is applied by itself, so none is preferred. */
export function codeActions(
  text: TextDocument,
  shown: readonly ShownFinding[],
  range: Range,
  { version, report, suppressions }: ActionContext,
): CodeAction[] {
  return shown
    .filter(
      ({ diagnostic }) =>
        diagnostic.range.start.line <= range.end.line && diagnostic.range.end.line >= range.start.line,
    )
    .flatMap(({ finding, diagnostic }) => {
      const action = (title: string, command: string, args: readonly string[]): CodeAction => ({
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        command: { title, command, arguments: [...args] },
      });
      const mail = () => mailText(finding, { text: text.getText(), version });
      return [
        ...fixAction(finding, diagnostic, text),
        ...(finding.replay === null
          ? []
          : [action(`Replay ${finding.code} step by step`, CLIENT_COMMANDS.replay, [text.uri, finding.replay])]),
        action(`Explain ${finding.code}`, CLIENT_COMMANDS.explain, [finding.code]),
        ...(finding.lockdep === null
          ? []
          : [action(`Explain ${finding.code} like lockdep`, CLIENT_COMMANDS.lockdep, [finding.lockdep])]),
        action(`Copy ${finding.code} as mail`, CLIENT_COMMANDS.copy, [mail()]),
        ...suppressAction(finding, diagnostic, report, suppressions),
        action(`Ignore ${finding.code} in this workspace`, CLIENT_COMMANDS.ignore, [finding.code]),
      ];
    });
}

/** The check's mechanical repair; the hunk headers are edited with it. */
function fixAction({ code, fix }: Finding, diagnostic: Diagnostic, text: TextDocument): CodeAction[] {
  if (fix === null) return [];
  const edits = fix.edits.map((edit) => ({ range: rangeOf(text, edit.range), newText: edit.text }));
  return [
    {
      title: `${fix.title} (${code})`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: { changes: { [text.uri]: edits } },
    },
  ];
}

/** Adds a line to the workspace's file of suppressions; makes the file when there is none. */
function suppressAction(
  finding: Finding,
  diagnostic: Diagnostic,
  report: DocumentReport,
  { uri, text }: ActionContext['suppressions'],
): CodeAction[] {
  const patch = patchOf(report, finding);
  if (patch === null && finding.function === null) return [];
  const lines = (text ?? '').split('\n');
  const end = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  const head = text === null ? `# Findings not to show: CODE FUNCTION PATCH-ID (git patch-id --stable) # why\n` : '';
  const separator = end.character === 0 ? '' : '\n';
  const newText = `${head}${separator}${suppressionLine(finding, patch)}\n`;
  const where =
    finding.function === null ? 'this patch' : `${finding.function}${patch === null ? '' : ' of this patch'}`;
  return [
    {
      title: `Suppress ${finding.code} in ${where}`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: {
        documentChanges: [
          ...(text === null ? [{ kind: 'create' as const, uri, options: { ignoreIfExists: true } }] : []),
          { textDocument: { uri, version: null }, edits: [{ range: { start: end, end }, newText }] },
        ],
      },
    },
  ];
}

/** One lens per ops table, with the violations found in its ops. */
export function codeLenses(text: TextDocument, report: DocumentReport, shown: readonly ShownFinding[]): CodeLens[] {
  return report.tables.flatMap((table) => {
    const range = firstRange(text, table.place);
    if (range === null) return [];
    const ops = new Set(table.ops.flatMap(({ member }) => [`${table.struct}.${member}`, `${table.name}.${member}`]));
    const functions = new Set(table.ops.map((op) => op.function));
    const violations = shown.filter(
      ({ finding }) =>
        finding.verdict === 'violation' &&
        ((finding.op !== null && ops.has(finding.op)) ||
          (finding.function !== null && functions.has(finding.function))),
    ).length;
    const title = violations === 0 ? 'Simulate' : `Simulate · ${count(violations, 'violation')}`;
    return [{ range, command: { title, command: CLIENT_COMMANDS.simulate, arguments: [text.uri, table.name] } }];
  });
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
