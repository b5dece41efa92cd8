/**
 * Headers that are nothing but long lists of `#define NAME VALUE`, as machines make them for the registers of a device: tens of thousands of
 * lines of which a file uses a few. Each macro is taken out of the text when somebody asks for it; the rest is never read.
 */

/** Shorter texts are read as any other. */
const LONG = 100_000;

const DEFINE = /^[ \t]*#[ \t]*define[ \t]+(\w+)([^\n]*)$/gm;
/** What may stand in such a list besides definitions: comments, blank lines, the lines of an include guard. */
const OTHER =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|^[ \t]*#[ \t]*(?:(?:define|ifndef|undef)[ \t]+\w[^\n]*|endif[^\n]*|pragma[ \t]+once[^\n]*)$|\s+/gmy;

/** What stands after each macro's name. */
export type MacroList = ReadonlyMap<string, string>;

/** The macros of a text that is such a list; null for any other. */
export function macroList(text: string): MacroList | null {
  if (text.length < LONG || !isList(text)) return null;
  const macros = new Map<string, string>();
  for (const match of text.matchAll(DEFINE)) macros.set(match[1] ?? '', (match[2] ?? '').trimEnd());
  return macros;
}

function isList(text: string): boolean {
  if (/\\\r?\n/.test(text)) return false;
  OTHER.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    OTHER.lastIndex = at;
    if (!OTHER.test(text) || OTHER.lastIndex === at) return false;
    at = OTHER.lastIndex;
  }
  return true;
}
