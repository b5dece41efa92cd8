/**
 * Makes whole C of lines cut out of a file: puts openers before closers that have none, closers after openers that have none, stitches
 * runs of lines of the same function together with an explicit hole, and gives a run that begins inside something the frame it needs.
 * Several frames are tried and the one that reads best wins; ties go to what the hunk's heading says. Inserted tokens are marked `healed`.
 */
import { blockOpeners, leadingCondition } from './cutBlocks.ts';
import {
  awaitsOperand,
  balance,
  beginsParameter,
  close,
  functionName,
  headWords,
  looksLikeStatement,
  opened,
  openFunction,
  PAIRS,
  plainWords,
  resultWords,
} from './cutText.ts';
import { HOLE, UNSEEN_OPERAND, UNSEEN_TYPE } from './hole.ts';
import type { CParser } from './parser.ts';
import { tokensErrors } from './parseScore.ts';
import { type Segment, segmentsOf } from './segments.ts';
import type { SourceUnit } from './source.ts';
import type { Token } from './token.ts';

export interface Healed {
  readonly tokens: readonly Token[];
  /** For each token the live-token position it came from, for macros that hold from a place on. */
  readonly places: readonly number[];
}

type Frame = 'file' | 'head' | 'body' | 'members' | 'initialiser' | 'enumerators';

class Healer {
  private readonly tokens: Token[] = [];
  private readonly places: number[] = [];
  /** What is open at the end of what was written, outermost first. */
  private open: string[] = [];
  /** The function whose body is open, if its name is known. */
  private current: string | null = null;
  private inBody = false;
  /** The function whose parameters a run began among. */
  private headName: string | null = null;
  private fragments = 0;

  constructor(
    private readonly unit: SourceUnit,
    private readonly live: readonly Token[],
    private readonly parser: CParser,
  ) {}

  run(): Healed {
    let at = 0;
    for (const segment of segmentsOf(this.unit)) {
      const from = at;
      while (at < this.live.length && (this.live[at]?.start ?? 0) < segment.to) at++;
      if (at > from) this.segment(segment, this.live.slice(from, at), from);
    }
    this.closeAll(this.live.length);
    return { tokens: this.tokens, places: this.places };
  }

  private make(text: string, at: number): Token {
    return {
      kind: /^\w/.test(text) ? 'word' : 'punct',
      text,
      unit: this.unit.id,
      start: at,
      end: at,
      newline: false,
      space: true,
      healed: true,
    };
  }

  private put(tokens: readonly Token[], place: number): void {
    for (const token of tokens) {
      this.tokens.push(token);
      this.places.push(place);
    }
  }

  private putText(words: readonly string[], at: number, place: number): void {
    this.put(
      words.map((word) => (word === HOLE ? { ...this.make(word, at), macro: '' } : this.make(word, at))),
      place,
    );
  }

  private get end(): number {
    return this.tokens[this.tokens.length - 1]?.end ?? 0;
  }

  /** Ends an unfinished statement and closes parentheses; braces stay. */
  private finishStatement(place: number): void {
    if (awaitsOperand(this.tokens, this.open)) this.putText([UNSEEN_OPERAND], this.end, place);
    while (this.open.length > 0 && this.open[this.open.length - 1] !== '{')
      this.putText([PAIRS[this.open.pop() ?? '('] ?? ')'], this.end, place);
    const last = this.tokens[this.tokens.length - 1]?.text;
    if (last !== undefined && last !== ';' && last !== '}' && last !== '{' && last !== ':' && last !== ',')
      this.putText([';'], this.end, place);
    else if (last === ':') this.putText([';'], this.end, place);
  }

  /** An inner block goes on in lines that are not shown: a loop would do nothing but repeat its beginning. */
  private cutOff(place: number): void {
    this.put([{ ...this.make(HOLE, this.end), macro: '' }], place);
    this.putText([';'], this.end, place);
  }

  private closeAll(place: number): void {
    if (this.tokens.length === 0) return;
    if (this.inBody || this.open.length === 0) this.finishStatement(place);
    const aggregate = this.open.length > 0 && !this.inBody;
    if (this.inBody && this.open.filter((each) => each === '{').length > 1) this.cutOff(place);
    while (this.open.length > 0) this.putText([PAIRS[this.open.pop() ?? '{'] ?? '}'], this.end, place);
    if (aggregate) this.putText([';'], this.end, place);
    this.inBody = false;
    this.current = null;
  }

