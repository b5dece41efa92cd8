/** A topology as a user names it: a preset, or the text of a topology file. */
import type { Read } from '../patch/problem.ts';
import { parseTopology } from './parse.ts';
import { PRESETS, presetTopology } from './presets.ts';
import type { Topology } from './topology.ts';

/** Reads a preset name or JSON text; `value` is null when it is neither, and the problems say why. */
export function readTopology(nameOrText: string): Read<Topology | null> {
  if (/[{\n]/.test(nameOrText)) return parseTopology(nameOrText);
  const preset = presetTopology(nameOrText.trim());
  if (preset !== null) return { value: preset, problems: [] };
  const known = PRESETS.map(({ name }) => name).join(', ');
  const range = { start: 0, end: nameOrText.length };
  const message = `there is no topology named '${nameOrText.trim()}'; there are ${known}`;
  return { value: null, problems: [{ code: 'topology-name', severity: 'error', message, range }] };
}
