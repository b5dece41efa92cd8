/**
 * File scope of one unit: reads its items when a name in them is first used, and answers for names of other units through the whole
 * program's `Linker`.
 */
import type { Problem } from '../patch/problem.ts';
import { Aggregate } from './aggregate.ts';
import type { Parsed } from './chunk.ts';
import { Context, type FileServices, type Shared } from './context.ts';
import { attributesOf } from './declarations.ts';
import { asDefinition, readDeclarator } from './declarators.ts';
import { oldStyleType } from './functions.ts';
import { lowerInitialiser } from './initialisers.ts';
import type { Attribute, Expr, FunctionSymbol, GlobalSymbol, Init } from './ir.ts';
import type { FileItem } from './itemReader.ts';
import { alignedType } from './layout.ts';
import type { Linker } from './linker.ts';
import { alignedBy, alignmentOf } from './members.ts';
import { type NameEntry, type NameIndex, nameIndexOf } from './nameIndex.ts';
import { parsedOnce, parsedTokens } from './parsedItems.ts';
import { type Meaning, Scope, type Tagged, type TagKind } from './scope.ts';
import type { SourceUnit, Span } from './source.ts';
import { readSpecifiers, readType } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import type { UnitText } from './unitText.ts';
import { TYPE_LIKE } from './words.ts';

/** What an item declared about a function or object, before linking. */
export interface Declared {
  readonly name: string;
  readonly type: CType;
  /** Not all of it is visible. */
  readonly partial: boolean;
  readonly isConst: boolean;
  readonly isStatic: boolean;
  readonly isExtern: boolean;
  readonly at: Span;
  readonly attributes: readonly Attribute[];
  /** Reads the initialiser; null: there is none. */
  readonly init: (() => { readonly init: Init; readonly type: CType }) | null;
  /** The item holds the body. */
  readonly body: FileItem | null;
}

/** What stands for the body behind the head of a function. */
const BODY = [[], ['{', '}']] as const;

export class UnitScope implements FileServices {
  /** Made when first asked for: a document uses few of the bundled units. */
  private indices: NameIndex | null = null;
  private readonly aggregates = new Map<string, Aggregate>();
  private readonly readItems = new Set<FileItem>();
  private readonly declared = new Map<string, Declared[]>();
  private readonly own: Scope;
  private readonly meanings = new Map<string, Meaning>();
  /** Answers of `isType` and `tag`, as long as the program has the same units. */
  private readonly types = new Map<string, boolean>();
  private readonly tags = {
    struct: new Map<string, Tagged>(),
    union: new Map<string, Tagged>(),
    enum: new Map<string, Tagged>(),
  };
  private answersOf = 0;

  private read: UnitText | null = null;

  constructor(
    readonly unit: SourceUnit,
    /** Reads the unit's text, once. */
    private readonly readText: () => UnitText,
    private readonly linker: Linker,
  ) {
    this.own = new Scope(null, this);
  }

  private indexed(): NameIndex {
    this.indices ??= nameIndexOf(this.text);
    return this.indices;
  }

  get text(): UnitText {
    this.read ??= this.readText();
    return this.read;
  }

  /** What there is to say of the unit so far. */
  get problems(): readonly Problem[] {
    return this.read?.problems ?? [];
  }

  get isOpen(): boolean {
    return this.unit.origin === 'bundled' || this.unit.fragment;
  }

  get fragment(): boolean {
    return this.unit.fragment;
  }

  // ------------------------------------------------------------------------------------------------- index of this unit

  /** How this unit declares a name, or null: `visible` outside the unit only when not static, or in a header. */
  declares(name: string): Omit<NameEntry, 'item'> | null {
    const list = (this.indices ?? this.indexed()).ordinary.get(name);
    if (list === undefined) return null;
    for (const each of list) if (each.definition) return each;
    return list[0] ?? null;
  }

  /** `whole` false: the definition is seen only in part. */
  definesTag(kind: TagKind, name: string): { readonly whole: boolean } | null {
    const entries = (this.indices ?? this.indexed()).tags.get(`${kind} ${name}`);
    return entries === undefined ? null : { whole: entries.some((each) => !each.partial) };
  }

  /** All names (tags as `struct x`) this unit declares. */
  *names(): Generator<string> {
    const { ordinary, tags } = this.indexed();
    yield* ordinary.keys();
    yield* tags.keys();
  }

  /** Names of functions with a body, in source order. */
  *functionNames(): Generator<{ readonly name: string; readonly isStatic: boolean }> {
    for (const item of this.text.items)
      if (item.body !== null) for (const each of item.names) if (each.kind === 'function') yield each;
  }

  *objectNames(): Generator<string> {
    for (const [name, list] of this.indexed().ordinary) if (list.some((each) => each.kind === 'object')) yield name;
  }