  private segment(segment: Segment, tokens: readonly Token[], place: number): void {
    const name = segment.heading === null ? null : functionName(segment.heading);
    const { closers } = balance(tokens);
    if (this.inBody && this.continues(segment, name, tokens, closers)) {
      this.stitch(segment, tokens, closers, place);
      return;
    }
    this.closeAll(place);
    const start = tokens[0]?.start ?? 0;
    const best = this.bestFrame(segment, tokens, closers);
    this.putText(best.words, start, place);
    this.open = [...best.open];
    this.inBody = best.frame === 'body';
    this.current = best.frame === 'body' ? name : null;
    this.headName = best.frame === 'head' || (best.frame === 'body' && best.open.length === 0) ? name : null;
    this.write(tokens, place);
  }

  /** Copies a run and follows its brackets. */
  private write(tokens: readonly Token[], place: number): void {
    tokens.forEach((token, index) => {
      if (token.kind === 'punct') {
        if (token.text === '(' || token.text === '[' || token.text === '{') {
          if (token.text === '{' && this.open.length === 0) {
            const before = tokens[index - 1]?.text ?? this.tokens[this.tokens.length - 1]?.text;
            this.inBody = before === ')' || (before !== undefined && /^__/.test(before));
            this.current = this.inBody ? (openFunction(tokens.slice(0, index + 1)) ?? this.headName) : null;
            this.headName = null;
          }
          this.open.push(token.text);
        } else if (token.text === ')' || token.text === ']' || token.text === '}') {
          const opener = PAIRS[token.text];
          if (this.open.includes(opener ?? '')) {
            // A brace ends parentheses that the author forgot to close.
            while (this.open[this.open.length - 1] !== opener && token.text === '}') this.open.pop();
            if (this.open[this.open.length - 1] === opener) this.open.pop();
          }
          if (this.open.length === 0) this.inBody = false;
        }
      }
      this.tokens.push(token);
      this.places.push(place + index);
    });
  }

  /** Whether a run goes on in the function that is open. */
  private continues(
    segment: Segment,
    name: string | null,
    tokens: readonly Token[],
    closers: readonly number[],
  ): boolean {
    // The heading names the function before the hunk, not the one that the hunk may begin with.
    if (this.beginsAtMargin(tokens) || this.endsFileCall(tokens, closers[0] ?? -1)) return false;
    if (name !== null && this.current !== null) return name === this.current;
    if (segment.missing !== null && segment.missing > 80) return false;
    if (closers.some((index) => tokens[index]?.text === '}')) return true;
    // No closing brace: statements go on, declarations begin anew.
    return this.bestFrame(segment, tokens, closers).frame === 'body';
  }

  private stitch(segment: Segment, tokens: readonly Token[], closers: readonly number[], place: number): void {
    const at = tokens[0]?.start ?? this.end;
    this.finishStatement(place);
    const braces = closers.filter((index) => tokens[index]?.text === '}');
    const ends = this.lastEndsFunction(tokens, braces);
    // Where nothing closes, the run may stand at any depth: what is open stays open.
    const needed = ends ? braces.length : Math.max(braces.length + 1, this.open.filter((each) => each === '{').length);
    if (this.open.length > needed) this.cutOff(place);
    while (this.open.length > needed) {
      this.open.pop();
      this.putText(['}'], this.end, place);
    }
    const hole: Token = { ...this.make(HOLE, at), macro: segment.missing === null ? '' : String(segment.missing) };
    this.put([hole], place);
    this.putText([';'], at, place);
    const depth = this.open.length;
    const openers = blockOpeners(tokens, braces.slice(0, needed - depth), depth > 1);
    openers.push(...this.parenOpeners(tokens, closers));
    this.open.push(...opened(openers));
    this.putText(openers, at, place);
    this.write(tokens, place);
  }

  private parenOpeners(tokens: readonly Token[], closers: readonly number[]): string[] {
    const first = closers[0];
    if (first === undefined || tokens[first]?.text !== ')') return leadingCondition(tokens);
    if (tokens[first + 1]?.text !== '{') return ['unseen_call', '('];
    // The end of a condition: what stands before it decides as well.
    return /^(?:&&|\|\|)$/.test(tokens[0]?.text ?? '')
      ? ['if', '(', 'unseen_condition']
      : ['if', '(', 'unseen_condition', '&&'];
  }

