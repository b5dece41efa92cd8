/**
 * The macros of a whole program, and the following of each unit's directives. A macro is looked up in its own unit first (where its place
 * counts), then in the headers of the document, then in other units: kernel text is read without opening every header it includes.
 */

import type { Problem } from '../../patch/problem.ts';
import type { LaidUnits } from '../knownItems.ts';
import { lex } from '../lexer.ts';
import { HEADER_OF_MACRO, LIBRARY_HEADERS, LIBRARY_PATH } from '../library.ts';
import type { SourceUnit } from '../source.ts';
import type { Token } from '../token.ts';
import { type Config, KERNEL_PREDEFINED, PREDEFINED } from './configuration.ts';
import { type Directed, type DirectiveScope, followDirectives } from './directives.ts';
import { expandTokens, type MacroScope } from './expand.ts';
import { type Exporter, Exporters } from './exporters.ts';
import { Macro, MacroTable } from './macro.ts';
import { TARGET_LIMITS } from './targetLimits.ts';
import { asTreeCounts } from './treeCounts.ts';

/** Never macros, whatever a header of a tree defines under some configuration. */
const KEYWORDS = new Set(
  (
    'if else for while do switch case default break continue return goto sizeof typedef static extern struct union ' +
    'enum const volatile inline int char long short void unsigned signed float double asm typeof'
  ).split(' '),
);

