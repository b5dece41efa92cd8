import { describe, expect, it } from 'vitest';
import { buildTopology } from './build.ts';
import {
  addressKind,
  bdfText,
  PRESETS,
  parseTopology,
  presetTopology,
  problemLines,
  readTopology,
  resolveAddress,
} from './index.ts';
import { readJson } from './json.ts';
import { checkSchema, SCHEMA_KEYWORDS } from './schema-check.ts';
import schema from './topology.schema.json';

describe('presets', () => {
  it.each(PRESETS.map((preset) => [preset.name, preset] as const))('%s is a valid file and builds', (name, preset) => {
    const text = JSON.stringify(preset, null, 2);
    const read = parseTopology(text);
    expect(problemLines(text, read.problems)).toEqual([]);
    expect(read.value?.name).toBe(name);
    expect(read.value).toEqual(presetTopology(name));
  });

  it('give every BAR, memory share and private range its own addresses', () => {
    for (const preset of PRESETS) {
      const { topology, problems } = buildTopology(preset);
      expect(problems).toEqual([]);
      const ranges: [number, number][] = [];
      for (const device of topology.devices) {
        for (const bar of device.bars) ranges.push([bar.start, bar.start + bar.size]);
        if (device.privateBase !== null && device.memory !== null)
          ranges.push([device.privateBase, device.privateBase + device.memory.size]);
        if (device.physfn === null && device.memory !== null)
          ranges.push([device.memory.dpaBase, device.memory.dpaBase + device.memory.size]);
      }
      ranges.sort((a, b) => a[0] - b[0]);
      for (let i = 1; i < ranges.length; i++) expect(ranges[i]?.[0]).toBeGreaterThanOrEqual(ranges[i - 1]?.[1] ?? 0);
      for (const [start, end] of ranges) expect(addressKind(start)).toBe(addressKind(end - 1));
      expect(new Set(topology.devices.map((device) => bdfText(device.bdf))).size).toBe(topology.devices.length);
    }
  });

  it('put the VFs of the SR-IOV preset on another bus', () => {
    const names = presetTopology('sriov-pf-4vf')?.devices.map((device) => `${device.name} ${bdfText(device.bdf)}`);
    expect(names).toEqual([
      'gpu0 0000:01:00.0',
      'gpu0vf0 0000:02:00.0',
      'gpu0vf1 0000:02:00.1',
      'gpu0vf2 0000:02:00.2',
      'gpu0vf3 0000:02:00.3',
    ]);
  });
});

describe('resolveAddress', () => {
  it('names kind, owner and offset', () => {
    const topology = presetTopology('sriov-pf-4vf');
    const vf = topology?.byName.get('gpu0vf1');
    const pf = topology?.byName.get('gpu0');
    if (topology === null || vf?.memory == null || pf?.memory == null || pf.privateBase === null)
      throw new Error('preset changed');
    const bar = vf.bars[1]?.start ?? 0;
    expect(resolveAddress(topology, bar + 0x2000).text).toMatch(
      /a PCI BAR of gpu0vf1 \(0x[0-9a-f]+, memory offset 0x2000\)/,
    );
    expect(resolveAddress(topology, vf.memory.dpaBase + 0x3000)).toMatchObject({
      kind: 'dpa',
      device: vf,
      offset: 0x3000,
    });
    expect(resolveAddress(topology, pf.memory.dpaBase)).toMatchObject({ kind: 'dpa', device: pf, offset: 0 });
    expect(resolveAddress(topology, pf.privateBase + 0x1000)).toMatchObject({ kind: 'device-private', device: pf });
    expect(resolveAddress(topology, 2 ** 53).kind).toBe('unknown');
  });
});

const small = (extra: string): string =>
  `{\n  "name": "t",\n  "iommus": [{ "name": "i", "mode": "lazy" }],\n  "hostBridges": [{ "name": "h", "below": [\n    ${extra}\n  ] }]\n}`;

