/**
 * The engine's face: what the command line, the language server and the editor ask for. It holds no editor, file or network access;
 * the host hands it text and the two wasm files' bytes.
 */
import type { Event } from '../machine/events.ts';
import type { TextRange } from '../patch/problem.ts';
import type { ReadDocument } from '../patch/series.ts';
import type { DocumentReport, Place } from '../report/finding.ts';

export interface DocumentInput {
  /** As shown to the user; never opened by the engine. */
  readonly path: string;
  readonly text: string;
}

/** Files of a kernel checkout, provided by the host (the engine itself reads nothing). */
export interface KernelTree {
  /** Text of a file by its path in the tree, or null. */
  read(path: string): string | null;
  /** Paths of files that may define or declare this identifier, best first. */
  find(identifier: string): readonly string[];
  /** Text of a blob by (abbreviated) id, or null. */
  blob(id: string): string | null;
  /** Paths of headers that define a macro of this name; without it `find` is asked. */
  findMacro?(name: string): readonly string[];
  /** Paths of source files that may define a function of this name for others, nearest first. */
  findBody?(name: string): readonly string[];
  /** Paths of source files that may call a function of this name, nearest first, and only of its own driver. */
  findCallers?(name: string): readonly string[];
  /** Directories that the build searches for what a file includes. */
  searched?(path: string): readonly string[];
  /** The same tree as these files see it: their own directories and their driver's headers come first. */
  near?(paths: readonly string[]): KernelTree;
  /** A path as the user gave it, from the top of the tree; null when the file lies elsewhere. */
  pathOf?(path: string): string | null;
}

/**
 * How far an analysis has come: every op was run as it goes when nothing fails; every fault was tried on its own. What comes behind (pairs
 * of faults, interleavings) takes longest and finds least; each scenario of interleavings that found something is told too.
 */
export type Stage = 'plain' | 'faults' | 'interleavings';

export interface AnalysisOptions {
  /** Preset name or topology JSON text. Default: chosen per op. */
  readonly topology?: string;
  readonly maxRuns?: number;
  /** Runs of one scenario with concurrent actors. */
  readonly maxInterleavings?: number;
  /** Asked between runs; true stops with what was found so far (a bound that is shown). */
  readonly stop?: () => boolean;
  readonly progress?: (done: number, total: number, what: string) => void;
  /**
   * How much of a document is explored before the rest is left and said to be: `interactive` when someone waits for each answer, `thorough`
   * when nobody does. Default `normal`.
   */
  readonly effort?: 'interactive' | 'normal' | 'thorough';
  /**
   * Given what was found at the end of a stage. A finding in it may still turn from suspected to a violation, and gets its shortest run, at
   * the end; the report at the end does not depend on whether anyone looks in between.
   */
  readonly stage?: (stage: Stage, report: DocumentReport) => void;
  readonly tree?: KernelTree;
  /** Also says of each op and function what its runs showed, next to what is documented. */
  readonly contracts?: boolean;
  /** Executes a patch's files as they were before it too, and marks findings as introduced, there before, or fixed. */
  readonly compare?: boolean;
}

export interface SimulateRequest {
  readonly table: string;
  readonly op?: string;
  readonly scenario?: string;
  readonly topology?: string;
  /** `call-site=failure` injections, e.g. `kzalloc@my_alloc:1`. */
  readonly inject?: readonly string[];
}

export interface TraceLine {
  readonly event: Event;
  /** The event in one line of words. */
  readonly text: string;
  readonly place: Place | null;
}

export interface SimulationReport {
  readonly title: string;
  readonly table: string;
  readonly op: string | null;
  readonly scenario: string;
  readonly context: string;
  readonly topology: string;
  readonly replay: string;
  readonly lines: readonly TraceLine[];
  /** Cost counters in stable order. */
  readonly costs: readonly { readonly name: string; readonly value: number }[];
  readonly findings: DocumentReport['findings'];
  readonly problems: readonly string[];
}

/** What can be simulated in a document, for a quick pick. */
export interface SimulationChoice {
  readonly table: string;
  readonly struct: string;
  readonly op: string;
  readonly function: string;
  /** Name as `SimulateRequest.scenario` takes it, and what happens in it in words. */
  readonly scenarios: readonly { readonly name: string; readonly title: string }[];
  readonly place: Place | null;
}

export interface OutlineNode {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'patch' | 'file' | 'hunk' | 'function' | 'table';
  readonly range: TextRange;
  readonly selection: TextRange;
  readonly children: readonly OutlineNode[];
}

export type DefinitionKind = 'function' | 'object' | 'type' | 'constant' | 'macro' | 'variable' | 'label';

/** Where a document defines a name that it uses. */
export interface DefinitionPlace {
  /** The name in its definition. */
  readonly range: TextRange;
  readonly kind: DefinitionKind;
  readonly name: string;
  /** The patched file. */
  readonly path: string;
}

export interface Engine {
  readonly version: string;
  analyse(document: DocumentInput, options?: AnalysisOptions): DocumentReport;
  /** The same, one run at a time: a host that has only one thread can look up in between. */
  analysing(document: DocumentInput, options?: AnalysisOptions): Generator<void, DocumentReport>;
  choices(document: DocumentInput, options?: AnalysisOptions): readonly SimulationChoice[];
  simulate(document: DocumentInput, request: SimulateRequest, options?: AnalysisOptions): SimulationReport;
  /** null: the token is not one of ours, or belongs to another document; `problems` says so. */
  replay(document: DocumentInput, token: string, options?: AnalysisOptions): SimulationReport;
  /** Markdown of a check's page by code or slug; null when there is none. */
  explain(codeOrSlug: string): string | null;
  listChecks(): readonly {
    readonly code: string;
    readonly slug: string;
    readonly level: string;
    readonly summary: string;
  }[];
  /** What the document says, before anything is executed. */
  read(document: DocumentInput): ReadDocument;
  outline(document: DocumentInput): readonly OutlineNode[];
  /** Definitions, in this document, of the name at an offset of its text; none for what the simulated kernel defines. */
  definition(document: DocumentInput, offset: number, options?: AnalysisOptions): readonly DefinitionPlace[];
}

/** Bytes of web-tree-sitter.wasm and tree-sitter-c.wasm, loaded by the host. */
export interface ParserWasm {
  readonly parser: Uint8Array;
  readonly grammar: Uint8Array;
}
