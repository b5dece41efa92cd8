/** Number, character and string literals as expressions. */
import { pointerTo } from './basicTypes.ts';
import type { Context } from './context.ts';
import type { Expr } from './ir.ts';
import { joinStrings, parseFloatLiteral, parseInteger } from './literals.ts';
import { constant, unknown } from './operators.ts';
import type { SyntaxNode } from './syntax.ts';

export function lowerNumber(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const token = context.chunk.tokens[context.parsed.from(node)];
  if (token === undefined) return unknown('a number is missing', at);
  const integer = parseInteger(token);
  if (integer !== null) return constant(integer.value, integer.type, at);
  const float = parseFloatLiteral(token);
  if (float !== null) return { kind: 'float', value: float.value, type: float.type, at };
  return unknown(`'${token.text}' is not a number`, at);
}

export function lowerString(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const tokens = [];
  // A name between the pieces is a macro that no header shown here defines (`"id " FOO_FMT "\n"`): what it adds is not in the text.
  const inside = node.type === 'concatenated_string' ? context.parsed.to(node) : 0;
  for (let i = context.parsed.from(node); i < inside || context.chunk.tokens[i]?.kind === 'string'; i++) {
    const token = context.chunk.tokens[i];
    if (token?.kind === 'string') tokens.push(token);
  }
  if (tokens.length === 0) return unknown('a string of which no piece is shown', at);
  const { bytes, element } = joinStrings(tokens);
  const padding = new Uint8Array(bytes.length + element.size - 1);
  padding.set(bytes);
  return { kind: 'string', bytes: element.size === 1 ? bytes : padding, type: pointerTo(element), at };
}