/** `type name(parameters) {` by form. */
const FUNCTION_DEFINITION =
  /^(?!return\b|else\b|goto\b|case\b)(?:\w+[ \t*]+)+\**(\w+)[ \t]*\((?:[^(){};=]|\([^(){};=]*\))*\)\s*\{/gm;

const ENUMERATION = /\benum\b[^{};()]*\{([^{}]*)\}/g;
const ENUMERATOR = /(?:^|,)(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*)*([A-Za-z_]\w*)/g;

const CONFIG_QUESTIONS = new Set(['IS_ENABLED', 'IS_BUILTIN', 'IS_MODULE', 'IS_REACHABLE']);
const BUILTINS: ReadonlySet<string> = new Set(['_Pragma', '__has_attribute', '__has_builtin']);
const KERNEL_BUILTINS: ReadonlySet<string> = new Set([...BUILTINS, ...CONFIG_QUESTIONS]);

const SYSTEM_INCLUDE = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm;

/** The part of a kernel tree that the preprocessor asks for. */
export interface MacroSource {
  /** Something that is no part of the tree declares the name, so a macro of the tree must not hide it. */
  isDeclared(name: string): boolean;
  /** The file `path` of the tree is among what `from` includes, directly or not. */
  reaches(from: SourceUnit, path: string): boolean;
  /** What an include of a unit names, to be put in its place. */
  include(path: string, from: SourceUnit): SourceUnit | null;
  /** The plain number that headers which `from` includes define a macro as; null: none, or several. */
  count(name: string, from: SourceUnit): string | null;
  /** Loads tree headers that define this macro, each followed through `Preprocessor.read`; true when there was a new one. */
  load(name: string): boolean;
}

export interface ReadUnit {
  readonly directed: Directed;
  readonly macros: MacroScope;
}

const NOBODY: readonly Exporter[] = [];

const predefined = new Map<boolean, ReadonlyMap<string, Macro>>();

/** What the compiler defines, and for the kernel its build: the same for every program. */
function predefinedMacros(kernel: boolean): ReadonlyMap<string, Macro> {
  const known = predefined.get(kernel);
  if (known !== undefined) return known;
  const macros = new Map<string, Macro>();
  for (const source of kernel ? [PREDEFINED, TARGET_LIMITS, KERNEL_PREDEFINED] : [PREDEFINED, TARGET_LIMITS])
    for (const [name, value] of source) macros.set(name, new Macro(name, 0, 0, 0, ` ${value}`));
  predefined.set(kernel, macros);
  return macros;
}

export class Preprocessor {
  private readonly predefined: ReadonlyMap<string, Macro>;
  /** Units that define a macro, by its name. */
  private readonly exporters: Exporters;
  /** Answers by unit and name, each good while no further unit defines the name. */
  private readonly outside = new Map<
    number,
    Map<string, { readonly macro: Macro | null; readonly exporters: number; generation: number }>
  >();

  constructor(
    /** May grow while a tree is read. */
    private readonly units: readonly SourceUnit[],
    private readonly config: Config,
    private readonly kernel: boolean,
    private readonly tree: MacroSource | null,
    /** Reads the bundled units, which see nothing but each other and so stay read from one program to the next. */
    private readonly base: Preprocessor | null = null,
  ) {
    this.exporters = new Exporters(units);
    this.predefined = predefinedMacros(kernel);
  }

  /**
   * Follows the directives of the units given so far, declarations before their users. `laid`: what is known of units that then need not be
   * followed.
   */
  start(laid: LaidUnits | null = null): void {
    this.exporters.laid = laid;
    const waiting = this.units.filter(
      (unit) => (this.base === null || unit.origin !== 'bundled') && laid?.has(unit) !== true,
    );
    for (const unit of waiting.sort((a, b) => rank(a) - rank(b))) this.read(unit);
  }

  /** Names of all macros, with the ids of the units that define them, in the order in which they were read. */
  definers(): Iterable<readonly [string, readonly number[]]> {
    return this.exporters.definers();
  }

  private readonly results = new Map<number, ReadUnit>();
  /** How many units have been read: while it stays, no name has got another definition. */
  private generation = 0;

  private countExporters(name: string): number {
    return this.exporters.of(name).length + (this.base?.exporters.of(name).length ?? 0);
  }

  read(unit: SourceUnit): ReadUnit {
    if (this.base !== null && unit.origin === 'bundled') return this.base.read(unit);
    const known = this.results.get(unit.id);
    if (known !== undefined) return known;
    const laid = this.exporters.laid?.directed(unit) ?? null;
    return laid === null ? this.follow(unit) : this.keep(unit, laid);
  }

  private follow(unit: SourceUnit): ReadUnit {
    const problems: Problem[] = [];
    const scope: DirectiveScope = {
      condition: (table, place) => {
        const macros = this.macroScope(unit, table, problems);
        return {
          isDefined: (name) =>
            macros.lookup(name, place) !== null ||
            CONFIG_QUESTIONS.has(name) ||
            macros.builtinFunctions.has(name) ||
            name === '__LINE__',
          hasInclude: (path) => this.header(path) !== null,
          expand: (tokens) =>
            expandTokens(tokens, 0, tokens.length, { ...macros, lookup: (name) => macros.lookup(name, place) }),
        };
      },
      textualInclude: (path, from, inside) =>
        path.endsWith('.h') && !inside
          ? null
          : (this.header(path, from.path) ?? this.tree?.include(path, from) ?? null),
      hasHeader: (path) => this.header(path) !== null,
    };
    const followed = followDirectives(unit, scope);
    for (const problem of followed.problems) problems.push(problem);
    const { live, folds, macros, packing } = followed;
    // What is laid out has its definers in the table.
    if (this.exporters.laid === null) {
      this.generation++;
      this.exporters.add(macros.names(), { unit, table: macros });
    }
    return this.keep(unit, { live, folds, macros, packing, laid: null, problems });
  }

  private keep(unit: SourceUnit, directed: Directed): ReadUnit {
    const result: ReadUnit = { directed, macros: this.macroScope(unit, directed.macros, directed.problems) };
    this.results.set(unit.id, result);
    return result;
  }

  private readonly listed = new Map<number, Exporter>();

  /** A macro of a unit that is not read as a whole. */
  define(unit: SourceUnit, macro: Macro): void {
    let exporter = this.listed.get(unit.id);
    if (exporter === undefined) {
      exporter = { unit, table: new MacroTable() };
      this.listed.set(unit.id, exporter);
    }
    exporter.table?.define(macro, 0);
    this.generation++;
    this.exporters.add([macro.name], exporter);
  }

  /** The unit an include names: by full path, by its end, or beside the including file. */
  private header(path: string, from?: string): SourceUnit | null {
    const beside = from === undefined ? null : from.slice(0, from.lastIndexOf('/') + 1) + path;
    for (const unit of this.units) if (unit.path === path || unit.path === beside) return unit;
    const end = `/${path}`;
    for (const unit of this.units) if (unit.path.endsWith(end)) return unit;
    if (LIBRARY_HEADERS.has(path)) return this.units.find((unit) => unit.path === LIBRARY_PATH) ?? null;
    return null;
  }

  /** The macro a name means in `unit` when the unit itself says nothing. */
  private fromOutside(unit: SourceUnit, name: string): Macro | null {
    let cache = this.outside.get(unit.id);
    if (cache === undefined) {
      cache = new Map();
      this.outside.set(unit.id, cache);
    }
    const known = cache.get(name);
    const generation = this.generation + (this.base?.generation ?? 0);
    if (known !== undefined && known.generation === generation) return known.macro;
    if (known !== undefined && known.exporters === this.countExporters(name)) {
      known.generation = generation;
      return known.macro;
    }
    let best = this.exported(unit, name);
    if (
      best === null &&
      this.tree !== null &&
      unit.origin !== 'bundled' &&
      !name.startsWith('CONFIG_') &&
      !this.loading.has(name) &&
      !KEYWORDS.has(name)
    ) {
      this.loading.add(name);
      if (!this.tree.isDeclared(name) && this.tree.load(name)) best = this.exported(unit, name);
    }
    if (best !== null && unit.origin !== 'bundled' && this.units[best.unit]?.origin === 'bundled')
      best = asTreeCounts(best, (count) => this.tree?.count(count, unit) ?? null);
    best ??= this.predefined.get(name) ?? null;
    if (best === null && this.kernel && name.startsWith('CONFIG_')) {
      const value = this.config.value(name);
      if (value !== null) best = new Macro(name, 0, 0, 0, ` ${value}`);
    }
    cache.set(name, {
      macro: best,
      exporters: this.countExporters(name),
      generation: this.generation + (this.base?.generation ?? 0),
    });
    return best;
  }

  /** Macros of the tree that are being looked for: a header may ask for the very name it defines. */
  private readonly loading = new Set<string>();

  /** The best definition of other units. */
  private exported(from: SourceUnit, name: string): Macro | null {
    const own = this.exporters.of(name);
    const base = this.base?.exporters.of(name) ?? NOBODY;
    if (own.length === 0 && base.length === 0) return null;
    let best: Macro | null = null;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const exporters of [own, base])
      for (const exporter of exporters) {
        const { unit } = exporter;
        const r = exportRank(unit);
        if (r >= bestRank || unit.id === from.id) continue;
        exporter.table ??= this.read(unit).directed.macros;
        const macro = exporter.table.exported(name);
        if (macro === null || !this.isVisible(from, unit, name)) continue;
        best = macro;
        bestRank = r;
      }
    return best;
  }

  /**
   * Whether a macro of a tree header counts in a unit: only if the unit, or a file of the document that leads to it, really includes the
   * header, since `free` or `get_current` is defined by some header of the tree and is an ordinary word everywhere else. A fragment does
   * not show its includes; there a name that looks like a macro counts.
   */
  private isVisible(from: SourceUnit, home: SourceUnit, name: string): boolean {
    // What the document itself defines as a function or enumerator is no macro, whatever older or newer bundled text makes of it.
    if (home.origin === 'bundled')
      return from.origin === 'bundled' || (!isOfAnotherDriver(from, home, name) && this.bundledCounts(name));
    if (home.origin !== 'tree') return true;
    // Bundled text stands on its own: a kernel's macro of the same name would rewrite its very declarations.
    if (from.origin === 'bundled' || this.tree === null || KEYWORDS.has(name) || this.tree.isDeclared(name))
      return false;
    const users =
      from.origin === 'document' ? [from] : [from, ...this.units.filter((unit) => unit.origin === 'document')];
    if (users.some((user) => user.fragment)) return /^__|[A-Z]/.test(name) || this.tree.reaches(from, home.path);
    return users.some((user) => user.path === home.path || this.tree?.reaches(user, home.path) === true);
  }

  /** A bundled macro counts in the document: it is nothing else there, and of the C library only with its header. */
  private bundledCounts(name: string): boolean {
    if (this.documentNames().has(name)) return false;
    const header = this.kernel ? undefined : HEADER_OF_MACRO.get(name);
    if (header === undefined) return true;
    this.systemHeaders ??= new Set(
      this.units
        .filter((unit) => unit.origin === 'document')
        .flatMap((unit) => [...unit.text.matchAll(SYSTEM_INCLUDE)].map((match) => match[1] ?? '')),
    );
    return this.systemHeaders.has(header);
  }

  private systemHeaders: Set<string> | null = null;

  private ownNames: Set<string> | null = null;

  /** Functions and enumerators that the document defines. */
  private documentNames(): ReadonlySet<string> {
    if (this.ownNames !== null) return this.ownNames;
    const names = new Set<string>();
    for (const unit of this.units) {
      if (unit.origin !== 'document') continue;
      for (const match of unit.text.matchAll(FUNCTION_DEFINITION)) if (match[1] !== undefined) names.add(match[1]);
      for (const list of unit.text.matchAll(ENUMERATION))
        for (const match of (list[1] ?? '').matchAll(ENUMERATOR)) if (match[1] !== undefined) names.add(match[1]);
    }
    this.ownNames = names;
    return names;
  }

  private macroScope(unit: SourceUnit, table: MacroTable, problems: Problem[]): MacroScope {
    const said = new Set<string>();
    const say = (code: string, message: string, use: Token): void => {
      const key = `${code}:${use.start}`;
      if (said.has(key) || said.size > 50) return;
      said.add(key);
      problems.push({ code, severity: 'warning', message, range: { start: use.start, end: use.end } });
    };
    let counter = 0;
    return {
      lookup: (name, place) => {
        const own = table.at(name, place);
        return own !== undefined ? own : this.fromOutside(unit, name);
      },
      known: (name, place) => {
        const own = table.at(name, place);
        if (own !== undefined) return own;
        return this.exported(unit, name) ?? this.predefined.get(name) ?? null;
      },
      builtinFunctions: this.kernel ? KERNEL_BUILTINS : BUILTINS,
      builtin: (name, argument, use) => {
        if (argument === null) {
          if (name === '__LINE__') return String(placeOf(unit, table, use.start).line);
          if (name === '__FILE__') return JSON.stringify(placeOf(unit, table, use.start).file);
          if (name === '__COUNTER__') return String(counter++);
          return null;
        }
        if (name === '_Pragma') return '';
        if (name.startsWith('__has_')) return '0';
        const option = argument[0]?.text ?? '';
        const value = name === 'IS_MODULE' ? null : this.config.value(option);
        return value === null ? '0' : '1';
      },
      tooLarge: (use) =>
        say('macro-too-large', `the expansion of '${use.text}' is too large; it is left as it stands`, use),
      unterminated: (use) =>
        say('unterminated-macro-call', `the arguments of macro '${use.text}' are never closed`, use),
    };
  }
}

