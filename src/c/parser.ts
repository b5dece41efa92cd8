/**
 * The only place that talks to tree-sitter. Text in, plain tree out; the parser's own tree is freed before returning, because its memory
 * is not the garbage collector's.
 */
import { Language, Parser, type Tree } from 'web-tree-sitter';
import type { SyntaxNode } from './syntax.ts';

/** Bytes of `web-tree-sitter.wasm` and `tree-sitter-c.wasm`. */
export interface ParserWasm {
  readonly parser: Uint8Array;
  readonly grammar: Uint8Array;
}

/** A parser that is ready for use. */
export interface CParser {
  /** `starts`: offset of each token of `text`, ascending; positions in the tree are indices into it. */
  parse(text: string, starts: readonly number[]): SyntaxNode;
  /** Named and error nodes of the plain parse, one per line: for comparing parsers. */
  print(text: string): string;
}

interface Draft {
  type: string;
  field: string | null;
  first: number;
  last: number;
  children: Draft[];
  broken: string | null;
}

/** How many bytes of text keep their trees for the next program. */
const CACHE_LIMIT = 12_000_000;

/** Nodes of one written token: literals are written as one, whatever they were. */
const LEAVES = new Set([
  'identifier',
  'type_identifier',
  'field_identifier',
  'statement_identifier',
  'primitive_type',
  'number_literal',
  'char_literal',
  'string_literal',
  'type_qualifier',
  'storage_class_specifier',
  'variadic_parameter',
]);

class WasmParser implements CParser {
  private readonly cache = new Map<string, SyntaxNode>();
  private cached = 0;

  /** By type id: a named node, and one whose inside is of no interest. */
  private readonly named: readonly boolean[];
  private readonly leaf: readonly boolean[];

  constructor(
    private readonly parser: Parser,
    language: Language,
  ) {
    this.types = language.types;
    this.fields = language.fields;
    this.named = language.types.map((_, id) => language.nodeTypeIsNamed(id));
    this.leaf = language.types.map((type, id) => this.named[id] === true && LEAVES.has(type));
  }

  private readonly types: readonly string[];
  private readonly fields: readonly (string | null)[];

  parse(text: string, starts: readonly number[]): SyntaxNode {
    const known = this.cache.get(text);
    if (known !== undefined) return known;
    const tree = this.tree(text);
    const node = this.copy(tree, starts);
    tree.delete();
    if (this.cached > CACHE_LIMIT) {
      this.cache.clear();
      this.cached = 0;
    }
    this.cache.set(text, node);
    this.cached += text.length;
    return node;
  }

  print(text: string): string {
    const tree = this.tree(text);
    const printed = tree.rootNode.toString();
    tree.delete();
    return printed;
  }

  private tree(text: string): Tree {
    const tree = this.parser.parse(text);
    if (tree === null) throw new Error('[interlock internal] the parser gave no tree');
    return tree;
  }

  private copy(tree: Tree, starts: readonly number[]): SyntaxNode {
    const cursor = tree.walk();
    const { named, leaf, types, fields } = this;
    const broken = tree.rootNode.hasError;
    const indexAt = (offset: number, from: number): number => {
      let low = from;
      let high = starts.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((starts[middle] ?? 0) < offset) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    /** Nodes come in text order: a node begins at or after the one before it. */
    let begun = 0;
    const make = (typeId: number): Draft => {
      const first = indexAt(cursor.startIndex, begun);
      begun = first;
      const last = leaf[typeId] === true && !broken ? first + 1 : indexAt(cursor.endIndex, first);
      return {
        type: types[typeId] ?? 'ERROR',
        field: fields[cursor.currentFieldId] ?? null,
        first,
        last,
        children: [],
        broken: null,
      };
    };
    const root = make(cursor.nodeTypeId);
    const stack: Draft[] = [root];
    let descend = cursor.gotoFirstChild();
    while (stack.length > 0) {
      if (descend) {
        const parent = stack[stack.length - 1];
        if (parent === undefined) break;
        const typeId = cursor.nodeTypeId;
        const isError = types[typeId] === undefined || types[typeId] === 'ERROR';
        if (broken && cursor.nodeIsMissing) {
          parent.broken ??= `missing '${cursor.nodeType}'`;
          descend = cursor.gotoNextSibling();
        } else if (named[typeId] !== true && !isError) descend = cursor.gotoNextSibling();
        else {
          const node = make(typeId);
          if (isError) {
            node.type = 'ERROR';
            node.broken = 'syntax error';
          }
          parent.children.push(node);
          if (leaf[typeId] !== true && cursor.gotoFirstChild()) {
            stack.push(node);
            descend = true;
          } else {
            if (node.broken !== null) parent.broken ??= node.broken;
            descend = cursor.gotoNextSibling();
          }
        }
        continue;
      }
      const done = stack.pop();
      const parent = stack[stack.length - 1];
      if (done === undefined || parent === undefined) break;
      if (done.broken !== null) parent.broken ??= done.broken;
      cursor.gotoParent();
      descend = cursor.gotoNextSibling();
    }
    cursor.delete();
    return root;
  }
}

/** Loads the parser; once per process is enough. */
export async function initParser(wasm: ParserWasm): Promise<CParser> {
  await Parser.init({ wasmBinary: wasm.parser });
  const language = await Language.load(wasm.grammar);
  const parser = new Parser();
  parser.setLanguage(language);
  return new WasmParser(parser, language);
}