  // -------------------------------------------------------------------------------------------------------- reading items

  /** All that this unit's items say about a name. */
  declarations(name: string): readonly Declared[] {
    for (const entry of this.indexed().ordinary.get(name) ?? []) this.readItem(entry.item);
    return this.declared.get(name) ?? [];
  }

  /** A typedef or enumerator of this unit. */
  localMeaning(name: string): Meaning | null {
    const entries = this.indexed().ordinary.get(name);
    if (entries === undefined) return this.own.own(name);
    for (const entry of entries) if (entry.kind === 'typedef' || entry.kind === 'constant') this.readItem(entry.item);
    const found = this.own.own(name);
    if (found !== null) return found;
    // An enumerator among the members of a struct, which are read only when somebody asks for them.
    for (const entry of entries) if (entry.kind === 'constant') this.readMembersOf(entry.item);
    return this.own.own(name);
  }

  private readMembersOf(item: FileItem): void {
    for (const outer of item.names)
      if (outer.kind === 'struct' || outer.kind === 'union')
        void this.definingAggregate(outer.kind === 'union', outer.name).size;
  }

  /** A context for tokens of this unit outside any function. */
  contextFor(tokens: FileItem['head'], frame?: readonly [readonly string[], readonly string[]]): Context {
    return this.contextOf(parsedTokens(tokens, (name) => this.isType(name), this.linker.parser, frame));
  }

  private contextOf(parsed: Parsed): Context {
    const shared: Shared = {
      parser: this.linker.parser,
      file: this,
      fn: null,
      scope: this.own,
      depth: 0,
      switches: [],
      problems: this.text.problems,
    };
    return new Context(parsed, shared);
  }

  private readItem(item: FileItem): void {
    if (this.readItems.has(item)) return;
    this.readItems.add(item);
    const frame = item.body === null ? undefined : BODY;
    const { head } = item;
    const context =
      this.unit.origin === 'bundled'
        ? this.contextOf(
            parsedOnce(
              head,
              () => head,
              (name) => this.isType(name),
              this.linker.parser,
              frame,
            ),
          )
        : this.contextFor(head, frame);
    for (const node of context.parsed.root.children) this.readNode(context, node, item);
    if (context.parsed.root.broken !== null && this.unit.origin !== 'bundled') {
      const at = context.chunk.span(0, context.chunk.tokens.length);
      context.say('syntax-error', 'error', `${context.parsed.root.broken} in a declaration`, at);
    }
  }

  private readNode(context: Context, node: SyntaxNode, item: FileItem): void {
    switch (node.type) {
      case 'function_definition':
      case 'declaration':
        this.readDeclaration(context, node, item);
        return;
      case 'type_definition': {
        const specifiers = readSpecifiers(context, node);
        for (const each of node.children) {
          if (each.field !== 'declarator') continue;
          const declarator = readDeclarator(context, each, specifiers.type, specifiers.isConst);
          if (declarator.name === null || this.own.own(declarator.name) !== null) continue;
          const type = alignedType(declarator.type, alignmentOf(context, node));
          // A number is read as what its type calls it: flags, addresses, results of a kind.
          const named = type.kind === 'int' ? { ...type, name: declarator.name } : type;
          this.own.define(declarator.name, { kind: 'typedef', type: named });
        }
        return;
      }
      case 'struct_specifier':
      case 'union_specifier':
      case 'enum_specifier':
        readType(context, node);
        return;
      default:
    }
  }

  private readDeclaration(context: Context, node: SyntaxNode, item: FileItem): void {
    const { parsed, chunk } = context;
    const specifiers = readSpecifiers(context, node);
    const depth = chunk.depth(parsed.from(node));
    for (const each of node.children) {
      if (each.field !== 'declarator') continue;
      const initialised = each.type === 'init_declarator';
      const inner = initialised ? child(each, 'declarator') : each;
      const valueNode = initialised ? child(each, 'value') : null;
      if (inner === null) continue;
      const read = readDeclarator(context, inner, specifiers.type, specifiers.isConst);
      const declarator = item.body === null || chunk.partial ? read : asDefinition(read);
      if (declarator.name === null) continue;
      const plain = declarator.oldStyle ? oldStyleType(context, node, declarator) : declarator.type;
      const all = chunk.attributesIn(parsed.start(node), chunk.tokens.length, depth);
      const type = alignedType(plain, all.length === 0 ? 0 : alignedBy(context, all));
      const isFunction = type.kind === 'function';
      const init =
        valueNode === null
          ? null
          : () => {
              const outer = context.shared.scope;
              context.shared.scope = this.own;
              const value = lowerInitialiser(context, type, valueNode);
              context.shared.scope = outer;
              return value;
            };
      const declared: Declared = {
        name: declarator.name,
        // A head that was cut may lack parameters.
        type: isFunction && chunk.partial ? { ...type, variadic: true } : type,
        partial: chunk.partial,
        isConst: declarator.isConst,
        isStatic: specifiers.storage === 'static',
        isExtern: specifiers.storage === 'extern' && valueNode === null,
        at: declarator.nameNode === null ? context.span(each) : context.span(declarator.nameNode),
        attributes: attributesOf(context, all),
        init,
        body: isFunction && item.body !== null ? item : null,
      };
      const list = this.declared.get(declared.name);
      if (list === undefined) this.declared.set(declared.name, [declared]);
      else list.push(declared);
    }
  }

