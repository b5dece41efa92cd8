/**
 * What is documented of each op and function of the document, next to what its runs showed: kernel-doc of the function and of the member it is
 * stored in, comments about locks, else the contract that the kernel keeps for the op. Marks only what plainly contradicts.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { RunView } from '../checks/check.ts';
import { factsInWords } from '../contracts/contextStatement.ts';
import type { DocumentedContract, OpContract } from '../contracts/contract.ts';
import { documentedDuties } from '../contracts/documentedLocks.ts';
import { documentedContract, findKernelDocs, type KernelDoc } from '../contracts/kernelDoc.ts';
import { enclosingStruct, type Op, type OpsTable } from '../contracts/opsTables.ts';
import { CONTEXT_WORDS } from '../explore/scenario.ts';
import type { Site } from '../machine/events.ts';
import type { ContractReport, ContractRow, DocumentReport, Place } from '../report/finding.ts';
import { Observed, type ObservedFunction, type Seen } from './observed.ts';
import type { Places } from './places.ts';

/** What a comment says, and where. */
interface Stated {
  readonly contract: DocumentedContract;
  readonly at: Span;
}

interface Parts {
  readonly program: Program;
  readonly tables: readonly OpsTable[];
  /** Functions of the document that are executed. */
  readonly own: readonly FunctionSymbol[];
  readonly observed: Observed;
  readonly places: Places;
}

/** Gathers what the runs of one document show, if somebody wants to know. */
export class Contracts {
  private observed: Observed | null = null;

  constructor(
    private readonly asked: boolean,
    private readonly parts: () => Omit<Parts, 'observed'>,
  ) {}

  note(run: RunView): void {
    if (this.asked) this.seen().note(run);
  }

  report(): Pick<DocumentReport, 'contracts'> {
    return this.asked ? { contracts: contractReports({ ...this.parts(), observed: this.seen() }) } : {};
  }

  private seen(): Observed {
    this.observed ??= new Observed(new Set(this.parts().own.map(({ name }) => name)));
    return this.observed;
  }
}

/** Most of one kind of thing that a row lists. */
const LISTED = 5;

/** One report per op and function, in source order. */
function contractReports(parts: Parts): ContractReport[] {
  const { program, tables, own, observed, places } = parts;
  const docs = new Docs(program);
  const ops = tables.flatMap((table) => table.ops);
  return own.flatMap((symbol) => {
    if (symbol.at === null) return [];
    const named = ops.filter((op) => op.function === symbol);
    const seen = observed.of(symbol.name);
    const place = places.place(symbol.at);
    return [
      {
        function: symbol.name,
        ops: named.map((op) => `${op.table.symbol.name}.${op.member}`),
        place,
        range: rangeOf(symbol, places),
        named: named.map((op) => places.place(op.at)),
        calls: seen?.calls ?? 0,
        rows: new Rows(places, named[0] ?? null, docs.about(symbol, named), seen).all(program, symbol),
      },
    ];
  });
}

function rangeOf(symbol: FunctionSymbol, places: Places): ContractReport['range'] {
  const at = symbol.body()?.at ?? symbol.at;
  if (symbol.at === null || at === null) return null;
  const [first] = places.place(symbol.at).document;
  const [last] = places.place({ unit: at.unit, start: Math.max(at.start, at.end - 1), end: at.end }).document;
  return first === undefined ? null : { start: first.start, end: Math.max(first.end, last?.end ?? 0) };
}

/** Kernel-doc of functions and of members, with the unit each stands in. */
class Docs {
  private readonly members = new Map<string, Stated>();
  private readonly functions = new Map<string, Stated>();

  constructor(program: Program) {
    for (const unit of program.units) {
      if (unit.origin === 'bundled' || !unit.text.includes('/**')) continue;
      for (const doc of findKernelDocs(unit.text)) {
        const stated = { contract: documentedContract(doc), at: { unit: unit.id, ...doc.range } };
        if (doc.kind === 'function') this.functions.set(`${unit.id} ${doc.name}`, stated);
        else if (doc.kind === 'member') this.members.set(memberKey(unit.text, doc), stated);
      }
    }
  }

