/** Findings as diagnostics: short text at the place on the `+` line; everything longer is in the hover. Pure. */
import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  type Range,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { DocumentReport, Finding } from '../report/finding.ts';
import { changeNote } from '../report/hover.ts';
import { oneLine } from '../report/plainText.ts';
import { rangeOf } from './places.ts';
import { isShown, type Settings } from './settings.ts';

export const SOURCE = 'interlock';

export interface DiagnosticContext {
  readonly text: TextDocument;
  readonly settings: Settings;
  /** Address of a check's page, when the editor can open one. */
  readonly codeTarget: (code: string) => string | null;
}

/** A finding that is shown, with where. */
export interface ShownFinding {
  readonly finding: Finding;
  readonly diagnostic: Diagnostic;
}

/** Findings that the settings let through and that have a place, in the order of the report. */
export function shownFindings(report: DocumentReport, context: DiagnosticContext): ShownFinding[] {
  return report.findings
    .filter((finding) => isShown(finding, context.settings))
    .map((finding) => ({ finding, diagnostic: diagnosticOf(finding, context) }));
}

function diagnosticOf(finding: Finding, { text, codeTarget }: DiagnosticContext): Diagnostic {
  const [first, ...others] = finding.place.document;
  const related: DiagnosticRelatedInformation[] = [
    ...others.map((range) => ({
      location: { uri: text.uri, range: rangeOf(text, range) },
      message: 'the same line, as the mail wrapped it',
    })),
    ...finding.related.flatMap(({ message, place }) =>
      place.document.slice(0, 1).map((range) => ({
        location: { uri: text.uri, range: rangeOf(text, range) },
        message: oneLine(message),
      })),
    ),
  ];
  const target = codeTarget(finding.code);
  return {
    // A finding about something that is not in the text (a missing member, say) is shown at its top.
    range: first === undefined ? firstLine(text) : rangeOf(text, first),
    severity: severityOf(finding),
    source: SOURCE,
    code: finding.code,
    ...(target === null ? {} : { codeDescription: { href: target } }),
    message: `${oneLine(finding.message)}${changeNote(finding)}`,
    ...(related.length === 0 ? {} : { relatedInformation: related }),
  };
}

function severityOf(finding: Finding): DiagnosticSeverity {
  // The patch is not to blame for these.
  if (finding.change === 'existing' || finding.change === 'fixed' || finding.level === 'info')
    return DiagnosticSeverity.Information;
  if (finding.level === 'warning' && finding.verdict === 'violation') return DiagnosticSeverity.Warning;
  switch (finding.verdict) {
    case 'violation':
      return DiagnosticSeverity.Error;
    case 'suspected':
      return DiagnosticSeverity.Warning;
    case 'unsupported':
      return DiagnosticSeverity.Information;
  }
}

function firstLine(text: TextDocument): Range {
  const end = text.offsetAt({ line: 1, character: 0 });
  return { start: { line: 0, character: 0 }, end: text.positionAt(Math.max(0, end - 1)) };
}
