/**
 * A finding and everything an analysis gives back: the one result that the command line, the language server and the panel render.
 * The JSON of `interlock check --format json` is this, with document offsets turned to lines.
 */
import type { Level } from '../checks/check.ts';
import type { DocumentEdit } from '../patch/patchEdit.ts';
import type { TextRange } from '../patch/problem.ts';

export type Verdict =
  /** An execution shows it. */
  | 'violation'
  /** It rests on an assumption about something not seen; the finding says which. */
  | 'suspected'
  /** Interlock could not execute this; the finding says what that can hide. */
  | 'unsupported';

export interface Finding {
  /** `IL0201` */
  readonly code: string;
  /** `blocking-allocation-in-reclaim-safe-op` */
  readonly slug: string;
  readonly verdict: Verdict;
  /** Default level of its check: `info` never fails a run of `interlock check`. */
  readonly level: Level;
  /** Neutral, at most 100 characters, kernel identifiers in backquotes. */
  readonly message: string;
  /** Function that contains the place; null for a place outside any function. */
  readonly function: string | null;
  /** `drm_pagemap_ops.device_iova_link`; null when found outside an op. */
  readonly op: string | null;
  readonly place: Place;
  readonly change: 'introduced' | 'existing' | 'fixed' | 'unknown';
  readonly related: readonly RelatedPlace[];
  /** What a `suspected` rests on, or what an `unsupported` can hide or invent. */
  readonly assumption: string | null;
  /** Calling context in words: `C1 get_pages: notifier_lock held for read`. */
  readonly context: string | null;
  readonly topology: string | null;
  /** The chain that led here, slimmed to the steps that matter. */
  readonly steps: readonly Step[];
  readonly held: readonly { readonly lock: string; readonly mode: string; readonly place: Place | null }[];
  /** What the contract documents for the op, and what was observed. */
  readonly documented: string | null;
  /** Token that re-runs the execution; null when the finding needs no execution. */
  readonly replay: string | null;
  /** The same as the kernel's lock validator would print it; null when it would not. */
  readonly lockdep: string | null;
  /** A mechanical repair as edits of the document, in text order; null when there is none. */
  readonly fix: { readonly title: string; readonly edits: readonly DocumentEdit[] } | null;
}

/** A place in the document and in the patched kernel file. */
export interface Place {
  /** Ranges in the document (one, or more when a mail wrapped the line); empty when the place is not in the document. */
  readonly document: readonly TextRange[];
  /** Path of the patched file and 1-based line/column there; null for places in bundled text. */
  readonly sourceFile: string | null;
  readonly sourceLine: number | null;
  readonly sourceColumn: number | null;
}

export interface RelatedPlace {
  readonly message: string;
  readonly place: Place;
}

export interface Step {
  /** Index of the event in the run's trace. */
  readonly event: number;
  readonly text: string;
  readonly place: Place | null;
}

export interface TableReport {
  /** `my_pagemap_ops` */
  readonly name: string;
  /** `drm_pagemap_ops` */
  readonly struct: string;
  readonly place: Place;
  readonly ops: readonly { readonly member: string; readonly function: string; readonly place: Place | null }[];
}

/** A contract that the document itself states in kernel-doc. */
export interface DocumentedOp {
  /** `drm_pagemap_ops` */
  readonly struct: string;
  readonly member: string;
  /** The `Context:` section as written; null when there is none. */
  readonly context: string | null;
  /** In executable terms: `reclaim safe`, `takes dma-resv`. */
  readonly facts: readonly string[];
}

/** What is documented of an op or a function of the document, next to what its runs showed. */
export interface ContractReport {
  readonly function: string;
  /** `my_ops.map_dma_buf`, of each table that names it. */
  readonly ops: readonly string[];
  /** Its head. */
  readonly place: Place;
  /** All of it in the document, and where tables name it; null: it stands elsewhere. */
  readonly range: TextRange | null;
  readonly named: readonly Place[];
  readonly calls: number;
  readonly rows: readonly ContractRow[];
}

/** One thing that a contract speaks of. */
export interface ContractRow {
  /** `context`, `sleeping`, `reclaim`, `locks`, `caller holds vm->lock`, `returns`. */
  readonly subject: string;
  /** As it is written, or in words; null: nothing is documented. */
  readonly documented: string | null;
  /** Where that stands in the document; null: it is the kernel's own rule, and `source` says whose. */
  readonly documentedAt: Place | null;
  readonly source: string | null;
  /** null: no run came to it. */
  readonly observed: string | null;
  readonly observedAt: Place | null;
  /** What was observed contradicts what is documented. */
  readonly differs: boolean;
}

/** A lock that a comment says the caller of a function of the document holds. */
export interface DocumentedLockReport {
  readonly function: string;
  /** As C would write it; null: the words name no lock that can be told, and nothing is checked. */
  readonly lock: string | null;
  readonly sentence: string;
  readonly place: Place;
}

export interface UnsupportedReport {
  readonly function: string;
  readonly construct: string;
  readonly reason: string;
  /** `may hide findings`, `may invent findings`, or both. */
  readonly bias: string;
  readonly place: Place | null;
}

export interface FunctionCoverage {
  readonly function: string;
  readonly place: Place;
  readonly executed: boolean;
  /** Some run of it came to its end. */
  readonly returned?: boolean;
  /** Why not, when not executed. */
  readonly reason: string | null;
  readonly partial: boolean;
}

/** Statements on lines that the document itself brings: `+` lines of a patch, all lines of a C file. */
export interface StatementCoverage {
  readonly total: number;
  readonly reached: number;
  readonly missed: readonly { readonly function: string; readonly place: Place; readonly reason: string }[];
}

/** One scenario, and what came of its runs. */
export interface ScenarioReport {
  /** Table, or the function's name: as `interlock simulate --table` takes it. */
  readonly table: string;
  readonly name: string;
  readonly title: string;
  readonly runs: number;
  /** It was left before every fault was tried with every other: the last such pairs showed nothing new, or a scenario of the same table tried them. */
  readonly left?: boolean;
  /** What each op answered, and in how many runs; most frequent first. */
  readonly outcomes: readonly { readonly op: string; readonly result: string; readonly runs: number }[];
}

export interface DocumentReport {
  readonly path: string;
  readonly series: readonly { readonly subject: string; readonly files: readonly string[] }[];
  /** The patches in it that carry changes themselves, as `git patch-id --stable` names them; ranges in the document. */
  readonly patches: readonly { readonly id: string; readonly subject: string; readonly range: TextRange }[];
  readonly tables: readonly TableReport[];
  readonly documented: readonly DocumentedOp[];
  /** Absent when no comment speaks of locks. */
  readonly documentedLocks?: readonly DocumentedLockReport[];
  /** Absent unless it was asked for. */
  readonly contracts?: readonly ContractReport[];
  readonly functions: readonly FunctionCoverage[];
  /** Absent when nothing was executed. */
  readonly statements?: StatementCoverage;
  /** Absent when nothing was executed. */
  readonly scenarios?: readonly ScenarioReport[];
  readonly unsupported: readonly UnsupportedReport[];
  readonly findings: readonly Finding[];
  /** What the readers could not take as it stood. */
  readonly problems: readonly { readonly severity: string; readonly message: string; readonly range: TextRange }[];
  readonly stats: { readonly runs: number; readonly steps: number };
  /** Bounds that were hit, in words; empty when everything was explored. */
  readonly bounds: readonly string[];
}
