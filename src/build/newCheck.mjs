// `npm run new-check -- <slug> [group]`: makes the three files of a check. The page and the judgement are templates that teach; the tests
// fail until the page shows what the check finds.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const GROUPS = ['01', '02', '03', '04', '05', '06', '07', '08', '09'];

/** The line that imports a check, and the one that lists it, in their places. */
function registered(index, slug, code, codeOf) {
  const name = slug.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  const lines = index.split('\n');
  const first = lines.findIndex((line) => line.startsWith('import '));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('import '));
  const source = (line) => /from '(.*)'/.exec(line)?.[1] ?? '';
  const imports = [...lines.slice(first, end), `import ${name} from './${slug}.ts';`];
  imports.sort((a, b) => (source(a) < source(b) ? -1 : 1));
  const slugOf = new Map(imports.map((line) => [/^import (\w+)/.exec(line)?.[1] ?? '', source(line).slice(2, -3)]));
  const rest = lines.slice(end);
  const open = rest.findIndex((line) => line.includes('= ['));
  const listed = rest.findIndex((line, i) => {
    const entry = i > open ? /^ {2}(\w+),$/.exec(line)?.[1] : undefined;
    return i > open && (line.startsWith(']') || (entry !== undefined && codeOf(slugOf.get(entry) ?? '') > code));
  });
  rest.splice(listed, 0, `  ${name},`);
  return [...lines.slice(0, first), ...imports, ...rest].join('\n');
}

/**
 * Writes `<slug>.md`, `<slug>.ts` and the lines of `index.ts` below `folder`.
 * @returns {{ code: string, files: string[] }} the code it took, and the files it touched
 */
export function newCheck(folder, templates, slug, group, version) {
  if (!/^[a-z0-9]+(-[a-z0-9]+)+$/.test(slug)) throw new Error(`'${slug}' is no slug: words in lower case, joined by -`);
  if (!GROUPS.includes(group)) throw new Error(`'${group}' is no group: one of ${GROUPS.join(', ')}`);
  if (existsSync(path.join(folder, `${slug}.md`))) throw new Error(`there is a check called '${slug}'`);
  const codeOf = (of) => {
    const page = path.join(folder, `${of}.md`);
    return existsSync(page) ? (/^code: (IL\d{4})$/m.exec(readFileSync(page, 'utf8'))?.[1] ?? '') : '';
  };
  const taken = readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => codeOf(file.slice(0, -3)))
    .filter((code) => code.startsWith(`IL${group}`));
  const next = Math.max(0, ...taken.map((code) => Number(code.slice(4)))) + 1;
  const code = `IL${group}${String(next).padStart(2, '0')}`;
  const title = slug[0].toUpperCase() + slug.slice(1).replaceAll('-', ' ');
  const fill = (template) =>
    readFileSync(path.join(templates, template), 'utf8')
      .replaceAll('@code@', code)
      .replaceAll('@slug@', slug)
      .replaceAll('@title@', title)
      .replaceAll('@version@', version);
  const index = path.join(folder, 'index.ts');
  const files = [path.join(folder, `${slug}.md`), path.join(folder, `${slug}.ts`), index];
  writeFileSync(files[0], fill('check.md.template'));
  writeFileSync(files[1], fill('check.ts.template'));
  writeFileSync(index, registered(readFileSync(index, 'utf8'), slug, code, codeOf));
  return { code, files };
}

const here = fileURLToPath(import.meta.url);
if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === here) {
  const root = path.resolve(path.dirname(here), '../..');
  const [slug, group = '01'] = process.argv.slice(2);
  try {
    if (slug === undefined) throw new Error('usage: npm run new-check -- <slug> [group 01..09]');
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const made = newCheck(path.join(root, 'src/checks'), path.join(root, 'src/build/newCheck'), slug, group, version);
    process.stdout.write(`${made.code}: ${made.files.map((file) => path.relative(root, file)).join(', ')}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
