import { describe, expect, it } from 'vitest';
import { buildTopology } from '../../topology/build.ts';
import type { HostBridgeDescription, NodeDescription } from '../../topology/description.ts';
import { presetTopology } from '../../topology/presets.ts';
import type { Topology } from '../../topology/topology.ts';
import { p2pdmaDistance, reach } from './p2pdma.ts';
import { barToDpa, physicalFunction, vfId } from './sriov.ts';

function hosts(...bridges: (Omit<HostBridgeDescription, 'name'> & { cpu?: boolean })[]): Topology {
  const built = buildTopology({
    name: 't',
    cpuSupportsP2pdma: bridges.some((bridge) => bridge.cpu === true),
    hostBridges: bridges.map(({ cpu: _, ...bridge }, index) => ({ name: `host${index}`, ...bridge })),
  });
  expect(built.problems).toEqual([]);
  return built.topology;
}

const a: NodeDescription = { device: 'a', vram: '1G' };
const b: NodeDescription = { device: 'b', vram: '1G' };
const inSwitch = (acsRedirect = false): NodeDescription => ({ switch: 'sw', acsRedirect, below: [a, b] });

describe('peer-to-peer reachability from a to b', () => {
  const cases: readonly (readonly [what: string, Topology, type: string, distance: number])[] = [
    ['two functions of one device', hosts({ below: [{ slot: 's', functions: [a, b] }] }), 'bus-address', 2],
    [
      'one device, redirected at its port',
      hosts({ whitelist: 'same-bridge', below: [{ slot: 's', acsRedirect: true, functions: [a, b] }] }),
      'through-host-bridge',
      2,
    ],
    ['one switch', hosts({ below: [inSwitch()] }), 'bus-address', 4],
    ['one switch, ACS redirect, bridge not listed', hosts({ below: [inSwitch(true)] }), 'not-supported', -1],
    [
      'one switch, ACS redirect, bridge listed',
      hosts({ whitelist: 'same-bridge', below: [inSwitch(true)] }),
      'through-host-bridge',
      4,
    ],
    [
      "one switch, ACS redirect on the client's port only",
      hosts({ whitelist: 'any', below: [{ switch: 'sw', below: [a, { ...b, acsRedirect: true }] }] }),
      'through-host-bridge',
      4,
    ],
    [
      'nested switches',
      hosts({ below: [{ switch: 'top', below: [a, { switch: 'low', below: [b] }] }] }),
      'bus-address',
      6,
    ],
    ['two root ports of an unknown bridge', hosts({ below: [a, b] }), 'not-supported', -1],
    ['two root ports of a listed bridge', hosts({ whitelist: 'same-bridge', below: [a, b] }), 'through-host-bridge', 4],
    ['two root ports, CPU forwards', hosts({ cpu: true, below: [a, b] }), 'through-host-bridge', 4],
    [
      'two listed bridges',
      hosts({ whitelist: 'any', below: [a] }, { whitelist: 'any', below: [b] }),
      'through-host-bridge',
      4,
    ],
    [
      'two bridges listed for themselves',
      hosts({ whitelist: 'same-bridge', below: [a] }, { whitelist: 'same-bridge', below: [b] }),
      'not-supported',
      -1,
    ],
    ['one listed bridge and one not', hosts({ whitelist: 'any', below: [a] }, { below: [b] }), 'not-supported', -1],
  ];
  it.each(cases)('%s', (_, topology, type, distance) => {
    const [from, to] = [topology.byName.get('a'), topology.byName.get('b')];
    if (from === undefined || to === undefined) throw new Error('no devices');
    for (const [provider, client] of [
      [from, to],
      [to, from],
    ] as const) {
      expect(reach(topology, provider, client).type).toBe(type);
      expect(p2pdmaDistance(topology, provider, client)).toBe(distance);
    }
    expect(reach(topology, from, from)).toMatchObject({ type: 'bus-address', distance: 0 });
  });
});

describe('SR-IOV', () => {
  const topology = presetTopology('sriov-pf-4vf');
  const pf = topology?.byName.get('gpu0');

  it('numbers VFs by routing id, on another bus than the PF', () => {
    if (topology === null || pf === undefined) throw new Error('preset changed');
    for (const [number, index] of pf.vfs.entries()) {
      const vf = topology.devices[index];
      if (vf === undefined) throw new Error('no VF');
      expect(vfId(topology, vf)).toBe(number);
      expect(vf.bdf.bus).toBe(pf.bdf.bus + 1);
      expect(physicalFunction(topology, vf)).toBe(pf);
    }
    expect(vfId(topology, pf)).toBeNull();
    expect(physicalFunction(topology, pf)).toBe(pf);
  });

  it("translates a VF BAR address into the VF's share of the PF's memory", () => {
    if (topology === null || pf === undefined) throw new Error('preset changed');
    const shares = pf.vfs.map((index) => {
      const vf = topology.devices[index];
      const found = barToDpa(topology, pf, (vf?.bars[1]?.start ?? 0) + 0x5000);
      expect(found).toMatchObject({ device: vf, offset: 0x5000 });
      expect(found?.dpa).toBe((vf?.memory?.dpaBase ?? 0) + 0x5000);
      return found?.dpa ?? 0;
    });
    expect(shares.map((dpa) => (dpa - (shares[0] ?? 0)) / 2 ** 31)).toEqual([0, 1, 2, 3]);
    expect(barToDpa(topology, pf, (pf.bars[1]?.start ?? 0) + 0x1000)).toMatchObject({ device: pf, offset: 0x1000 });
    expect(barToDpa(topology, pf, pf.bars[0]?.start ?? 0)).toBeNull();
  });
});
