/**
 * Go to definition inside a document: from a name in a hunk, or in a quote of it, to where the document's own series defines it. What the
 * simulated kernel or a tree defines has no place in the document and gives nothing. Members are not looked up: the same name stands in
 * many structs.
 */
import type { FunctionSymbol, GlobalSymbol, Program } from '../c/ir.ts';
import { lexSegments } from '../c/segments.ts';
import type { SourceUnit, Span } from '../c/source.ts';
import type { Token } from '../c/token.ts';
import type { TextRange } from '../patch/problem.ts';
import type { PostImage } from '../patch/series.ts';
import type { DefinitionKind, DefinitionPlace } from './engine.ts';
import type { Reading } from './reading.ts';

interface Target {
  readonly kind: DefinitionKind;
  readonly span: Span;
}

/** A name where the user points, in the unit of its file. */
interface Pointed {
  readonly name: string;
  readonly unit: SourceUnit;
  /** Null where the text is that of an earlier patch: only names of the whole file mean anything there. */
  readonly at: number | null;
  readonly series: number;
  /** The tokens before it, nearest first. */
  readonly before: readonly string[];
}

const TAGS: ReadonlySet<string> = new Set(['struct', 'union', 'enum']);
const WORD = /[A-Za-z_]\w*/g;

/** Definitions of the name at a document offset, best first; empty when there is no name, or none in this document. */
export function definitionsAt(reading: Reading, program: Program, offset: number): readonly DefinitionPlace[] {
  const lookup = new Lookup(reading, program);
  // An editor's caret may stand behind the word.
  const pointed = lookup.pointedAt(offset) ?? (offset > 0 ? lookup.pointedAt(offset - 1) : null);
  return pointed === null ? [] : lookup.places(pointed);
}

class Lookup {
  private readonly lexed = new Map<number, readonly Token[]>();

  constructor(
    private readonly reading: Reading,
    private readonly program: Program,
  ) {}

  pointedAt(offset: number): Pointed | null {
    for (const [id, image] of this.reading.images) {
      const unit = this.program.units[id];
      const at = image.fromDocument(offset);
      if (unit === undefined || at === null) continue;
      const word = wordAt(this.tokens(unit), unit.text, at);
      return word === null ? null : { ...word, unit, series: this.seriesOf(image), at };
    }
    // A line that a later patch of the series takes away again.
    for (const image of this.reading.document.postImages) {
      const at = image.fromDocument(offset);
      if (at === null) continue;
      const series = this.seriesOf(image);
      const owner = [...this.reading.images].find(
        ([, other]) => other.path === image.path && this.seriesOf(other) === series,
      );
      const unit = owner === undefined ? undefined : this.program.units[owner[0]];
      if (unit === undefined) continue;
      const lines: SourceUnit = { ...unit, text: image.text, fragment: image.fragment, holes: image.holes };
      const word = wordAt(lexSegments(lines).tokens, image.text, at);
      return word === null ? null : { ...word, unit, series, at: null };
    }
    return null;
  }

  places(pointed: Pointed): DefinitionPlace[] {
    const found: { place: DefinitionPlace; order: number }[] = [];
    for (const { kind, span } of this.targets(pointed)) {
      const image = this.reading.images.get(span.unit);
      const range = image?.toDocument({ start: span.start, end: span.end })[0];
      if (image === undefined || range === undefined) continue;
      if (found.some(({ place }) => place.range.start === range.start)) continue;
      const own = span.unit === pointed.unit.id ? 0 : this.seriesOf(image) === pointed.series ? 1 : 2;
      found.push({ place: { range, kind, name: pointed.name, path: image.path }, order: own });
    }
    // What an older posting of the same series says is of interest only where this one says nothing.
    const best = found.some(({ order }) => order < 2) ? found.filter(({ order }) => order < 2) : found;
    return best.sort((a, b) => a.order - b.order).map(({ place }) => place);
  }

