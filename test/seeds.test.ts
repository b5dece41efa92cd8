/** Real mail, analysed as `interlock check` does: every table and function of it is executed, and nothing in it is a construct that cannot be. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { engineForTests } from './engine.ts';

const seeds = new URL('../../shared/seeds/', import.meta.url);
const names = existsSync(seeds) ? readdirSync(seeds).sort() : [];

/** What the document shows of a function whose rest is in the simulated kernel: the rest is not the patch's, the part is. */
const PART = `From a@b.c Mon Sep 17 00:00:00 2001
From: A <a@b.c>
Date: Mon, 17 Sep 2001 00:00:00 +0000
Subject: [PATCH] dma-buf: note the importer's data

---
diff --git a/drivers/dma-buf/dma-buf.c b/drivers/dma-buf/dma-buf.c
--- a/drivers/dma-buf/dma-buf.c
+++ b/drivers/dma-buf/dma-buf.c
@@ -966,6 +966,8 @@ struct dma_buf_attachment *dma_buf_dynamic_attach(struct dma_buf *dmabuf, struct
 
 	attach->dev = dev;
 	attach->dmabuf = dmabuf;
+	if (importer_ops)
+		attach->peer2peer = importer_ops->allow_peer2peer;
 
 	attach->importer_ops = importer_ops;
 	attach->importer_priv = importer_priv;
-- 
2.43.0
`;

async function coverage(path: string, text: string): Promise<string[]> {
  const engine = await engineForTests();
  const { functions, unsupported, bounds } = engine.analyse({ path, text }, {});
  return [
    `${functions.filter((each) => each.executed).length} of ${functions.length} functions executed`,
    ...functions.filter((each) => !each.executed).map((each) => `not executed: ${each.function}`),
    ...unsupported.map((each) => `${each.function}: ${each.construct}: ${each.reason}`),
    ...bounds,
  ];
}

describe('real mail', () => {
  it(
    names.length > 0
      ? 'is beside this checkout'
      : 'is not beside this checkout; the samples of the project stand for it',
    () => {
      expect(names.length === 0 || names.length >= 5).toBe(true);
    },
  );

  for (const [i, all] of [
    '0 of 0 functions executed',
    '1 of 1 functions executed',
    '3 of 3 functions executed',
    '26 of 26 functions executed',
    '8 of 8 functions executed',
  ].entries()) {
    const name = names[i];
    if (name !== undefined)
      it(`${name.slice(0, 3)} is executed whole`, { timeout: 120_000 }, async () => {
        expect(await coverage(name, readFileSync(new URL(name, seeds), 'utf8'))).toEqual([all]);
      });
  }

  it('that shows a part of a core function has that part executed', async () => {
    expect(await coverage('part.patch', PART)).toEqual(['1 of 1 functions executed']);
  });
});
