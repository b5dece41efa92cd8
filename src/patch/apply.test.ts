import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyToBase } from './apply.ts';
import { numbers } from './mangle.ts';
import { readDocument } from './read.ts';
import type { FilePatch } from './series.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'interlock-apply-'));
  git('init', '-q');
  git('config', 'user.email', 'dev@example.org');
  git('config', 'user.name', 'A Developer');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
}

/** What `git apply` makes of the base; null when it refuses. */
function gitApply(base: string, patch: string): string | null {
  writeFileSync(path.join(folder, 'file.c'), base);
  writeFileSync(path.join(folder, 'a.patch'), patch);
  const done = spawnSync('git', ['apply', 'a.patch'], { cwd: folder, encoding: 'utf8' });
  return done.status === 0 ? readFileSync(path.join(folder, 'file.c'), 'utf8') : null;
}

function fileOf(patch: string): FilePatch {
  const file = readDocument('a.patch', patch).value.series[0]?.patches[0]?.files[0];
  if (file === undefined) throw new Error('the patch holds no file');
  return file;
}

function linesOf(count: number, random: () => number): string[] {
  return Array.from({ length: count }, (_, i) =>
    random() < 0.25 ? '\t}' : random() < 0.2 ? '' : `\tstep_${i}(${Math.floor(random() * 9)});`,
  );
}

/** Changes some lines; `random` decides where. */
function edited(lines: readonly string[], random: () => number): string[] {
  const result: string[] = [];
  for (const line of lines) {
    const choice = random();
    if (choice < 0.06) continue;
    result.push(choice < 0.12 ? `${line} /* changed */` : line);
    if (choice > 0.94) result.push('\tinserted();');
  }
  return result;
}

function diffOf(before: string, after: string): string {
  writeFileSync(path.join(folder, 'file.c'), before);
  git('add', 'file.c');
  writeFileSync(path.join(folder, 'file.c'), after);
  return git('diff', 'file.c');
}

test('what git applies gives the same text here, at the same offset, and what git refuses is reported', () => {
  let applied = 0;
  let refused = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = numbers(seed);
    const before = linesOf(60 + Math.floor(random() * 60), random);
    const after = edited(before, random);
    const end = random() < 0.2 ? '' : '\n';
    const patch = diffOf(before.join('\n') + end, after.join('\n') + end);
    if (patch === '') continue;
    // The base has moved on: lines above, and sometimes inside.
    const moved = [...Array.from({ length: Math.floor(random() * 6) }, (_, i) => `#include "moved_${i}.h"`), ...before];
    if (random() < 0.5) moved.splice(Math.floor(random() * moved.length), 1, '\telsewhere();');
    const base = moved.join('\n') + end;
    const theirs = gitApply(base, patch);
    const ours = applyToBase(base, fileOf(patch));
    const codes = new Set(ours.problems.map((problem) => problem.code));
    if (theirs === null) {
      refused++;
      expect
        .soft(codes.has('hunk-rejected') || codes.has('hunk-fuzz') || codes.has('hunk-blanks'), `seed ${seed}`)
        .toBe(true);
    } else {
      applied++;
      expect.soft(ours.value.text, `seed ${seed}`).toBe(theirs);
      expect
        .soft(
          [...codes].filter((code) => code !== 'hunk-offset'),
          `seed ${seed}`,
        )
        .toEqual([]);
    }
  }
  expect(applied).toBeGreaterThan(15);
  expect(refused).toBeGreaterThan(5);
});

test('a series written by git format-patch reads back to the files it changes', () => {
  const random = numbers(99);
  let text = linesOf(80, random);
  writeFileSync(path.join(folder, 'file.c'), `${text.join('\n')}\n`);
  git('add', 'file.c');
  git('commit', '-q', '-m', 'base');
  for (let i = 0; i < 3; i++) {
    text = edited(text, random);
    writeFileSync(path.join(folder, 'file.c'), `${text.join('\n')}\n`);
    git('commit', '-q', '-a', '--allow-empty', '-m', `sample: step ${i + 1}`);
  }
  const base = git('show', 'HEAD~3:file.c');
  const mbox = git('format-patch', '--stdout', '--cover-letter', 'HEAD~3');
  const { value, problems } = readDocument('series.mbox', mbox);
  expect(problems).toEqual([]);
  expect(value.series.length).toBe(1);
  expect(value.series[0]?.cover).not.toBeNull();
  let now = base;
  for (const patch of value.series[0]?.patches ?? []) {
    for (const file of patch.files) {
      const next = applyToBase(now, file);
      expect(next.problems).toEqual([]);
      now = next.value.text;
    }
  }
  expect(now).toBe(git('show', 'HEAD:file.c'));
  const merged = value.merged[0];
  for (const line of merged?.lines ?? []) {
    const own = merged?.text.slice(line.start, merged.text.indexOf('\n', line.start));
    expect(now.split('\n')[(line.fileLine ?? 0) - 1]).toBe(own);
  }
});

test('a hunk that lost its blanks takes them from the base', () => {
  const base = 'int f(void)\n{\n\tint err;\n\n\terr = g();\n\treturn err;\n}\n';
  const mail = `--- a/f.c
+++ b/f.c
@@ -3,5 +3,6 @@ int f(void)
int err;
err = g();
+ if (err)
return err;
}
--
2.34.1
`;
  const read = applyToBase(base, fileOf(mail));
  expect(read.value.text).toContain('int f(void)\n{\n\tint err;\n');
  expect(read.value.text).toContain('\terr = g();\n if (err)\n\treturn err;');
  expect(read.problems.map((problem) => problem.code)).toContain('hunk-blanks');
});