  private targets(pointed: Pointed): readonly Target[] {
    const { name, before } = pointed;
    const [previous = '', beforeIt = ''] = before;
    if (previous === '->' || (previous === '.' && beforeIt !== '...')) return [];
    if (TAGS.has(previous)) return this.declared((tokens) => tagDefinition(tokens, previous, name), 'type');
    if (previous === 'goto') return this.label(pointed);
    const local = this.local(pointed);
    if (local !== null) return [local];
    const macros = this.macros(pointed);
    if (macros.length > 0) return macros;
    const functions = this.functions(pointed);
    if (functions.length > 0) return functions;
    const globals = this.globals(pointed);
    if (globals.length > 0) return globals;
    const constants = this.declared((tokens) => enumerator(tokens, name), 'constant');
    return constants.length > 0 ? constants : this.declared((tokens) => typedefOf(tokens, name), 'type');
  }

  /** Bodies first; where the document shows none, its prototype. */
  private functions({ name, unit }: Pointed): Target[] {
    const bodies = this.program.functions.filter(
      (symbol) => symbol.name === name && this.isOwn(symbol.at) && visible(symbol, unit, this.program),
    );
    const shown = bodies.flatMap((symbol) => this.named('function', symbol.body()?.at ?? symbol.at, name));
    if (shown.length > 0) return shown;
    const declared = this.program.function(name, unit.id);
    return declared?.declared === true && this.isOwn(declared.at) ? this.named('function', declared.at, name) : [];
  }

  private globals({ name, unit }: Pointed): Target[] {
    const own = this.program.globals.filter(
      (symbol) => symbol.name === name && this.isOwn(symbol.at) && visible(symbol, unit, this.program),
    );
    const defined = own.filter((symbol) => !symbol.isExtern);
    return (defined.length > 0 ? defined : own).flatMap((symbol) => this.named('object', symbol.at, name));
  }

  private local({ name, unit, at }: Pointed): Target | null {
    if (at === null) return null;
    const tokens = this.tokens(unit);
    const outer = this.enclosing(unit, at);
    const candidates = (outer?.body()?.locals ?? []).filter(
      (variable) => variable.name === name && variable.at.unit === unit.id,
    );
    for (const variable of candidates.toReversed()) {
      const [target] = this.named('variable', variable.at, name);
      if (target === undefined || target.span.start > at) continue;
      if (variable.isParameter || reaches(tokens, target.span.start, at)) return target;
    }
    return null;
  }

  private label({ name, unit, at }: Pointed): Target[] {
    const span = at === null ? null : (this.enclosing(unit, at)?.body()?.at ?? null);
    if (span === null) return [];
    const tokens = this.tokens(unit);
    const index = tokens.findIndex(
      (token, i) =>
        token.start >= span.start &&
        token.end <= span.end &&
        token.text === name &&
        tokens[i + 1]?.text === ':' &&
        /^[;{}:]$/.test(tokens[i - 1]?.text ?? ';'),
    );
    const token = tokens[index];
    return token === undefined ? [] : [{ kind: 'label', span: token }];
  }

  private macros({ name }: Pointed): Target[] {
    return this.each((unit, tokens) =>
      tokens.flatMap((token): Target[] => {
        if (token.kind !== 'directive') return [];
        const head = /^#\s*define\s+(\w+)/.exec(unit.text.slice(token.start, Math.min(token.end, token.start + 400)));
        if (head?.[1] !== name) return [];
        const start = token.start + head[0].length - name.length;
        return [{ kind: 'macro', span: { unit: unit.id, start, end: start + name.length } }];
      }),
    );
  }

  private declared(find: (tokens: readonly Token[]) => Token | null, kind: DefinitionKind): Target[] {
    return this.each((_, tokens) => {
      const token = find(tokens);
      return token === null ? [] : [{ kind, span: token }];
    });
  }

  private each(find: (unit: SourceUnit, tokens: readonly Token[]) => readonly Target[]): Target[] {
    return [...this.reading.images.keys()].flatMap((id) => {
      const unit = this.program.units[id];
      return unit === undefined ? [] : [...find(unit, this.tokens(unit))];
    });
  }

  /** The name itself within the span of its declaration. */
  private named(kind: DefinitionKind, span: Span | null, name: string): Target[] {
    const unit = span === null ? undefined : this.program.units[span.unit];
    if (span === null || unit === undefined) return [];
    const token = this.tokens(unit).find(
      (each) => each.start >= span.start && each.start < span.end && each.text === name,
    );
    return [{ kind, span: token ?? span }];
  }

