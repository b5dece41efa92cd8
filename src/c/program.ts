/**
 * From units of text to a program: the face of this folder. Everything is read lazily; asking for a function's body is what lowers it.
 */
import type { Problem } from '../patch/problem.ts';
import { type Bundle, bundleOf } from './bundle.ts';
import { BundledScopes } from './bundledScopes.ts';
import { lowerExpression } from './expressions.ts';
import { UnitScope } from './fileScope.ts';
import { fold } from './fold.ts';
import { functionsOf } from './functionList.ts';
import type { FunctionSymbol, GlobalSymbol, Program } from './ir.ts';
import type { KnownItems } from './knownItems.ts';
import { lex } from './lexer.ts';
import { Linker } from './linker.ts';
import { declaring } from './nameIndex.ts';
import type { CParser } from './parser.ts';
import { Config, type Configuration } from './preprocess/configuration.ts';
import { IncludedNames } from './preprocess/includedNames.ts';
import { IncludeGraph } from './preprocess/includeGraph.ts';
import { Macro } from './preprocess/macro.ts';
import { type MacroSource, Preprocessor } from './preprocess/preprocessor.ts';
import { countInTree } from './preprocess/treeCounts.ts';
import type { Meaning } from './scope.ts';
import type { SourceUnit } from './source.ts';
import { readTypeName } from './specifiers.ts';
import type { Token } from './token.ts';
import type { CType } from './types.ts';
import { UnitText } from './unitText.ts';

/** Files of a kernel tree, as the host gives them. */
export interface SourceTree {
  /** Paths of files that may define or declare an identifier (`foo`) or a tag (`struct foo`), best first. */
  find(identifier: string): readonly string[];
  /** A function that is the tree's own gives one text for a path as long as it lives. */
  read(path: string): string | null;
  /** Paths of headers that define a macro of this name; without it `find` is asked. */
  findMacro?(name: string): readonly string[];
  /** Directories that the build searches for what a file includes, from the top of the tree (`-I` of its Makefile). */
  searched?(path: string): readonly string[];
  /** Paths of source files that may define a function of this name for others, nearest first. */
  findBody?(name: string): readonly string[];
}

export interface ProgramOptions {
  readonly parser: CParser;
  /** Kernel options that differ from the built-in configuration. */
  readonly config?: Configuration;
  /** False: plain C, without `__KERNEL__` and kernel options. Default true. */
  readonly kernel?: boolean;
  readonly tree?: SourceTree;
  /** What the bundled units declare, from the build; without it, or where it is of other units, they are read for it. */
  readonly known?: KnownItems;
}

/** Most files of a tree that one program reads: a bound against trees that answer every name. */
const TREE_LIMIT = 4000;

class LinkedProgram implements Program {
  readonly units: SourceUnit[];
  /** In the order of their units; of those that the table of the build knows, see `everyScope`. */
  private readonly scopes: UnitScope[] = [];
  private readonly bundled: BundledScopes;
  private readonly linker: Linker;
  private readonly preprocessor: Preprocessor;
  private readonly bundle: Bundle;
  private functionList: readonly FunctionSymbol[] | null = null;
  private globalList: readonly GlobalSymbol[] | null = null;
  /** Tree files already read, by path. */
  private readonly loaded = new Map<string, SourceUnit>();
  private readonly asked = new Set<string>();

  constructor(
    units: readonly SourceUnit[],
    private readonly options: ProgramOptions,
  ) {
    this.units = [...units];
    // A bundled header declares a part of what the kernel's own of that name does: the rest is the tree's to say.
    for (const unit of units) if (unit.origin !== 'bundled') this.loaded.set(unit.path, unit);
    this.bundle = bundleOf(units, options);
    const { tree } = options;
    const config = new Config(options.config ?? {});
    const source = tree === undefined ? null : this.macroSource(tree, config);
    this.preprocessor = new Preprocessor(
      this.units,
      config,
      options.kernel !== false,
      source,
      this.bundle.preprocessor,
    );
    this.preprocessor.start();
    const { bundle } = this;
    this.bundled = new BundledScopes(bundle, (unit) => this.scopeOf(unit));
    this.linker = new Linker(options.parser, this.bundled, (name) => this.fetch(name));
    if (bundle.known === null) this.scopes.push(...this.bundled.all());
    bundle.names ??= declaring(bundle.known, () => this.scopes);
    for (const unit of units) if (unit.origin !== 'bundled') this.addScope(unit);
    this.scopes.sort((a, b) => a.unit.id - b.unit.id);
    this.linker.readings.functions = () =>
      this.functions.filter(({ at }) => at !== null && this.units[at.unit]?.origin === 'document');
  }

