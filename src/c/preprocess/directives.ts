/**
 * First step over one unit: follows the `#` lines, so that what is left are the live tokens and a table of the macros with the stretch of
 * live tokens for which each holds. Macros in the text itself are expanded later and piecewise (`expand.ts`), which is what makes
 * reading a large header cheap. Differs from design 3.2 on purpose: kernel macros come with definitions (bundled or from the tree), so a
 * real preprocessor with exact positions replaces the length-preserving text rewriting wherever a definition is known.
 */
import type { Problem } from '../../patch/problem.ts';
import type { LaidItem } from '../items.ts';
import { type Lexed, lex } from '../lexer.ts';
import { lexSegments } from '../segments.ts';
import type { SourceUnit } from '../source.ts';
import type { Token } from '../token.ts';
import { type Condition, type ConditionScope, evaluateCondition } from './condition.ts';
import { MacroTable, readMacro } from './macro.ts';

/** A `#pragma pack` in force from an offset of the unit on; 0: the default. */
export interface PackChange {
  readonly from: number;
  readonly bytes: number;
}

export interface Directed {
  /** Bodies of functions may be folded: see `folds`. */
  readonly live: readonly Token[];
  readonly folds: Lexed['folds'];
  readonly macros: MacroTable;
  readonly packing: readonly PackChange[];
  /** Macros used later add to it. */
  readonly problems: Problem[];
  /** The items of the live tokens, when the build has cut them; null: nobody has. */
  readonly laid: readonly LaidItem[] | null;
}

/** What following the directives of a unit asks of the rest of the program. */
export interface DirectiveScope {
  /** `table`: the unit's own macros so far; `place`: the live-token position of the line. */
  condition(table: MacroTable, place: number): ConditionScope;
  /**
   * The unit to splice in for an include that is not a header (`table.def`, `body.c`), or that stands among the members of a struct, the
   * enumerators of an enum or the statements of a function (`inside`); null for any other.
   */
  textualInclude(path: string, from: SourceUnit, inside: boolean): SourceUnit | null;
  /** A header is (or is not) among what was given or is bundled. */
  hasHeader(path: string): boolean;
}

const INCLUDE_DEPTH = 40;
const LIVE_LIMIT = 8_000_000;

interface Conditional {
  /** Some branch was taken already. */
  taken: boolean;
  /** Tokens of the current branch are live. */
  active: boolean;
  /** Whether the text around is live. */
  readonly outer: boolean;
  /** A fragment's undecidable condition with no other branch: both answers show the text. */
  readonly transparent: boolean;
}

interface Line {
  readonly name: string;
  readonly rest: string;
  /** Offset of `rest` in the unit. */
  readonly at: number;
  readonly token: Token;
}

const UNDEFINED_NEXT = /^\s*#\s*undef\s+(\w+)/;

const DIRECTIVE = /^#(?:\s|\\\r?\n|\/\*[\s\S]*?\*\/)*([A-Za-z_]*)/;

/** For a fragment: the directives that have no partner in it, and the `#if`s whose only branch must stay visible. */
function unmatched(tokens: readonly Token[], text: string): { loose: Set<Token>; withElse: Set<Token> } {
  const loose = new Set<Token>();
  const withElse = new Set<Token>();
  const open: { token: Token; inner: Token[] }[] = [];
  for (const token of tokens) {
    if (token.kind !== 'directive') continue;
    const name = DIRECTIVE.exec(text.slice(token.start, token.end))?.[1] ?? '';
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') open.push({ token, inner: [] });
    else if (name === 'else' || name.startsWith('elif')) {
      const top = open[open.length - 1];
      if (top === undefined) loose.add(token);
      else top.inner.push(token);
    } else if (name === 'endif') {
      const top = open.pop();
      if (top === undefined) loose.add(token);
      else if (top.inner.length > 0) withElse.add(top.token);
    }
  }
  for (const { token, inner } of open) for (const lost of [token, ...inner]) loose.add(lost);
  return { loose, withElse };
}

/** The `#ifndef X` of an include guard: X may be defined by another unit's guard of the same name, and each unit is read once anyway. */
function includeGuard(tokens: readonly Token[], text: string): Token | null {
  const at = tokens.findIndex((token) => token.kind === 'directive');
  const first = tokens[at];
  const second = at < 0 ? undefined : tokens.find((token, i) => i > at && token.kind === 'directive');
  if (first === undefined || second === undefined) return null;
  const test = /^#\s*(?:ifndef\s+(\w+)|if\s+!\s*defined\s*\(?\s*(\w+)\s*\)?\s*$)/.exec(
    text.slice(first.start, first.end),
  );
  const define = /^#\s*define\s+(\w+)\s*(?:\/[*/].*)?$/s.exec(text.slice(second.start, second.end));
  const name = test?.[1] ?? test?.[2];
  return name !== undefined && define?.[1] === name ? first : null;
}

