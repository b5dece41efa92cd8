/**
 * Reads a topology file: JSON, held to the published schema, then built. Every problem carries the range of the value it is about.
 */
import type { Problem, Read, TextRange } from '../patch/problem.ts';
import { buildTopology } from './build.ts';
import type { TopologyDescription } from './description.ts';
import { type JsonNode, readJson } from './json.ts';
import { checkSchema, type Schema } from './schema-check.ts';
import schema from './topology.schema.json';
import type { Topology } from './topology.ts';

/** The published schema (contributed to editors as it stands). */
export const TOPOLOGY_SCHEMA: Schema = schema;

/** Reads and builds a topology; `value` is null when there was any error. */
export function parseTopology(text: string): Read<Topology | null> {
  const json = readJson(text);
  if (json.value === null) return { value: null, problems: json.problems };
  const root = json.value;
  const shape = checkSchema(TOPOLOGY_SCHEMA, root);
  if (shape.length > 0) return { value: null, problems: inOrder(shape) };
  const description = plain(root);
  if (!isDescription(description, shape)) return { value: null, problems: shape };
  const built = buildTopology(description);
  const problems = built.problems.map(
    (problem): Problem => ({
      code: 'topology-meaning',
      severity: 'error',
      message: problem.message,
      range: rangeOf(root, problem.pointer),
    }),
  );
  return problems.length > 0 ? { value: null, problems: inOrder(problems) } : { value: built.topology, problems };
}

/** One line per problem: `12:7: there is no IOMMU named iommu1`. */
export function problemLines(text: string, problems: readonly Problem[]): readonly string[] {
  return problems.map((problem) => {
    const before = text.slice(0, problem.range.start);
    const line = before.split('\n').length;
    return `${line}:${before.length - before.lastIndexOf('\n')}: ${problem.message}`;
  });
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.range.start - b.range.start);
}

/** The schema check is what makes this true. */
function isDescription(value: unknown, shape: readonly Problem[]): value is TopologyDescription {
  return shape.length === 0 && typeof value === 'object' && value !== null;
}

function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map((member) => [member.key, plain(member.value)]));
    case 'array':
      return node.items.map(plain);
    case 'null':
      return null;
    default:
      return node.value;
  }
}

/** Range of the value at a JSON pointer, or of the nearest enclosing value that exists. */
function rangeOf(root: JsonNode, pointer: string): TextRange {
  let node = root;
  for (const step of pointer.split('/').slice(1)) {
    const next: JsonNode | undefined =
      node.kind === 'object'
        ? node.members.find((member) => member.key === step)?.value
        : node.kind === 'array'
          ? node.items[Number(step)]
          : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node.kind === 'object' || node.kind === 'array'
    ? { start: node.range.start, end: node.range.start + 1 }
    : node.range;
}
