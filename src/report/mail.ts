/**
 * A finding as plain mail text: the quoted lines of the patch and, below the line it is about, what was run and reached. At most 72
 * columns (quoted lines keep their own length), neutral, with everything that is needed to see it again. Pure.
 */

import type { Finding } from './finding.ts';
import { changeNote, placeName, unplaced, verdictWord } from './hover.ts';
import { oneLine, wrapText } from './plainText.ts';

const WIDTH = 72;
const CONTEXT_LINES = 4;
const MAX_STEPS = 12;

export interface MailSource {
  /** Text of the document the finding is in. */
  readonly text: string;
  /** Version of Interlock, for whoever wants to see the same. */
  readonly version: string;
}

/** Mail text of one finding, ready to be put below the quoted patch. */
export function mailText(finding: Finding, source: MailSource): string {
  const quoted = quotedLines(finding, source.text);
  const lines = [
    ...quoted,
    ...(quoted.length === 0 ? [] : ['']),
    ...wrapText(`${verdictWord(finding)} (${finding.code}): ${finding.message}${changeNote(finding)}`, WIDTH),
    '',
    ...contextLines(finding),
    ...stepLines(finding),
    ...heldLines(finding),
    ...unplaced(finding).flatMap(({ message }) => wrapText(`Also: ${message}`, WIDTH, '', '  ')),
    ...(finding.documented === null ? [] : wrapText(`Documented: ${finding.documented}`, WIDTH, '', '  ')),
    ...(finding.assumption === null
      ? []
      : wrapText(
          `${finding.verdict === 'unsupported' ? 'This can hide' : 'This assumes'}: ${finding.assumption}`,
          WIDTH,
          '',
          '  ',
        )),
    '',
    `Seen by executing the patch in Interlock ${oneLine(source.version)}, not on hardware.`,
    ...(finding.replay === null ? [] : ['Replay:', `  ${oneLine(finding.replay)}`]),
  ];
  return `${collapse(lines).join('\n')}\n`;
}

/** From the hunk header or a few lines before, up to the line the finding is about. */
function quotedLines(finding: Finding, text: string): string[] {
  const range = finding.place.document.at(-1);
  const first = finding.place.document[0];
  if (range === undefined || first === undefined) return [];
  const lines = text.split('\n');
  const firstLine = lineAt(text, first.start);
  const lastLine = lineAt(text, Math.max(range.start, range.end - 1));
  const from = Math.max(0, firstLine - CONTEXT_LINES);
  const hunk = lines.findLastIndex((line, index) => index < firstLine && /^[> ]*@@ .*@@/.test(line));
  const file = lines.findLastIndex((line, index) => index < firstLine && /^[> ]*\+\+\+ /.test(line));
  const head = [file, hunk].filter((index) => index >= 0 && index < from).map((index) => lines[index] ?? '');
  const body = lines.slice(from, lastLine + 1);
  return [...head, ...body].map((line) => `> ${line.replace(/\r$/, '')}`);
}

function lineAt(text: string, offset: number): number {
  let line = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function contextLines(finding: Finding): string[] {
  return [
    ...(finding.op === null ? [] : wrapText(`Op: ${finding.op}`, WIDTH, '', '  ')),
    ...(finding.context === null ? [] : wrapText(`Called as: ${finding.context}`, WIDTH, '', '  ')),
    ...(finding.topology === null ? [] : wrapText(`Topology: ${finding.topology}`, WIDTH, '', '  ')),
  ];
}

function stepLines(finding: Finding): string[] {
  if (finding.steps.length === 0) return [];
  const shown = finding.steps.slice(0, MAX_STEPS);
  const left = finding.steps.length - shown.length;
  return [
    '',
    'What was executed:',
    ...shown.flatMap((step, index) => {
      const name = step.place === null ? null : placeName(step.place);
      const number = `${String(index + 1).padStart(3)}. `;
      return wrapText(`${step.text}${name === null ? '' : ` (${name})`}`, WIDTH, number, ' '.repeat(number.length));
    }),
    ...(left > 0 ? [`  … ${left} more steps, see the replay`] : []),
  ];
}

function heldLines(finding: Finding): string[] {
  if (finding.held.length === 0) return [''];
  const locks = finding.held.map((held) => {
    const name = held.place === null ? null : placeName(held.place);
    return `${held.lock} ${held.mode}${name === null ? '' : ` (${name})`}`;
  });
  return ['', ...wrapText(`Locks held: ${locks.join(', ')}`, WIDTH, '', '  ')];
}

function collapse(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
}