  // ------------------------------------------------------------------------------------------------------------ FileScope

  ordinary(name: string): Meaning | null {
    const known = this.meanings.get(name);
    if (known !== undefined) return known;
    const found = this.linker.ordinary(this, name);
    if (found !== null) this.meanings.set(name, found);
    return found;
  }

  tag(kind: TagKind, name: string): Tagged | null {
    if (this.answersOf !== this.linker.generation) this.forget();
    const known = this.tags[kind].get(name);
    if (known !== undefined) return known;
    const type = this.linker.shownTag(this, kind, name);
    if (type === undefined) return this.linker.tag(this, kind, name);
    // A definition that is still to be read may turn out to be none.
    if (type?.kind === 'int' || (type instanceof Aggregate && type.isDefined)) this.tags[kind].set(name, type);
    return type;
  }

  /** What was answered before the program got another unit. */
  private forget(): void {
    this.answersOf = this.linker.generation;
    this.types.clear();
    for (const each of Object.values(this.tags)) each.clear();
  }

  isType(name: string): boolean {
    if (this.answersOf !== this.linker.generation) this.forget();
    const known = this.types.get(name);
    if (known !== undefined) return known;
    const answer = this.linker.isType(this, name);
    // What a tree may be asked for is asked for again: what is read of it meanwhile need not be indexed yet.
    if (answer || !TYPE_LIKE.test(name)) this.types.set(name, answer);
    return answer;
  }

  /** The struct or enum this unit defines for a tag. */
  ownTag(kind: TagKind, name: string): Tagged | null {
    const entries = this.indexed().tags.get(`${kind} ${name}`);
    const first = entries?.find((each) => !each.partial) ?? entries?.[0];
    if (entries === undefined || first === undefined) return null;
    if (kind === 'enum') {
      this.readItem(first.item);
      return this.own.ownTag(name);
    }
    const aggregate = this.definingAggregate(kind === 'union', name);
    aggregate.defer(() => {
      for (const entry of entries) this.readItem(entry.item);
      if (aggregate.isDefined) return;
      // Defined among the members of another struct, which are read only when somebody asks for them.
      for (const entry of entries) this.readMembersOf(entry.item);
    }, this.isOpen);
    return aggregate;
  }

  definingAggregate(union: boolean, tag: string): Aggregate {
    const key = `${union ? 'union' : 'struct'} ${tag}`;
    const known = this.aggregates.get(key);
    if (known !== undefined) return known;
    const fresh = new Aggregate(union, tag, this.isOpen);
    this.aggregates.set(key, fresh);
    return fresh;
  }

  undefinedTag(kind: TagKind, name: string, at: Span): Tagged {
    return this.linker.undefinedTag(kind, name, at);
  }

  teach(struct: Aggregate): void {
    this.linker.readings.teach(struct);
  }

  implicitFunction(name: string, parameters: readonly CType[], result: CType, at: Span): FunctionSymbol {
    return this.linker.implicitFunction(name, parameters, result, at);
  }

  called(symbol: FunctionSymbol, args: readonly Expr[]): FunctionSymbol {
    return this.unit.origin === 'bundled' ? symbol : this.linker.versions.called(symbol, args);
  }

  unseenConstant(name: string, at: Span): GlobalSymbol {
    return this.linker.unseenConstant(name, at);
  }

  uniqueName(stem: string, at: Span): string {
    return `<${stem} at ${this.unit.path}:${at.start}>`;
  }

  packAt(start: number): number {
    let bytes = 0;
    for (const change of this.text.directed.packing) if (change.from <= start) bytes = change.bytes;
    return bytes;
  }

  defineGlobal(
    name: string,
    type: CType,
    isConst: boolean,
    at: Span,
    attributes: readonly Attribute[],
    init: () => Init | null,
  ): GlobalSymbol {
    return { kind: 'global', name, type, isStatic: true, isConst, isExtern: false, init, at, attributes };
  }

  declareExtern(name: string, type: CType, at: Span): FunctionSymbol | GlobalSymbol {
    const known = this.ordinary(name);
    if (known?.kind === 'function' || known?.kind === 'global') return known;
    return this.linker.declareExtern(name, type, at);
  }
}
