/**
 * The part of a labelling's cost that depends on the text alone, computed once per hunk: what each physical line costs as context, as
 * noise, as the tail of the line before, and the least that everything from a line on can cost. The search is the subject of labelSearch.ts.
 */
import { boundaryCost, lostBlankCost, type TailPlace, tailCost } from './costs.ts';
import { indents } from './indents.ts';
import type { LabelInput } from './labels.ts';
import type { LineTraits } from './lineTraits.ts';
import type { PhysicalLine } from './region.ts';

/** Longest line of a file that is put together again, in physical lines. */
export const MAX_PIECES = 6;
/** Dearer single steps are no alternatives. */
export const TOO_DEAR = 16;
const MAX_HEADING = 80;
const NO_TAILS: readonly number[] = [];

export class LocalCosts {
  readonly lines: readonly PhysicalLine[];
  readonly traits: readonly LineTraits[];
  /** `tails[at][n]`: n + 2 physical lines from `at` on are one line. */
  readonly tails: readonly (readonly number[])[];
  /** `headings[n]`: n + 1 physical lines belong to the heading. */
  readonly headings: readonly number[];
  /** Price of a line of the file beginning at `at`. */
  readonly boundary: readonly number[];
  readonly context: readonly number[];
  readonly noise: readonly number[];
  /** Price of everything from `at` on lying behind the hunk. */
  readonly leftover: readonly number[];
  /** Least price of everything from `at` on, whatever the counts. */
  readonly least: readonly number[];
  readonly lostBlank: readonly number[];
  /** Whether the base file is at hand. */
  readonly hasBase: boolean;
  readonly #input: LabelInput;
  readonly #indents: readonly number[];
  readonly #doubtful: boolean;