  readTogether(): void {
    this.linker.readings.begin();
  }

  private addScope(unit: SourceUnit): void {
    this.meanings.clear();
    const scope = this.scopeOf(unit);
    this.scopes.push(scope);
    this.linker.add(scope);
  }

  /** The scopes of all units, in their order: bundled units that the build has read come before all others. */
  private *everyScope(): Generator<UnitScope> {
    if (this.bundle.known !== null) yield* this.bundled.all();
    yield* this.scopes;
  }

  private scopeOf(unit: SourceUnit): UnitScope {
    const scope = new UnitScope(unit, () => this.textOf(unit), this.linker);
    // What there is to say of it, or what it brings of a tree, comes with reading.
    if (this.bundle.known === null || unit.origin !== 'bundled') void scope.text;
    return scope;
  }

  private textOf(unit: SourceUnit): UnitText {
    const read = unit.origin === 'bundled' ? this.bundle.texts.get(unit.id) : undefined;
    if (read !== undefined) return read;
    const { directed, macros } = this.preprocessor.read(unit);
    const text = new UnitText(unit, directed, macros, this.options.parser);
    if (unit.origin === 'bundled') this.bundle.texts.set(unit.id, text);
    return text;
  }

  private macroSource(tree: SourceTree, config: Config): MacroSource {
    const includes = new IncludeGraph(tree, config);
    this.includes = includes;
    const included = new IncludedNames(tree, includes, () => this.units);
    this.included = included;
    return {
      load: (name) => this.loadMacro(tree, included, name),
      include: (path, from) => this.spliced(tree, includes.resolve(path, from)),
      isDeclared: (name) => this.linker?.isDeclaredOutsideTree(name) === true,
      reaches: (from, path) => includes.reaches(from, path),
      count: (name, from) => countInTree(tree, name, (path) => includes.reaches(from, path)),
    };
  }

  /** Names in what the document includes; null without a tree. */
  private included: IncludedNames | null = null;
  private includes: IncludeGraph | null = null;

  /** Those of the files that the document includes, when there are any; else all. */
  private preferIncluded(paths: readonly string[]): readonly string[] {
    const { includes } = this;
    if (includes === null || paths.length < 2) return paths;
    const documents = this.units.filter((unit) => unit.origin === 'document');
    const reached = paths.filter((path) => documents.some((unit) => includes.reaches(unit, path)));
    return reached.length > 0 ? reached : paths;
  }

  private loadMacro(tree: SourceTree, included: IncludedNames, name: string): boolean {
    // What is included counts; other headers of the name may be another driver's.
    if (this.loadTree(included.findMacro(name), 6)) return true;
    const listed = included.listOf(name);
    const macro = listed?.list.get(name);
    if (listed === null || macro === undefined) return this.loadTree(tree.findMacro?.(name) ?? tree.find(name), 6);
    const unit = this.notRead(listed.path, '');
    this.preprocessor.define(unit, new Macro(name, unit.id, 0, 0, macro));
    return true;
  }

  /** Files of the tree that are no units of their own, by path: long lists of macros, and what is put in the place of an include. */
  private readonly parts = new Map<string, SourceUnit>();

  private notRead(path: string, text: string): SourceUnit {
    let unit = this.parts.get(path);
    if (unit === undefined) {
      unit = { id: this.units.length, path, text, origin: 'tree', fragment: false };
      this.parts.set(path, unit);
      this.units.push(unit);
    }
    return unit;
  }

