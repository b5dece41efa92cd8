/** The patch id is git's: compared with `git patch-id --stable` over the samples, and the same for every mailed form of a patch. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { patchId } from './patchId.ts';
import { readDocument } from './read.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folders = ['examples/clean', 'examples/defects'].map((folder) => path.join(root, folder));
const patches = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .map((name) => path.join(folder, name)),
);

function idsOf(text: string): (string | null)[] {
  return readDocument('a.patch', text).value.series.flatMap((series) =>
    series.patches.map(({ files }) => patchId(files)),
  );
}

const DIFF = `diff --git a/a.c b/a.c
index 1234567..89abcde 100644
--- a/a.c
+++ b/a.c
@@ -1,3 +1,4 @@ int f(void)
 int	a;
-int b;
+int b, c;
+
 int d;
diff --git a/old.c b/new.c
similarity index 90%
rename from old.c
rename to new.c
index 1234567..89abcde 100644
--- a/old.c
+++ b/new.c
@@ -1 +1 @@
-x
\\ No newline at end of file
+y
diff --git a/z.c b/z.c
new file mode 100644
index 0000000..89abcde
--- /dev/null
+++ b/z.c
@@ -0,0 +1 @@
+int z;
diff --git a/gone.c b/gone.c
deleted file mode 100644
index 89abcde..0000000
--- a/gone.c
+++ /dev/null
@@ -1 +0,0 @@
-int gone;
diff --git a/x.sh b/x.sh
old mode 100644
new mode 100755
`;

describe('as git computes it', () => {
  const cases: [string, string][] = [
    ['renames, modes, new and deleted files', DIFF],
    ...patches.map((file): [string, string] => [path.relative(root, file), readFileSync(file, 'utf8')]),
  ];
  test('there is a git to compare with', () => {
    expect(spawnSync('git', ['--version']).status).toBe(0);
  });
  test.each(cases)('%s', (_, text) => {
    const git = spawnSync('git', ['patch-id', '--stable'], { input: text, encoding: 'utf8' }).stdout;
    const expected = git
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ')[0]);
    expect(expected.length).toBeGreaterThan(0);
    expect(idsOf(text)).toEqual(expected);
  });
});

test('white space and line numbers do not count; a changed line does', () => {
  const [id] = idsOf(DIFF);
  expect(idsOf(DIFF.replace('@@ -1,3 +1,4 @@', '@@ -11,3 +21,4 @@').replace('int	a', 'int a'))).toEqual([id]);
  expect(idsOf(DIFF.replace('int b, c', 'int b, e'))).not.toEqual([id]);
});

test('a quoted copy has the id of what it quotes', () => {
  const quoted = DIFF.split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
  expect(idsOf(`From: a@b.c\nSubject: Re: [PATCH] x\n\n${quoted}\nWhy?\n`)).toEqual(idsOf(DIFF));
});

test('text without a patch has none', () => {
  expect(patchId([])).toBe(null);
});
