/**
 * Counts that a bundled header and a kernel tree give differently: how many memory types there are is another number in another version, and
 * the tree's arrays are as long as the tree says. Reads headers by line pattern; no other macro of a bundled header gives way, as models
 * may rely on its value.
 */
import type { SourceTree } from '../program.ts';
import { Macro } from './macro.ts';

/** Names of counts: `TTM_NUM_MEM_TYPES`, `VGA_MAX_FONTS`. */
const COUNT = /(?:^|_)(?:NUM|NR|COUNT|MAX)(?:_|$)/;
const NUMBER = /^[ \t]*(\d+[uUlL]*)[ \t]*(?:\/[*/].*)?$/;

/**
 * A macro of a bundled header as it counts in code of a tree: itself, or the tree's number where it is a count written as a plain number.
 * @param ofTree the tree's number of that name; null: it has none
 */
export function asTreeCounts(macro: Macro, ofTree: (name: string) => string | null): Macro {
  const { name, unit, start, end, definition } = macro;
  const count = COUNT.test(name) && NUMBER.test(definition) ? ofTree(name) : null;
  return count === null ? macro : new Macro(name, unit, start, end, ` ${count}`);
}

/**
 * The plain number that the tree's headers define a macro as; null when none does, or they do not agree.
 * @param includes whether a header is among those that count
 */
export function countInTree(tree: SourceTree, name: string, includes: (path: string) => boolean): string | null {
  const line = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}\\b(.*)$`, 'gm');
  const found = new Set<string | null>();
  for (const path of tree.findMacro?.(name) ?? []) {
    if (!includes(path)) continue;
    for (const [, definition = ''] of tree.read(path)?.matchAll(line) ?? [])
      found.add(NUMBER.exec(definition)?.[1] ?? null);
  }
  const [only = null] = found;
  return found.size === 1 ? only : null;
}
