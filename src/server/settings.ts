/** The user's settings as the server uses them, read defensively: any editor can send anything. */
import type { Finding, Verdict } from '../report/finding.ts';

export interface Settings {
  readonly checkOn: 'edit' | 'save' | 'command';
  readonly checkCFiles: boolean;
  readonly minimumVerdict: Verdict;
  readonly showExisting: boolean;
  readonly ignore: readonly string[];
  /** Empty: chosen per op. */
  readonly topology: string;
  /** Seconds. */
  readonly timeLimit: number;
  /** 0: the engine's own bound. */
  readonly maxRuns: number;
  readonly codeLens: boolean;
  /** Empty: none. */
  readonly kernelTree: string;
}

export const DEFAULT_SETTINGS: Settings = {
  checkOn: 'edit',
  checkCFiles: false,
  minimumVerdict: 'unsupported',
  showExisting: true,
  ignore: [],
  topology: '',
  timeLimit: 20,
  maxRuns: 0,
  codeLens: true,
  kernelTree: '',
};

/** Settings from what an editor sent for the section `interlock`; what is missing or of another type keeps its default. */
export function readSettings(sent: unknown): Settings {
  const value = isRecord(sent) ? sent : {};
  const d = DEFAULT_SETTINGS;
  return {
    checkOn: oneOf(value['checkOn'], ['edit', 'save', 'command'], d.checkOn),
    checkCFiles: typeof value['checkCFiles'] === 'boolean' ? value['checkCFiles'] : d.checkCFiles,
    minimumVerdict: oneOf(value['minimumVerdict'], ['violation', 'suspected', 'unsupported'], d.minimumVerdict),
    showExisting: typeof value['showExisting'] === 'boolean' ? value['showExisting'] : d.showExisting,
    ignore: Array.isArray(value['ignore']) ? value['ignore'].filter((item) => typeof item === 'string') : d.ignore,
    topology: typeof value['topology'] === 'string' ? value['topology'] : d.topology,
    timeLimit: bounded(value['timeLimit'], 1, 600, d.timeLimit),
    maxRuns: Math.floor(bounded(value['maxRuns'], 0, 1_000_000, d.maxRuns)),
    kernelTree: typeof value['kernelTree'] === 'string' ? value['kernelTree'] : d.kernelTree,
    codeLens: typeof value['codeLens'] === 'boolean' ? value['codeLens'] : d.codeLens,
  };
}

/** True when the user wants to see this finding. */
export function isShown(finding: Finding, settings: Settings): boolean {
  const ignored = settings.ignore.some((name) => name === finding.code || name === finding.slug);
  if (ignored || (!settings.showExisting && finding.change === 'existing')) return false;
  switch (settings.minimumVerdict) {
    case 'violation':
      return finding.verdict === 'violation';
    case 'suspected':
      return finding.verdict !== 'unsupported';
    case 'unsupported':
      return true;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function oneOf<const T extends string>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.find((item) => item === value) ?? fallback;
}

function bounded(value: unknown, least: number, most: number, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : fallback;
}
