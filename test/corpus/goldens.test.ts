import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { expandDomain } from '../../src/addressing/expand.ts';
import type { PlaceOptions } from '../../src/addressing/place.ts';
import { readDomain } from '../../src/domain/domain.ts';
import { describeUnless } from '../skip.ts';
import { compareContent } from './addresses.ts';
import { type Case, readCases } from './cases.ts';
import { capabilitiesOf, fakeHost } from './surroundings.ts';

const root = inject('corpus');

describeUnless(inject('corpusReason'), "libvirt 11.3's golden definitions", () => {
  let cases: Case[];
  let optionsOf: (one: Case) => PlaceOptions;

  beforeAll(() => {
    cases = readCases(root);
    const capabilities = capabilitiesOf(root);
    const host = fakeHost(root);
    optionsOf = (one) => {
      const virtType = /<domain[^>]*\stype=['"](\w+)/.exec(readFileSync(join(root, one.input), 'utf8'))?.[1];
      return { capabilities: capabilities(one, virtType), host, newDefinition: one.newDefinition };
    };
  });

  const read = (path: string): string => readFileSync(join(root, path), 'utf8');

  function check(chosen: readonly Case[]): string[] {
    const wrong: string[] = [];
    for (const one of chosen) {
      const result = expandDomain(read(one.input), optionsOf(one));
      if (!result.ok) {
        wrong.push(`${one.id}: refused: ${result.problems[0]?.message}`);
        continue;
      }
      wrong.push(...compareContent(read(one.output ?? ''), result.xml).map((line) => `${one.id}: ${line}`));
      const again = expandDomain(result.xml, optionsOf(one));
      if (!again.ok || again.xml !== result.xml) wrong.push(`${one.id}: expanding the result again changes it`);
      const golden = expandDomain(read(one.output ?? ''), optionsOf(one));
      const changes = golden.ok ? compareContent(read(one.output ?? ''), golden.xml) : [golden.problems[0]?.message];
      wrong.push(...changes.map((line) => `${one.id}: expanding the golden output: ${line}`));
    }
    return wrong;
  }

  const withOutput = (): Case[] => cases.filter((one) => one.output !== undefined);

  it('has all 1,123 golden outputs', () => {
    expect(withOutput()).toHaveLength(1123);
  });

  it('expands every case to the PCI addresses, controllers and zPCI ids of its golden output, and that to itself', () => {
    expect(check(withOutput())).toEqual([]);
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

  describe('zPCI refusals', () => {
    it.each([
      ['hostdev-vfio-zpci-wrong-arch.x86_64-latest', 'zpci-unsupported'],
      ['hostdev-vfio-zpci-invalid-uid-valid-fid.s390x-latest', 'uid-range'],
      ['hostdev-vfio-zpci-duplicate.s390x-latest', 'zpci-uid-in-use'],
      ['hostdev-vfio-zpci-set-zero.s390x-latest', 'uid-range'],
      ['hostdev-vfio-zpci-uid-set-zero.s390x-latest', 'uid-range'],
    ])('%s is refused with %s', (id, code) => {
      const one = cases.find((candidate) => candidate.id === id);
      expect(one?.kind).toBe('parse-error');
      const result = expandDomain(read(one?.input ?? ''), optionsOf(one as Case));
      expect(result.problems.map((problem) => problem.code)).toContain(code);
      expect(result.ok).toBe(false);
    });
  });

  it('says where the one malformed file is wrong', () => {
    expect(() => readDomain(read('tests/qemuxmlconfdata/broken-xml-invalid.xml'), { file: 'broken.xml' })).toThrow(
      expect.objectContaining({ code: 'xml-malformed', location: { file: 'broken.xml', line: 1, column: 1 } }) as Error,
    );
  });
});
