/** A function of which hunks show a part: what is freed and used, or refused and used, in lines that stand one behind the other. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

function patchOf(...hunks: readonly string[]): string {
  const body = hunks.map((text, i) => {
    const lines = text.replace(/^\n/, '').replace(/\n$/, '').split('\n');
    const old = lines.filter((line) => !line.startsWith('+')).length;
    const now = lines.filter((line) => !line.startsWith('-')).length;
    const at = 80 + 40 * i;
    return `@@ -${at},${old} +${at},${now} @@ static int finch_setup(struct finch *f, size_t size)\n${lines.join('\n')}\n`;
  });
  return `From: A Finch <finch@example.com>\nSubject: [PATCH] finch: change\n\n---\ndiff --git a/drivers/misc/finch.c b/drivers/misc/finch.c\n--- a/drivers/misc/finch.c\n+++ b/drivers/misc/finch.c\n${body.join('')}-- \n2.43.0\n`;
}

const FREED = ['suspected IL0902'];
const REFUSED = ['suspected IL0901'];

/** [what, hunks, verdict and code of each finding] */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'the error is read where it lay, after that was freed',
    [
      '\n \tbuf->address = finch_map(f, buf->size);\n+\tif (IS_ERR(buf->address)) {\n+\t\tkfree(buf);\n+\t\treturn PTR_ERR(buf->address);\n+\t}\n \tf->count++;\n \tf->last = size;',
    ],
    FREED,
  ],
  [
    'the error is read before',
    [
      '\n \tbuf->address = finch_map(f, buf->size);\n+\tif (IS_ERR(buf->address)) {\n+\t\tret = PTR_ERR(buf->address);\n+\t\tkfree(buf);\n+\t\treturn ret;\n+\t}\n \tf->count++;\n \tf->last = size;',
    ],
    [],
  ],
  [
    'one that a call was given, and nothing tells the type of, is told of after it was freed',
    [
      '\n \tint ret;\n \n+\tret = finch_fill(buf);\n+\tif (ret) {\n+\t\tkfree(buf);\n+\t\tdev_err(f->dev, "no %d\\n", buf->id);\n+\t\treturn ret;\n+\t}\n \tbuf->ready = 1;\n \tbuf->count = 2;',
    ],
    FREED,
  ],
  [
    'it is set anew before',
    ['\n \tf->count--;\n \tkfree(buf);\n+\tbuf = finch_next(f);\n+\tbuf->ready = 0;\n \tf->last = size;'],
    [],
  ],
  [
    'lines that are not shown stand between',
    ['\n \tf->count--;\n+\tf->last = 0;\n \tkfree(buf);', '\n \tf->count++;\n+\tbuf->ready = 0;\n \treturn 0;'],
    [],
  ],
  [
    'the loop whose head is not shown goes on to the next',
    ['\n \t\tf->count--;\n+\t\tkfree(buf);\n \t}\n+\tbuf->ready = 0;\n \treturn 0;'],
    [],
  ],
  [
    'memory is written to at once, refused or not',
    [
      '\n \tstruct finch_buf *buf;\n \n+\tbuf = kzalloc(sizeof(*buf), GFP_KERNEL);\n+\tbuf->size = size;\n \tmutex_lock(&f->lock);\n \tf->count++;',
    ],
    REFUSED,
  ],
  [
    'another pointer was NULL before',
    [
      '\n \tif (!f->last)\n \t\tf->count++;\n+\tbuf = kzalloc(sizeof(*buf), GFP_KERNEL);\n+\tf->last->next = buf;\n \tmutex_lock(&f->lock);',
    ],
    [],
  ],
  [
    'memory is asked for first',
    [
      '\n \tstruct finch_buf *buf;\n \n+\tbuf = kzalloc(sizeof(*buf), GFP_KERNEL);\n+\tif (!buf)\n+\t\treturn -ENOMEM;\n+\tbuf->size = size;\n \tmutex_lock(&f->lock);\n \tf->count++;',
    ],
    [],
  ],
  [
    'what was asked for before is not shown',
    [
      '\n \tstruct finch_buf *buf;\n \n+\tbuf = kzalloc(sizeof(*buf), GFP_KERNEL);\n \tmutex_lock(&f->lock);',
      '\n \tf->count++;\n+\tbuf->size = size;\n \treturn 0;',
    ],
    [],
  ],
];

describe('what lines that are shown begin and end', () => {
  it.each(CASES)('%s', (_what, hunks, expected) => {
    const { findings } = engine.analyse({ path: 'finch.patch', text: patchOf(...hunks) });
    expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual(expected);
  });
});
