import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Capabilities } from '../src/addressing/capabilities/capabilities.ts';
import { readCapabilities } from '../src/addressing/capabilities/read.ts';
import { expandDomain } from '../src/addressing/expand.ts';
import { compareContent } from '../test/corpus/addresses.ts';
import { randomDomain } from '../test/random-domain.ts';
import { describeUnless } from '../test/skip.ts';
import { type Libvirtd, startLibvirtd, type Verdict } from './libvirtd/daemon.ts';
import { emulationReason } from './reason.ts';

/** Definitions of one run. */
const COUNT = Number(process.env['HOSTDEV_COUNT'] ?? 1500);

describeUnless(await emulationReason(), 'a real libvirtd 11.3', () => {
  let libvirtd: Libvirtd;
  const capabilities = new Map<string, Capabilities>();

  beforeAll(async () => {
    libvirtd = await startLibvirtd();
    for (const arch of ['s390x', 'x86_64', 'aarch64', 'riscv64', 'ppc64']) capabilities.set(arch, readCapabilities(await libvirtd.capabilities(arch)));
  });
  afterAll(() => libvirtd?.stop());

  const archOf = (xml: string): string => /arch='(\w+)'/.exec(xml)?.[1] ?? '';

  /** What differs between libvirt's answer and ours; empty when nothing does. */
  function difference(xml: string, verdict: Verdict): string[] {
    const ours = expandDomain(xml, { capabilities: capabilities.get(archOf(xml)) as Capabilities });
    if (ours.ok !== verdict.ok) {
      return [
        ours.ok ? `libvirt refuses what we accept: ${verdict.ok ? '' : verdict.message}` : `libvirt accepts what we refuse: ${ours.problems[0]?.message}`,
      ];
    }
    return ours.ok && verdict.ok ? compareContent(verdict.xml, ours.xml) : [];
  }

  /** Removes devices as long as the difference stays. */
  async function shrink(xml: string): Promise<string> {
    let smallest = xml;
    for (let shrunk = true; shrunk; ) {
      shrunk = false;
      const lines = smallest.split('\n');
      const candidates = lines.flatMap((line, i) => (/^ {4}<(?!emulator)/.test(line) ? [lines.filter((_, j) => j !== i).join('\n')] : []));
      const verdicts = await libvirtd.define(candidates.map((candidate, i) => ({ name: `s${i}`, xml: candidate.replace('<name>guest<', `<name>s${i}<`) })));
      const found = candidates.findIndex((candidate, i) => difference(candidate, verdicts[i] as Verdict).length > 0);
      if (found !== -1) {
        smallest = candidates[found] ?? smallest;
        shrunk = true;
      }
    }
    return smallest;
  }

  it(`agrees with us about ${COUNT} random definitions: verdict, addresses, controllers, zPCI ids`, async () => {
    const seed = Number(process.env['HOSTDEV_SEED'] ?? Date.now() % 2 ** 31);
    const definitions = fc.sample(randomDomain, { numRuns: COUNT, seed });
    const verdicts = await libvirtd.define(definitions.map((xml, i) => ({ name: `g${i}`, xml: xml.replace('<name>guest<', `<name>g${i}<`) })));
    const accepted = verdicts.filter((verdict) => verdict.ok).length;
    const wrong: string[] = [];
    for (const [i, xml] of definitions.entries()) {
      const lines = difference(xml, verdicts[i] as Verdict);
      if (lines.length === 0) continue;
      if (wrong.length < 3) wrong.push(`seed ${seed}, definition ${i}:\n${lines.join('\n')}\nshrunk:\n${await shrink(xml)}`);
      else wrong.push(`seed ${seed}, definition ${i}: ${lines[0]}`);
    }
    expect(wrong.join('\n\n')).toBe('');
    expect(accepted).toBeGreaterThan(COUNT / 4);
    expect(accepted).toBeLessThan(COUNT);
  });
});
