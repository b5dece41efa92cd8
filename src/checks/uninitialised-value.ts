/** Reads of memory that nobody has written. */
import { check, faultsOf, passingOn } from './check.ts';
import page from './uninitialised-value.md?raw';

const faults = faultsOf(['uninitialised-read']);

/**
 * A variable that every case of a `switch` without `default` sets, or leaves the function: that there are no other values is the author's
 * knowledge of what the switch is over. One that a case forgets is told.
 */
function setByEveryCase(body: string, name: string): boolean {
  if (!/^\w+$/.test(name)) return false;
  const sets = new RegExp(`\\b${name}\\s*[-+|&^*/]?=[^=]`);
  for (const match of body.matchAll(/\bswitch\s*\(/g)) {
    const block = blockAfter(body, match.index + match[0].length);
    if (block === null || !sets.test(block) || /\bdefault\s*:/.test(block)) continue;
    const groups = block.split(/\bbreak\s*;/).filter((group) => /\bcase\b/.test(group));
    if (groups.length > 1 && groups.every((group) => sets.test(group) || /\b(?:return|goto)\b/.test(group)))
      return true;
  }
  return false;
}

/** The block behind the parenthesis that was opened before `from`; null: it is not all there. */
function blockAfter(text: string, from: number): string | null {
  const open = text.indexOf('{', from);
  if (open < 0) return null;
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return text.slice(open, i + 1);
  }
  return null;
}

const judge = passingOn((run) =>
  (faults.judge?.(run) ?? []).filter(({ at, message }) => {
    if (at === null || run.sourceOf === undefined || !run.inDocument(at)) return true;
    const name = /^`(\w+)` is read/.exec(message)?.[1];
    return name === undefined || !setByEveryCase(run.sourceOf(at).body, name);
  }),
);

export default check(page, { ...faults, judge });