  /** Its own comment first, then that of the member it is stored in. */
  about(symbol: FunctionSymbol, ops: readonly Op[]): readonly Stated[] {
    return [
      this.functions.get(`${symbol.at?.unit} ${symbol.name}`),
      ...ops.map((op) => this.members.get(`${op.table.struct}.${op.member}`)),
    ].filter((each) => each !== undefined);
  }
}

function memberKey(text: string, doc: KernelDoc): string {
  return `${enclosingStruct(text, doc)}.${doc.name}`;
}

/** Makes the rows of one function. */
class Rows {
  constructor(
    private readonly places: Places,
    private readonly op: Op | null,
    private readonly stated: readonly Stated[],
    private readonly seen: ObservedFunction | null,
  ) {}

  all(program: Program, symbol: FunctionSymbol): ContractRow[] {
    return [
      this.context(),
      this.sleeping(),
      this.reclaim(),
      this.locks(),
      ...this.callerHolds(program, symbol),
      this.returns(),
    ].filter((row) => row !== null);
  }

  private get bundled(): OpContract | null {
    return this.op?.table.known ? this.op.contract : null;
  }

  private context(): ContractRow | null {
    const stated = this.stated.find(({ contract }) => contract.contextText !== null);
    const known = this.bundled;
    const words = known === null ? null : known.contexts.map((context) => CONTEXT_WORDS[context]).join('; or ');
    const contexts = this.seen === null ? [] : listed(this.seen.contexts);
    const entry =
      this.seen === null
        ? []
        : listed(this.seen.heldAtEntry).map((held) => (held === '' ? 'no lock held' : `${held} held`));
    const observed = contexts.length > 0 ? contexts : entry;
    return this.row('context', {
      documented: stated?.contract.contextText ?? words,
      at: stated ?? null,
      source: stated === undefined ? (known?.source ?? null) : null,
      observed: observed.length === 0 ? null : observed.join('; '),
    });
  }

  private sleeping(): ContractRow | null {
    const stated = this.stated.find(({ contract }) => contract.context.sleeps !== null);
    const sleeps = stated?.contract.context.sleeps ?? (this.bundled?.maySleep === false ? 'no' : null);
    const words = { yes: 'may sleep', no: 'must not sleep', gfp: 'may sleep if gfp allows' } as const;
    const first = this.seen === null ? null : firstOf(this.seen.sleeps);
    return this.row('sleeping', {
      documented: sleeps === null ? null : words[sleeps],
      at: stated ?? null,
      source: stated === undefined && sleeps !== null ? (this.bundled?.source ?? null) : null,
      observed:
        this.seen === null
          ? null
          : first === null
            ? `never slept`
            : `may sleep in ${listed(this.seen.sleeps).join(', ')}`,
      observedAt: first?.at ?? null,
      differs: sleeps === 'no' && first !== null,
    });
  }

  private reclaim(): ContractRow | null {
    const stated = this.stated.find(({ contract }) => contract.context.reclaim !== 'unspecified');
    const known = this.bundled?.reclaim ?? 'unspecified';
    const rule = stated?.contract.context.reclaim ?? known;
    const { seen } = this;
    const resv =
      seen === null ? null : ([...seen.locks].find(([lock]) => lock.startsWith('reservation_ww_class'))?.[1] ?? null);
    const first = seen === null ? null : (firstOf(seen.waits) ?? resv);
    const waits = seen === null ? [] : [...listed(seen.waits), ...(resv === null ? [] : ['a reservation lock'])];
    const others = seen === null ? [] : listed(seen.allocations);
    const calm =
      others.length === 0 ? 'allocates nothing' : `allocates with ${others.join(', ')}, which waits for nothing`;
    return this.row('reclaim', {
      documented: rule === 'unspecified' ? null : `reclaim ${rule}`,
      at: stated ?? null,
      source: stated === undefined && rule !== 'unspecified' ? (this.bundled?.source ?? null) : null,
      observed: seen === null ? null : waits.length === 0 ? calm : `may wait for reclaim: ${waits.join(', ')}`,
      observedAt: first?.at ?? null,
      differs: rule === 'safe' && waits.length > 0,
    });
  }

