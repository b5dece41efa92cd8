/**
 * One program's names across units. Who wins: the unit itself, then the other document units, the bundled declarations, the tree; within
 * one of these a definition before a declaration. A name of the tree is looked up only when nobody else has it, and members that a bundled
 * struct leaves out are taken from the tree's.
 */
import { Aggregate } from './aggregate.ts';
import { aliasOf } from './aliases.ts';
import { unknownType } from './basicTypes.ts';
import type { BundledScopes } from './bundledScopes.ts';
import type { Declared, UnitScope } from './fileScope.ts';
import { lowerFunction } from './functions.ts';
import type { FunctionIr, FunctionSymbol, GlobalSymbol, Init } from './ir.ts';
import { declaredOtherwise, OtherVersions } from './otherVersions.ts';
import type { CParser } from './parser.ts';
import type { Meaning, Tagged, TagKind } from './scope.ts';
import { SecondReading } from './secondReading.ts';
import type { Span } from './source.ts';
import type { CType, FunctionType } from './types.ts';
import { TYPE_LIKE, WELL_KNOWN_TYPES } from './words.ts';

/** Bundled declarations go before the tree's: the simulated kernel's models are written against them, and headers of a real kernel end in assembly. */
const RANK = { document: 0, bundled: 1, tree: 2 } as const;

/** Units that declare a name nobody declares; never changed. */
const NOBODY: UnitScope[] = [];

export class Linker {
  private readonly functions = new Map<string, FunctionSymbol>();
  private readonly globals = new Map<string, GlobalSymbol>();
  private readonly implicit = new Map<string, FunctionSymbol>();
  private readonly unseen = new Map<string, GlobalSymbol>();
  private readonly loose = new Map<string, Aggregate>();
  readonly readings = new SecondReading();
  readonly versions = new OtherVersions((id) => {
    const unit = this.bundled.unit(id);
    return unit !== undefined && unit.sketch === undefined;
  });
  /** Filled from the bundled names when a name is first asked for: a program uses few of them. */
  private readonly byName = new Map<string, UnitScope[]>();

  constructor(
    readonly parser: CParser,
    /** Their names are known before any other's. */
    private readonly bundled: BundledScopes,
    /** Brings units of the tree that may declare a name; true when there are new ones. */
    private readonly fetch: (name: string) => boolean,
  ) {}

  /** Changes whenever a name may have come to mean something else. */
  generation = 0;

  /** Makes a unit's names known to the program. */
  add(scope: UnitScope): void {
    this.generation++;
    for (const name of scope.names()) {
      const list = this.declarers(name);
      if (list === NOBODY) this.byName.set(name, [scope]);
      else list.push(scope);
    }
  }

  /** Units that declare a name, in the order in which they came. */
  declarers(name: string): UnitScope[] {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const bundled = this.bundled.declarers(name);
    if (bundled === undefined) return NOBODY;
    const list: UnitScope[] = [];
    for (const id of bundled) {
      const scope = this.bundled.scope(id);
      if (scope !== undefined) list.push(scope);
    }
    this.byName.set(name, list);
    return list;
  }

  /** A document or bundled unit declares the name (not merely as a macro). */
  isDeclaredOutsideTree(name: string): boolean {
    return this.declarers(name).some((scope) => scope.unit.origin !== 'tree');
  }

  /** Document and bundled units that declare the name, in the order of the program's units. */
  declarersOutsideTree(name: string): readonly UnitScope[] {
    const scopes = this.declarers(name).filter((scope) => scope.unit.origin !== 'tree');
    return scopes.length < 2 ? scopes : scopes.sort((a, b) => a.unit.id - b.unit.id);
  }

  // ------------------------------------------------------------------------------------------------------------ searching

