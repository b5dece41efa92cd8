/**
 * Macro definitions: reading one from a `#define` line (its body only when it is first used: headers define far more than anybody uses),
 * and the table of one unit, which remembers from where to where each definition holds, since text is expanded piecewise and lazily.
 */
import { lex } from '../lexer.ts';
import type { Token } from '../token.ts';
import { bracketStep } from '../token.ts';

interface Reading {
  readonly parameters: readonly string[] | null;
  readonly rest: string | null;
  readonly body: readonly Token[];
}

/** One macro. `unit`, `start`, `end`: place of its name in the definition. */
export class Macro {
  private reading: Reading | null = null;
  private braces: boolean | null = null;
  private verbatim: boolean | null = null;

  constructor(
    readonly name: string,
    readonly unit: number,
    readonly start: number,
    readonly end: number,
    /** What stands after the name. */
    readonly definition: string,
  ) {}

  private get read(): Reading {
    this.reading ??= readDefinition(this.definition, this.unit, this.end);
    return this.reading;
  }

  /** null: object-like. */
  get parameters(): readonly string[] | null {
    return this.read.parameters;
  }

  /** Name of the parameter that takes the rest (`__VA_ARGS__`, or `args` of the GNU form); null when not variadic. */
  get rest(): string | null {
    return this.read.rest;
  }

  get body(): readonly Token[] {
    return this.read.body;
  }

  /** The body is put in as it stands, arguments apart: nothing in it pastes, makes strings or depends on there being more arguments. */
  get plain(): boolean {
    this.verbatim ??= !this.body.some(({ text }) => text === '#' || text === '##' || text === '__VA_OPT__');
    return this.verbatim;
  }

  /** `__name()`: what the kernel has as a variable and a model answers. */
  get standsForVariable(): boolean {
    const [name, open, close] = this.body;
    return this.body.length === 3 && name?.text.startsWith('__') === true && open?.text === '(' && close?.text === ')';
  }

  /** The body opens or closes a brace it does not match: text that uses it cannot be cut into items before expansion. */
  get unbalanced(): boolean {
    this.braces ??= /[{}]/.test(this.definition) && hasLooseBrace(this.body);
    return this.braces;
  }
}

function hasLooseBrace(body: readonly Token[]): boolean {
  let depth = 0;
  for (const token of body) {
    if (token.text === '{' || token.text === '}') depth += bracketStep(token);
    if (depth < 0) return true;
  }
  return depth !== 0;
}

function readDefinition(definition: string, unit: number, offset: number): Reading {
  const line = lex(definition, unit, 0, definition.length, false).tokens.map(
    ({ kind, text, start, end, space }): Token => ({
      kind,
      text,
      unit,
      start: start + offset,
      end: end + offset,
      newline: false,
      space,
    }),
  );
  const open = line[0];
  if (open === undefined || open.text !== '(' || open.start !== offset)
    return { parameters: null, rest: null, body: line };
  const parameters: string[] = [];
  let rest: string | null = null;
  let at = 1;
  for (; at < line.length; at++) {
    const token = line[at];
    if (token === undefined || token.text === ')') break;
    if (token.text === '...') {
      if (line[at - 1]?.kind === 'word') rest = parameters.pop() ?? '__VA_ARGS__';
      else rest = '__VA_ARGS__';
    } else if (token.kind === 'word') parameters.push(token.text);
  }
  return { parameters, rest, body: line.slice(at + 1) };
}

const NAME = /^\s*(?:\\\r?\n\s*)*([\p{XID_Start}_$][\p{XID_Continue}$]*)/u;

/** Reads the text after `#define`, which stands at `offset` of its unit; null when it names nothing. */
export function readMacro(text: string, unit: number, offset: number): Macro | null {
  const match = NAME.exec(text);
  const name = match?.[1];
  if (match === null || name === undefined) return null;
  const end = match[0].length;
  return new Macro(name, unit, offset + end - name.length, offset + end, text.slice(end));
}

export interface Version {
  /** Live-token position from which this holds, until the next version. */
  readonly from: number;
  /** null: undefined by `#undef`. */
  readonly macro: Macro | null;
}

/** Macros that were read before, each made when it is asked for. */
export interface LateMacros {
  names(): readonly string[];
  versions(name: string): Version[] | undefined;
}

/** The macros one unit defines, by name and place. */
export class MacroTable {
  private readonly known = new Map<string, Version[]>();
  /** Some definition of this unit opens or closes a brace it does not match. */
  unbalanced = false;

  constructor(private readonly late: LateMacros | null = null) {}

  /** What a name means, from place to place; undefined: this unit says nothing. */
  versions(name: string): readonly Version[] | undefined {
    const list = this.known.get(name);
    if (list !== undefined || this.late === null) return list;
    const versions = this.late.versions(name);
    if (versions !== undefined) this.known.set(name, versions);
    return versions;
  }

  define(macro: Macro, from: number): void {
    this.add(macro.name, { from, macro });
    this.unbalanced ||= macro.unbalanced;
  }

  undefine(name: string, from: number): void {
    this.add(name, { from, macro: null });
  }

  private add(name: string, version: Version): void {
    const list = this.known.get(name);
    if (list === undefined) this.known.set(name, [version]);
    else list.push(version);
  }

  /** What the name means at a place: a macro, null (explicitly undefined here), or undefined (this unit says nothing). */
  at(name: string, place: number): Macro | null | undefined {
    const list = this.known.get(name) ?? (this.late === null ? undefined : this.versions(name));
    if (list === undefined) return undefined;
    for (let i = list.length - 1; i >= 0; i--) {
      const version = list[i];
      if (version !== undefined && version.from <= place) return version.macro;
    }
    return undefined;
  }

  /** The unit has a definition of that name so far. */
  defines(name: string): boolean {
    return this.exported(name) !== null;
  }

  /** What the name means for other units: its last definition, unless the unit undefines it after that. */
  exported(name: string): Macro | null {
    const list = this.known.get(name) ?? (this.late === null ? undefined : this.versions(name));
    return list?.[list.length - 1]?.macro ?? null;
  }

  private readonly pushed = new Map<string, (Macro | null)[]>();

  /** `#pragma push_macro("name")`. */
  push(name: string, from: number): void {
    const stack = this.pushed.get(name) ?? [];
    this.pushed.set(name, stack);
    stack.push(this.at(name, from) ?? null);
  }

  /** `#pragma pop_macro("name")`. */
  pop(name: string, from: number): void {
    const macro = this.pushed.get(name)?.pop();
    if (macro !== undefined) this.add(name, { from, macro });
  }

  /** What `#line` says: from an offset of the unit's text on, the line after it is `line` of `file`. */
  readonly lines: { readonly at: number; readonly line: number; readonly file: string | null }[] = [];

  names(): Iterable<string> {
    return this.late?.names() ?? this.known.keys();
  }
}
