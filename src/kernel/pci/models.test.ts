/** The models on the real machine: C text in, findings and results out. */
import { describe, expect, it } from 'vitest';
import { runOnTopology } from '../../../test/topologyRuns.ts';

const HEAD = `
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>
#include <linux/sizes.h>
`;

interface Case {
  readonly what: string;
  readonly topology: string;
  readonly code: string;
  readonly lines: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: 'BARs, VF numbers and the PF behind a VF on another bus',
    topology: 'sriov-pf-4vf',
    code: `int test(struct pci_dev *pf, struct pci_dev *vf0, struct pci_dev *vf1) {
      if (pci_physfn(vf1) != pf || pci_physfn(pf) != pf) return 1;
      if (pci_iov_vf_id(vf1) != 1 || pci_iov_vf_id(pf) != -EINVAL || pci_num_vf(pf) != 4) return 2;
      if (!vf1->is_virtfn || pf->is_virtfn) return 3;
      if (pci_resource_len(vf1, 2) != SZ_2G || pci_resource_start(vf1, 2) != vf1->resource[2].start) return 4;
      if (pci_resource_start(pf, 5)) return 5;
      return to_pci_dev(&vf0->dev) == vf0 ? 0 : 6;
    }`,
    lines: ['= 0'],
  },
  {
    what: 'every function of the topology is visited once',
    topology: 'sriov-pf-4vf',
    code: `int test(struct pci_dev *pf) {
      struct pci_dev *pdev = NULL;
      int n = 0;
      for_each_pci_dev(pdev) if (pci_physfn(pdev) == pf) n++;
      return n;
    }`,
    lines: ['= 5'],
  },
  {
    what: 'peer reachability, ACS redirect on',
    topology: 'two-gpus-switch-acs',
    code: `int test(struct pci_dev *a, struct device *b) { return pci_p2pdma_distance(a, b, true); }`,
    lines: ['= 4'],
  },
  {
    what: 'peer reachability, bridges that forward nothing',
    topology: 'two-gpus-host-bridges',
    code: `int test(struct pci_dev *a, struct device *b) { return pci_p2pdma_distance(a, b, true); }`,
    lines: ['= -1'],
  },
];

describe('PCI models on the machine', () => {
  it.each(CASES)('$what', async ({ topology, code, lines }) => {
    expect(await runOnTopology(HEAD + code, { topology })).toEqual(lines);
  });
});
