/** `return -EINVAL;` of an op whose answer is yes or no: the answer is yes. Read off the text, for the value is folded into true. */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { readFunctions, told } from './readFunctions.ts';

/** Error codes that functions of type `bool` return. */
export function errnosAsBools(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    const { result } = read.symbol.type;
    if (result.kind !== 'int' || !result.bool) return [];
    return read.nodes.flatMap(({ node }) => {
      const { unit, start, end } = node.at;
      const text = document.program.units[unit]?.text.slice(start, end) ?? '';
      if (node.kind !== 'return' || !/^return\s*\(?\s*-\s*E[A-Z]+\s*\)?\s*;?$/.test(text)) return [];
      return [told(read, node.at, 'an error code is returned as a `bool`: it means true', null)];
    });
  });
}