  private locks(): ContractRow | null {
    const stated = this.stated.find(({ contract: { context } }) => context.takes.length + context.releases.length > 0);
    const taken = this.seen === null ? [] : listed(this.seen.locks);
    const facts =
      stated === undefined
        ? []
        : factsInWords({ ...stated.contract.context, where: null, sleeps: null, reclaim: 'unspecified', expects: [] });
    if (stated === undefined && taken.length === 0) return null;
    return this.row('locks', {
      documented: facts.length === 0 ? null : facts.join(', '),
      at: stated ?? null,
      observed: this.seen === null ? null : taken.length === 0 ? 'takes none' : `takes ${taken.join(', ')}`,
      observedAt: this.seen === null ? null : (firstOf(this.seen.locks)?.at ?? null),
    });
  }

  private callerHolds(program: Program, symbol: FunctionSymbol): (ContractRow | null)[] {
    return documentedDuties(program, symbol).map(({ way, words, sentence, at }) => {
      const { seen } = this;
      const missing = way === null ? undefined : seen?.missing.get(way.text);
      const calls = seen?.calls ?? 0;
      return this.row(`caller holds ${way?.text ?? words}`, {
        documented: sentence,
        at: { at },
        observed:
          way === null
            ? 'which lock that is cannot be told: not looked at'
            : calls === 0
              ? null
              : missing === undefined
                ? calls === 1
                  ? 'held in its one call'
                  : `held in all ${calls} calls`
                : `not held in ${missing.count} of ${calls} calls`,
        observedAt: missing?.at ?? null,
        differs: missing !== undefined,
      });
    });
  }

  private returns(): ContractRow | null {
    const stated = this.stated.find(({ contract }) => contract.returnText !== null);
    const convention = this.bundled?.result ?? null;
    const results =
      this.seen === null ? [] : [...this.seen.results].map(([result, { count }]) => `${result} (${count})`);
    if (
      stated === undefined &&
      (convention === null || convention === 'void') &&
      (results.length === 0 || this.seen?.results.has('nothing'))
    )
      return null;
    const wrong =
      this.seen === null ? undefined : [...this.seen.results].find(([result]) => against(convention, result));
    return this.row('returns', {
      documented: stated?.contract.returnText ?? (convention === null ? null : CONVENTIONS[convention]),
      at: stated ?? null,
      source: stated === undefined && convention !== null ? (this.bundled?.source ?? null) : null,
      observed: results.length === 0 ? null : results.slice(0, LISTED + 1).join(', '),
      observedAt: wrong?.[1].at ?? null,
      differs: wrong !== undefined,
    });
  }

  private row(
    subject: string,
    parts: {
      readonly documented: string | null;
      readonly at: { readonly at: Span } | null;
      readonly source?: string | null;
      readonly observed: string | null;
      readonly observedAt?: Site | null;
      readonly differs?: boolean;
    },
  ): ContractRow | null {
    if (parts.documented === null && parts.observed === null) return null;
    const place = (span: Span | undefined): Place | null => (span === undefined ? null : this.places.place(span));
    const { observedAt = null } = parts;
    return {
      subject,
      documented: parts.documented,
      documentedAt: parts.documented === null ? null : place(parts.at?.at),
      source: parts.source ?? null,
      observed: parts.observed,
      observedAt:
        observedAt === null || !this.places.inDocument(observedAt.span) ? null : this.places.place(observedAt.span),
      differs: parts.differs ?? false,
    };
  }
}

const CONVENTIONS: Readonly<Record<OpContract['result'], string>> = {
  errno: '0 or a negative error code',
  'err-ptr': 'a pointer or ERR_PTR(), never NULL',
  cookie: 'a pointer, NULL (not needed) or ERR_PTR()',
  null: 'a pointer or NULL',
  'dma-address': 'an address, or DMA_MAPPING_ERROR',
  bool: 'true or false',
  void: 'nothing',
  unknown: 'not known',
};

/** A result that the convention of the op does not have. */
function against(convention: OpContract['result'] | null, result: string): boolean {
  if (convention === 'errno') return /^[1-9]\d*$/.test(result);
  if (convention === 'err-ptr') return /^(?:NULL|0)$/.test(result);
  return convention === 'null' && result.startsWith('ERR_PTR');
}

function listed(map: ReadonlyMap<string, Seen>): string[] {
  const names = [...map.keys()];
  return names.length <= LISTED ? names : [...names.slice(0, LISTED), `${names.length - LISTED} more`];
}

function firstOf(map: ReadonlyMap<string, Seen>): Seen | null {
  const [first] = [...map.values()];
  return first ?? null;
}
