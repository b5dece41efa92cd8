/** What the words written so far for the parser end in. */

const BEGINS_DECLARATION: ReadonlySet<string> = new Set(['int', 'struct', 'union', 'enum', 'const', 'static']);

/** The parenthesis just closed is that of `sizeof (T)`: a value, no cast. */
export function measures(words: readonly string[]): boolean {
  let depth = 0;
  for (let k = words.length - 1; k > 0; k--) {
    if (words[k] === ')') depth++;
    else if (words[k] === '(' && --depth === 0) return words[k - 1] === 'sizeof';
  }
  return false;
}

/** The statement at the end begins with a type. */
export function statementStartsWithType(words: readonly string[]): boolean {
  for (let k = words.length - 1; k >= 0; k--) {
    const text = words[k];
    if (text === ';' || text === '{' || text === '}') return BEGINS_DECLARATION.has(words[k + 1] ?? '');
  }
  return false;
}

/** A letter, a digit or an underscore comes first. */
export function startsWord(text: string): boolean {
  const code = text.charCodeAt(0);
  return (code | 32) >= 97 ? (code | 32) <= 122 || code === 95 : code >= 48 && code <= 57;
}
