/** Hover: the findings at a position, worst first, with links the editor can follow. */
import type { Hover, Position, Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { CLIENT_COMMANDS } from '../protocol/server.ts';
import { contractMarkdown } from '../report/contract.ts';
import type { ContractReport, Finding, Verdict } from '../report/finding.ts';
import { type HoverLinks, hoverMarkdown } from '../report/hover.ts';
import type { ShownFinding } from './diagnostics.ts';
import { firstRange, rangeOf } from './places.ts';

/** Findings shown in one hover; what is more is in the Problems list. */
const MAX_FINDINGS = 3;

/** The hover at a position: what was found there, and on the name of an op or function its contract; null when there is neither. */
export function hoverAt(
  text: TextDocument,
  shown: readonly ShownFinding[],
  position: Position,
  links: HoverLinks,
  contracts: readonly ContractReport[] = [],
): Hover | null {
  const here = findingsAt(text, shown, position);
  const first = here[0];
  const named = nameAt(text, position);
  const contract = named === null ? null : contractNamed(text, contracts, named);
  const parts = here.slice(0, MAX_FINDINGS).map(({ finding }) => hoverMarkdown(finding, links));
  if (here.length > MAX_FINDINGS) parts.push(`… ${here.length - MAX_FINDINGS} more findings here`);
  if (contract !== null) parts.push(contractMarkdown(contract));
  const range = first?.diagnostic.range ?? named?.range;
  if (parts.length === 0 || range === undefined) return null;
  return { contents: { kind: 'markdown', value: parts.join('\n\n---\n\n') }, range };
}

interface Name {
  readonly name: string;
  readonly range: Range;
}

/** The identifier that a position touches. */
function nameAt(text: TextDocument, { line, character }: Position): Name | null {
  const words = text.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  for (const { 0: name, index } of words.matchAll(/[A-Za-z_]\w*/g))
    if (index <= character && character <= index + name.length)
      return { name, range: { start: { line, character: index }, end: { line, character: index + name.length } } };
  return null;
}

/** The contract of a function of this name, or of the op of this name on the line that fills it. */
function contractNamed(
  text: TextDocument,
  contracts: readonly ContractReport[],
  { name, range }: Name,
): ContractReport | null {
  const { line } = range.start;
  return (
    contracts.find((contract) => contract.function === name) ??
    contracts.find(
      ({ ops, named }) =>
        ops.some((op) => op.endsWith(`.${name}`)) &&
        named.some((place) => firstRange(text, place)?.start.line === line),
    ) ??
    null
  );
}

/** Findings whose text (any of its parts) contains the position, worst first. */
export function findingsAt(text: TextDocument, shown: readonly ShownFinding[], position: Position): ShownFinding[] {
  return shown
    .filter(({ finding, diagnostic }) => {
      const ranges = finding.place.document.map((range) => rangeOf(text, range));
      return (ranges.length === 0 ? [diagnostic.range] : ranges).some((range) => contains(range, position));
    })
    .sort((a, b) => rank(a.finding) - rank(b.finding));
}

/** The finding at a position, or else the nearest one on its line. */
export function findingNear(text: TextDocument, shown: readonly ShownFinding[], position: Position): Finding | null {
  const here = findingsAt(text, shown, position)[0];
  if (here !== undefined) return here.finding;
  const onLine = shown.filter(
    ({ diagnostic: { range } }) => range.start.line <= position.line && position.line <= range.end.line,
  );
  const distance = ({ diagnostic: { range } }: ShownFinding) => Math.abs(range.start.character - position.character);
  return onLine.sort((a, b) => distance(a) - distance(b))[0]?.finding ?? null;
}

/** Links as `command:` addresses, which VS Code follows when it trusts these very commands. */
export function commandLinks(text: TextDocument): HoverLinks {
  const command = (name: string, ...args: readonly (string | number)[]) =>
    `command:${name}?${encodeURIComponent(JSON.stringify(args)).replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))}`;
  return {
    // VS Code puts the diagnostics themselves first in every hover.
    messageShown: true,
    place: (place) => {
      const range = firstRange(text, place);
      if (range === null) return null;
      const { start, end } = range;
      return command(CLIENT_COMMANDS.reveal, text.uri, start.line, start.character, end.line, end.character);
    },
    explain: (code) => command(CLIENT_COMMANDS.explain, code),
    replay: (token) => command(CLIENT_COMMANDS.replay, text.uri, token),
  };
}

/** Links as addresses of the document, for every other editor. */
export function addressLinks(text: TextDocument): HoverLinks {
  return {
    messageShown: false,
    place: (place) => {
      const range = firstRange(text, place);
      if (range === null) return null;
      return `${text.uri.replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))}#L${range.start.line + 1}`;
    },
    explain: () => null,
    replay: () => null,
  };
}

function contains({ start, end }: Range, { line, character }: Position): boolean {
  if (line < start.line || line > end.line) return false;
  if (line === start.line && character < start.character) return false;
  return line !== end.line || character <= end.character;
}

function rank({ verdict, change }: Finding): number {
  const order: Record<Verdict, number> = { violation: 0, suspected: 1, unsupported: 2 };
  return order[verdict] + (change === 'existing' || change === 'fixed' ? 3 : 0);
}
