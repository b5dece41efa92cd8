/** Go to definition inside a document: from `«name»` to the line that follows each arrow, or to none. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Engine } from '../src/analysis/engine.ts';
import { LineIndex } from '../src/report/lines.ts';
import { engineForTests } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const mail = (subject: string, id: string, parent: string, body: string): string =>
  `From ${id} Mon Sep 17 00:00:00 2001\nFrom: Ada Wren <ada@example.org>\nSubject: ${subject}\nDate: Mon, 2 Mar 2026 10:12:00 +0100\nMessage-ID: <${id}@x>\n${
    parent === '' ? '' : `In-Reply-To: <${parent}@x>\n`
  }\n${body}\n`;

const newFile = (file: string, lines: readonly string[]): string =>
  `---\ndiff --git a/${file} b/${file}\nnew file mode 100644\n--- /dev/null\n+++ b/${file}\n@@ -0,0 +1,${lines.length} @@\n${lines
    .map((line) => `+${line}`)
    .join('\n')}\n-- \n2.39.5\n`;

const HEADER = [
  '#define TERN_SLOTS 16',
  '#define tern_slot(t, n) (&(t)->slots[(n) % TERN_SLOTS])',
  'enum tern_state { TERN_IDLE, TERN_BUSY = 4 };',
  'typedef u64 tern_key;',
  'struct tern_nest {',
  '\tstruct mutex lock;',
  '\tu64 slots[16];',
  '\tenum tern_state state;',
  '};',
  'int tern_wake(struct tern_nest *nest, tern_key key);',
];

const SOURCE = [
  'static DEFINE_MUTEX(tern_lock);',
  'static int tern_count;',
  '',
  'static void tern_note(struct tern_nest *nest)',
  '{',
  '\tint tern_count = nest->state;',
  '',
  '\tif (tern_count)',
  '\t\tgoto out;',
  '\ttern_count = TERN_BUSY;',
  'out:',
  '\tnest->state = tern_count;',
  '}',
  '',
  'int tern_wake(struct tern_nest *nest, tern_key key)',
  '{',
  '\tmutex_lock(&tern_lock);',
  '\ttern_note(nest);',
  '\ttern_count++;',
  '\t*tern_slot(nest, key) = 1;',
  '\tmutex_unlock(&tern_lock);',
  '\treturn 0;',
  '}',
  '',
  'static const struct dma_buf_ops tern_ops = {',
  '\t.release = tern_release,',
  '};',
];

const USER = [
  'void tern_all(struct tern_nest *nest)',
  '{',
  '\ttern_wake(nest, TERN_SLOTS);',
  '\ttern_note(nest);',
  '}',
];

const SERIES =
  mail('[PATCH 1/2] drm/tern: Add nests', 'one', '', newFile('drivers/gpu/drm/tern/tern.h', HEADER)) +
  mail('[PATCH 2/2] drm/tern: Wake them', 'two', 'one', newFile('drivers/gpu/drm/tern/tern.c', SOURCE)) +
  mail(
    'Re: [PATCH 2/2] drm/tern: Wake them',
    'three',
    'two',
    `On Monday Ada Wren wrote:\n> +++ b/drivers/gpu/drm/tern/tern.c\n> @@ -0,0 +1,${SOURCE.length} @@\n${SOURCE.slice(
      0,
      18,
    )
      .map((line) => `> +${line}\n`)
      .join('')}\nHeld here?\n`,
  ) +
  mail('[PATCH] drm/tern: Wake all', 'four', '', newFile('drivers/gpu/drm/tern/all.c', USER));

/** The line a name at `line` of the document leads to: `mark` is that line's text, `from` the part of it before the name. */
const CASES: readonly { readonly name: string; readonly on: string; readonly leads: readonly string[] }[] = [
  { name: 'tern_note', on: '+\ttern_note(nest);', leads: ['+static void tern_note(struct tern_nest *nest)'] },
  { name: 'tern_slot', on: '+\t*tern_slot(nest, key) = 1;', leads: [`+${HEADER[1]}`] },
  { name: 'TERN_SLOTS', on: `+${HEADER[1]}`, leads: [`+${HEADER[0]}`] },
  { name: 'TERN_BUSY', on: '+\ttern_count = TERN_BUSY;', leads: [`+${HEADER[2]}`] },
  { name: 'tern_nest', on: '+static void tern_note(struct tern_nest *nest)', leads: ['+struct tern_nest {'] },
  { name: 'tern_state', on: '+\tenum tern_state state;', leads: [`+${HEADER[2]}`] },
  { name: 'tern_key', on: `+${HEADER[9]}`, leads: [`+${HEADER[3]}`] },
  { name: 'tern_wake', on: `+${HEADER[9]}`, leads: ['+int tern_wake(struct tern_nest *nest, tern_key key)'] },
  {
    name: 'tern_wake',
    on: '+\ttern_wake(nest, TERN_SLOTS);',
    leads: ['+int tern_wake(struct tern_nest *nest, tern_key key)'],
  },
  { name: 'tern_lock', on: '+\tmutex_lock(&tern_lock);', leads: ['+static DEFINE_MUTEX(tern_lock);'] },
  { name: 'tern_lock', on: '> +\tmutex_lock(&tern_lock);', leads: ['+static DEFINE_MUTEX(tern_lock);'] },
  { name: 'tern_count', on: '+\ttern_count++;', leads: ['+static int tern_count;'] },
  // A local variable hides the global of its name.
  { name: 'tern_count', on: '+\tnest->state = tern_count;', leads: ['+\tint tern_count = nest->state;'] },
  { name: 'out', on: '+\t\tgoto out;', leads: ['+out:'] },
  { name: 'nest', on: '+\ttern_note(nest);', leads: ['+int tern_wake(struct tern_nest *nest, tern_key key)'] },
  // What the kernel defines, what nobody defines, and what is no name.
  { name: 'mutex_lock', on: '+\tmutex_lock(&tern_lock);', leads: [] },
  { name: 'tern_release', on: '+\t.release = tern_release,', leads: [] },
  { name: 'state', on: '+\tnest->state = tern_count;', leads: [] },
  { name: 'Wake', on: 'Subject: [PATCH 2/2] drm/tern: Wake them', leads: [] },
];