class DirectiveReader {
  readonly live: Token[] = [];
  folds: Lexed['folds'] = new Map();
  readonly macros = new MacroTable();
  readonly packing: PackChange[] = [];
  readonly problems: Problem[] = [];
  readonly laid = null;
  private readonly packs: number[] = [];

  constructor(private readonly scope: DirectiveScope) {}

  private say(
    code: string,
    severity: Problem['severity'],
    message: string,
    token: { start: number; end: number },
  ): void {
    if (this.problems.length < 500)
      this.problems.push({ code, severity, message, range: { start: token.start, end: token.end } });
  }

  /** `from`: the token of the `#include` that asked for the text, whose place its tokens then take. */
  unit(unit: SourceUnit, depth: number, from: Token | null): void {
    const { tokens, folds } = unit.fragment
      ? lexSegments(unit)
      : lex(unit.text, unit.id, 0, unit.text.length, true, from === null);
    if (from === null) this.folds = folds;
    const stack: Conditional[] = [];
    const guard = includeGuard(tokens, unit.text);
    const { loose, withElse } = unit.fragment
      ? unmatched(tokens, unit.text)
      : { loose: new Set<Token>(), withElse: new Set<Token>() };
    let active = true;
    const { live } = this;
    for (const token of tokens) {
      if (token.kind !== 'directive') {
        if (!active || live.length >= LIVE_LIMIT) continue;
        live.push(from === null ? token : { ...token, unit: from.unit, start: from.start, end: from.end });
        continue;
      }
      if (loose.has(token)) {
        this.say(
          'loose-conditional',
          'note',
          'this conditional has no partner in the visible text; both sides are read',
          token,
        );
        continue;
      }
      const text = unit.text.slice(token.start, token.end);
      const match = DIRECTIVE.exec(text);
      const name = match?.[1] ?? '';
      const skip = match?.[0].length ?? 1;
      if (token === guard) {
        stack.push({ taken: true, active: true, outer: true, transparent: false });
        continue;
      }
      const line: Line = { name, rest: text.slice(skip), at: token.start + skip, token };
      if (this.conditional(line, stack, active, unit, withElse.has(token))) {
        active = stack[stack.length - 1]?.active !== false;
        continue;
      }
      if (!active) continue;
      this.directive(line, unit, depth, from);
    }
    if (stack.length > 0)
      this.say('unterminated-conditional', 'warning', `${stack.length} #if without #endif`, {
        start: unit.text.length,
        end: unit.text.length,
      });
  }

  private evaluate(line: Line, unit: SourceUnit): Condition {
    const scope = this.scope.condition(this.macros, this.live.length);
    const tokens = lex(line.rest, unit.id, 0, line.rest.length, false).tokens;
    if (line.name.endsWith('def')) {
      const name = tokens[0]?.text ?? '';
      const defined = scope.isDefined(name);
      const known = defined || name.startsWith('CONFIG_') || /_H_*$/.test(name);
      return { value: line.name.endsWith('ndef') ? !defined : defined, decided: known, fault: null };
    }
    const condition = evaluateCondition(tokens, scope);
    if (condition.fault !== null)
      this.say('bad-condition', 'warning', `#${line.name}: ${condition.fault}; taken as false`, line.token);
    return condition;
  }

  /** Handles the conditional directives; true when the line was one. */
  private conditional(line: Line, stack: Conditional[], active: boolean, unit: SourceUnit, hasElse: boolean): boolean {
    const top = stack[stack.length - 1];
    switch (line.name) {
      case 'if':
      case 'ifdef':
      case 'ifndef': {
        if (!active) {
          stack.push({ taken: true, active: false, outer: false, transparent: false });
          return true;
        }
        const condition = this.evaluate(line, unit);
        if (unit.fragment && !condition.decided) {
          this.say(
            'undecided-conditional',
            'note',
            hasElse
              ? 'nothing visible decides this condition; its first branch is read'
              : 'nothing visible decides this condition; the lines under it are read',
            line.token,
          );
          stack.push({ taken: true, active: true, outer: true, transparent: !hasElse });
          return true;
        }
        stack.push({ taken: condition.value, active: condition.value, outer: true, transparent: false });
        return true;
      }
      case 'elif':
      case 'elifdef':
      case 'elifndef':
        if (top === undefined) this.say('loose-conditional', 'warning', `#${line.name} without #if`, line.token);
        else if (top.taken || !top.outer) top.active = top.transparent;
        else top.taken = top.active = this.evaluate(line, unit).value;
        return true;
      case 'else':
        if (top === undefined) this.say('loose-conditional', 'warning', '#else without #if', line.token);
        else {
          top.active = top.outer && (!top.taken || top.transparent);
          top.taken = true;
        }
        return true;
      case 'endif':
        if (stack.pop() === undefined) this.say('loose-conditional', 'warning', '#endif without #if', line.token);
        return true;
      default:
        return false;
    }
  }

