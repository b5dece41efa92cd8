/**
 * One patch in the forms in which mails reach people: pages of archives copied as text, encodings, attachments, whole threads. Whatever the
 * form, the same code must come out, token by token; what cannot be read is said.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../src/analysis/engine.ts';
import { tokens } from '../src/patch/measure.ts';
import type { PostImage } from '../src/patch/series.ts';
import { engineForTests } from './engine.ts';

const folder = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../examples/mail');
let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

/** The file after the patch as a reader of the mail would write it down: sign, then the code with single blanks. */
const MAP = `drivers/gpu/drm/kestrel/kestrel_map.c
  unsigned long i;
  int err;
+ err = mutex_lock_interruptible(&nest->lock);
+ if (err)
+ return err;
  for (i = 0; i < nest->npages; i++) {
+ nest->addr[i] = dma_map_page_attrs(dev, nest->pages[i], 0, PAGE_SIZE, nest->dir,
+ DMA_ATTR_SKIP_CPU_SYNC);
  if (dma_mapping_error(dev, nest->addr[i])) {
  err = -EFAULT;
  goto unwind;
  }
  }
  return 0;
  nest->mapped = false;
+ wake_up_all(&nest->waiters);
  mutex_unlock(&nest->lock);
  }
`;
/** The two lines that the patch takes away in its first hunk. */
const REMOVED = [
  'mutex_lock(&nest->lock);',
  'nest->addr[i] = dma_map_page(dev, nest->pages[i], 0, PAGE_SIZE, nest->dir);',
  'mutex_unlock(&nest->lock);',
];

interface Form {
  readonly images: readonly string[];
  readonly removed: readonly string[];
  readonly messages: number;
  /** Codes of problems that must be said; no other may be above a note. */
  readonly codes?: readonly string[];
}

const whole: Form = { images: [MAP], removed: REMOVED, messages: 1 };

const FORMS: Record<string, Form> = {
  'lore-page.txt': whole,
  'pipermail-page.txt': whole,
  'mail-archive-page.txt': whole,
  'quoted-printable.eml': whole,
  'base64.eml': whole,
  'multipart.eml': whole,
  'crlf.eml': whole,
  'no-break-spaces.eml': whole,
  'latin1-bytes.eml': {
    ...whole,
    images: [MAP.replace('-EFAULT;', '-EFAULT; /* f\ufffdr sp\ufffdter */')],
    codes: ['bad-utf8'],
  },
  'series-with-replies.mbox': {
    images: [MAP.replace('wake_up_all', 'wake_up')],
    removed: [...REMOVED, 'wake_up_all(&nest->waiters);'],
    messages: 4,
  },
  'combined.txt': { images: [], removed: [], messages: 1, codes: ['combined-diff'] },
  'binary-rename-mode.txt': {
    images: ['drivers/gpu/drm/kestrel/kestrel_nest.c\n  int kestrel_first(void)\n  {\n+ return 2;\n'],
    removed: ['return 1;'],
    messages: 1,
    codes: ['binary-patch'],
  },
};

function written(image: PostImage): string {
  const lines = image.lines.map((line, i) => {
    const text = image.text.slice(line.start, image.lines[i + 1]?.start ?? image.text.length);
    return `${line.kind === 'added' ? '+' : ' '} ${tokens([text])}`;
  });
  return `${image.path}\n${lines.filter((line) => line.slice(1).trim() !== '').join('\n')}\n`;
}

const golden = (text: string): string =>
  text
    .split('\n')
    .map((line, i) => (i === 0 || line === '' ? line : `${line.charAt(0)} ${tokens([line.slice(2)])}`))
    .join('\n');

test('every sample is listed', () => {
  const others = ['ops-header-archive-page.txt'];
  expect(
    readdirSync(folder)
      .filter((file) => !others.includes(file))
      .sort(),
  ).toEqual(Object.keys(FORMS).sort());
});

describe.each(Object.entries(FORMS))('%s', (file, form) => {
  // As the command line decodes it.
  const text = new TextDecoder('utf-8').decode(readFileSync(path.join(folder, file)));

  test('gives the code of the patch', () => {
    const document = engine.read({ path: file, text });
    expect(document.merged.map(written)).toEqual(form.images.map(golden));
    const removed = document.merged.flatMap((image) => image.removed.map((line) => tokens([line.text])));
    expect(removed.filter((line) => line !== '')).toEqual(form.removed.map((line) => tokens([line])));
    expect(document.messages).toHaveLength(form.messages);
    const codes = document.problems.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
    for (const code of form.codes ?? []) expect(document.problems.map((problem) => problem.code)).toContain(code);
    expect(codes.filter((code) => form.codes?.includes(code) !== true)).toEqual([]);
  });

  test('and each of its lines leads back to the document', () => {
    for (const image of engine.read({ path: file, text }).merged) {
      for (const line of image.lines) {
        const [place] = image.toDocument({ start: line.start, end: line.start + 1 });
        if (line.kind === 'added' && image.text.charAt(line.start) !== '\n') expect(place).toBeDefined();
      }
    }
  });

  test('is checked without an exception', () => {
    expect(engine.analyse({ path: file, text }).path).toBe(file);
  });
});
