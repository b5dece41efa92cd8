/**
 * Sentences of a comment that say which lock the caller of a function holds: "Caller must hold vm->lock", "must be called with the
 * reservation held", "Context: Process context, notifier_lock held". Says how the lock is called; which lock that is, is `lockNames.ts`.
 * Whatever has a condition, a choice or a negation in it states no duty and is left alone.
 */
import type { TextRange } from '../patch/problem.ts';

/** One lock that a sentence says is held at entry. */
export interface StatedLock {
  /** The words for it: `&vm->lock`, `the reservation lock of @bo`, `notifier lock`. */
  readonly words: string;
  readonly mode: 'any' | 'read' | 'write';
  /** The sentence, on one line, and where it stands in the text that was given. */
  readonly sentence: string;
  readonly range: TextRange;
}

/** A piece of text on one line, with the place of each of its characters. */
interface Flat {
  readonly text: string;
  readonly at: readonly number[];
}

/** A sentence with one of these speaks of some calls only. */
const CONDITION =
  /\b(?:if|when|whenever|unless|except|otherwise|depending|optionally|either|neither|or|until|usually|normally|typically|sometimes|ideally|most|some|todo|fixme|xxx)\b|\?/i;
/** A part of a sentence with one of these says what is allowed, or what must not be. */
const NO_DUTY =
  /\b(?:may|might|maybe|can|could|before|after|afterwards|without|not|never|no|nor|cannot|returns?|returned|leaves)\b|n't\b/i;
/** Words that take nothing away from what is said around them. */
const EMPTY_WORDS =
  /\b(?:(?:for |in )?(?:read|write|shared|exclusive)(?:ing)?(?: mode)? or (?:for |in )?(?:read|write|shared|exclusive)(?:ing)?(?: mode)?|before calling(?: this(?: function| helper)?| it)?|when calling(?: this(?: function| helper)?| it)?)\b/gi;

const MUST = '(?:must|should|has to|have to|needs? to|shall|is expected to|are expected to|is required to)';
const WHO = '(?:the )?callers?(?: of this (?:function|helper))?';
/** The words of a lock, up to what ends them. */
const PHRASE = '(.{2,90}?)';
const HELD = '(?:held|locked|taken|acquired)';
const END =
  '(?= (?:while|as|since|because|so|to|in order|for the|which|that|during|throughout|across|on entry|on exit)\\b|[,;:)]|\\.(?!\\w)|$)';

/** Ways to say it; the first group is the lock. `only`: what is in front of it makes a "may" a duty. */
const FORMS: readonly RegExp[] = [
  new RegExp(
    `\\b${WHO} ${MUST} (?:already |also |be )?(?:hold|holding|own|have (?:locked|taken|acquired)) ${PHRASE}${END}`,
    'i',
  ),
  new RegExp(`\\b${WHO} ${MUST} have ${PHRASE} ${HELD}\\b`, 'i'),
  new RegExp(`\\b${WHO} (?:already )?holds? ${PHRASE}${END}`, 'i'),
  new RegExp(
    `\\b${MUST} (?:only |always )?be (?:called|invoked|used|run) (?:only )?(?:with|under|while holding|holding) ${PHRASE}(?: (?:being )?${HELD}\\b|${END})`,
    'i',
  ),
  new RegExp(
    `^(?:this (?:function |helper )?)?(?:is )?(?:to be |always |only )?call(?:ed)? (?:only )?(?:with|under|while holding|holding) ${PHRASE}(?: (?:being )?${HELD}\\b|${END})`,
    'i',
  ),
  new RegExp(`^${PHRASE} ${MUST} (?:already |also )?be ${HELD}\\b`, 'i'),
  new RegExp(`^${PHRASE} (?:is|are) (?:already )?${HELD} (?:by (?:the )?callers?|on entry)\\b`, 'i'),
  new RegExp(`\\b(?:requires|expects|needs|assumes) ${PHRASE} (?:to be |is |being )?${HELD}\\b`, 'i'),
  new RegExp(`^${PHRASE} ${HELD}(?: by (?:the )?callers?| on entry)?$`, 'i'),
];

