/** The functions that the units of a program define or declare, in source order, each once. Which of them counts is the linker's to say. */
import type { UnitScope } from './fileScope.ts';
import type { FunctionSymbol } from './ir.ts';
import type { Linker } from './linker.ts';
import type { SourceUnit } from './source.ts';

export function functionsOf(
  scopes: readonly UnitScope[],
  units: readonly SourceUnit[],
  linker: Linker,
): readonly FunctionSymbol[] {
  const out = new Set<FunctionSymbol>();
  for (const scope of scopes) {
    if (scope.unit.origin === 'bundled') continue;
    for (const { name } of scope.functionNames()) {
      const meaning = scope.ordinary(name);
      if (meaning?.kind !== 'function') continue;
      out.add(meaning);
      // A part of a function that runs as somebody else has it whole is run for itself, too.
      const elsewhere = meaning.at !== null && units[meaning.at.unit]?.origin !== 'document';
      const part = elsewhere ? linker.part(scope, name) : null;
      if (part !== null) out.add(part);
    }
  }
  return [...out];
}
