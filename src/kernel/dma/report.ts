/** What the mapping stack says when one of its rules is broken. Plain data; models turn it into `report` events. */
import type { Related, Site } from '../../machine/events.ts';
import type { DmaRule } from './rules.ts';

/** Where in the run something was done; null for a scenario or a test. */
export type Origin = Site | null;

export interface DmaReport {
  readonly rule: DmaRule;
  readonly message: string;
  readonly related: readonly Related[];
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

export type ReportSink = (report: DmaReport) => void;
