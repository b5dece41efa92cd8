/**
 * Functions of a document whose kernel-doc says where they may be called: each becomes an op of its own in the strictest context that its
 * `Context:` promises. What is promised of ops stands in their tables' kernel-doc (opsTables.ts); what a text means is contextStatement.ts.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { ContextId, ContextStatement } from './contract.ts';
import { documentedContract, findKernelDocs } from './kernelDoc.ts';
import { conventionByType, type Op } from './opsTables.ts';
import { opOf } from './registeredFunctions.ts';

/** What stands for a table in names of scenarios. */
const TABLE = 'kernel-doc';

/** The contexts that a statement promises to be good for, and that say more than process context; none when it promises nothing such. */
function promised({ where, sleeps, reclaim }: ContextStatement): readonly ContextId[] {
  const contexts: ContextId[] = [];
  if (sleeps === null || sleeps === 'no') {
    if (where === 'hardirq' || where === 'softirq' || where === 'atomic') contexts.push(where);
    else if (where === 'any' || sleeps === 'no') contexts.push('atomic');
  }
  // Inside reclaim, where even GFP_NOFS waits for notifiers (mm/page_alloc.c:fs_reclaim_acquire).
  if (reclaim === 'safe') contexts.push('notifier');
  return contexts;
}

/** Ops of these functions, in their order; none of a function that only a part is shown of. */
export function documentedFunctions(program: Program, functions: readonly FunctionSymbol[]): readonly Op[] {
  const byUnit = new Map<number, ReturnType<typeof findKernelDocs>>();
  const docsOf = (unit: number): ReturnType<typeof findKernelDocs> => {
    const { text = '' } = program.units[unit] ?? {};
    const known = byUnit.get(unit) ?? (text.includes('/**') ? findKernelDocs(text) : []);
    byUnit.set(unit, known);
    return known;
  };
  return functions.flatMap((symbol) => {
    const { at } = symbol;
    if (at === null) return [];
    const doc = docsOf(at.unit).find((each) => each.kind === 'function' && each.name === symbol.name);
    if (doc === undefined || !doc.sections.has('context')) return [];
    const documented = documentedContract(doc);
    const contexts = promised(documented.context);
    if (contexts.length === 0 || (symbol.body()?.partial ?? true)) return [];
    return [
      opOf(
        symbol,
        {
          table: TABLE,
          member: symbol.name,
          contexts,
          roles: [],
          result: conventionByType(symbol.type.result),
          reclaim: documented.context.reclaim,
          maySleep: contexts.every((context) => context === 'notifier'),
          required: 'unknown',
          caller: 'open',
          source: 'its kernel-doc',
          documented,
        },
        at,
      ),
    ];
  });
}
