/**
 * Macro expansion of a stretch of tokens by the rules of C (arguments expanded first, results rescanned with the rest of the input,
 * a macro never expanded inside itself) and GNU's additions. Bounded in output and depth; hitting a bound is said once.
 */
import { lex } from '../lexer.ts';
import type { Token } from '../token.ts';
import { movedTo, spaced } from '../token.ts';
import type { Macro } from './macro.ts';
import { substitute } from './substitute.ts';

/** Most tokens one stretch may grow by while it is expanded: so many, and so many for each of its own. */
const OUTPUT_LIMIT = 400_000;
const GROWTH_LIMIT = 8;
/** Deepest nesting of macro uses in arguments of macro uses. */
const DEPTH_LIMIT = 120;

/** What the expander asks of its surroundings. `place` is the position of the use among the unit's live tokens. */
export interface MacroScope {
  lookup(name: string, place: number): Macro | null;
  /** The same, without looking into a kernel tree. */
  known(name: string, place: number): Macro | null;
  /** Value of a macro that has no body (`__LINE__`, `IS_ENABLED(CONFIG_X)`), or null. `argument` null: used without parentheses. */
  builtin(name: string, argument: readonly Token[] | null, use: Token): string | null;
  /** Names that `builtin` may answer with an argument. */
  readonly builtinFunctions: ReadonlySet<string>;
  tooLarge(use: Token): void;
  unterminated(use: Token): void;
}

interface Frame {
  readonly tokens: readonly Token[];
  at: number;
  readonly end: number;
  /** The macro whose body this is; it is not expanded again inside. */
  readonly macro: string | null;
  /** An argument expanded on its own: reading stops here. */
  readonly wall: boolean;
}

/** Words behind which a value stands, not a declared name. */
const BEFORE_VALUES: ReadonlySet<string> = new Set(['return', 'case', 'else', 'do', 'goto', 'sizeof', 'typeof']);

/** Behind this token stands the name of a member, or one that is being declared. */
function isNamePosition(before: Token | undefined): boolean {
  if (before === undefined) return false;
  return before.text === '->' || before.text === '.' || (before.kind === 'word' && !BEFORE_VALUES.has(before.text));
}

class Expansion {
  private readonly frames: Frame[] = [];
  private readonly active = new Set<string>();
  private produced = 0;
  private depth = 0;
  private gaveUp = false;
  /** White space before a use that expanded to nothing stands before what follows it. */
  private space = false;
  private readonly limit: number;

  constructor(
    private readonly scope: MacroScope,
    private readonly base: Frame,
  ) {
    this.frames.push(base);
    this.limit = OUTPUT_LIMIT + GROWTH_LIMIT * (base.end - base.at);
  }

  run(): Token[] {
    return this.drain();
  }

  private drain(): Token[] {
    const out: Token[] = [];
    for (;;) {
      const token = this.next();
      if (token === null) return out;
      if (token.kind !== 'word' || token.painted === true) out.push(token);
      else this.word(token, out);
    }
  }

  private next(): Token | null {
    for (;;) {
      const frame = this.frames[this.frames.length - 1];
      if (frame === undefined) return null;
      if (frame.at < frame.end) {
        const token = frame.tokens[frame.at++] ?? null;
        if (!this.space || token === null) return token;
        this.space = false;
        return spaced(token, true);
      }
      if (frame.wall) return null;
      this.drop();
    }
  }

  private drop(): void {
    const frame = this.frames.pop();
    if (frame?.macro != null) this.active.delete(frame.macro);
  }

  /** True when the next token, wherever it comes from, is `(`. Exhausted frames are dropped only then. */
  private takeOpen(): boolean {
    for (let i = this.frames.length - 1; i >= 0; i--) {
      const frame = this.frames[i];
      if (frame === undefined) return false;
      if (frame.at < frame.end) {
        if (frame.tokens[frame.at]?.text !== '(') return false;
        while (this.frames.length - 1 > i) this.drop();
        frame.at++;
        return true;
      }
      if (frame.wall) return false;
    }
    return false;
  }

