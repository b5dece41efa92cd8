/**
 * A syntax tree as plain data, independent of the parser that made it: named nodes only, positions counted in emitted tokens. Trees with
 * the same text are shared, so nothing in them is ever changed.
 */

export interface SyntaxNode {
  readonly type: string;
  /** Role in the parent (`condition`, `left`, ...), or null. */
  readonly field: string | null;
  /** Half-open range of emitted tokens. */
  readonly first: number;
  readonly last: number;
  readonly children: readonly SyntaxNode[];
  /** The first thing wrong in it, children included: an ERROR or MISSING of the parser. null: clean. */
  readonly broken: string | null;
}

/** The child in a role. */
export function child(node: SyntaxNode, field: string): SyntaxNode | null {
  for (const each of node.children) if (each.field === field) return each;
  return null;
}

/** All children in a role. */
export function childrenOf(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  return node.children.filter((each) => each.field === field);
}

/** First child of one of these types. */
export function childOfType(node: SyntaxNode, ...types: readonly string[]): SyntaxNode | null {
  for (const each of node.children) if (types.includes(each.type)) return each;
  return null;
}
