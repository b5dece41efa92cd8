/** What is documented of an op or function next to what its runs showed, as text for a terminal and as Markdown for a hover. Pure. */
import type { ContractReport, ContractRow, Place } from './finding.ts';
import type { LineIndex } from './lines.ts';
import { markdownCode, markdownMessage, markdownText, oneLine } from './plainText.ts';

/** The contracts that a place of the document is about: those of the function around it, or that its line names. */
export function contractsAt(
  contracts: readonly ContractReport[],
  { start, end }: { readonly start: number; readonly end: number },
): readonly ContractReport[] {
  const around = contracts.filter(({ range }) => range !== null && range.start < end && start < range.end);
  if (around.length > 0) return around;
  return contracts.filter(({ named }) =>
    named.some(({ document }) => document.some((range) => range.start < end && start < range.end)),
  );
}

/** Lines of one contract: `path:12 name (ops)`, then a pair of lines for each thing it speaks of. */
export function contractText(path: string, lines: LineIndex, contract: ContractReport): string[] {
  const at = (place: Place | null): string => {
    const range = place?.document[0];
    return range === undefined ? '' : ` (line ${lines.position(range.start).line})`;
  };
  const head = contract.place.document[0];
  const where = head === undefined ? path : `${path}:${lines.position(head.start).line}`;
  const names = contract.ops.length > 0 ? `, ${contract.ops.join(', ')}` : '';
  const calls =
    contract.calls === 0 ? 'never called' : `${contract.calls} call${contract.calls === 1 ? '' : 's'} observed`;
  const width = Math.max(0, ...contract.rows.map(({ subject }) => subject.length));
  return [
    `${where}: ${contract.function}${names}: ${calls}`,
    ...contract.rows.flatMap((row, i) => [
      `${row.differs ? '  ! ' : '    '}${row.subject.padEnd(width)}  documented: ${documentedWords(row, contract.rows[i - 1])}${at(row.documentedAt)}`,
      `    ${' '.repeat(width)}  observed:   ${row.observed ?? 'no run came to it'}${at(row.observedAt)}`,
    ]),
  ];
}

/** The source is said once for rows that follow one another. */
function documentedWords({ documented, source }: ContractRow, before: ContractRow | undefined): string {
  if (documented === null) return 'nothing';
  if (source !== null && before?.source === source) return oneLine(documented);
  return oneLine(source === null ? documented : `${documented} [${source}]`);
}

/** The same as Markdown: a table of what is documented and what was observed. */
export function contractMarkdown(contract: ContractReport): string {
  const names = contract.ops.map(markdownCode).join(', ');
  const cell = (text: string | null): string => barred(markdownMessage(text ?? '–'));
  return [
    `**${markdownText(contract.function)}**${names === '' ? '' : ` · ${names}`} · ${contract.calls === 0 ? 'never called' : `${contract.calls} calls observed`}`,
    '',
    '| | documented | observed |',
    '|---|---|---|',
    ...contract.rows.map(
      (row) =>
        `| ${row.differs ? '**≠** ' : ''}${barred(markdownText(row.subject))} | ${cell(row.documented)} | ${cell(row.observed ?? 'no run came to it')} |`,
    ),
  ].join('\n');
}

/** For a cell of a table: a bar in code would end it. */
function barred(markdown: string): string {
  return markdown.replace(/(?<!\\)\|/g, '\\|');
}