  private word(token: Token, out: Token[]): void {
    const macro = this.gaveUp ? null : this.scope.lookup(token.text, this.base.at - 1);
    if (macro === null) {
      if (token.text.startsWith('_') || this.scope.builtinFunctions.has(token.text)) this.builtin(token, out);
      else out.push(token);
      return;
    }
    if (this.active.has(macro.name)) {
      out.push({ ...token, painted: true });
      return;
    }
    if (this.produced > this.limit || this.depth > DEPTH_LIMIT || this.frames.length > 4 * DEPTH_LIMIT) {
      this.gaveUp = true;
      this.scope.tooLarge(token);
      out.push(token);
      return;
    }
    if (macro.parameters === null) {
      // `jiffies` is a variable in the kernel and a call here: members and variables of that name are something else.
      if (macro.standsForVariable && isNamePosition(out[out.length - 1])) {
        out.push(token);
        return;
      }
      this.enter(macro, substitute(macro, null, null, token, token.end), token);
      return;
    }
    if (!this.takeOpen()) {
      out.push(token);
      return;
    }
    const call = this.collect();
    if (call === null) {
      this.scope.unterminated(token);
      out.push(token);
      return;
    }
    const args = splitArguments(call.inside, macro);
    // With another number of arguments it is something else of the same name: C has no such use of the macro.
    if (macro.rest === null && args.length !== macro.parameters.length && macro.parameters.length > 0) {
      out.push({ ...token, painted: true });
      this.putBack(call);
      return;
    }
    const end = call.close.unit === token.unit && call.close.end > token.start ? call.close.end : token.end;
    const expanded: (Token[] | null)[] = args.map(() => null);
    const expandArgument = (index: number): readonly Token[] => {
      const known = expanded[index];
      if (known !== null && known !== undefined) return known;
      const fresh = this.alone(args[index] ?? []);
      expanded[index] = fresh;
      return fresh;
    };
    this.enter(macro, substitute(macro, args, expandArgument, token, end), token);
  }

  /** A name that stands for something without having a body, or only begins like one that does. */
  private builtin(token: Token, out: Token[]): void {
    if (this.scope.builtinFunctions.has(token.text)) {
      if (!this.takeOpen()) {
        out.push(token);
        return;
      }
      const call = this.collect();
      const value = call === null ? null : this.scope.builtin(token.text, call.inside, token);
      if (value !== null) this.pushText(value, token, out);
      else out.push(token);
      return;
    }
    const value = this.scope.builtin(token.text, null, token);
    if (value === null) out.push(token);
    else this.pushText(value, token, out);
  }

  private pushText(text: string, place: Token, out: Token[]): void {
    for (const token of lex(text, place.unit, 0, text.length, false).tokens)
      out.push(spaced(movedTo(token, place, place.end, place.macro ?? place.text), place.space));
  }

  /** Tokens up to the matching `)`, or null (everything read is put back) when it never comes. */
  private collect(): { inside: Token[]; close: Token } | null {
    const inside: Token[] = [];
    let depth = 0;
    for (;;) {
      const token = this.next();
      if (token === null) break;
      if (token.text === '(') depth++;
      else if (token.text === ')' && depth-- === 0) return { inside, close: token };
      // Read while its own macro is being replaced: it stays what it is, wherever it ends up.
      inside.push(token.kind === 'word' && this.active.has(token.text) ? { ...token, painted: true } : token);
    }
    const [first] = inside;
    if (first !== undefined) {
      const open: Token = { ...first, kind: 'punct', text: '(' };
      this.frames.push({ tokens: [open, ...inside], at: 0, end: inside.length + 1, macro: null, wall: false });
    }
    return null;
  }

  /** The arguments of what turned out to be no use of a macro are read on. */
  private putBack(call: { readonly inside: readonly Token[]; readonly close: Token }): void {
    const open: Token = { ...call.close, text: '(', space: false };
    const tokens = [open, ...call.inside, call.close];
    this.frames.push({ tokens, at: 0, end: tokens.length, macro: null, wall: false });
  }

  private alone(tokens: readonly Token[]): Token[] {
    if (tokens.every((token) => token.kind !== 'word')) return [...tokens];
    this.depth++;
    const height = this.frames.length;
    this.frames.push({ tokens, at: 0, end: tokens.length, macro: null, wall: true });
    const out = this.drain();
    while (this.frames.length > height) this.drop();
    this.depth--;
    return out;
  }

  private enter(macro: Macro, tokens: Token[], use: Token): void {
    this.produced += tokens.length + 1;
    const [first] = tokens;
    if (first !== undefined) tokens[0] = spaced(first, use.space);
    else this.space ||= use.space;
    this.active.add(macro.name);
    this.frames.push({ tokens, at: 0, end: tokens.length, macro: macro.name, wall: false });
  }
}

/** Cuts the text between the parentheses at its top-level commas; the variadic parameter takes all that is left. */
function splitArguments(inside: readonly Token[], macro: Macro): Token[][] {
  const fixed = macro.parameters?.length ?? 0;
  const args: Token[][] = [];
  let current: Token[] = [];
  let depth = 0;
  for (const token of inside) {
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    if (token.text === ',' && token.kind === 'punct' && depth === 0 && (macro.rest === null || args.length < fixed)) {
      args.push(current);
      current = [];
    } else current.push(token);
  }
  if (args.length > 0 || current.length > 0 || fixed > 0) args.push(current);
  return args;
}

/** Expands `tokens[from, to)`; positions among the unit's live tokens start at `from`. */
export function expandTokens(tokens: readonly Token[], from: number, to: number, scope: MacroScope): Token[] {
  return new Expansion(scope, { tokens, at: from, end: to, macro: null, wall: false }).run();
}
