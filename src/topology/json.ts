/**
 * A JSON reader that keeps the place of every value, so that a wrong topology gets its error on its line. Strict RFC 8259 JSON plus `//`
 * and block comments (VS Code users write them). Knows nothing of topologies.
 */
import type { Problem, Read, TextRange } from '../patch/problem.ts';

export type JsonNode = { readonly range: TextRange } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
);

export interface JsonMember {
  readonly key: string;
  readonly keyRange: TextRange;
  readonly value: JsonNode;
}

/** Deeper nesting is refused: the reader is recursive and its input may come from anywhere. */
const MAX_DEPTH = 64;

/** Reads one JSON text; `value` is null when it is not JSON, and then there is exactly one problem, at the first wrong character. */
export function readJson(text: string): Read<JsonNode | null> {
  const reader = new Reader(text);
  const value = reader.document();
  return reader.problem === null ? { value, problems: [] } : { value: null, problems: [reader.problem] };
}

class Reader {
  problem: Problem | null = null;
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  document(): JsonNode | null {
    const value = this.value(0);
    if (value === null) return null;
    this.space();
    return this.at < this.text.length ? this.wrong('nothing may follow the value') : value;
  }

  private wrong(message: string): null {
    this.problem ??= {
      code: 'topology-json',
      severity: 'error',
      message,
      range: { start: Math.min(this.at, this.text.length), end: Math.min(this.at + 1, this.text.length) },
    };
    return null;
  }

  private space(): void {
    const blank = /(?:[ \t\r\n\uFEFF]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
    blank.lastIndex = this.at;
    blank.exec(this.text);
    this.at = blank.lastIndex;
  }

  private take(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private value(depth: number): JsonNode | null {
    this.space();
    if (depth > MAX_DEPTH) return this.wrong('nested too deeply');
    const start = this.at;
    const first = this.text[start];
    if (first === undefined) return this.wrong('a value is missing at the end of the text');
    if (first === '{') return this.object(depth);
    if (first === '[') return this.array(depth);
    if (first === '"') {
      const value = this.string();
      return value === null ? null : { kind: 'string', value, range: { start, end: this.at } };
    }
    const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    word.lastIndex = start;
    const found = word.exec(this.text)?.[0];
    if (found === undefined) return this.wrong('this is not a JSON value');
    this.at = start + found.length;
    const range = { start, end: this.at };
    if (found === 'null') return { kind: 'null', range };
    if (found === 'true' || found === 'false') return { kind: 'boolean', value: found === 'true', range };
    return { kind: 'number', value: Number(found), range };
  }

  private string(): string | null {
    const literal = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    literal.lastIndex = this.at;
    const found = literal.exec(this.text)?.[0];
    if (found === undefined) return this.wrong('this string does not end, or holds a bad escape');
    this.at += found.length;
    const value: unknown = JSON.parse(found);
    return typeof value === 'string' ? value : null;
  }

  private object(depth: number): JsonNode | null {
    const start = this.at++;
    const members: JsonMember[] = [];
    if (this.take('}')) return { kind: 'object', members, range: { start, end: this.at } };
    do {
      this.space();
      const keyStart = this.at;
      if (this.text[keyStart] !== '"') return this.wrong('a member name in double quotes is expected');
      const key = this.string();
      if (key === null) return null;
      const keyRange = { start: keyStart, end: this.at };
      if (!this.take(':')) return this.wrong(`a colon is expected after "${key}"`);
      const value = this.value(depth + 1);
      if (value === null) return null;
      members.push({ key, keyRange, value });
    } while (this.take(','));
    if (!this.take('}')) return this.wrong('a comma or a closing brace is expected');
    return { kind: 'object', members, range: { start, end: this.at } };
  }

  private array(depth: number): JsonNode | null {
    const start = this.at++;
    const items: JsonNode[] = [];
    if (this.take(']')) return { kind: 'array', items, range: { start, end: this.at } };
    do {
      const value = this.value(depth + 1);
      if (value === null) return null;
      items.push(value);
    } while (this.take(','));
    if (!this.take(']')) return this.wrong('a comma or a closing bracket is expected');
    return { kind: 'array', items, range: { start, end: this.at } };
  }
}