  /** Units that declare `name` visibly to `from`, best first. */
  private declaring(from: UnitScope | null, name: string): UnitScope[] {
    const found: { scope: UnitScope; order: number }[] = [];
    for (const scope of this.declarers(name)) {
      const entry = scope.declares(name);
      if (entry === null) continue;
      // What a hunk shows of a function never stands for a whole one that is known (a bundled core function, say).
      const cut = entry.partial ? 1e9 : 0;
      if (scope === from) {
        found.push({ scope, order: cut - 1 });
        continue;
      }
      const header = scope.unit.path.endsWith('.h') || scope.unit.origin === 'bundled';
      if (entry.isStatic && !header) continue;
      found.push({ scope, order: cut + RANK[scope.unit.origin] * 1e6 + (entry.definition ? 0 : 5e5) + scope.unit.id });
    }
    return found.sort((a, b) => a.order - b.order).map((each) => each.scope);
  }

  private search(from: UnitScope | null, name: string): UnitScope[] {
    const found = this.declaring(from, name);
    if (found.length > 0) return found;
    return this.fetch(name) ? this.declaring(from, name) : found;
  }

  /** `chain`: names of aliases that led here. */
  ordinary(from: UnitScope, name: string, chain: readonly string[] = []): Meaning | null {
    const scopes = this.search(from, name);
    for (const scope of scopes) {
      const meaning = scope.localMeaning(name);
      if (meaning !== null) return meaning;
      const entry = scope.declares(name);
      if (entry?.kind === 'typedef' || entry?.kind === 'constant') continue;
      const declarations = scope.declarations(name);
      const [first] = declarations;
      if (first === undefined) continue;
      const target = aliasOf(declarations);
      if (target !== null && !chain.includes(name)) {
        const meaning = this.ordinary(scope, target, [...chain, name]);
        if (meaning !== null) return meaning;
      }
      return first.type.kind === 'function'
        ? this.linkFunction(name, scope, scopes, declarations)
        : this.linkGlobal(name, scope, scopes, declarations);
    }
    return null;
  }

  isType(from: UnitScope, name: string): boolean {
    const own = from.declares(name);
    if (own !== null) return own.kind === 'typedef';
    const [best] = this.declaring(from, name);
    if (best !== undefined) return best.declares(name)?.kind === 'typedef';
    if (WELL_KNOWN_TYPES.has(name)) return true;
    if (name === '__builtin_va_list' || name === 'va_list') return true;
    if (!TYPE_LIKE.test(name)) return false;
    const [found] = this.search(from, name);
    return found?.declares(name)?.kind === 'typedef';
  }

  tag(from: UnitScope, kind: TagKind, name: string): Tagged | null {
    const shown = this.shownTag(from, kind, name);
    if (shown !== undefined) return shown;
    const [piece] = this.piecesOf(kind, name);
    if (piece !== undefined && !this.fetch(`${kind} ${name}`)) return piece.ownTag(kind, name);
    return this.fetch(`${kind} ${name}`) ? this.tag(from, kind, name) : null;
  }

  /** Units that show a part of a definition. */
  private piecesOf(kind: TagKind, name: string): UnitScope[] {
    return this.declarers(`${kind} ${name}`).filter((each) => each.definesTag(kind, name)?.whole === false);
  }

  /** What a tag means by the units that are known so far; undefined: none of them has a whole definition. */
  shownTag(from: UnitScope, kind: TagKind, name: string): Tagged | null | undefined {
    if (from.definesTag(kind, name)?.whole === true) return from.ownTag(kind, name);
    let best: UnitScope | undefined;
    for (const each of this.declarers(`${kind} ${name}`)) {
      if (best !== undefined && RANK[each.unit.origin] >= RANK[best.unit.origin]) continue;
      if (each.definesTag(kind, name)?.whole === true) best = each;
    }
    if (best === undefined) return undefined;
    const type = best.ownTag(kind, name);
    if (type instanceof Aggregate) {
      if (best.unit.origin === 'bundled') type.elsewhere ??= () => this.treeStruct(kind, name);
      for (const piece of this.piecesOf(kind, name)) {
        const part = piece.ownTag(kind, name);
        if (part instanceof Aggregate && part !== type) type.extendBy(part);
      }
    }
    return type;
  }