/** Forms that say it without saying that it must be so: for them the sentence has to be about nothing else. */
const LABEL = /^(?:context|locking|locks?|note|notes?|caller)\s*:\s*/i;

/** The locks that a comment's text states, in order. `text` is the comment as it stands, frame and all. */
export function statedLocks(text: string): readonly StatedLock[] {
  return sentences(unframed(text)).flatMap((sentence) => stated(sentence));
}

function stated(sentence: Flat): readonly StatedLock[] {
  const said = sentence.text.trim();
  const plain = said.replace(EMPTY_WORDS, ' ').replace(/ +/g, ' ');
  const from = sentence.at[sentence.text.search(/\S/)];
  const to = sentence.at[sentence.text.trimEnd().length - 1];
  if (from === undefined || to === undefined || !/h[eo]ld|lock|taken|under|own/i.test(said)) return [];
  if (CONDITION.test(plain)) return [];
  const range = { start: from, end: to + 1 };
  const found = new Map<string, StatedLock>();
  const labelled = LABEL.test(plain);
  for (const clause of clauses(plain)) {
    if (NO_DUTY.test(clause)) continue;
    for (const [index, form] of FORMS.entries()) {
      // "foo held" alone is a fact about a call only where the text speaks of its context.
      if (index === FORMS.length - 1 && !labelled) continue;
      const phrase = form.exec(clause)?.[1];
      if (phrase === undefined) continue;
      for (const words of phrase.split(/\s+and\s+(?:the )?|\s*&&\s*|\s+as well as\s+/))
        if (words.trim() !== '')
          found.set(words.trim(), { words: words.trim(), mode: modeOf(clause), sentence: said, range });
      break;
    }
  }
  return [...found.values()];
}

function modeOf(clause: string): StatedLock['mode'] {
  if (/\bfor writ(?:e|ing)\b|\bin (?:write|exclusive) mode\b|\bexclusively\b|\bwrite[- ]locked\b/i.test(clause))
    return 'write';
  if (/\bfor read(?:ing)?\b|\bin (?:read|shared) mode\b|\bread[- ]locked\b/i.test(clause)) return 'read';
  return 'any';
}

/** Parts of a sentence that stand for themselves; a label in front belongs to none. */
function clauses(said: string): readonly string[] {
  return said
    .replace(LABEL, '')
    .split(/[;,]\s+(?:and |but |so |the )?|\s+(?:but|so)\s+|\s+-+\s+|\s*[()]\s*/)
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');
}

/** A text without the frame of its comment: each line's stars and slashes become blanks. */
function unframed(text: string): string {
  return text
    .replace(/^([ \t]*)(\/\*+|\/\/+|\*(?!\/))/gm, (all) => ' '.repeat(all.length))
    .replace(/\*+\//g, (all) => ' '.repeat(all.length));
}

/** Sentences: ended by a full stop, an empty line, or a line that begins something of its own (`Context:`, `@dev:`, `- `). */
function sentences(text: string): readonly Flat[] {
  const out: Flat[] = [];
  let chars = '';
  let at: number[] = [];
  const end = (): void => {
    if (chars.trim() !== '') out.push({ text: chars, at });
    chars = '';
    at = [];
  };
  const begins = /^\s*(?:@[\w.]+\s*:|[-*]\s|\w[\w ]{0,20}:(?!:)(?:\s|$))/;
  let place = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || begins.test(line)) end();
    for (let i = 0; i < line.length; i++) {
      const char = line[i] ?? '';
      const blank = /\s/.test(char);
      if (blank && (chars === '' || chars.endsWith(' '))) continue;
      if (
        (char === '.' || char === '!') &&
        /^(?:\s|$)/.test(line.slice(i + 1)) &&
        !/\b(?:e\.g|i\.e|etc)$/.test(chars)
      ) {
        end();
        continue;
      }
      chars += blank ? ' ' : char;
      at.push(place + i);
    }
    if (chars !== '' && !chars.endsWith(' ')) {
      chars += ' ';
      at.push(place + line.length);
    }
    place += line.length + 1;
  }
  end();
  return out;
}
