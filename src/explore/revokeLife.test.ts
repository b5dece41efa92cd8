/** Exporters that take a buffer back, and devices that use what exporters mapped: each variant of a right driver changes one text. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

/** The exporter that the check's page passes. */
const RIGHT =
  /## Passes\n```c\n([\s\S]*?)```/.exec(
    readFileSync(new URL('../checks/revocation-incomplete.md', import.meta.url), 'utf8'),
  )?.[1] ?? '';

const WAIT = '\tdma_resv_wait_timeout(s->dmabuf->resv, DMA_RESV_USAGE_BOOKKEEP, false, MAX_SCHEDULE_TIMEOUT);\n';

/** [what, changes, codes of what is found] */
const VARIANTS: readonly (readonly [string, readonly (readonly [string, string])[], readonly string[]])[] = [
  ['is right', [], []],
  ['waits for nobody', [[WAIT, '']], ['IL0710']],
  ['tells nobody', [[`\tdma_buf_move_notify(s->dmabuf);\n${WAIT}`, '']], ['IL0710']],
  ['maps what is revoked', [['if (s->revoked)\n\t\treturn ERR_PTR(-ENODEV);\n', '']], ['IL0710']],
  // A move is no revocation: what is not marked may be mapped again.
  [
    'only moves',
    [
      ['\ts->revoked = true;\n', ''],
      [WAIT, ''],
    ],
    [],
  ],
  [
    'maps for another device',
    [
      ['dma_map_sgtable(attach->dev', 'dma_map_sgtable(s->dev'],
      ['dma_unmap_sgtable(attach->dev', 'dma_unmap_sgtable(((struct sample *)attach->dmabuf->priv)->dev'],
    ],
    ['IL0507'],
  ],
  [
    'maps for reading only',
    [
      ['dma_map_sgtable(attach->dev, sgt, dir', 'dma_map_sgtable(attach->dev, sgt, DMA_TO_DEVICE'],
      ['dma_unmap_sgtable(attach->dev, sgt, dir', 'dma_unmap_sgtable(attach->dev, sgt, DMA_TO_DEVICE'],
    ],
    ['IL0511'],
  ],
  [
    'hands out addresses of RAM',
    [
      [
        '\tif (dma_map_sgtable(attach->dev, sgt, dir, 0))\n\t\tgoto err_table;\n',
        '\tfor_each_sgtable_sg(sgt, to, i) {\n\t\tsg_dma_address(to) = sg_phys(to);\n\t\tsg_dma_len(to) = to->length;\n\t}\n',
      ],
      ['err_table:\n\tsg_free_table(sgt);\n', ''],
      ['\tdma_unmap_sgtable(attach->dev, sgt, dir, 0);\n', ''],
    ],
    ['IL0501'],
  ],
];

describe('an exporter', () => {
  it.each(VARIANTS)('that %s', { timeout: 60_000 }, async (_what, changes, codes) => {
    let text = RIGHT.replace('bool revoked;', 'bool revoked;\n\tstruct device *dev;');
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      text = text.replace(from, to);
    }
    const engine = await engineForTests();
    const report = engine.analyse(
      { path: 'drivers/gpu/drm/sample.c', text: `#include <linux/dma-buf.h>\n#include <linux/dma-mapping.h>\n${text}` },
      { maxRuns: 40 },
    );
    expect(report.unsupported).toEqual([]);
    const found = report.findings.filter((finding) => finding.verdict === 'violation');
    expect([...new Set(found.map((finding) => finding.code))]).toEqual(codes);
  });
});
