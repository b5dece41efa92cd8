/**
 * Who calls what a patch changes, in the files that a tree completed: functions that the patch does not touch, found by the names that their
 * text mentions. They hold the locks, or hand over the callback, without which a changed function says little. What they do wrong themselves
 * is not the patch's; who they are is all that is decided here.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';

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

/** Functions of the unit in whose bodies one of these is named. Lowering every body to ask it would cost more than all else. */
function mentioning(program: Program, unit: number, symbols: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  const text = program.units[unit]?.text ?? '';
  const all = program.functions
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
