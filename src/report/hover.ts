/**
 * A finding as hover text: verdict first, then how it was reached, at most twelve lines. Pure; the host says how a place and a command
 * become a link (an editor has commands, another language client may only have file addresses).
 */
import type { Finding, Place, Step } from './finding.ts';
import { markdownCode, markdownMessage, markdownText } from './plainText.ts';

export interface HoverLinks {
  /** The editor shows the finding's message above the hover by itself: it is not said twice. */
  readonly messageShown: boolean;
  /** Address that opens a place of the document; null when it cannot be linked. */
  place(place: Place): string | null;
  /** Address of the check's page. */
  explain(code: string): string | null;
  /** Address that re-runs the token and shows its trace. */
  replay(token: string): string | null;
}

const MAX_STEPS = 6;
/** Lines of a hover; what does not fit is in the replay. */
const MAX_LINES = 12;

/** Markdown of one finding. */
export function hoverMarkdown(finding: Finding, links: HoverLinks): string {
  const lines = [
    verdictLine(finding, links),
    links.messageShown ? null : opLine(finding),
    ...stepLines(finding.steps, links),
    heldLine(finding, links),
    ...elsewhereLines(finding),
    documentedLine(finding),
    finding.assumption === null ? null : `*${assumptionWord(finding)}:* ${markdownMessage(finding.assumption)}`,
    actionLine(finding, links),
  ].filter((line) => line !== null);
  // The other legs of a cycle are the first to go: the message names the cycle already.
  while (lines.length > MAX_LINES) {
    const last = lines.findLastIndex((line) => line.startsWith(ELSEWHERE));
    if (last < 0) break;
    lines.splice(last, 1);
  }
  // Two spaces: a line break that does not open a new paragraph.
  return lines.join('  \n');
}

function verdictLine(finding: Finding, links: HoverLinks): string {
  const explain = links.explain(finding.code);
  const code = explain === null ? markdownCode(finding.code) : `[${markdownText(finding.code)}](${explain})`;
  const verdict = `**${verdictWord(finding)}** ${code}`;
  if (!links.messageShown) return `${verdict}: ${markdownMessage(finding.message)}${changeNote(finding)}`;
  const op = opLine(finding);
  return `${verdict}${changeNote(finding)}${op === null ? '' : `: ${op}`}`;
}

/** The verdict as a reader sees it. */
export function verdictWord(finding: Pick<Finding, 'verdict'>): string {
  switch (finding.verdict) {
    case 'violation':
      return 'Violation';
    case 'suspected':
      return 'Suspected';
    case 'unsupported':
      return 'Not executed';
  }
}

/** What the patch has to do with it, when it is not what a reader would assume. */
export function changeNote(finding: Pick<Finding, 'change'>): string {
  switch (finding.change) {
    case 'introduced':
    case 'unknown':
      return '';
    case 'existing':
      return ' (already there before this patch)';
    case 'fixed':
      return ' (fixed by this patch)';
  }
}

function assumptionWord(finding: Finding): string {
  return finding.verdict === 'unsupported' ? 'What this can hide' : 'Assumes';
}

function opLine(finding: Finding): string | null {
  const where = finding.op ?? finding.function;
  if (where === null && finding.context === null) return null;
  const parts = [
    where === null ? null : markdownCode(where),
    finding.context === null ? null : markdownMessage(finding.context),
    finding.topology === null ? null : `topology ${markdownCode(finding.topology)}`,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

/** The first and the last steps; what happened between them is in the trace. */
function stepLines(steps: readonly Step[], links: HoverLinks): string[] {
  if (steps.length === 0) return [];
  const shown =
    steps.length <= MAX_STEPS
      ? steps.map((step, index) => ({ step, number: index + 1 }))
      : [
          ...steps.slice(0, 2).map((step, index) => ({ step, number: index + 1 })),
          ...steps.slice(3 - MAX_STEPS).map((step, index) => ({ step, number: steps.length + index + 4 - MAX_STEPS })),
        ];
  const lines = shown.map(({ step, number }) => {
    const link = step.place === null ? null : placeLink(step.place, links);
    return `${number}\\. ${markdownMessage(step.text)}${link === null ? '' : ` (${link})`}`;
  });
  if (steps.length > MAX_STEPS) lines.splice(2, 0, `… ${steps.length - MAX_STEPS + 1} more steps`);
  return lines;
}

function placeLink(place: Place, links: HoverLinks): string | null {
  const address = links.place(place);
  const name = placeName(place);
  if (address === null) return name === null ? null : markdownText(name);
  return `[${markdownText(name ?? 'place')}](${address})`;
}

/** `xe_svm.c:120`, or null when the place is in no file of the kernel. */
export function placeName(place: Place): string | null {
  if (place.sourceFile === null || place.sourceLine === null) return null;
  return `${place.sourceFile.split('/').at(-1) ?? place.sourceFile}:${place.sourceLine}`;
}

function heldLine(finding: Finding, links: HoverLinks): string | null {
  if (finding.held.length === 0) return null;
  const locks = finding.held.map((held) => {
    const link = held.place === null ? null : placeLink(held.place, links);
    return `${markdownCode(held.lock)} ${markdownText(held.mode)}${link === null ? '' : ` (${link})`}`;
  });
  return `*Locks held:* ${locks.join(', ')}`;
}

/** Related words that stand without a place: `… was taken here` says nothing where there is no here. */
export function unplaced(finding: Pick<Finding, 'related'>): Finding['related'] {
  return finding.related.filter(({ message, place }) => place.document.length === 0 && !/\bhere$/.test(message));
}

const ELSEWHERE = '*Also:* ';

/** What a finding rests on that is in no document: what the kernel itself does or teaches. */
function elsewhereLines(finding: Finding): string[] {
  return unplaced(finding)
    .slice(-2)
    .map(({ message }) => `${ELSEWHERE}${markdownMessage(message)}`);
}

function documentedLine(finding: Finding): string | null {
  return finding.documented === null ? null : `*Contract:* ${markdownMessage(finding.documented)}`;
}

function actionLine(finding: Finding, links: HoverLinks): string | null {
  const explain = links.explain(finding.code);
  const replay = finding.replay === null ? null : links.replay(finding.replay);
  const actions = [
    replay === null ? null : `[Replay](${replay})`,
    explain === null ? null : `[Explain ${markdownText(finding.code)}](${explain})`,
  ].filter((action) => action !== null);
  return actions.length === 0 ? null : actions.join(' · ');
}