  private directive(line: Line, unit: SourceUnit, depth: number, from: Token | null): void {
    switch (line.name) {
      case 'define': {
        // Of a definition that goes on behind the end of a hunk nothing is known, least of all that it is empty.
        if (unit.fragment && /\\\s*$/.test(line.rest)) return;
        const macro = readMacro(line.rest, unit.id, line.at);
        if (macro === null) this.say('bad-directive', 'warning', '#define without a name', line.token);
        else this.macros.define(macro, this.live.length);
        return;
      }
      case 'undef':
        this.macros.undefine(line.rest.trim().split(/\s/)[0] ?? '', this.live.length);
        return;
      case 'include':
      case 'include_next':
      case 'import':
        this.include(line, unit, depth, from);
        return;
      case 'error':
        this.say('error-directive', 'warning', `#error${line.rest}`, line.token);
        return;
      case 'warning':
        this.say('warning-directive', 'note', `#warning${line.rest}`, line.token);
        return;
      case 'pragma':
        this.pragma(line);
        return;
      case '':
      case 'line':
        this.line(line.rest, line.token, from);
        return;
      case 'ident':
        return;
      default:
        this.say('bad-directive', 'note', `#${line.name} is not a directive`, line.token);
    }
  }

  private include(line: Line, unit: SourceUnit, depth: number, from: Token | null): void {
    const form = /^\s*(?:<([^>\n]*)>|"([^"\n]*)")/;
    const match =
      form.exec(line.rest) ??
      form.exec(this.expanded(line.rest, line.token).replaceAll(/^<.*>$/g, (name) => name.replaceAll(' ', '')));
    if (match === null) {
      this.say('computed-include', 'note', 'an include whose name is a macro is left out', line.token);
      return;
    }
    const path = match[1] ?? match[2] ?? '';
    // `#define ENTRY(x) … / #include <entries.h> / #undef ENTRY`: a list that is read as this text wants it.
    const next = UNDEFINED_NEXT.exec(unit.text.slice(line.token.end, line.token.end + 200))?.[1];
    const isList = next !== undefined && this.macros.defines(next);
    const text = this.scope.textualInclude(path, unit, isList || this.isInside());
    if (text === null) {
      if (from === null && unit.origin === 'document' && !this.scope.hasHeader(path))
        this.say('unknown-include', 'note', `${path} is not available; what it declares is unknown here`, line.token);
      return;
    }
    if (depth >= INCLUDE_DEPTH) this.say('include-depth', 'warning', `${path} is included too deep`, line.token);
    else this.unit(text, depth + 1, from ?? line.token);
  }

  private counted = 0;
  private depth = 0;

  /** The place that has been reached is between braces. */
  private isInside(): boolean {
    for (; this.counted < this.live.length; this.counted++) {
      const token = this.live[this.counted];
      if (token?.text === '{' && !this.folds.has(token)) this.depth++;
      else if (token?.text === '}') this.depth--;
    }
    return this.depth > 0;
  }

  private line(rest: string, token: Token, from: Token | null): void {
    const form = /^\s*(\d+)\s*(?:"([^"]*)")?/;
    const match = form.exec(rest) ?? form.exec(this.expanded(rest, token));
    if (match !== null && from === null)
      this.macros.lines.push({ at: token.end, line: Number(match[1]), file: match[2] ?? null });
  }

  /** What a directive says when macros say it. */
  private expanded(rest: string, token: Token): string {
    const { tokens } = lex(rest, token.unit, 0, rest.length, false);
    const there = tokens.map((each) => ({ ...each, start: token.start, end: token.end }));
    const scope = this.scope.condition(this.macros, this.live.length);
    return scope
      .expand(there)
      .map((each) => each.text)
      .join(' ');
  }

  private pragma(line: Line): void {
    const kept = /^\s*(push|pop)_macro\s*\(\s*"(\w+)"\s*\)/.exec(line.rest);
    if (kept?.[2] !== undefined) {
      if (kept[1] === 'push') this.macros.push(kept[2], this.live.length);
      else this.macros.pop(kept[2], this.live.length);
      return;
    }
    const match = /^\s*pack\s*\(\s*(push|pop)?\s*(?:,?\s*(\d+))?\s*\)/.exec(line.rest);
    if (match === null) return;
    const current = this.packing[this.packing.length - 1]?.bytes ?? 0;
    if (match[1] === 'push') this.packs.push(current);
    const bytes =
      match[1] === 'pop'
        ? (this.packs.pop() ?? 0)
        : match[2] !== undefined
          ? Number(match[2])
          : match[1] === 'push'
            ? current
            : 0;
    this.packing.push({ from: line.token.start, bytes });
  }
}

/** Reads one unit's directives. */
export function followDirectives(unit: SourceUnit, scope: DirectiveScope): Directed {
  const reader = new DirectiveReader(scope);
  reader.unit(unit, 0, null);
  return reader;
}