  private spliced(tree: SourceTree, path: string | null): SourceUnit | null {
    const text = path === null ? null : tree.read(path);
    return path === null || text === null ? null : this.notRead(path, text);
  }

  /** Reads tree files that are new; their declarations become known as well. */
  private loadTree(paths: readonly string[], most: number): boolean {
    let fresh = false;
    for (const path of paths.slice(0, most)) {
      if (this.loaded.has(path) || this.loaded.size > TREE_LIMIT) continue;
      const text = this.options.tree?.read(path) ?? null;
      if (text === null) continue;
      const unit: SourceUnit = { id: this.units.length, path, text, origin: 'tree', fragment: false };
      this.loaded.set(path, unit);
      this.units.push(unit);
      this.preprocessor.read(unit);
      this.waiting.push(unit);
      fresh = true;
    }
    return fresh;
  }

  /** Read for their macros; their declarations are indexed when a name is next looked up. */
  private readonly waiting: SourceUnit[] = [];

  private settle(): boolean {
    const any = this.waiting.length > 0;
    for (let unit = this.waiting.pop(); unit !== undefined; unit = this.waiting.pop()) this.addScope(unit);
    return any;
  }

  private fetch(name: string): boolean {
    const settled = this.settle();
    const { tree } = this.options;
    if (tree === undefined || this.asked.has(name)) return settled;
    this.asked.add(name);
    // What is included counts; other files of the name may be another driver's.
    const own = this.included?.find(name) ?? [];
    const fresh = this.loadTree(own.length > 0 ? own : this.preferIncluded(tree.find(name)), 4);
    return this.settle() || fresh || settled;
  }

  private readonly broughtIn = new Map<string, FunctionSymbol | null>();

  definedInTree(name: string): FunctionSymbol | null {
    const known = this.broughtIn.get(name);
    if (known !== undefined) return known;
    this.broughtIn.set(name, null);
    const { tree } = this.options;
    for (const path of tree?.findBody?.(name) ?? []) {
      const scope = this.treeScope(path);
      const symbol = scope === undefined ? null : this.linker.definition(scope, name);
      if (symbol?.body() == null) continue;
      this.broughtIn.set(name, symbol);
      return symbol;
    }
    return null;
  }

  get functions(): readonly FunctionSymbol[] {
    this.functionList ??= functionsOf(this.scopes, this.units, this.linker);
    return this.functionList;
  }

  functionsInTree(path: string): readonly FunctionSymbol[] {
    const scope = this.treeScope(path);
    return scope === undefined ? [] : functionsOf([scope], this.units, this.linker);
  }

  private treeScope(path: string): UnitScope | undefined {
    this.loadTree([path], 1);
    this.settle();
    return this.scopes.find((each) => each.unit.path === path && each.unit.origin === 'tree');
  }

  get globals(): readonly GlobalSymbol[] {
    if (this.globalList !== null) return this.globalList;
    const out = new Set<GlobalSymbol>();
    for (const scope of this.scopes) {
      if (scope.unit.origin === 'bundled') continue;
      for (const name of scope.objectNames()) {
        const meaning = scope.ordinary(name);
        if (meaning?.kind === 'global') out.add(meaning);
      }
    }
    this.globalList = [...out];
    return this.globalList;
  }

  function(name: string, unit?: number): FunctionSymbol | null {
    const meaning = this.lookup(name, unit);
    return meaning?.kind === 'function' ? meaning : null;
  }

  global(name: string, unit?: number): GlobalSymbol | null {
    const meaning = this.lookup(name, unit);
    return meaning?.kind === 'global' ? meaning : null;
  }

  /** What names mean that were asked for in no unit; models of the kernel ask for the same few in every run. */
  private readonly meanings = new Map<string, Meaning>();
  /** Names that none of the first so many units declares. */
  private readonly undeclared = new Map<string, number>();