  constructor(input: LabelInput) {
    const { region, header, damage } = input;
    this.#input = input;
    this.lines = region.lines;
    this.hasBase = input.baseLines !== null;
    this.traits = input.known.ofLines(this.lines);
    const wrapped = damage.wrapWidth > 0;
    // Only where something was wrapped can there be tails, and only those depend on how far a line was indented.
    this.#indents = wrapped ? indents(this.lines, this.traits, header.heading !== '') : [];
    this.#doubtful = wrapped && damage.stripped && damage.tails === 0 && !this.#tooMany();
    this.headings = wrapped ? this.#headings() : [];
    this.tails = this.lines.map((_, at) => (wrapped || this.#isLoneSign(at + 1) ? this.#tailsFrom(at) : NO_TAILS));
    const boundary: number[] = [];
    const context: number[] = [];
    const lostBlank: number[] = [];
    /** The last line so far that can belong to the hunk. */
    let before: LineTraits | undefined;
    for (let at = 0; at < this.lines.length; at++) {
      const traits = this.traits[at];
      boundary.push(this.#boundaryAt(at, before));
      context.push(this.#contextAt(at, before));
      lostBlank.push(lostBlankCost(before, traits, damage));
      if (this.lines[at]?.shallow === false) before = traits;
    }
    lostBlank.push(lostBlankCost(before, undefined, damage));
    this.boundary = boundary;
    this.context = context;
    this.lostBlank = lostBlank;
    this.noise = this.lines.map((_, at) => this.#noiseAt(at));
    this.leftover = this.#leftovers();
    this.least = this.#leastCosts();
  }

  /** With the base file at hand, an old line either stands there or does not. */
  baseCost(from: number, to: number): number {
    let text = '';
    for (let i = from; i < to; i++) text += this.lines[i]?.body ?? '';
    const bare = text.replace(/\s+/g, '');
    return bare === '' || (this.#input.baseLines?.has(bare) ?? true) ? 0 : 6;
  }

  /** Nothing but a `+` or `-`: what a cut may have left of an operator, whether lines were wrapped or not. */
  #isLoneSign(at: number): boolean {
    const line = this.lines[at];
    return line?.body === '' && (line.marker === '+' || line.marker === '-');
  }

  /** More lines than the counts have room for: some must be tails. */
  #tooMany(): boolean {
    const { oldCount, newCount } = this.#input.header;
    let context = 0;
    let removed = 0;
    let added = 0;
    for (const line of this.lines) {
      if (line.shallow || line.marker === '\\' || (line.body === '' && line.marker === '')) continue;
      if (line.marker === '+') added++;
      else if (line.marker === '-') removed++;
      else context++;
    }
    return context + removed > oldCount || context + added > newCount;
  }

  #boundaryAt(at: number, before: LineTraits | undefined): number {
    const own = this.traits[at];
    if (before === undefined || own === undefined) return 0;
    const cost = boundaryCost(before, own);
    const { damage } = this.#input;
    if (!damage.stripped || this.#doubtful || damage.wrapWidth === 0 || before.blank || own.blank) return cost;
    // Nobody breaks an argument list where the rest would have fitted on the line.
    const open = before.end === 'comma' || before.end === 'operator' || before.end === 'open';
    const head = this.lines[at - 1];
    const tail = this.lines[at];
    if (!open || head === undefined || tail === undefined || tail.marker === '+' || tail.marker === '-') return cost;
    const joined = (this.#indents[at - 1] ?? 0) + head.body.length + 1 + tail.body.length;
    return joined <= 80 ? cost + 1 : cost;
  }

  #tailsFrom(at: number): number[] {
    const { damage, depth } = this.#input;
    const first = this.lines[at];
    let previous = this.traits[at];
    const costs: number[] = [];
    if (first === undefined || previous === undefined || first.shallow) return costs;
    let used = 2 * depth + first.columns;
    let sum = 0;
    let joined = (this.#indents[at] ?? 0) + first.body.length;
    let text = first.body.includes('"');
    for (let to = at + 2; to <= this.lines.length && to < at + 1 + MAX_PIECES; to++) {
      const line = this.lines[to - 1];
      const traits = this.traits[to - 1];
      if (line === undefined || traits === undefined) break;
      joined += 1 + line.body.length;
      text ||= line.body.includes('"');
      const place: TailPlace = { used, joined, piece: to - at - 1, depth, doubtful: this.#doubtful, text };
      const signed = line.marker === '+' || line.marker === '-';
      if (signed) sum += signCost(previous, line, damage.stripped);
      if (!signed || line.body !== '') sum += tailCost(previous, traits, place, damage);
      if (line.marker === ' ' && !damage.stripped) sum += 6;
      if (line.shallow) sum += 2.5;
      if (sum > TOO_DEAR) break;
      costs.push(sum);
      used += 1 + line.columns;
      previous = traits;
    }
    return costs;
  }

  #headings(): number[] {
    const { damage, depth, header } = this.#input;
    const { heading } = header;
    const costs: number[] = [];
    let parens = 0;
    let previous = this.#input.known.ofText(heading, false);
    if (previous.blank) return costs;
    let used = this.#input.headerColumns;
    let sum = 0;
    let text = heading;
    const unended = headingEndCost(text, previous, previous.parens);
    for (let at = 0; at < 3; at++) {
      const line = this.lines[at];
      const traits = this.traits[at];
      if (line === undefined || traits === undefined || traits.blank) break;
      if (line.shallow) sum += 1.5;
      if (line.marker === '+' || line.marker === '-') break;
      const place: TailPlace = { used, joined: 0, piece: at + 1, depth, doubtful: false, text: false };
      sum += tailCost(previous, traits, place, { ...damage, stripped: false });
      parens += previous.parens;
      // git cuts the heading, so it may end anywhere, but a closed argument list ends it.
      if (parens <= 0 && previous.end === 'close') sum += 3;
      text += previous.end === 'hyphen' ? line.body : ` ${line.body}`;
      if (sum > TOO_DEAR || text.length > MAX_HEADING) break;
      // Relative to the heading ending with its own line, which is what the search begins with.
      costs.push(sum + headingEndCost(text, traits, parens + traits.parens) - unended);
      used += 1 + line.columns;
      previous = traits;
    }
    return costs;
  }

  #contextAt(at: number, before: LineTraits | undefined): number {
    const line = this.lines[at];
    const traits = this.traits[at];
    const { damage } = this.#input;
    if (line === undefined || traits === undefined) return TOO_DEAR;
    switch (line.marker) {
      case ' ':
        return 0;
      case '':
        return traits.blank || damage.stripped ? 0 : 10;
      case '+':
        return damage.stripped ? 7 : 14;
      case '-': {
        if (!damage.stripped) return 14;
        if (/^(?:E[A-Z]{2,}|\d|>)/.test(line.body)) return 4;
        return before?.inComment === true && !before.closesComment ? 5 : 7;
      }
      case '\\':
        return TOO_DEAR;
    }
  }

  #noiseAt(at: number): number {
    const line = this.lines[at];
    const traits = this.traits[at];
    if (line === undefined || traits === undefined) return TOO_DEAR;
    if (line.shallow || line.marker === '\\') return 0;
    if (traits.blank && line.marker === '') {
      const near = this.lines[at - 1]?.shallow === true || this.lines[at + 1]?.shallow === true;
      return near ? 1 : 6;
    }
    if (traits.omission) return 1;
    return line.marker === '+' || line.marker === '-' ? TOO_DEAR : 11;
  }

  #leftovers(): number[] {
    const hardEnd = this.#input.region.hardEnd || this.#input.depth > 0;
    const costs: number[] = [];
    let sum = 0;
    costs[this.lines.length] = 0;
    for (let at = this.lines.length - 1; at >= 0; at--) {
      const line = this.lines[at];
      if (line !== undefined && !line.shallow) {
        if (line.body === '' && line.marker === '') sum += hardEnd ? 0.3 : 0;
        else if (line.marker === '+' || line.marker === '-') sum += 14;
        else if (line.marker !== '\\') sum += hardEnd ? 12 : isProse(line.body) ? 1 : 4;
      }
      costs[at] = sum;
    }
    return costs;
  }

  #leastCosts(): number[] {
    const count = this.lines.length;
    const least: number[] = [];
    least[count] = 0;
    for (let at = count - 1; at >= 0; at--) {
      const line = this.lines[at];
      const next = least[at + 1] ?? 0;
      const first = line?.marker === '+' || line?.marker === '-' ? 0 : (this.context[at] ?? TOO_DEAR);
      const begin = (line?.shallow ?? false) ? TOO_DEAR : first + (this.boundary[at] ?? 0);
      let best = Math.min(begin, this.noise[at] ?? TOO_DEAR) + next;
      best = Math.min(best, this.leftover[at] ?? TOO_DEAR);
      const tails = this.tails[at] ?? NO_TAILS;
      for (let n = 0; n < tails.length; n++) {
        best = Math.min(best, begin + (tails[n] ?? 0) + (least[at + n + 2] ?? 0));
      }
      least[at] = best;
    }
    for (const [n, cost] of this.headings.entries()) {
      least[0] = Math.min(least[0] ?? 0, cost + (least[n + 1] ?? 0));
    }
    return least;
  }
}

/** Price of a `+` or `-` at the head of a line being an operator that a cut left there. */
function signCost(before: LineTraits, line: PhysicalLine, stripped: boolean): number {
  if (before.end === 'statement' || before.end === 'brace' || before.end === 'label' || before.blank) return 10;
  if (line.body === '') return 4;
  // No line of kernel code begins with one blank, but the rest of a sum does.
  return !stripped && line.start === line.rawStart + 1 && line.body.charAt(0) !== '*' ? 2 : 8;
}

/** git cuts a heading at 80 bytes; a shorter one is a whole line of the file, and those do not end just anywhere. */
function headingEndCost(text: string, last: LineTraits, parens: number): number {
  if (text.length >= MAX_HEADING - 1) return 0;
  switch (last.end) {
    case 'type':
      return parens > 0 ? 5 : 3;
    case 'name':
      return parens > 0 ? 3 : 0.5;
    case 'hyphen':
    case 'keyword':
      return 5;
    case 'open':
      return 1;
    default:
      return 0;
  }
}

/** Running text rather than code. */
function isProse(text: string): boolean {
  return /^[A-Z]?[a-z']+[,.]?(?: [\w'(),.-]+)*[.,:?!)]?$/.test(text) && !/[;{}=]|->|\w\(/.test(text);
}
