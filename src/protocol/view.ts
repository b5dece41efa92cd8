/**
 * What the panel shows, as plain data: a simulation with document offsets turned into lines. Made by the server, carried by the
 * editor, drawn by the webview. No behaviour here.
 */
import type { Verdict } from '../report/finding.ts';

/** 0-based, UTF-16, end exclusive: as in the language server protocol. */
export interface ViewRange {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly endCharacter: number;
}

export interface ViewPlace {
  /** In the document, in order; empty when the place is not in the document. */
  readonly ranges: readonly ViewRange[];
  /** `drivers/gpu/drm/xe/xe_svm.c:120`, or null. */
  readonly source: string | null;
}

export interface HeldView {
  readonly lock: string;
  readonly mode: string;
  readonly place: ViewPlace | null;
}

/** How an event is drawn: one mark and one name per group, never by colour alone. */
export type EventGroup =
  | 'op'
  | 'call'
  | 'lock'
  | 'memory'
  | 'mapping'
  | 'decision'
  | 'task'
  | 'report'
  | 'unsupported'
  | 'note';

export interface EventView {
  /** Position in the trace, from 0. */
  readonly index: number;
  readonly depth: number;
  readonly task: number;
  readonly group: EventGroup;
  readonly text: string;
  readonly function: string | null;
  readonly place: ViewPlace | null;
  /** Locks the event's task holds after the event: positions in `SimulationView.locks`. */
  readonly held: readonly number[];
  /** Positions in `SimulationView.findings` of what was found here. */
  readonly findings: readonly number[];
}

export interface FindingView {
  readonly code: string;
  readonly slug: string;
  readonly verdict: Verdict;
  readonly message: string;
  readonly op: string | null;
  readonly context: string | null;
  readonly assumption: string | null;
  readonly documented: string | null;
  /** What else it rests on, in words: the other legs of a cycle, where something was allocated. */
  readonly related: readonly string[];
  readonly place: ViewPlace;
  /** The event where it was found; null when it needs no execution. */
  readonly event: number | null;
}

export interface TopologyNode {
  readonly id: string;
  readonly label: string;
  /** `gpu`, `switch`, `host bridge`, … in words. */
  readonly kind: string;
  /** What else matters about it: `iommu0 strict, 16G VRAM`. */
  readonly detail: string;
  /** The node it hangs below; null at the top. Parents come before their children. */
  readonly parent: string | null;
}

/** Something that connects nodes beside the tree: a fabric. */
export interface TopologyLink {
  readonly label: string;
  readonly members: readonly string[];
}

export interface TopologyView {
  readonly name: string;
  readonly summary: string | null;
  /** Empty when only the name is known. */
  readonly nodes: readonly TopologyNode[];
  readonly links: readonly TopologyLink[];
}

export interface SimulationView {
  readonly title: string;
  readonly table: string;
  readonly op: string | null;
  readonly scenario: string;
  readonly context: string;
  readonly topology: TopologyView;
  readonly replay: string;
  readonly events: readonly EventView[];
  readonly locks: readonly HeldView[];
  readonly findings: readonly FindingView[];
  readonly costs: readonly { readonly name: string; readonly value: number }[];
  readonly problems: readonly string[];
  /** Version of the document that was simulated: the panel says so when the text has changed since. */
  readonly version: number;
}