  private enclosing(unit: SourceUnit, at: number): FunctionSymbol | null {
    const within = (symbol: FunctionSymbol): boolean => {
      const span = symbol.at?.unit === unit.id ? symbol.body()?.at : undefined;
      return span !== undefined && span.unit === unit.id && span.start <= at && at < span.end;
    };
    return this.program.functions.find(within) ?? null;
  }

  private isOwn(span: Span | null): boolean {
    return span !== null && this.reading.images.has(span.unit);
  }

  private tokens(unit: SourceUnit): readonly Token[] {
    let tokens = this.lexed.get(unit.id);
    if (tokens === undefined) {
      tokens = lexSegments(unit).tokens;
      this.lexed.set(unit.id, tokens);
    }
    return tokens;
  }

  private seriesOf(image: PostImage): number {
    const place: TextRange | undefined = image.toDocument({ start: 0, end: 1 })[0];
    if (place === undefined) return -1;
    return this.reading.document.series.findIndex(({ patches }) =>
      patches.some(({ range }) => range.start <= place.start && place.start < range.end),
    );
  }
}

/** A static name of another file is not meant, unless a header shares it. */
function visible(symbol: FunctionSymbol | GlobalSymbol, from: SourceUnit, program: Program): boolean {
  if (!symbol.isStatic || symbol.at?.unit === from.id) return true;
  return program.units[symbol.at?.unit ?? -1]?.path.endsWith('.h') === true;
}

function wordAt(
  tokens: readonly Token[],
  text: string,
  at: number,
): { readonly name: string; readonly before: readonly string[] } | null {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.end ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const token = tokens[low];
  if (token === undefined || token.start > at) return null;
  if (token.kind === 'word')
    return { name: token.text, before: [tokens[low - 1]?.text ?? '', tokens[low - 2]?.text ?? ''] };
  if (token.kind !== 'directive') return null;
  for (const word of text.slice(token.start, token.end).matchAll(WORD)) {
    const start = token.start + word.index;
    if (start <= at && at < start + word[0].length) {
      const before = text.slice(token.start, start).match(/(->|\w+|\S)\s*$/)?.[1] ?? '';
      return { name: word[0], before: [before] };
    }
  }
  return null;
}

/** No block that holds `from` ends before `to`. */
function reaches(tokens: readonly Token[], from: number, to: number): boolean {
  let depth = 0;
  for (const token of tokens) {
    if (token.start < from) continue;
    if (token.start >= to) break;
    if (token.text === '{') depth++;
    else if (token.text === '}' && --depth < 0) return false;
  }
  return true;
}

function tagDefinition(tokens: readonly Token[], kind: string, name: string): Token | null {
  for (const [i, token] of tokens.entries()) {
    if (token.text !== name || token.kind !== 'word' || tokens[i + 1]?.text !== '{') continue;
    // Attributes may stand between the keyword and the tag.
    for (let back = i - 1; back >= 0 && i - back < 12; back--) {
      const word = tokens[back];
      if (word?.text === kind) return token;
      if (word === undefined || (word.kind === 'punct' && !/^[()]$/.test(word.text))) break;
    }
  }
  return null;
}

function enumerator(tokens: readonly Token[], name: string): Token | null {
  let depth = 0;
  let inside = -1;
  for (const [i, token] of tokens.entries()) {
    if (token.text === '{') {
      depth++;
      const heads = [tokens[i - 1]?.text, tokens[i - 2]?.text];
      if (inside < 0 && heads.includes('enum')) inside = depth;
    } else if (token.text === '}') {
      if (depth === inside) inside = -1;
      depth--;
    } else if (depth === inside && token.text === name && /^[{,]$/.test(tokens[i - 1]?.text ?? '')) return token;
  }
  return null;
}

function typedefOf(tokens: readonly Token[], name: string): Token | null {
  let within = false;
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.text === 'typedef') {
      within = true;
      depth = 0;
    } else if (!within) continue;
    else if (token.text === '{') depth++;
    else if (token.text === '}') depth--;
    else if (token.text === ';' && depth <= 0) within = false;
    else if (depth === 0 && token.text === name && /^[;,)[]$/.test(tokens[i + 1]?.text ?? '')) return token;
  }
  return null;
}
