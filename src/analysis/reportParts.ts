/** Parts of a report that say what was read and what could not be executed; what was found is not their business. */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import { positionsOf } from '../checks/eventIndex.ts';
import { factsInWords } from '../contracts/contextStatement.ts';
import { documentedDuties } from '../contracts/documentedLocks.ts';
import { documentedMembers, type OpsTable } from '../contracts/opsTables.ts';
import type { Event } from '../machine/events.ts';
import { hasPatchId, patchId } from '../patch/patchId.ts';
import type { Patch } from '../patch/series.ts';
import type { DocumentedOp, DocumentReport, Finding, TableReport, UnsupportedReport } from '../report/finding.ts';
import { NOWHERE, type Places } from './places.ts';
import type { Reading } from './reading.ts';

/** Series and patches of the document. */
export function headOf({ document }: Reading): Pick<DocumentReport, 'series' | 'patches'> {
  return {
    series: document.series.map((series) => ({
      subject: series.subject,
      files: [...new Set(series.patches.flatMap((patch) => patch.files.map((file) => file.path)))],
    })),
    patches: document.series.flatMap((series) => series.patches.filter(({ files }) => hasPatchId(files)).map(named)),
  };
}

/** Few ask for the id, and it costs a pass over the whole text. */
function named({ files, subject, range }: Patch): DocumentReport['patches'][number] {
  let id: string | null = null;
  return {
    get id(): string {
      id ??= patchId(files) ?? '';
      return id;
    },
    subject,
    range,
  };
}

/** Each table with its ops and where they stand. */
export function tableReports(tables: readonly OpsTable[], places: Places): TableReport[] {
  return tables.map((table) => ({
    name: table.symbol.name,
    struct: table.struct,
    place: table.symbol.at ? places.place(table.symbol.at) : NOWHERE,
    ops: table.ops.map((op) => ({
      member: op.member,
      function: op.function.name,
      place: op.function.at ? places.place(op.function.at) : null,
    })),
  }));
}

/** Contracts of ops that the document states. */
export function documentedOps(program: Program): DocumentedOp[] {
  return [...documentedMembers(program)].flatMap(([struct, members]) =>
    [...members].flatMap(([member, contract]) => {
      const facts = factsInWords(contract.context);
      return contract.contextText === null && facts.length === 0
        ? []
        : [{ struct, member, context: contract.contextText, facts }];
    }),
  );
}

/** Locks that comments of these functions say their callers hold. */
export function documentedLocks(
  program: Program,
  functions: readonly FunctionSymbol[],
  places: Places,
): Pick<DocumentReport, 'documentedLocks'> {
  const found = functions.flatMap((symbol) =>
    documentedDuties(program, symbol).map(({ way, sentence, at }) => ({
      function: symbol.name,
      lock: way?.text ?? null,
      sentence,
      place: places.place(at),
    })),
  );
  return found.length === 0 ? {} : { documentedLocks: found };
}

/** What runs could not execute, each thing once. */
export class UnsupportedLog {
  private readonly entries = new Map<string, UnsupportedReport>();

  constructor(private readonly places: Places) {}

  /**
   * Takes note of what ended a run.
   * @param limits whether a limit counts
   */
  noteAll(trace: readonly Event[], limits: boolean): void {
    for (const kind of limits ? (['unsupported', 'limit'] as const) : (['unsupported'] as const))
      for (const index of positionsOf(trace, kind)) {
        const event = trace[index];
        if (event?.kind === kind) this.note(event);
      }
  }

  private note(event: Extract<Event, { kind: 'unsupported' | 'limit' }>): void {
    const key = `${event.kind} ${event.message} ${event.at?.span.unit} ${event.at?.span.start}`;
    if (this.entries.has(key)) return;
    this.entries.set(key, {
      function: event.at?.function ?? 'a scenario',
      construct: event.kind === 'limit' ? 'limit' : 'construct',
      reason: event.message,
      bias: 'may hide findings on what follows it',
      place: event.at ? this.places.place(event.at.span) : null,
    });
  }

  all(): readonly UnsupportedReport[] {
    return [...this.entries.values()];
  }

  /** Why execution ended inside a function, by its name. */
  reasons(): ReadonlyMap<string, string> {
    return new Map([...this.entries.values()].map((entry) => [entry.function, entry.reason]));
  }
}

/** Order of findings in a report: as they stand in the document, then by code. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    (a.place.document[0]?.start ?? 0) - (b.place.document[0]?.start ?? 0) ||
    (a.code < b.code ? -1 : a.code > b.code ? 1 : 0)
  );
}
