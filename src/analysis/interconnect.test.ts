/** Both sides of an interconnect, and ops that are shown without their table: what is driven, and what is found in it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './createEngine.ts';

/** The exporter and the importer that Interlock brings, as if they were a driver's: under the driver's name, and stricter about a match. */
const PEERS = readFileSync(new URL('../kernel/drivers/interconnect_peers.c', import.meta.url), 'utf8').replace(
  '#include "interconnect_peers.h"',
  '#include <linux/dma-buf.h>\n#include <linux/dma-buf-interconnect.h>\n#include <linux/dma-buf-mapping.h>',
);
const NAMES: Readonly<Record<string, string>> = {
  interlock_vf_map_table: 'gannet_map',
  interlock_vf_unmap_table: 'gannet_unmap',
  interlock_vf_map: 'gannet_ranges',
  interlock_vf_unmap: 'gannet_drop',
  interlock_vf_exporter: 'gannet_ops',
  interlock_pf_importer: 'gannet_importer',
  interlock_peer_notify: 'gannet_notify',
  interlock_supports_pf: 'gannet_supports',
};
const renamed = (text: string): string =>
  text.replace(/interlock_\w+/g, (name) => NAMES[name] ?? name.replace('interlock_vf_', 'gannet_'));
const NOTIFY = PEERS.indexOf('static void interlock_peer_notify');
const TWO_KINDS = PEERS.indexOf('/* Two kinds');
const IMPORTER = PEERS.indexOf('const struct dma_buf_attach_ops interlock_pf_importer');

const EXPORTER = renamed(PEERS.slice(0, NOTIFY)).replace(
  /\tif \(attach->allow_ic && (.*)\)\n\t\treturn 0;\n\treturn (.*);/,
  '\tif (!attach->allow_ic)\n\t\treturn $2;\n\treturn $1 ? 0 : -EOPNOTSUPP;',
);
const PAIR =
  EXPORTER + renamed(PEERS.slice(NOTIFY, TWO_KINDS) + PEERS.slice(IMPORTER, PEERS.indexOf('};', IMPORTER) + 3));

const SKETCH = `#include <drm/drm_pagemap.h>
#include <linux/ual.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
struct smew_cookie { struct dma_iova_state state; struct ual_iova_state ual; };
static void *smew_device_iova_alloc(struct drm_pagemap *dpagemap, struct device *dev, size_t length, enum dma_data_direction dir)
{
	struct device *owner = dpagemap->drm->dev;
	struct smew_cookie *cookie = kzalloc(sizeof(*cookie), GFP_KERNEL);
	int err;

	if (!cookie)
		return ERR_PTR(-ENOMEM);
	if (ual_distance(owner, dev) < 0) {
		if (dma_iova_try_alloc(dev, &cookie->state, 0, length))
			return cookie;
	} else {
		err = ual_iova_try_alloc(owner, &cookie->ual, 0, length);
		if (err) {
			kfree(cookie);
			return ERR_PTR(err);
		}
		if (ual_use_iova(&cookie->ual))
			return cookie;
	}
	kfree(cookie);
	return NULL;
}
`;

const engine = (async () => {
  const require = createRequire(import.meta.url);
  return createEngine({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
})();

/** Functions of the driver that one run of a scenario calls, in order. */
async function called(text: string, table: string, scenario: string, prefix: string): Promise<string> {
  const report = (await engine).simulate({ path: 'driver.c', text }, { table, scenario });
  expect(report.problems).toEqual([]);
  return report.lines
    .flatMap(({ event }) =>
      event.kind === 'call' && event.function.startsWith(prefix) ? [event.function.slice(prefix.length)] : [],
    )
    .join(' ');
}

describe('an interconnect', () => {
  const cases: [string, string, string][] = [
    ['pair.match', PAIR, 'attach supports match ranges drop release'],
    ['pair.mismatch', PAIR, 'attach supports match release'],
    ['match', EXPORTER, 'attach match ranges drop release'],
    ['two-types', EXPORTER, 'attach match ranges drop release'],
    ['mismatch', EXPORTER, 'attach match release'],
    ['none', EXPORTER, 'attach map unmap release'],
  ];
  it.each(cases)('%s', async (scenario, text, ops) => {
    expect(await called(text, 'gannet_ops', `interconnect-life.${scenario}`, 'gannet_')).toBe(ops);
  });

  it('is clean when both sides are', async () => {
    const report = (await engine).analyse({ path: 'driver.c', text: PAIR });
    expect(report.findings.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });

  const RANGES: readonly (readonly [string, string, string])[] = [
    ['say too few', 'ranges->nranges = priv->nr_ranges;', 'ranges->nranges = 1;'],
    ['say too many', 'ranges->nranges = priv->nr_ranges;', 'ranges->nranges = priv->nr_ranges + 1;'],
    ['end behind the buffer', 'priv->phys_vec[i].len - 1;', 'priv->phys_vec[i].len;'],
    ['lie in no BAR', 'range[i].start = priv->phys_vec[i].paddr;', 'range[i].start = i << 12;'],
    [
      'are handed over without a match',
      'return attach->importer_ops->supports_interconnects(attach, offered, ARRAY_SIZE(offered)) ? 0 : -EOPNOTSUPP;',
      'return 0;',
    ],
  ];
  it.each(RANGES)('shows ranges that %s', async (_what, from, to) => {
    expect(PAIR).toContain(from);
    const report = (await engine).analyse({ path: 'driver.c', text: PAIR.replace(from, to) });
    expect(report.findings.map(({ code, verdict }) => `${code} ${verdict}`)).toContain('IL0716 violation');
  });

  it('shows what unmapping forgets', async () => {
    const text = PAIR.replace('kfree(xa_load(&ranges->ranges, 0));', '');
    const report = (await engine).analyse({ path: 'driver.c', text });
    expect(report.findings.map(({ code, function: name }) => `${code} ${name}`)).toContain('IL0301 gannet_drop');
  });
});

describe('ops without their table', () => {
  it('run on both distances and both modes of a fabric', async () => {
    const report = (await engine).analyse({ path: 'sketch.c', text: SKETCH });
    expect(report.findings.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
    expect(report.statements).toMatchObject({ missed: [] });
  });

  it('are judged there', async () => {
    const text = SKETCH.replace('{\n\t\t\tkfree(cookie);\n\t\t\treturn ERR_PTR(err);', '{\n\t\t\treturn ERR_PTR(err);');
    const report = (await engine).analyse({ path: 'sketch.c', text });
    expect(report.findings.map(({ code, function: name, verdict }) => `${code} ${name} ${verdict}`)).toEqual([
      'IL0301 smew_device_iova_alloc violation',
    ]);
  });
});