describe('a bad topology file gets an error at its line', () => {
  const cases: readonly (readonly [what: string, text: string, ...expected: string[]])[] = [
    ['not JSON', '{ "name": ', '1:11: a value is missing at the end of the text'],
    ['a missing comma', '{\n"name": "x"\n"hostBridges": []}', '3:1: a comma or a closing brace is expected'],
    ['a bad string', '{ "na\nme": 1}', '1:3: this string does not end, or holds a bad escape'],
    ['not an object', '[]', '1:1: the topology must be an object'],
    ['missing members', '{\n}', '1:1: the topology needs `name`', '1:1: the topology needs `hostBridges`'],
    [
      'an unknown member',
      small('{ "device": "g", "vrm": "1G" }'),
      '5:22: `vrm` is not known here; known: device, kind, count, iommu, acsRedirect, dmaMaskBits, coherent, untrusted, maxSegmentSize, segmentBoundaryBits, vram, vramBar, sriov',
    ],
    [
      'a wrong enum',
      small('{ "device": "g", "kind": "cpu" }'),
      '5:30: `kind` must be one of "gpu", "accelerator", "nic", "nvme", "other"',
    ],
    [
      'a bad size',
      small('{ "device": "g", "vram": "1.5G" }'),
      '5:30: `vram` does not have the form ^[1-9][0-9]{0,5}[KMGT]$',
    ],
    ['a wrong type', small('{ "device": "g", "coherent": 1 }'), '5:34: `coherent` must be a boolean'],
    [
      'no alternative',
      small('{ "gpu": "g" }'),
      '5:5: an entry of `below` must be an object with exactly one of `switch`, `slot`, `device`',
    ],
    ['an unknown IOMMU', small('{ "device": "g",\n "iommu": "j" }'), '6:11: there is no IOMMU named j'],
    ['a name used twice', small('{ "device": "g" },\n{ "device": "g" }'), '6:13: the name g is used twice'],
    ['a duplicate member', small('{ "device": "g", "device": "g2" }'), '5:22: `device` is given twice'],
    [
      'too many VFs for the segment',
      small('{ "device": "g", "sriov": { "vfs": 2,\n "offset": 65535 } }'),
      '6:12: VF 0 would sit on bus 256, beyond the segment',
    ],
    [
      'more quota than memory',
      small('{ "device": "g", "vram": "1G", "sriov": { "vfs": 2, "quota": "1G" } }'),
      '5:66: the VFs together get more device memory than there is',
    ],
    [
      'more VRAM than the map holds',
      small('{ "device": "g", "vram": "17T", "vramBar": "1G" }'),
      '5:30: the device memory of all devices together is more than the simulated map has room for',
      '5:30: too much device memory in total',
    ],
    ['deep nesting', `${'['.repeat(70)}${']'.repeat(70)}`, '1:66: nested too deeply'],
  ];
  it.each(cases)('%s', (_, text, ...expected) => {
    const read = parseTopology(text);
    expect(read.value).toBeNull();
    expect(problemLines(text, read.problems)).toEqual(expected);
  });

  it('a fabric with a member that does not exist', () => {
    const text = small('{ "device": "g", "vram": "1G" }').replace(
      '\n}',
      ',\n"fabrics": [{ "name": "f", "mode": "virtual", "members": ["g",\n"k*"] }]}',
    );
    expect(problemLines(text, parseTopology(text).problems)).toEqual([
      '7:58: a fabric needs at least two members',
      '8:1: there is no device named k*',
    ]);
  });
});

describe('readTopology', () => {
  it('takes a preset name or a text', () => {
    expect(readTopology(' gpu-lazy ').value?.name).toBe('gpu-lazy');
    expect(readTopology(small('{ "device": "g" }')).value?.name).toBe('t');
    expect(readTopology('gpu-lzy')).toMatchObject({ value: null, problems: [{ code: 'topology-name' }] });
    expect(readTopology('{').value).toBeNull();
  });
});

describe('the published schema', () => {
  it('uses only keywords that the reader enforces', () => {
    const used = new Set<string>();
    const visit = (value: unknown, isNames: boolean): void => {
      if (Array.isArray(value)) for (const item of value) visit(item, false);
      else if (typeof value === 'object' && value !== null)
        for (const [key, inner] of Object.entries(value)) {
          if (!isNames) used.add(key);
          visit(inner, !isNames && (key === 'properties' || key === 'definitions'));
        }
    };
    visit(schema, false);
    expect([...used].filter((keyword) => !SCHEMA_KEYWORDS.includes(keyword))).toEqual([]);
  });

  it('accepts comments, as editors do', () => {
    const json = readJson(
      '// a\n{ /* b */ "name": "x", "hostBridges": [{ "name": "h", "below": [{ "device": "d" }] }] }',
    );
    expect(json.problems).toEqual([]);
    expect(json.value === null ? null : checkSchema(schema, json.value)).toEqual([]);
  });
});
