/**
 * Who calls what a patch changes, in the files that a tree completed: functions that the patch does not touch, found by the names that their
 * text mentions. They hold the locks, or hand over the callback, without which a changed function says little. What they do wrong themselves
 * is not the patch's; who they are is all that is decided here.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { KernelTree } from './engine.ts';

/** How many calls up callers are looked for: the lock is often taken by the caller's caller. */
const LEVELS = 3;
/** All of one document: each is a function to run. */
const MOST = 24;

/** Callers of these functions in such units, nearest first; none that is among them. */
export function callersAround(
  program: Program,
  changed: readonly FunctionSymbol[],
  completed: (unit: number) => boolean,
): readonly FunctionSymbol[] {
  const found = new Set<FunctionSymbol>();
  const known = new Set(changed);
  let level = changed.filter(({ at }) => at !== null && completed(at.unit));
  for (let depth = 0; depth < LEVELS && level.length > 0; depth++) {
    const next: FunctionSymbol[] = [];
    for (const [unit, symbols] of byUnit(level))
      for (const caller of mentioning(program, unit, symbols)) {
        if (known.has(caller) || found.size === MOST) continue;
        known.add(caller);
        found.add(caller);
        next.push(caller);
      }
    level = next;
  }
  return [...found];
}

function byUnit(symbols: readonly FunctionSymbol[]): ReadonlyMap<number, readonly FunctionSymbol[]> {
  const units = new Map<number, FunctionSymbol[]>();
  for (const symbol of symbols) {
    const unit = symbol.at?.unit ?? -1;
    units.set(unit, [...(units.get(unit) ?? []), symbol]);
  }
  return units;
}

/** Most files of a tree that are read for callers, and most callers found there. */
const MOST_FILES = 4;
const MOST_OUTSIDE = 6;

/**
 * Callers, in other files of the tree, of changed functions that nobody in the document's files calls or stores in a table; nearest first,
 * with those that call them in the same file.
 */
export function callersInTree(
  program: Program,
  changed: readonly FunctionSymbol[],
  completed: (unit: number) => boolean,
  tree: KernelTree | undefined,
): readonly FunctionSymbol[] {
  const ask = (name: string): readonly string[] => {
    const paths = program.units.flatMap((unit) => (unit.origin === 'document' ? [unit.path] : []));
    return (tree?.near?.(paths) ?? tree)?.findCallers?.(name) ?? [];
  };
  const found = new Set<FunctionSymbol>();
  let files = 0;
  for (const symbol of changed) {
    if (symbol.isStatic || symbol.at === null || !completed(symbol.at.unit) || isNamed(program, symbol)) continue;
    for (const path of ask(symbol.name)) {
      if (files === MOST_FILES || found.size >= MOST_OUTSIDE) return [...found];
      files++;
      const there = (program.functionsInTree?.(path) ?? []).filter(
        ({ at }) => at !== null && program.units[at.unit]?.path === path,
      );
      const unit = there[0]?.at?.unit;
      if (unit === undefined) continue;
      let level: readonly FunctionSymbol[] = [symbol];
      for (let depth = 0; depth < LEVELS && level.length > 0; depth++) {
        level = mentioningIn(program, unit, there, level).filter((each) => !found.has(each));
        for (const each of level) if (found.size < MOST_OUTSIDE) found.add(each);
      }
    }
  }
  return [...found];
}

/** Whether the document's code names the function elsewhere than where it declares it: calls it, or hands it to somebody. */
function isNamed(program: Program, { name }: FunctionSymbol): boolean {
  // Declarations begin their lines; what stands in a body, or in an initialiser, does not.
  const use = new RegExp(`^[ \\t]+[^\\n]*\\b${name}\\b|[=,{]\\s*&?${name}\\s*[,;}]`, 'm');
  return program.units.some(
    ({ origin, text }) =>
      origin === 'document' && text.includes(name) && use.test(text.replace(/\/\*[\s\S]*?\*\//g, '')),
  );
}

/** Functions of the unit in whose bodies one of these is named. Lowering every body to ask it would cost more than all else. */
function mentioning(program: Program, unit: number, symbols: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  return mentioningIn(program, unit, program.functions, symbols);
}

function mentioningIn(
  program: Program,
  unit: number,
  functions: readonly FunctionSymbol[],
  symbols: readonly FunctionSymbol[],
): readonly FunctionSymbol[] {
  const text = program.units[unit]?.text ?? '';
  const all = functions
    .flatMap((symbol) => (symbol.at?.unit === unit ? [{ symbol, start: symbol.at.start }] : []))
    .sort((one, other) => one.start - other.start);
  const found = new Set<FunctionSymbol>();
  for (const { index } of text.matchAll(new RegExp(`\\b(?:${symbols.map(({ name }) => name).join('|')})\\b`, 'g'))) {
    const around = all.findLast(({ start }) => start < index)?.symbol;
    if (around === undefined || found.has(around) || symbols.includes(around)) continue;
    const body = around.body();
    if (body !== null && index <= body.at.end) found.add(around);
  }
  return [...found];
}