  /** The last unmatched `}` is the end of the function: it stands in column 0, or what follows reads as file scope. */
  private lastEndsFunction(tokens: readonly Token[], braces: readonly number[]): boolean {
    const last = braces[braces.length - 1];
    if (last === undefined) return false;
    const token = tokens[last];
    if (token === undefined) return false;
    const rest = tokens.slice(last + 1);
    const [next] = rest;
    if (next === undefined) return token.newline && this.inColumnZero(token) && this.indented(tokens);
    if (looksLikeStatement(rest)) return false;
    const file = tokensErrors(close(rest), this.parser);
    const frame: Token[] = ['void', 'f_', '(', 'void', ')', '{'].map((word) => this.make(word, 0));
    const body = tokensErrors(close([...frame, ...rest]), this.parser);
    if (file !== body) return file < body;
    return this.inColumnZero(token) && this.indented(tokens);
  }

  private inColumnZero(token: Token): boolean {
    return token.start === 0 || this.unit.text.charCodeAt(token.start - 1) === 10;
  }

  /** White space was not stripped: some line of the run is indented. */
  private indented(tokens: readonly Token[]): boolean {
    return tokens.some((token) => token.newline && !this.inColumnZero(token));
  }

  /** The run's own indentation is there, not the one blank that archives leave behind a sign. */
  private keepsTabs(tokens: readonly Token[]): boolean {
    const { text } = this.unit;
    for (const { newline, start } of tokens)
      if (newline && text[text.lastIndexOf('\n', start - 1) + 1] === '\t') return true;
    return false;
  }

  /** With its white space kept, kernel code has nothing but labels and the closing brace at the left margin of a body. */
  private beginsAtMargin(tokens: readonly Token[]): boolean {
    const [first, second] = tokens;
    if (first === undefined || !this.inColumnZero(first) || !this.keepsTabs(tokens)) return false;
    return /^[A-Za-z_]/.test(first.text) && second?.text !== ':';
  }

  /** The brace that begins a function's body stands alone at the left margin. */
  private beginsBody(tokens: readonly Token[]): boolean {
    const [first] = tokens;
    return first?.text === '{' && first.newline && this.inColumnZero(first) && this.indented(tokens);
  }

  /**
   * The arguments of a macro that makes a table (`DECLARE_UVERBS_NAMED_OBJECT(FOO,`): `...);` with another definition at the left margin
   * behind it, as no statement of a body has. Parameters are a head's.
   */
  private endsFileCall(tokens: readonly Token[], closer: number): boolean {
    const next = tokens[closer + 2];
    return (
      tokens[closer]?.text === ')' &&
      tokens[closer + 1]?.text === ';' &&
      !beginsParameter(tokens) &&
      next?.newline === true &&
      this.keepsTabs(tokens) &&
      /^[A-Za-z_]/.test(next.text) &&
      tokens[closer + 3]?.text !== ':' &&
      this.inColumnZero(next)
    );
  }

  private bestFrame(
    segment: Segment,
    tokens: readonly Token[],
    closers: readonly number[],
  ): { frame: Frame; words: readonly string[]; open: readonly string[] } {
    if (this.endsFileCall(tokens, closers[0] ?? -1)) {
      const words = ['int', `unseen_value_${this.fragments++}`, '=', 'unseen_call', '('];
      return { frame: 'initialiser', words, open: ['('] };
    }
    const candidates = this.candidates(segment, tokens, closers);
    let best: (typeof candidates)[number] | undefined;
    let bestScore = Number.POSITIVE_INFINITY;
    // Parsing errors is dear: the likeliest first, and none that could not win without any. The first of equals wins.
    for (const candidate of candidates.toSorted((a, b) => a.penalty - b.penalty)) {
      const first = best === undefined || candidates.indexOf(candidate) < candidates.indexOf(best);
      if (candidate.penalty > bestScore || (candidate.penalty === bestScore && !first)) continue;
      const prefix = candidate.words.map((word) => this.make(word, 0));
      const score = tokensErrors(close([...prefix, ...tokens]), this.parser) * 10 + candidate.penalty;
      if (score < bestScore || (score === bestScore && first)) {
        best = candidate;
        bestScore = score;
      }
    }
    return best ?? { frame: 'file', words: [], open: [] };
  }

