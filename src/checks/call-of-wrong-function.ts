/**
 * A call through a pointer that leads to no function, or to one of another type; and an op whose prototype is another than its member's, as
 * the compiler would say of the initialiser.
 */
import type { CType, FunctionType } from '../c/types.ts';
import page from './call-of-wrong-function.md?raw';
import { check, faultsOf } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';

/** The first parameter that no compiler takes for the member's: a number of another size, or a number for a pointer. */
function otherParameter(op: FunctionType, member: FunctionType): number | null {
  // Ops gained and lost parameters over time: those are other generations of the table.
  if (op.parameters.length !== member.parameters.length) return null;
  const at = op.parameters.findIndex((type, i) => differs(type, member.parameters[i]));
  return at < 0 ? null : at;
}

/** Tables of which it is known what their ops return. */
const KNOWN = /^dma_(?:buf|fence)_|^drm_pagemap_/;

/** `void` for a result or the other way round, of tables whose ops have kept theirs in all versions. */
function otherResult(struct: string, op: FunctionType, member: FunctionType): boolean {
  return KNOWN.test(struct) && (op.result.kind === 'void') !== (member.result.kind === 'void');
}

/** A pointer for a number or the other way round: an op of another generation (`vmap` returned a pointer before 5.11), or a mistake. */
function otherGeneration(struct: string, op: FunctionType, member: FunctionType): boolean {
  const kinds = [op.result.kind, member.result.kind].sort().join(' ');
  return KNOWN.test(struct) && kinds === 'int pointer';
}

function differs(one: CType, other: CType | undefined): boolean {
  if (other === undefined) return false;
  if (one.kind === 'int' && other.kind === 'int') return one.size !== other.size;
  return (one.kind === 'int' && other.kind === 'pointer') || (one.kind === 'pointer' && other.kind === 'int');
}

function inspect(document: DocumentView): DocumentReport[] {
  return document.tables.flatMap((table) => {
    const struct = document.program.type(`struct ${table.struct}`);
    if (struct?.kind !== 'struct' || !table.known) return [];
    return table.ops.flatMap(({ member, function: op, at }): DocumentReport[] => {
      const declared = struct.members.find(({ name }) => name === member)?.type;
      if (declared?.kind !== 'pointer' || declared.to.kind !== 'function' || !document.inDocument(at)) return [];
      const index = otherParameter(op.type, declared.to);
      const generation = otherGeneration(table.struct, op.type, declared.to);
      if (index === null && op.at !== null && (generation || otherResult(table.struct, op.type, declared.to)))
        return [
          {
            at,
            message: `\`${op.name}\` returns another type than \`${member}\` of \`struct ${table.struct}\``,
            function: op.name,
            op: `${table.symbol.name}.${member}`,
            related: [{ message: 'the function begins here', at: op.at }],
            assumption: generation ? 'the tree that the patch is for has the member as it is known here' : null,
          },
        ];
      if (index === null || op.at === null) return [];
      const name = op.type.parameterNames[index] ?? `${index + 1}`;
      return [
        {
          at,
          message: `\`${op.name}\` takes another \`${name}\` than \`${member}\` of \`struct ${table.struct}\``,
          function: op.name,
          op: `${table.symbol.name}.${member}`,
          related: [{ message: 'the function begins here', at: op.at }],
          assumption: 'the tree that the patch is for has the member as it is known here',
        },
      ];
    });
  });
}

export default check(page, { ...faultsOf(['bad-call']), inspect });