test.each(CASES)('$name on `$on`', ({ name, on, leads }) => {
  const at = SERIES.indexOf(`\n${on}\n`) + 1;
  expect(at).toBeGreaterThan(0);
  const word = new RegExp(`\\b${name}\\b`).exec(SERIES.slice(at))?.index ?? 0;
  const definitions = (offset: number) => engine.definition({ path: 'tern.mbox', text: SERIES }, offset);
  const found = definitions(at + word);
  expect(found.map(({ range }) => lineAround(SERIES, range.start))).toEqual(leads);
  expect(found.every(({ range }) => SERIES.slice(range.start, range.end) === name)).toBe(true);
  // The caret behind the word is on the word as well.
  expect(definitions(at + word + name.length)).toEqual(found);
});

test('a static function of another file is not meant', () => {
  const at = SERIES.lastIndexOf('tern_note');
  expect(engine.definition({ path: 'tern.mbox', text: SERIES }, at)).toEqual([]);
});

test('ops of a table in a wrapped and commented quote', () => {
  const file = path.resolve(
    path.dirname(new URL(import.meta.url).pathname),
    '../examples/defects/quoted-reply-with-leak.eml',
  );
  const text = readFileSync(file, 'utf8');
  const lines = new LineIndex(text);
  const leads = (name: string) =>
    engine
      .definition({ path: file, text }, text.lastIndexOf(name))
      .map(({ kind, range }) => `${kind} ${lines.position(range.start).line}`);
  expect(leads('lumen_iova_sync')).toEqual(['function 150']);
  expect(leads('lumen_page_to_bar')).toEqual(['function 57']);
  expect(leads('dma_iova_unlink')).toEqual([]);
});

function lineAround(text: string, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? text.length : end);
}
