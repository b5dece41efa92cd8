/**
 * Holds a JSON value to a JSON schema, reporting at the value's own range. The published schema is the only statement of a topology's
 * shape: editors use it, and this check interprets the same file. Understands the keywords that file uses and no others
 * (`SCHEMA_KEYWORDS`; a test keeps the two in step).
 */
import type { Problem } from '../patch/problem.ts';
import type { JsonNode } from './json.ts';

export interface Schema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly oneOf?: readonly Schema[];
  readonly definitions?: Readonly<Record<string, Schema>>;
}

export const SCHEMA_KEYWORDS: readonly string[] = [
  ...[
    '$schema',
    '$ref',
    'title',
    'description',
    'type',
    'enum',
    'pattern',
    'minimum',
    'maximum',
    'minItems',
    'maxItems',
  ],
  ...['items', 'required', 'properties', 'additionalProperties', 'oneOf', 'definitions'],
];

/** All places where the value differs from the schema. */
export function checkSchema(root: Schema, node: JsonNode): readonly Problem[] {
  const problems: Problem[] = [];
  check(root, root, node, 'the topology', problems);
  return problems;
}

function resolve(root: Schema, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/definitions/', '');
  return name === undefined ? schema : (root.definitions?.[name] ?? schema);
}

function check(root: Schema, given: Schema, node: JsonNode, what: string, problems: Problem[]): void {
  const schema = resolve(root, given);
  const wrong = (message: string, range = node.range): void => {
    problems.push({ code: 'topology-shape', severity: 'error', message, range });
  };
  if (schema.oneOf !== undefined) {
    checkAlternatives(root, schema.oneOf, node, what, problems);
    return;
  }
  const type = schema.type;
  if (type !== undefined && !hasType(node, type)) {
    wrong(`${what} must be ${inWords(type)}`);
    return;
  }
  switch (node.kind) {
    case 'string':
      if (schema.enum !== undefined && !schema.enum.includes(node.value))
        wrong(`${what} must be one of ${schema.enum.map((option) => `"${option}"`).join(', ')}`);
      if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(node.value))
        wrong(`${what} does not have the form ${schema.pattern}`);
      return;
    case 'number':
      if (schema.minimum !== undefined && node.value < schema.minimum)
        wrong(`${what} must be at least ${schema.minimum}`);
      if (schema.maximum !== undefined && node.value > schema.maximum)
        wrong(`${what} must be at most ${schema.maximum}`);
      return;
    case 'array': {
      const { items } = schema;
      if (schema.minItems !== undefined && node.items.length < schema.minItems)
        wrong(`${what} needs at least ${schema.minItems} ${schema.minItems === 1 ? 'entry' : 'entries'}`);
      if (schema.maxItems !== undefined && node.items.length > schema.maxItems)
        wrong(`${what} may have at most ${schema.maxItems} entries`);
      if (items !== undefined) for (const item of node.items) check(root, items, item, `an entry of ${what}`, problems);
      return;
    }
    case 'object': {
      const seen = new Set<string>();
      for (const member of node.members) {
        if (seen.has(member.key)) wrong(`\`${member.key}\` is given twice`, member.keyRange);
        seen.add(member.key);
        const known = ownSchema(schema.properties, member.key);
        if (known !== undefined) check(root, known, member.value, `\`${member.key}\``, problems);
        else if (schema.additionalProperties === false)
          wrong(
            `\`${member.key}\` is not known here; known: ${Object.keys(schema.properties ?? {}).join(', ')}`,
            member.keyRange,
          );
      }
      for (const key of schema.required ?? [])
        if (!seen.has(key)) wrong(`${what} needs \`${key}\``, { start: node.range.start, end: node.range.start + 1 });
      return;
    }
    case 'boolean':
    case 'null':
      return;
    default:
      node satisfies never;
  }
}

function ownSchema(properties: Schema['properties'], key: string): Schema | undefined {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** Alternatives are objects told apart by their first required member, so that the error is about the one that was meant. */
function checkAlternatives(
  root: Schema,
  alternatives: readonly Schema[],
  node: JsonNode,
  what: string,
  problems: Problem[],
): void {
  const keys = node.kind === 'object' ? new Set(node.members.map((member) => member.key)) : new Set<string>();
  const tags = alternatives.map((alternative) => resolve(root, alternative).required?.[0] ?? '');
  const meant = alternatives.filter((_, index) => keys.has(tags[index] ?? ''));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) {
    check(root, only, node, what, problems);
    return;
  }
  const start = node.range.start;
  problems.push({
    code: 'topology-shape',
    severity: 'error',
    message: `${what} must be an object with exactly one of ${tags.map((tag) => `\`${tag}\``).join(', ')}`,
    range: { start, end: start + 1 },
  });
}

function hasType(node: JsonNode, type: string): boolean {
  return type === 'integer' ? node.kind === 'number' && Number.isInteger(node.value) : node.kind === type;
}

function inWords(type: string): string {
  return type === 'object' || type === 'array' || type === 'integer' ? `an ${type}` : `a ${type}`;
}