  private lookup(name: string, unit: number | undefined): Meaning | null {
    if (unit !== undefined) return this.meaningOf(name, unit);
    const known = this.meanings.get(name);
    if (known !== undefined) return known;
    if (this.undeclared.get(name) === this.scopes.length) return null;
    const meaning = this.meaningOf(name, unit);
    if (meaning !== null) this.meanings.set(name, meaning);
    else if (this.linker.declarers(name).every((scope) => scope.declares(name) === null))
      this.undeclared.set(name, this.scopes.length);
    return meaning;
  }

  private meaningOf(name: string, unit: number | undefined): Meaning | null {
    const from =
      unit === undefined
        ? undefined
        : (this.bundled.scope(unit) ?? this.scopes.find((scope) => scope.unit.id === unit));
    if (from !== undefined) return from.ordinary(name);
    if (this.linker.declarers(name).length === 0) return null;
    const [first] = this.linker.declarersOutsideTree(name);
    const found = first?.ordinary(name) ?? null;
    if (found !== null) return found;
    for (const scope of this.everyScope()) {
      if (!this.linker.declarers(name).includes(scope) || scope.declares(name) === null) continue;
      const found = scope.ordinary(name);
      if (found !== null) return found;
    }
    return null;
  }

  /** Answers to `type` and `constant`: models of the kernel ask for the same few in every run. */
  private readonly types = new Map<string, CType>();
  private readonly constants = new Map<string, number | bigint>();

  type(spelling: string): CType | null {
    const known = this.types.get(spelling);
    if (known !== undefined) return known;
    const type = this.readType(spelling);
    if (type !== null) this.types.set(spelling, type);
    return type;
  }

  private readType(spelling: string): CType | null {
    const [scope] = this.everyScope();
    if (scope === undefined) return null;
    const { tokens } = lex(spelling, scope.unit.id, 0, spelling.length, false);
    const context = scope.contextFor(tokens, [
      ['sizeof', '('],
      [')', ';'],
    ]);
    const statement = context.parsed.root.children[0];
    const sizeof = statement?.type === 'expression_statement' ? statement.children[0] : statement;
    const node = sizeof?.children[0];
    if (node === undefined || node.type !== 'type_descriptor' || context.parsed.root.broken !== null) return null;
    const tag = /^\s*(struct|union|enum)\s+(\w+)/.exec(spelling);
    if (
      tag !== null &&
      (tag[1] === 'struct' || tag[1] === 'union' || tag[1] === 'enum') &&
      scope.tag(tag[1], tag[2] ?? '') === null
    )
      return null;
    const type = readTypeName(context, node);
    return type.kind === 'unknown' ? null : type;
  }

  constant(name: string): number | bigint | null {
    const known = this.constants.get(name);
    if (known !== undefined) return known;
    const value = this.readConstant(name);
    if (value !== null) this.constants.set(name, value);
    return value;
  }

  private readConstant(name: string): number | bigint | null {
    let nowhere = false;
    for (const scope of this.everyScope()) {
      const meaning = scope.ordinary(name);
      if (meaning?.kind === 'constant') return meaning.value;
      const bundled = scope.unit.origin === 'bundled';
      const tokens: readonly Token[] | null = bundled && nowhere ? null : scope.text.expand(name);
      // The bundled units see the same macros.
      nowhere ||= bundled && tokens === null;
      if (tokens === null) continue;
      const context = scope.contextFor(tokens, [['return'], [';']]);
      const node = context.parsed.root.children[0]?.children[0];
      const value = node === undefined ? null : fold(lowerExpression(context, node));
      if (value !== null) return value;
    }
    return null;
  }

  get problems(): readonly (Problem & { readonly unit: number })[] {
    const scopes = this.bundle.known === null ? this.scopes : [...this.bundled.used, ...this.scopes];
    return scopes.flatMap((scope) => scope.problems.map((problem) => ({ ...problem, unit: scope.unit.id })));
  }
}

/** Makes a program of units. `units[i].id` must be `i`. */
export function createProgram(units: readonly SourceUnit[], options: ProgramOptions): Program {
  return new LinkedProgram(units, options);
}
