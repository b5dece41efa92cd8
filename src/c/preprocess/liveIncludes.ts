/**
 * The includes of a text that its configuration does not rule out. Only conditions that ask for nothing but options are answered; under any
 * other, both sides count. Line patterns alone: thousands of headers are looked through for one document.
 */
import { lex } from '../lexer.ts';
import { evaluateCondition } from './condition.ts';
import type { Config } from './configuration.ts';

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm;
const LINE = /^[ \t]*#[ \t]*(include|ifdef|ifndef|if|elif|else|endif)\b([^\n]*)/gm;
const NAME = /^[ \t]*[<"]([^>"\n]+)[>"]/;
const OPTION = /^\s*(CONFIG_\w+)\s*(?:\/[*/].*)?$/;
const DEFINED = /\bdefined\s*(?:\(\s*(CONFIG_\w+)\s*\)|(CONFIG_\w+))/g;
const ENABLED = /\bIS_(ENABLED|BUILTIN|REACHABLE|MODULE)\s*\(\s*(CONFIG_\w+)\s*\)/g;
const CONDITION_SCOPE = {
  isDefined: () => false,
  hasInclude: () => false,
  expand: <T>(tokens: T): T => tokens,
};

/** One `#if` with the branches read so far. `live` null: nothing decides. */
interface Open {
  /** Some branch before this one is certainly taken. */
  taken: boolean;
  live: boolean | null;
}

/** Names in the includes of a text, in order. */
export function liveIncludes(text: string, config: Config): string[] {
  const out: string[] = [];
  if (!text.includes('CONFIG_')) {
    for (const match of text.matchAll(INCLUDE)) if (match[1] !== undefined) out.push(match[1]);
    return out;
  }
  const stack: Open[] = [];
  for (const [, word = '', rest = ''] of text.matchAll(LINE)) {
    const top = stack[stack.length - 1];
    switch (word) {
      case 'include': {
        const name = NAME.exec(rest)?.[1];
        if (name !== undefined && stack.every((each) => each.live !== false)) out.push(name);
        break;
      }
      case 'endif':
        stack.pop();
        break;
      case 'else':
        if (top !== undefined) top.live = top.taken ? false : top.live === false ? true : null;
        break;
      case 'elif':
        if (top !== undefined) branch(top, answer(word, rest, config));
        break;
      default: {
        const value = answer(word, rest, config);
        stack.push({ taken: value === true, live: value });
      }
    }
  }
  return out;
}

/** `#elif`: live only when no branch before is. */
function branch(open: Open, value: boolean | null): void {
  if (open.taken) open.live = false;
  else if (open.live === false) {
    open.live = value;
    open.taken = value === true;
  } else open.live = value === false ? false : null;
}

/** The value of a condition that options alone decide, else null. */
function answer(word: string, rest: string, config: Config): boolean | null {
  if (word === 'ifdef' || word === 'ifndef') {
    const option = OPTION.exec(rest)?.[1];
    return option === undefined ? null : config.enabled(option) === (word === 'ifdef');
  }
  if (!rest.includes('CONFIG_') || rest.trimEnd().endsWith('\\')) return null;
  const truth = (option: string): string => (config.enabled(option) ? ' 1 ' : ' 0 ');
  const asked = rest
    .replace(/\/\*.*?\*\/|\/\/.*$/g, ' ')
    .replace(DEFINED, (_, inParens: string | undefined, bare: string | undefined) => truth(inParens ?? bare ?? ''))
    .replace(ENABLED, (_, kind: string, option: string) => (kind === 'MODULE' ? ' 0 ' : truth(option)))
    .replace(/\bCONFIG_\w+/g, (option) => ` ${config.value(option) ?? '0'} `);
  if (/[A-Za-z_"']/.test(asked.replace(/\b0[xX][0-9a-fA-F]+/g, '0'))) return null;
  const result = evaluateCondition(lex(asked, 0, 0, asked.length, false).tokens, CONDITION_SCOPE);
  return result.fault === null ? result.value : null;
}
