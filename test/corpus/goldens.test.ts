import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parseVersion } from '../../src/addressing/libvirt/version.ts';
import { expandDomain } from '../../src/addressing/expand.ts';
import type { PlaceOptions } from '../../src/addressing/place.ts';
import { readDomain } from '../../src/domain/domain.ts';
import { validateDomain } from '../../src/addressing/validate.ts';
import { describeUnless } from '../skip.ts';
import { REFUSALS } from './refusals.ts';
import type { Case } from './case.ts';
import { readCases } from './cases.ts';
import { type Judge, judgeOf } from './judge.ts';

const { root, reason } = inject('corpora')['11.3'];

describeUnless(reason, "libvirt 11.3's golden definitions", () => {
  let cases: Case[];
  let judge: Judge;
  const read = (path: string): string => judge.read(path);
  const optionsOf = (one: Case): PlaceOptions => judge.optionsOf(one);
  const check = (chosen: readonly Case[]): string[] => judge.outputs(chosen);

  beforeAll(() => {
    cases = readCases(root);
    judge = judgeOf(root, '11.3');
  });

  const withOutput = (): Case[] => cases.filter((one) => one.output !== undefined);

  it('has all 1,123 golden outputs', () => {
    expect(withOutput()).toHaveLength(1123);
  });

  // In parts, so that what is wrong is told with the first of them.
  const LETTERS = [
    ['a', 'b', 118],
    ['c', 'c', 153],
    ['d', 'e', 105],
    ['f', 'h', 175],
    ['i', 'm', 117],
    ['n', 'o', 71],
    ['p', 'r', 134],
    ['s', 't', 81],
    ['u', 'u', 61],
    ['v', 'z', 108],
  ] as const;
  it.each(LETTERS)(
    'expands the cases from %s to %s, %i of them, to the PCI addresses, controllers and zPCI ids of their golden outputs, and those to themselves',
    (first, last, count) => {
      const chosen = withOutput().filter(({ id }) => id.charAt(0) >= first && id.charAt(0) <= last);
      expect(chosen).toHaveLength(count);
      expect(check(chosen)).toEqual([]);
    },
  );

  it('expands all of them', () => {
    expect(LETTERS.reduce((sum, [, , count]) => sum + count, 0)).toBe(withOutput().length);
  });

  it('expands all 78 cases of s390x', () => {
    const s390x = withOutput().filter((one) => one.arch === 's390x');
    expect(s390x).toHaveLength(78);
    expect(check(s390x)).toEqual([]);
  });

  it('expands all 11 cases with zPCI ids in the output', () => {
    const zpci = withOutput().filter((one) => read(one.output ?? '').includes('<zpci'));
    expect(zpci).toHaveLength(11);
    expect(check(zpci)).toEqual([]);
  });

  describe('refusals that concern PCI or the domain type', () => {
    it('are 51, five of them about zPCI', () => {
      expect(REFUSALS).toHaveLength(51);
      expect(REFUSALS.filter(([id]) => id.includes('zpci'))).toHaveLength(5);
    });

    it.each(REFUSALS)('%s has code %s', (id, code) => {
      const one = cases.find((candidate) => candidate.id === id) as Case;
      expect(one.kind).not.toBe('ok');
      const problems = validateDomain(read(one.input), optionsOf(one));
      expect(problems.filter((problem) => problem.severity === 'error').map((problem) => problem.code)).toContain(code);
      expect(problems[0]?.location?.line).toBeGreaterThan(0);
      // What libvirt only refuses at the start can still be defined, and expanded.
      expect(expandDomain(read(one.input), optionsOf(one)).ok).toBe(one.kind === 'failure');
    });

    it('are told in our words, which stand in said.txt, as is everything else that is said of one of the definitions', async () => {
      const lines = cases.flatMap((one) =>
        validateDomain(read(one.input), optionsOf(one)).map(({ severity, code, subject, message, hint, location }) =>
          [`${one.id}:${location?.line}:${location?.column}`, severity, code, `[${subject}]`, message, ...(hint === undefined ? [] : [`(${hint})`])].join(' '),
        ),
      );
      await expect(`${[...new Set(lines)].toSorted().join('\n')}\n`).toMatchFileSnapshot('said.txt');
    });

    it('are no others: no definition that libvirt accepts and starts is refused', () => {
      const refused = cases.filter(
        (one) => one.kind === 'ok' && validateDomain(read(one.input), optionsOf(one)).some((problem) => problem.severity === 'error'),
      );
      // libvirt's tests make the command line and no more. When it readies the host it refuses these: 802.1Qbg, and a VLAN beside a virtual port.
      expect(refused.map((one) => one.id)).toEqual(['', '-multidomain', '-vfio', '-vfio-multidomain'].map((which) => `net-hostdev${which}.x86_64-latest`));
    });
  });

  it("gives QEMU's objects of all 468 controllers, 55 PCI host devices, 13 mediated devices and 21 zPCI ids as the golden command lines have them", () => {
    const { wrong, counts } = judge.objects(cases);
    expect(wrong).toEqual([]);
    expect(counts).toEqual({ controller: 468, hostdev: 55, mdev: 13, zpci: 21 });
  });

  it("match libvirt's schemas in our eyes too, and what does not is named", async () => {
    const schemas = { directories: [join(root, 'src/conf/schemas')], version: '11.3.0', libvirt: parseVersion('11.3') };
    const { checkSchema } = await import('../../src/app/schema.ts');
    const refused: string[] = [];
    for (const one of withOutput())
      refused.push(...(await checkSchema(read(one.output ?? ''), one.id, schemas)).map((problem) => `${one.id}: ${problem.message}`));
    // Two cases are invalid on purpose, and named so.
    expect(refused.map((line) => line.split(':')[0])).toEqual([
      'pci-rom-disabled-invalid.x86_64-latest',
      'disk-network-iscsi-zero-hosts-invalid.x86_64-latest',
    ]);
    const zpci = read('tests/qemuxmlconfdata/hostdev-vfio-zpci.xml');
    const check = async (from: string | RegExp, to: string): Promise<string[]> => {
      const problems = await checkSchema(zpci.replace(from, to), 'guest.xml', schemas);
      return problems.map(({ severity, code, message, location }) => `${severity} ${code} ${location?.line}: ${message}`);
    };
    const line = zpci.slice(0, zpci.indexOf('<zpci ')).split('\n').length;
    expect(await check('<zpci ', "<zpci colour='red' ")).toEqual([
      `error schema-invalid ${line}: colour='red' of <zpci> does not match the schema of libvirt 11.3.0`,
    ]);
    expect(await check('<zpci ', '<toaster/><zpci ')).toEqual([
      `error schema-invalid ${line}: <toaster> in <address> does not match the schema of libvirt 11.3.0`,
    ]);
    const number = /(<source>\s*<address [^>]*)function='0x0'/;
    expect(await check(number, "$1function='0x00'")).toEqual([
      expect.stringMatching(
        /^warning schema-invalid \d+: function='0x00' of <address> does not match the schema of libvirt 11.3.0, which knows it as 0x0; libvirt reads it all the same$/,
      ),
    ]);
    // What is wrong with a device does not hide what is wrong beside it, nor the other way round.
    const both = await checkSchema(zpci.replace('<zpci ', "<zpci colour='red' ").replace('<devices>', '<toaster/><devices>'), 'guest.xml', schemas);
    expect(both.map(({ message }) => message)).toEqual([
      "colour='red' of <zpci> does not match the schema of libvirt 11.3.0",
      expect.stringContaining('the definition does not match') as string,
    ]);
  });

  it('says where the one malformed file is wrong', () => {
    expect(() => readDomain(read('tests/qemuxmlconfdata/broken-xml-invalid.xml'), { file: 'broken.xml' })).toThrow(
      expect.objectContaining({ code: 'xml-malformed', location: { file: 'broken.xml', line: 1, column: 1 } }) as Error,
    );
  });
});