  /** The tree's definition of a struct that the bundled declarations also define. */
  private treeStruct(kind: TagKind, name: string): Aggregate | null {
    this.fetch(`${kind} ${name}`);
    const scope = this.declarers(`${kind} ${name}`).find((each) => each.unit.origin === 'tree');
    const type = scope?.ownTag(kind, name);
    return type instanceof Aggregate ? type : null;
  }

  undefinedTag(kind: TagKind, name: string, at: Span): Tagged {
    const key = `${kind} ${name}`;
    const known = this.loose.get(key);
    if (known !== undefined) return known;
    const fresh = new Aggregate(kind === 'union', name, true);
    fresh.at = at;
    this.loose.set(key, fresh);
    return fresh;
  }

  // -------------------------------------------------------------------------------------------------------------- linking

  private linkFunction(
    name: string,
    scope: UnitScope,
    scopes: readonly UnitScope[],
    own: readonly Declared[],
    part = false,
  ): FunctionSymbol {
    const isStatic = own.some((each) => each.isStatic);
    const key = part ? `part ${scope.unit.id}:${name}` : isStatic ? `${scope.unit.id}:${name}` : name;
    const known = this.functions.get(key);
    if (known !== undefined) return known;
    const shown = own.find((each) => each.body !== null) ?? own[0];
    // The head of a function seen in part may lack parameters and the result: a declaration that is whole says more.
    const fuller =
      shown?.partial === true
        ? scopes
            .flatMap((each) => each.declarations(name))
            .find((each) => !each.partial && each.type.kind === 'function')
        : undefined;
    const best = shown !== undefined && fuller !== undefined ? { ...shown, type: fuller.type } : shown;
    if (best === undefined || best.type.kind !== 'function')
      throw new Error(`[interlock internal] no function type for ${name}`);
    const all = this.holders(scope, scopes, isStatic || part);
    const otherwise = declaredOtherwise(name, best.type, scope, all);
    const holders = otherwise === null ? all : all.filter((each) => each.unit.origin !== 'bundled');
    let lowered: FunctionIr | null | undefined;
    const symbol: FunctionSymbol = {
      kind: 'function',
      name,
      type: best.type,
      declared: true,
      isStatic,
      at: best.at,
      attributes: own.flatMap((each) => each.attributes),
      ...(otherwise !== null && { otherwise }),
      ...(holders.every(({ unit }) => unit.origin === 'bundled') && { ours: holders.map(({ unit }) => unit.text) }),
      body: () => {
        if (lowered !== undefined) return lowered;
        lowered = null;
        if (scope.unit.origin === 'document') this.readings.keep(() => (lowered = undefined));
        for (const holder of holders) {
          const definition = holder.declarations(name).find((each) => each.body !== null);
          if (definition?.body == null) continue;
          lowered = lowerFunction(holder, definition.body, symbol, this.parser);
          break;
        }
        return lowered;
      },
    };
    this.functions.set(key, symbol);
    return symbol;
  }

  /** What a unit shows of a function that somebody else has whole; null when it shows nothing of it, or all. */
  part(scope: UnitScope, name: string): FunctionSymbol | null {
    const entry = scope.declares(name);
    if (entry?.partial !== true || !entry.definition) return null;
    return this.linkFunction(name, scope, this.declaring(scope, name), scope.declarations(name), true);
  }

  /** What a unit itself defines for others to call; null: it does not. */
  definition(scope: UnitScope, name: string): FunctionSymbol | null {
    const [own] = scope.declarations(name);
    if (scope.declares(name)?.definition !== true || own?.type.kind !== 'function' || own.isStatic) return null;
    return this.linkFunction(name, scope, [scope], scope.declarations(name), true);
  }

