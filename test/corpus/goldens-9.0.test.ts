import { beforeAll, describe, expect, inject, it } from 'vitest';
import { expandDomain } from '../../src/addressing/expand.ts';
import { validateDomain } from '../../src/addressing/validate.ts';
import { describeUnless } from '../skip.ts';
import { readCasesOf9 } from './cases-9.0.ts';
import type { Case } from './case.ts';
import { type Judge, judgeOf } from './judge.ts';
import { REFUSALS_OF_9 } from './refusals-9.0.ts';

const { root, reason } = inject('corpora')['9.0'];

describeUnless(reason, "libvirt 9.0's golden definitions", () => {
  let cases: readonly Case[];
  let impossible: readonly Case[];
  let judge: Judge;

  beforeAll(() => {
    ({ cases, impossible } = readCasesOf9(root));
    judge = judgeOf(root, '9.0');
  });

  const withOutput = (all: readonly Case[]): Case[] => all.filter((one) => one.output !== undefined);
  const errorsOf = (one: Case): string[] =>
    validateDomain(judge.read(one.input), judge.optionsOf(one)).flatMap(({ severity, code }) => (severity === 'error' ? [code] : []));

  it('are 618 outputs and 1,107 starts; 28 outputs and 43 starts are of QEMUs that cannot be', () => {
    const count = (all: readonly Case[]): readonly number[] => [withOutput(all).length, all.length - withOutput(all).length];
    expect(count([...cases, ...impossible])).toEqual([618, 1107]);
    expect(count(impossible)).toEqual([28, 43]);
  });

  it('expands every case to the PCI addresses, controllers and zPCI ids of its golden output, and that to itself', () => {
    const bridge = 'hostdev-vfio-zpci-boundaries';
    const lines = judge.outputs(withOutput(cases));
    expect(lines.filter((line) => !line.startsWith(bridge))).toEqual([]);
    // There a bridge is added; it has zPCI ids from the next time on.
    expect(lines.filter((line) => line.startsWith(bridge))).toEqual([
      `${bridge}: expanding the result again changes it`,
      expect.stringMatching(/: expanding the golden output: controller pci 1 pci-bridge .* got 0:0:1:0 multifunction=- uid=2 fid=1 /),
    ]);
  });

  describe('refusals that concern PCI', () => {
    it.each(REFUSALS_OF_9)('%s has code %s', (id, code) => {
      const one = cases.find((candidate) => candidate.id === id && candidate.error !== undefined) as Case;
      expect(errorsOf(one)).toContain(code);
      // What libvirt only refuses at the start can still be defined, and expanded.
      expect(expandDomain(judge.read(one.input), judge.optionsOf(one)).ok).toBe(one.kind === 'failure');
    });

    it('are no others: no definition that libvirt accepts and starts is refused', () => {
      const refused = cases.filter((one) => one.args !== undefined && errorsOf(one).length > 0);
      // libvirt's tests make the command line and no more. When it readies the host it refuses these: 802.1Qbg, and a VLAN beside a virtual port.
      expect(refused.map((one) => one.id)).toEqual(['', '-multidomain', '-vfio', '-vfio-multidomain'].map((which) => `net-hostdev${which}`));
    });
  });

  it("gives QEMU's objects of all 415 controllers, 49 PCI host devices, 9 mediated devices and 19 zPCI ids as the golden command lines have them", () => {
    const { wrong, counts } = judge.objects(cases);
    expect(wrong).toEqual([]);
    expect(counts).toEqual({ controller: 415, hostdev: 49, mdev: 9, zpci: 19 });
  });
});