  private candidates(segment: Segment, tokens: readonly Token[], closers: readonly number[]) {
    const { heading } = segment;
    const braces = closers.filter((index) => tokens[index]?.text === '}');
    const name = heading === null ? null : functionName(heading);
    const indented = tokens[0]?.newline === true && !this.inColumnZero(tokens[0]);
    const topLevel = this.beginsAtMargin(tokens);
    const saysBody = name !== null && !topLevel;
    const saysMembers = heading !== null && /^\s*(?:typedef\s+)?(?:struct|union)\b[^=(;]*\{?\s*$/.test(heading);
    const saysEnum = heading !== null && /^\s*(?:typedef\s+)?enum\b[^=(;]*\{?\s*$/.test(heading);
    const saysInitialiser = heading !== null && /=\s*\{?\s*$/.test(heading);
    const penalty = (says: boolean, likely: boolean): number => (says ? 0 : likely ? 2 : 5);
    const ends = this.lastEndsFunction(tokens, braces);
    const head = name === null || heading === null ? null : headWords(heading);
    const openers = blockOpeners(tokens, ends ? braces.slice(0, -1) : braces, false);
    openers.push(...this.parenOpeners(tokens, closers));
    const bodyHead = head ?? [UNSEEN_TYPE, `unseen_function_${this.fragments}`, '(', 'void', ')'];
    const bodyWords = this.beginsBody(tokens) && head !== null ? head : [...bodyHead, '{', ...openers];
    const result = topLevel ? resultWords(tokens, heading) : null;
    const frames: { frame: Frame; words: readonly string[]; open: readonly string[]; penalty: number }[] = [
      {
        frame: 'file',
        words: result ?? [],
        open: [],
        penalty: braces.length > 0 ? 30 : penalty(topLevel || (heading === null && !indented), !indented),
      },
      {
        frame: 'body',
        words: bodyWords,
        open: opened(bodyWords),
        penalty: topLevel ? 30 : penalty(saysBody, indented),
      },
    ];
    const first = closers[0];
    const afterFirst = first === undefined ? undefined : tokens[first + 1]?.text;
    if (
      first !== undefined &&
      tokens[first]?.text === ')' &&
      (afterFirst === '{' || afterFirst === ';') &&
      beginsParameter(tokens)
    ) {
      // The run begins among the parameters of a function's head.
      const cut = heading?.includes('(') && !heading.includes(')') ? plainWords(heading) : [];
      const whole = cut.slice(0, Math.max(cut.lastIndexOf(','), cut.indexOf('(')) + 1);
      const words =
        whole.length < 2
          ? [UNSEEN_TYPE, name ?? `unseen_function_${this.fragments}`, '(']
          : whole[1] === '('
            ? [UNSEEN_TYPE, ...whole]
            : whole;
      frames.push({ frame: 'head', words, open: ['('], penalty: -5 });
    }
    if (
      first !== undefined &&
      tokens[first]?.text === '}' &&
      (afterFirst === ';' || afterFirst === ',') &&
      (saysBody || braces.length > 1)
    ) {
      // ... or inside the initialiser of a local variable.
      const words = [...bodyHead, '{', ...openers.slice(1), ...this.tableWords(null)];
      frames.push({
        frame: 'body',
        words: saysBody && braces.length === 1 ? [...bodyHead, '{', ...this.tableWords(null)] : words,
        open: opened(words),
        penalty: penalty(saysBody, false) + 1,
      });
    }
    const tail = braces.length <= 1;
    if (tail) {
      const tag = heading === null ? null : /\b(?:struct|union|enum)\s+(\w+)/.exec(heading)?.[1];
      const union = heading !== null && /\bunion\s+\w+\s*\{?\s*$/.test(heading);
      const members = [union ? 'union' : 'struct', tag ?? `unseen_struct_${this.fragments}`, '{'];
      frames.push({ frame: 'members', words: members, open: ['{'], penalty: penalty(saysMembers, false) + 1 });
      const table = this.tableWords(saysInitialiser ? heading : null);
      frames.push({ frame: 'initialiser', words: table, open: ['{'], penalty: penalty(saysInitialiser, false) + 2 });
      const enumerators = ['enum', tag ?? `unseen_enum_${this.fragments}`, '{'];
      frames.push({ frame: 'enumerators', words: enumerators, open: ['{'], penalty: penalty(saysEnum, false) + 2 });
    }
    this.fragments++;
    return frames;
  }

  /** The beginning of a table: as the heading has it, or of a type nobody knows. */
  private tableWords(heading: string | null): string[] {
    if (heading !== null) return [...plainWords(heading.replace(/=?\s*\{?\s*$/, '')), '=', '{'];
    return ['struct', `unseen_struct_${this.fragments}`, `unseen_table_${this.fragments}`, '=', '{'];
  }
}

/** Heals the live tokens of a fragment. */
export function healFragment(unit: SourceUnit, live: readonly Token[], parser: CParser): Healed {
  return new Healer(unit, live, parser).run();
}