  /**
   * Units whose body of a function may run. What a bundled header only declares has a model: the body that the tree's header of the same
   * path has is made of parts (assembly, per-cpu data) that the models do not share.
   */
  private holders(scope: UnitScope, scopes: readonly UnitScope[], isStatic: boolean): readonly UnitScope[] {
    if (scope.unit.origin === 'bundled')
      return [
        scope,
        ...scopes.filter(
          (each) =>
            each !== scope && !isStatic && !(each.unit.origin === 'tree' && this.bundled.isPath(each.unit.path)),
        ),
      ];
    return isStatic ? [scope] : [scope, ...scopes.filter((each) => each !== scope)];
  }

  private linkGlobal(
    name: string,
    scope: UnitScope,
    scopes: readonly UnitScope[],
    own: readonly Declared[],
  ): GlobalSymbol {
    const isStatic = own.some((each) => each.isStatic);
    const key = isStatic ? `${scope.unit.id}:${name}` : name;
    const known = this.globals.get(key);
    if (known !== undefined) return known;
    const all = isStatic
      ? own
      : [...own, ...scopes.filter((each) => each !== scope).flatMap((each) => [...each.declarations(name)])];
    const best = all.find((each) => each.init !== null) ?? all.find((each) => !each.isExtern) ?? all[0];
    if (best === undefined) throw new Error(`[interlock internal] no declaration of ${name}`);
    let init: Init | null | undefined;
    const symbol: GlobalSymbol = {
      kind: 'global',
      name,
      type: best.type,
      isStatic,
      isConst: best.isConst || (best.type.kind === 'array' && best.isConst),
      isExtern: best.isExtern,
      ...(best.partial && best.init !== null && { partial: true }),
      at: best.at,
      attributes: best.attributes,
      init: () => {
        if (init !== undefined) return init;
        init = null;
        if (scope.unit.origin === 'document') this.readings.keep(() => (init = undefined));
        const read = best.init?.() ?? null;
        if (read !== null) {
          init = read.init;
          symbol.type = read.type;
        }
        return init;
      },
    };
    this.globals.set(key, symbol);
    // `int a[] = { ... }` has its size only after its initialiser is read.
    if (best.type.kind === 'array' && best.type.length === null && best.init !== null) symbol.init();
    return symbol;
  }

  // ------------------------------------------------------------------------------------------------- what nobody declares

  implicitFunction(name: string, parameters: readonly CType[], result: CType, at: Span): FunctionSymbol {
    const known = this.implicit.get(name);
    if (known !== undefined) {
      if (known.type.result.kind === 'unknown' && result.kind !== 'unknown') known.type = { ...known.type, result };
      return known;
    }
    const type: FunctionType = {
      kind: 'function',
      result,
      parameters,
      parameterNames: parameters.map(() => null),
      variadic: true,
    };
    const symbol: FunctionSymbol = {
      kind: 'function',
      name,
      type,
      declared: false,
      isStatic: false,
      body: () => null,
      at,
      attributes: [],
    };
    this.implicit.set(name, symbol);
    return symbol;
  }

  unseenConstant(name: string, at: Span): GlobalSymbol {
    const known = this.unseen.get(name);
    if (known !== undefined) return known;
    const symbol: GlobalSymbol = {
      kind: 'global',
      name,
      type: unknownType(`value of '${name}', whose definition is not visible`),
      isStatic: false,
      isConst: true,
      isExtern: true,
      init: () => null,
      at,
      attributes: [],
    };
    this.unseen.set(name, symbol);
    return symbol;
  }

  declareExtern(name: string, type: CType, at: Span): FunctionSymbol | GlobalSymbol {
    if (type.kind === 'function') {
      const symbol = this.implicitFunction(name, type.parameters, type.result, at);
      symbol.type = type;
      symbol.declared = true;
      return symbol;
    }
    const known = this.globals.get(name);
    if (known !== undefined) return known;
    const symbol: GlobalSymbol = {
      kind: 'global',
      name,
      type,
      isStatic: false,
      isConst: false,
      isExtern: true,
      init: () => null,
      at,
      attributes: [],
    };
    this.globals.set(name, symbol);
    return symbol;
  }
}
