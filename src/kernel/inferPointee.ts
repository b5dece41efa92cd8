/**
 * What an untyped pointer really points to, read off the code that uses it: `struct drm_gem_object *obj = dmabuf->priv` says that this
 * exporter's `priv` is a GEM object, and `container_of(dpagemap, struct xe_pagemap, dpagemap)` that this driver's pagemaps lie in its own
 * struct. Responsible for these questions only; an answer is a struct, or null when the code does not say.
 */
import type { Block, Expr, FunctionSymbol } from '../c/ir.ts';
import type { StructType } from '../c/types.ts';
import { mayBeAbout, walkFunctions } from '../c/walk.ts';

const CALL_DEPTH = 2;

/** Worlds are made for every run, and ask the same of the same functions: by the body of the first, which is another when it is read anew. */
class Answers<T> {
  private readonly known = new WeakMap<Block, { functions: readonly FunctionSymbol[]; what: string; answer: T }[]>();

  of(functions: readonly FunctionSymbol[], what: string, find: () => T): T {
    const first = functions[0]?.body()?.body;
    if (first === undefined) return find();
    const same = this.known.get(first) ?? [];
    const known = same.find(
      (each) =>
        each.what === what &&
        each.functions.length === functions.length &&
        each.functions.every((symbol, i) => symbol === functions[i]),
    );
    if (known !== undefined) return known.answer;
    const answer = find();
    this.known.set(first, [...same, { functions: [...functions], what, answer }]);
    return answer;
  }
}

const pointees = new Answers<StructType | null>();
const containers = new Answers<Container | null>();

/** Struct that the functions take `struct.member` (a `void *`) for; the first that says so wins. */
export function pointeeOf(
  functions: readonly FunctionSymbol[],
  struct: string,
  member: string,
  depth = CALL_DEPTH,
): StructType | null {
  return pointees.of(functions, `${struct} ${member} ${depth}`, () => findPointee(functions, struct, member, depth));
}

function findPointee(
  functions: readonly FunctionSymbol[],
  struct: string,
  member: string,
  depth: number,
): StructType | null {
  let found: StructType | null = null;
  const words = new RegExp(`\\b${member}\\b`);
  const visit = (expression: Expr): boolean => {
    // `(struct x *)object->member`
    if (expression.kind !== 'convert' || expression.value.kind !== 'load' || expression.value.place.kind !== 'member')
      return false;
    const { base, member: read } = expression.value.place;
    const target = pointedStruct(expression);
    if (target === null || read.name !== member || base.type.kind !== 'struct' || `struct ${base.type.tag}` !== struct)
      return false;
    found = target;
    return true;
  };
  walkFunctions(functions, depth, visit, (symbol) => mayBeAbout(symbol, words));
  return found;
}

const IMPORTING = new Set(['dma_buf_attach', 'dma_buf_dynamic_attach', 'dma_buf_detach']);
const ATTACHES = /\bdma_buf_(?:dynamic_)?(?:at|de)tach\b/;

/**
 * Members, as `tag.member`, that these functions attach to: the buffers behind them are another exporter's. Of one that the struct's owner
 * exported itself only a prime import of its own makes an attachment, and that is caught before (drm_prime.c:drm_gem_prime_import_dev).
 */
export function importedMembers(functions: readonly FunctionSymbol[], depth = CALL_DEPTH): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (expression: Expr): boolean => {
    if (expression.kind !== 'call' || expression.callee.kind !== 'direct') return false;
    const [buffer] = expression.args;
    if (buffer === undefined || !IMPORTING.has(expression.callee.symbol.name)) return false;
    const value = withoutConversions(buffer);
    if (value.kind === 'load' && value.place.kind === 'member' && value.place.base.type.kind === 'struct')
      found.add(`${value.place.base.type.tag}.${value.place.member.name}`);
    return false;
  };
  walkFunctions(functions, depth, visit, (symbol) => mayBeAbout(symbol, ATTACHES));
  return found;
}

/** The struct around an object, as `container_of` in the functions says, and where in it the object lies. */
export interface Container {
  readonly struct: StructType;
  /** Bytes from the start of the container to the object. */
  readonly offset: number;
}

/** Struct in which the functions find `struct` objects embedded (`container_of`); the first that says so wins. */
export function containerOf(
  functions: readonly FunctionSymbol[],
  struct: string,
  depth = CALL_DEPTH,
): Container | null {
  return containers.of(functions, `${struct} ${depth}`, () => findContainer(functions, struct, depth));
}

/** `container_of()`, or a macro that is one by the name such macros have. */
const STEPS_OUT = /\bcontainer_of\b|(?:\b|_)to_\w+\s*\(/;

function findContainer(functions: readonly FunctionSymbol[], struct: string, depth: number): Container | null {
  let found: Container | null = null;
  const visit = (expression: Expr): boolean => {
    // `(struct x *)((void *)object - offsetof(struct x, member))`
    if (expression.kind !== 'convert') return false;
    const target = pointedStruct(expression);
    const base = expression.value.kind === 'offset' ? expression.value : null;
    if (target === null || base === null) return false;
    const back = constantOf(base.index);
    const object = pointedStruct(withoutConversions(base.pointer));
    if (back === null || object === null || `struct ${object.tag}` !== struct) return false;
    const offset = -back * base.scale;
    if (offset < 0 || (target.complete && offset >= target.size)) return false;
    found = { struct: target, offset };
    return true;
  };
  walkFunctions(functions, depth, visit, (symbol) => mayBeAbout(symbol, STEPS_OUT));
  return found;
}

function pointedStruct(expression: Expr): StructType | null {
  const { type } = expression;
  return type.kind === 'pointer' && type.to.kind === 'struct' ? type.to : null;
}

function withoutConversions(expression: Expr): Expr {
  let inner = expression;
  while (inner.kind === 'convert') inner = inner.value;
  return inner;
}

function constantOf(expression: Expr): number | null {
  const inner = withoutConversions(expression);
  return inner.kind === 'constant' ? Number(inner.value) : null;
}