/** File and line of an offset, as `#line` has them. */
function placeOf(
  unit: SourceUnit,
  table: MacroTable,
  offset: number,
): { readonly line: number; readonly file: string } {
  let from = -1;
  let line = 1;
  let file = unit.path;
  for (const each of table.lines) {
    if (each.at > offset) break;
    from = each.at;
    line = each.line;
    file = each.file ?? file;
  }
  for (let i = unit.text.indexOf('\n', from + 1); i >= 0 && i < offset; i = unit.text.indexOf('\n', i + 1)) line++;
  return { line, file };
}

/** Order of reading: bundled declarations, then headers, then the rest. */
function rank(unit: SourceUnit): number {
  const origin = unit.origin === 'bundled' ? 0 : unit.origin === 'tree' ? 2 : 4;
  return origin + (unit.path.endsWith('.h') ? 0 : 1);
}

/** Whose definition counts for other units, best first. */
function exportRank(unit: SourceUnit): number {
  if (!unit.path.endsWith('.h')) return unit.origin === 'document' ? 3 : unit.origin === 'bundled' ? 4 : 5;
  return unit.origin === 'document' ? 0 : unit.origin === 'bundled' ? 1 : 2;
}

/** Tokens of a text without directives, for asking about a name. */
export function tokensOf(text: string, unit: number): readonly Token[] {
  return lex(text, unit, 0, text.length, false).tokens;
}

/** What `IS_DGFX` is, each driver says for itself: a bundled header says nothing of it in the files of another that does not include it. */
function isOfAnotherDriver(from: SourceUnit, home: SourceUnit, name: string): boolean {
  if (!home.path.startsWith('drivers/') || !/(?:^|\/)drivers\//.test(from.path)) return false;
  const parts = home.path.split('/');
  const [directory, file] = [parts.slice(0, -1), parts.at(-1) ?? ''];
  if (directory.some((each) => name.toLowerCase().startsWith(`${each}_`))) return false;
  return !from.path.includes(`${directory.join('/')}/`) && !from.text.includes(`${file}"`);
}
