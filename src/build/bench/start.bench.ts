/**
 * The command line as a person waits for it: from the start of a new process to its end, nothing warm. Needs `npm run build`; says so
 * when the bundle is not there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

const ROUNDS = 5;

/** The environment without what this machine tells every Node: reading another authority's certificates alone takes 40 ms of a start. */
const PLAIN = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));

/** Seconds from the start of a process to its end. */
function timed(args: readonly string[]): number {
  const begun = performance.now();
  spawnSync(process.execPath, args, { stdio: 'ignore', env: PLAIN });
  return (performance.now() - begun) / 1000;
}

export async function bench(): Promise<string[]> {
  const root = process.env['INTERLOCK_ROOT'] ?? process.cwd();
  const cli = path.join(root, 'dist/cli.cjs');
  if (!existsSync(cli)) return ['dist/cli.cjs is not there: npm run build'];
  const rows: { readonly title: string; readonly args: readonly string[] }[] = [
    { title: 'interlock --version', args: [cli, '--version'] },
  ];
  for (const folder of ['examples/clean', 'examples/defects', '../shared/seeds']) {
    const at = path.join(root, folder);
    if (!existsSync(at)) continue;
    for (const file of readdirSync(at).sort())
      rows.push({ title: `interlock check ${file}`, args: [cli, 'check', path.join(at, file)] });
  }
  return [
    `${'from process start to its end'.padEnd(72)} fastest  median`,
    ...rows.map(({ title, args }) => {
      const walls = Array.from({ length: ROUNDS }, () => timed(args)).sort((a, b) => a - b);
      const seconds = (value: number | undefined): string => `${(value ?? 0).toFixed(2)} s`.padStart(8);
      return `${title.slice(0, 72).padEnd(72)}${seconds(walls[0])}${seconds(walls[ROUNDS >> 1])}`;
    }),
  ];
}
