/** `interlock lockdep FILE.json`: runs rows of a locking suite and prints each disagreement, then `N of M as expected`. */
import { runSelftestRow, type SelftestRow } from '../kernel/locking/selftest.ts';

/** What a command may do to the outside. */
export interface CommandIo {
  stdout(text: string): void;
  stderr(text: string): void;
  readFile(path: string): Promise<string>;
}

/** Exit code: 0 all as expected, 1 disagreements, 2 bad use or unreadable input. */
export async function lockdepCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const files = args.filter((arg) => !arg.startsWith('-'));
  const option = args.find((arg) => arg.startsWith('-'));
  const path = files[0];
  if (option !== undefined || path === undefined || files.length > 1) {
    io.stderr(
      option === undefined
        ? 'interlock lockdep: give one FILE.json\n'
        : `interlock lockdep: unknown option ${option}\n`,
    );
    return 2;
  }
  const rows = await readRows(path, io);
  if (typeof rows === 'string') {
    io.stderr(`interlock lockdep: ${path}: ${rows}\n`);
    return 2;
  }
  let good = 0;
  for (const row of rows) {
    const result = runSelftestRow(row);
    if (result.asExpected) good++;
    for (const difference of result.differences)
      io.stdout(`${row.name} (${row.group}, ${row.lockType}): ${difference}\n`);
  }
  io.stdout(`${good} of ${rows.length} as expected\n`);
  return good === rows.length ? 0 : 1;
}

/** The rows of the file, or what is wrong with it. */
async function readRows(path: string, io: CommandIo): Promise<readonly SelftestRow[] | string> {
  let text: string;
  try {
    text = await io.readFile(path);
  } catch (error) {
    return `cannot be read (${error instanceof Error ? error.message : 'unknown reason'})`;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not JSON (${error instanceof Error ? error.message : 'unknown reason'})`;
  }
  if (!Array.isArray(value)) return 'is not a list of rows';
  const rows: SelftestRow[] = [];
  for (const [index, item] of value.entries()) {
    const row = asRow(item);
    if (typeof row === 'string') return `row ${index}: ${row}`;
    rows.push(row);
  }
  return rows;
}

function asRow(item: unknown): SelftestRow | string {
  if (typeof item !== 'object' || item === null) return 'is not an object';
  const get = (key: string): unknown => Object.entries(item).find(([name]) => name === key)?.[1];
  const [name, group, lockType, expect] = [get('name'), get('group'), get('lockType'), get('expect')];
  const steps = get('steps');
  if (typeof name !== 'string') return 'has no `name`';
  if (typeof group !== 'string' || typeof lockType !== 'string') return 'has no `group` or `lockType`';
  if (expect !== 'fail' && expect !== 'pass') return '`expect` is neither "fail" nor "pass"';
  if (!Array.isArray(steps) || !steps.every((step): step is string => typeof step === 'string'))
    return '`steps` is not a list of texts';
  const report = get('report');
  const reportStep = get('reportStep');
  return {
    name,
    group,
    lockType,
    expect,
    recursiveReadForced: get('recursiveReadForced') === true,
    steps,
    ...(typeof report === 'string' ? { report } : {}),
    ...(typeof reportStep === 'number' ? { reportStep } : {}),
  };
}
