/** Ops of a document that no table of it names, and what tells them: functions that stand for a table, and those told by their shape. */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import { impliedTables } from '../contracts/impliedTables.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { registeredFunctions } from '../contracts/registeredFunctions.ts';
import { shapedOps } from '../contracts/shapedOps.ts';
import { isKernelFunction } from '../explore/coreCalls.ts';

export class ShownInPart {
  /** Tables that functions stand for which no table of the document names. */
  readonly tables: readonly OpsTable[];
  private shapedOps: readonly Op[] | null = null;

  constructor(
    private readonly program: Program,
    named: readonly OpsTable[],
    private readonly own: readonly FunctionSymbol[],
  ) {
    this.tables = impliedTables(program, this.unnamed(named));
    this.named = [...named, ...this.tables];
  }

  private readonly named: readonly OpsTable[];

  /** Ops told by their shape: nothing of the document says what becomes of them. */
  get shaped(): readonly Op[] {
    if (this.shapedOps === null) {
      const { ops, called, stored } = registeredFunctions(this.program, this.own);
      const used = new Set([...ops.map((op) => op.function), ...called, ...stored]);
      this.shapedOps = shapedOps(this.unnamed(this.named).filter((symbol) => !used.has(symbol)));
    }
    return this.shapedOps;
  }

  private unnamed(tables: readonly OpsTable[]): readonly FunctionSymbol[] {
    const named = new Set(tables.flatMap((table) => table.ops.map((op) => op.function)));
    return this.own.filter((symbol) => !named.has(symbol) && !isKernelFunction(this.program, symbol));
  }
}
