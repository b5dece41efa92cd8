/**
 * What opens the blocks whose beginning a cut does not show: a condition, a loop, a switch. Told from what closes them and from what
 * stands in them: a `continue` needs a loop around it, a `case` a switch, and a jump that is the first of the lines and not the last of
 * its block stands behind a condition on a line that is not shown.
 */
import { HOLE } from './hole.ts';
import type { Token } from './token.ts';

const CONDITION = ['if', '(', 'unseen_condition', ')'];
/**
 * What a loop does first is not shown either: each time round begins with the unseen lines. How long it goes on is asked for itself: what was
 * answered for another head says nothing of it.
 */
const LOOP = ['while', '(', 'unseen_loop_goes_on', ')', '{', HOLE, ';'];
const SWITCH = ['switch', '(', 'unseen_condition', ')', '{', 'case', 'unseen_case', ':'];

/** Words that begin what stands outside of functions. */
const FILE_SCOPE =
  /^(?:static|extern|inline|const|struct|union|enum|typedef|void|int|bool|unsigned|long|char|EXPORT_\w+|MODULE_\w+)$/;
/** A head with one of these repeats what it heads; macros of the kernel say so in their names. */
const REPEATS = /^(?:for|while|do)$|(?:^|_)(?:for_each|foreach|until)|_for_|for_each/i;
const JUMPS = new Set(['return', 'goto', 'break', 'continue']);

/** A jump or label without what it belongs to, and how many blocks close between the start of the lines and it. */
interface Orphan {
  readonly index: number;
  readonly level: number;
  readonly word: 'break' | 'continue' | 'case';
}

/**
 * The words that open the blocks which close at `closers` (token indices of braces, innermost first), outermost first, and a loop around
 * them where a jump needs one that ends further down. `enclosed`: other blocks are open around the lines, one of which may be the loop.
 */
export function blockOpeners(tokens: readonly Token[], closers: readonly number[], enclosed: boolean): string[] {
  const orphans = orphansOf(tokens);
  const kinds = closers.map((close) => openerFor(tokens, close));
  let outer: readonly string[] = [];
  for (const { level, word } of orphans) {
    if (word !== 'case') continue;
    if (level < kinds.length) kinds[level] = SWITCH;
    else outer = SWITCH;
  }
  for (const { index, level, word } of orphans) {
    if (word === 'case') continue;
    const inLast = endsBlock(tokens, index, closers[level]);
    let found = false;
    for (let at = level; at < kinds.length && !found; at++) {
      const kind = kinds[at];
      if (kind === LOOP || kind?.[0] === 'do' || (kind === SWITCH && word === 'break')) found = true;
      else if (kind !== SWITCH && !(at === level && inLast) && !followedByElse(tokens, closers[at])) {
        kinds[at] = LOOP;
        found = true;
      } else if (at === level && inLast && kind?.length === 1) kinds[at] = [...CONDITION, '{'];
    }
    if (!found && outer !== SWITCH) outer = LOOP;
  }
  const words = enclosed ? [] : [...outer];
  for (const kind of kinds.reverse()) words.push(...kind);
  return words;
}

/** A condition for the first statement of the lines, where it jumps away and something that no label or case leads to follows. */
export function leadingCondition(tokens: readonly Token[]): string[] {
  if (!JUMPS.has(tokens[0]?.text ?? '')) return [];
  let depth = 0;
  for (const [index, { text }] of tokens.entries()) {
    if (text === '(' || text === '[' || text === '{') depth++;
    else if (text === ')' || text === ']' || text === '}') {
      if (--depth < 0) return [];
    } else if (text === ';' && depth === 0) {
      const next = tokens[index + 1];
      if (next === undefined || next.text === '}' || next.text === 'case' || next.text === 'default') return [];
      return next.kind === 'word' && tokens[index + 2]?.text === ':' ? [] : CONDITION;
    }
  }
  return [];
}

function openerFor(tokens: readonly Token[], close: number): readonly string[] {
  const next = tokens[close + 1]?.text;
  if (next === 'else') return [...CONDITION, '{'];
  if (next === 'while') return ['do', '{'];
  // What jumps away at its end is left on a condition: something follows it.
  if (next !== undefined && !FILE_SCOPE.test(next) && leaves(tokens, close)) return [...CONDITION, '{'];
  return ['{'];
}

function followedByElse(tokens: readonly Token[], close: number | undefined): boolean {
  return close !== undefined && tokens[close + 1]?.text === 'else';
}

/** The jump at `index` is the last statement before the block's end. */
function endsBlock(tokens: readonly Token[], index: number, close: number | undefined): boolean {
  return close !== undefined && index + 2 === close && /^[;{}]$/.test(tokens[index - 1]?.text ?? ';');
}

/** The statement before the closing brace jumps out of the block. */
function leaves(tokens: readonly Token[], close: number): boolean {
  if (tokens[close - 1]?.text !== ';') return false;
  for (let i = close - 2; i >= 0; i--) {
    const text = tokens[i]?.text ?? '';
    if (text === 'goto' || text === 'return') return /^[;{}]$/.test(tokens[i - 1]?.text ?? ';');
    if (text === ';' || text === '{' || text === '}') return false;
  }
  return false;
}

/** Jumps and case labels that nothing in the lines belongs to. */
function orphansOf(tokens: readonly Token[]): Orphan[] {
  const found: Orphan[] = [];
  const open: { readonly loop: boolean; readonly choice: boolean }[] = [];
  let level = 0;
  let parens = 0;
  let begin = 0;
  const heads = (from: number, to: number, pattern: RegExp): boolean => {
    for (let i = from; i < to; i++) if (tokens[i]?.kind === 'word' && pattern.test(tokens[i]?.text ?? '')) return true;
    return false;
  };
  for (const [index, token] of tokens.entries()) {
    const { text } = token;
    if (text === '(') parens++;
    else if (text === ')') parens = Math.max(0, parens - 1);
    else if (text === '{') {
      open.push({ loop: heads(begin, index, REPEATS), choice: heads(begin, index, /^switch$/) });
      begin = index + 1;
    } else if (text === '}') {
      if (open.pop() === undefined) level++;
      begin = index + 1;
    } else if (text === ';' && parens === 0) begin = index + 1;
    else if (token.kind === 'word' && (text === 'break' || text === 'continue') && tokens[index + 1]?.text === ';') {
      const inside = open.some(({ loop, choice }) => loop || (choice && text === 'break'));
      if (!inside && !heads(begin, index, REPEATS)) found.push({ index, level, word: text });
    } else if ((text === 'case' || (text === 'default' && tokens[index + 1]?.text === ':')) && parens === 0) {
      if (!open.some(({ choice }) => choice)) found.push({ index, level, word: 'case' });
      begin = index + 1;
    }
  }
  return found;
}
