/**
 * The only place that talks to tree-sitter. Words in, plain tree out; the parser's own tree is freed before returning, because its memory
 * is not the garbage collector's. Text with one way to read it, which is nearly all, is read by `descent/` instead, several times as fast;
 * tests hold it to the same trees.
 */
import { Language, Parser, type Tree } from 'web-tree-sitter';
import { BAD, END, OTHER, wordCodes } from './descent/codes.ts';
import { DirectReader } from './descent/statements.ts';
import type { SyntaxNode } from './syntax.ts';
import { isTreeModule, type TreeModule, TreeReader } from './treeReader.ts';
import { BASE_WORDS, PARSER_WORDS } from './words.ts';

/** Bytes of `web-tree-sitter.wasm` and `tree-sitter-c.wasm`. */
export interface ParserWasm {
  readonly parser: Uint8Array;
  readonly grammar: Uint8Array;
}

/** A parser that is ready for use. */
export interface CParser {
  /** Parses words with blanks between them; positions in the tree are indices into `words`. */
  parse(words: readonly string[]): SyntaxNode;
  /** The tree of words that have errors in them; null: they have none. For comparing readings of one text. */
  parseBroken(words: readonly string[]): SyntaxNode | null;
  /** The tree of the direct reader alone, null where it leaves the text to tree-sitter: for comparing. */
  parseDirect(words: readonly string[]): SyntaxNode | null;
  /** The tree of tree-sitter itself, whatever the text: for comparing. */
  parseGeneral(words: readonly string[]): SyntaxNode;
  /** Named and error nodes of the plain parse, one per line: for comparing parsers. */
  print(text: string): string;
}

/** How many words' trees one half of the cache holds: a word takes some hundred bytes in a tree, a large driver has some hundred thousand. */
const HALF_CACHE = 250_000;

/**
 * Trees of texts, for the next program: what was asked for since the last halving, and what was before. Null: the text has errors, so the
 * tree of its words as they are counts.
 */
class TreeCache {
  private recent = new Map<string, SyntaxNode | null>();
  private older = new Map<string, SyntaxNode | null>();
  private words = 0;

  get(text: string, words: number): SyntaxNode | null | undefined {
    const known = this.recent.get(text);
    if (known !== undefined) return known;
    const old = this.older.get(text);
    if (old !== undefined) this.set(text, old, words);
    return old;
  }

  set(text: string, tree: SyntaxNode | null, words: number): void {
    if (this.words > HALF_CACHE) {
      this.older = this.recent;
      this.recent = new Map();
      this.words = 0;
    }
    this.recent.set(text, tree);
    this.words += words;
  }
}

/** What every name is written as: the shape of a tree does not depend on how names are spelled, and each letter costs time. */
const ANY_NAME = 'a';

class WasmParser implements CParser {
  private readonly cache = new TreeCache();
  /** Trees of texts that were only asked for their errors; null: they have none. */
  private readonly broken = new TreeCache();
  private readonly reader: TreeReader;
  /** Words that mean something to the grammar. */
  private readonly grammarWords: ReadonlySet<string>;
  private starts = new Int32Array(4096);
  private readonly direct = new DirectReader();
  private readonly codeOf: ReadonlyMap<string, number>;
  private codes = new Uint8Array(4096);

  constructor(
    private readonly parser: Parser,
    module: TreeModule,
    language: Language,
  ) {
    this.reader = new TreeReader(module, language);
    const anonymous = language.types.filter((type, id) => type !== undefined && !language.nodeTypeIsNamed(id));
    this.grammarWords = new Set([...anonymous, ...BASE_WORDS, ...PARSER_WORDS]);
    this.codeOf = wordCodes(this.grammarWords);
  }

  parse(words: readonly string[]): SyntaxNode {
    return this.parseDirect(words) ?? this.parseGeneral(words);
  }

  parseDirect(words: readonly string[]): SyntaxNode | null {
    return this.direct.read(this.codesOf(words), words.length);
  }

  /** What the direct reader does not take most likely has errors: the words are parsed as they are at once, and no tree made without need. */
  parseBroken(words: readonly string[]): SyntaxNode | null {
    if (this.parseDirect(words) !== null) return null;
    const text = words.join(' ');
    const known = this.broken.get(text, words.length);
    if (known !== undefined) return known;
    const tree = this.tree(text);
    const node = tree.rootNode.hasError
      ? this.reader.read(addressOf(tree), this.startsOf(words), words.length, true)
      : null;
    tree.delete();
    this.broken.set(text, node, words.length);
    return node;
  }

  private codesOf(words: readonly string[]): Uint8Array {
    if (this.codes.length <= words.length) this.codes = new Uint8Array(words.length * 2);
    const { codes, codeOf } = this;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] ?? '';
      codes[i] = codeOf.get(word) ?? OTHER[word.charCodeAt(0)] ?? BAD;
    }
    codes[words.length] = END;
    return codes;
  }

  parseGeneral(words: readonly string[]): SyntaxNode {
    const short = this.read(
      words.map((word) => this.shortened(word)),
      false,
    );
    // How the parser mends an error depends on how long the text is that it skips: then the words count as they are.
    if (short !== null) return short;
    const whole = this.read(words, true);
    if (whole === null) throw new Error('[interlock internal] a tree with errors was left out');
    return whole;
  }

  private shortened(word: string): string {
    const first = word.charCodeAt(0);
    const letter = first === 95 || ((first | 32) >= 97 && (first | 32) <= 122);
    return letter && !this.grammarWords.has(word) ? ANY_NAME : word;
  }

  /** null: the tree has errors and none are wanted. */
  private read(words: readonly string[], errors: boolean): SyntaxNode | null {
    const text = words.join(' ');
    const known = this.cache.get(text, words.length);
    // A text may be that of one that was shortened, too: then its tree with errors is none for that.
    if (known) return errors || known.broken === null ? known : null;
    if (known === null && !errors) return null;
    const tree = this.tree(text);
    const broken = tree.rootNode.hasError;
    const address = addressOf(tree);
    let node = broken ? null : this.reader.readClean(address, words.length);
    if (node === null && (errors || !broken))
      node = this.reader.read(address, this.startsOf(words), words.length, broken);
    tree.delete();
    this.cache.set(text, node, words.length);
    return node;
  }

  private startsOf(words: readonly string[]): Int32Array {
    if (this.starts.length < words.length) this.starts = new Int32Array(words.length * 2);
    const { starts } = this;
    let offset = 0;
    for (let i = 0; i < words.length; i++) {
      starts[i] = offset;
      offset += (words[i]?.length ?? 0) + 1;
    }
    return starts;
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
}

/** Where a tree is in the module's memory. */
function addressOf(tree: Tree): number {
  const address: unknown = Reflect.get(tree, 0);
  if (typeof address !== 'number') throw new Error('[interlock internal] the tree has no address');
  return address;
}

/** The package keeps one module per process, which it makes of the options of the first start. */
const module: { wasmBinary?: Uint8Array } = {};

/** Loads the parser; once per process is enough. */
export async function initParser(wasm: ParserWasm): Promise<CParser> {
  module.wasmBinary = wasm.parser;
  await Parser.init(module);
  if (!isTreeModule(module)) throw new Error('[interlock internal] this web-tree-sitter has other functions');
  const language = await Language.load(wasm.grammar);
  const parser = new Parser();
  parser.setLanguage(language);
  return new WasmParser(parser, module, language);
}
