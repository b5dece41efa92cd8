/**
 * Reads the text of a kernel-doc `Context:` section (Documentation/doc-guide/kernel-doc.rst, "Function context") into facts.
 * The section is prose with habits, not a grammar: what matches no habit gives no fact. Reading the comment itself is `kernelDoc.ts`.
 */
import type { ContextStatement, ReclaimRule } from './contract.ts';

/** Facts stated by one `Context:` text. */
export function readContextStatement(text: string): ContextStatement {
  const plain = text.replace(/\s+/g, ' ').trim();
  const lower = plain.toLowerCase();
  return {
    where: readWhere(lower),
    sleeps: readSleeps(lower),
    reclaim: readReclaim(lower),
    takes: locksAfter(plain, /\b(?:takes(?: and releases)?|(?:may|maybe|might) take|acquires|grabs)\b/gi),
    expects: [
      ...locksAfter(
        plain,
        /\b(?:expects|requires|needs|(?:the )?caller (?:must|should|has to|will|needs to) (?:hold|have))\b/gi,
      ),
      ...locksBefore(plain),
    ],
    releases: locksAfter(plain, /\b(?:releases|drops)\b/gi).filter(() => !/takes and releases/i.test(plain)),
  };
}

/** The facts as a reader says them: `reclaim unsafe`, `process context`, `may sleep`, `takes dma-resv`. */
export function factsInWords(statement: ContextStatement): string[] {
  const sleeps = { yes: 'may sleep', no: 'must not sleep', gfp: 'may sleep if gfp allows' } as const;
  return [
    ...(statement.where === null ? [] : [statement.where === 'any' ? 'any context' : `${statement.where} context`]),
    ...(statement.reclaim === 'unspecified' ? [] : [`reclaim ${statement.reclaim}`]),
    ...(statement.sleeps === null ? [] : [sleeps[statement.sleeps]]),
    ...statement.takes.map((lock) => `takes ${lock}`),
    ...statement.expects.map((lock) => `expects ${lock} held`),
    ...statement.releases.map((lock) => `releases ${lock}`),
  ];
}

function readWhere(lower: string): ContextStatement['where'] {
  if (/\bany context\b/.test(lower)) return 'any';
  if (/\b(?:softirq|bottom half|bh)\b.*\bor process\b|\bsoftirq\b/.test(lower)) return 'softirq';
  if (/\b(?:hard ?irq|interrupt|irq) context\b/.test(lower)) return 'hardirq';
  if (/\batomic(?: |-)context\b/.test(lower)) return 'atomic';
  if (/\b(?:process|user|task) context\b/.test(lower)) return 'process';
  return null;
}

function readSleeps(lower: string): ContextStatement['sleeps'] {
  if (/(?:may|might|can) sleep if .*gfp|depending on .*gfp/.test(lower)) return 'gfp';
  if (
    /(?:must|can|does|do|will|may|should)(?: ?not|n't) (?:sleep|block)|never sleeps|non-?blocking|\batomic-?safe\b/.test(
      lower,
    )
  )
    return 'no';
  if (/(?:may|might|can|could) (?:sleep|block)|\bsleeps\b/.test(lower)) return 'yes';
  return null;
}

function readReclaim(lower: string): ReclaimRule {
  if (/reclaim(?:[- ])unsafe|not (?:be )?(?:called (?:from|in|under) )?reclaim(?:[- ]safe)?/.test(lower))
    return 'unsafe';
  if (
    /reclaim(?:[- ])safe|(?:called|callable|used|run) (?:from|in|under|during) (?:the )?(?:memory )?reclaim/.test(lower)
  )
    return 'safe';
  return 'unspecified';
}

const LOCK_WORDS = /^(?:the |a |an |its |their |both |and )*/i;

/** Lock names in the phrase that follows a verb, up to the end of the sentence or clause. */
function locksAfter(text: string, verb: RegExp): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(verb)) {
    const clause =
      text.slice(match.index + match[0].length).split(/[.;]|,\s*(?:may|might|but|which|so)\b|\bto be held\b/)[0] ?? '';
    for (const part of clause.split(/,|\band\b|\bor\b/)) {
      const name = part
        .trim()
        .replace(LOCK_WORDS, '')
        .replace(/\b(?:held|by (?:the )?caller|locks?|mutex|for (?:read|write).*|in .* mode)\b/gi, '')
        .trim();
      const lock = /[&%@]?[\w>.*-]*[\w)]/.exec(name.trim())?.[0] ?? '';
      const named = lock.length > 1 ? lock.replace(/^[&%@]/, '') : '';
      if (named && !STOP_WORDS.has(named.toLowerCase())) found.push(named);
    }
  }
  return found;
}

/** `... with foo_lock held`, `under foo->lock`. */
function locksBefore(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(
    /\b(?:with|under)\s+(?:the\s+)?[&%@]?([A-Za-z_][\w>.-]*)(?:\s+lock)?(?:\s+held)?/gi,
  )) {
    const name = match[1] ?? '';
    if (/lock|mutex|sem|resv|rcu/i.test(name)) found.push(name);
  }
  return found;
}

const STOP_WORDS = new Set([
  'it',
  'the',
  'this',
  'that',
  'no',
  'any',
  'all',
  'be',
  'in',
  'at',
  'reference',
  'care',
  'place',
  'time',
  'effect',
]);
