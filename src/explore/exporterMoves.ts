/** Functions of an exporter, besides its ops, that take its storage away from importers: they move the buffer, or revoke it. */
import type { FunctionSymbol } from '../c/ir.ts';
import type { StructType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { pointeeOf } from '../kernel/inferPointee.ts';

/** Calls that tell importers. */
export const ANNOUNCES: ReadonlySet<string> = new Set(['dma_buf_move_notify', 'dma_buf_invalidate_mappings']);
/** What exporters call the mark that a buffer is nobody's to map any more. */
export const REVOKED = /^(?:is_|was_)?revoked$/;
const CALL_DEPTH = 3;

/** The exporter's private data, as its ops take it; null when they do not say. */
export function privateType(table: OpsTable): StructType | null {
  return pointeeOf(
    table.ops.map((op) => op.function),
    'struct dma_buf',
    'priv',
  );
}

/** Functions that take the exporter's private data and announce a move: by contract they run while importers are there. */
export function moversOf(table: OpsTable, own: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  return takingPrivate(table, own).filter(announcesMove);
}

/** Functions that take the exporter's private data and mark it revoked, whether they announce that or not. */
export function revokersOf(table: OpsTable, own: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  return takingPrivate(table, own).filter(marksRevoked);
}

function takingPrivate(table: OpsTable, own: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  const priv = privateType(table);
  if (priv === null) return [];
  const ops = table.ops.map((op) => op.function);
  return own.filter((symbol) => {
    const [first] = symbol.type.parameters;
    return (
      !ops.includes(symbol) && first?.kind === 'pointer' && first.to.kind === 'struct' && first.to.tag === priv.tag
    );
  });
}

function announcesMove(symbol: FunctionSymbol): boolean {
  let found = false;
  walkFunctions([symbol], CALL_DEPTH, (expression) => {
    found =
      expression.kind === 'call' && expression.callee.kind === 'direct' && ANNOUNCES.has(expression.callee.symbol.name);
    return found;
  });
  return found;
}

function marksRevoked(symbol: FunctionSymbol): boolean {
  let found = false;
  walkFunctions([symbol], 0, (expression) => {
    found =
      expression.kind === 'assign' &&
      expression.place.kind === 'member' &&
      REVOKED.test(expression.place.member.name ?? '');
    return found;
  });
  return found;
}
