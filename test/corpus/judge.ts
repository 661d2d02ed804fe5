/** What differs between libvirt's golden files and what comes out here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expandDomain } from '../../src/addressing/expand.ts';
import type { PlaceOptions } from '../../src/addressing/place.ts';
import { formatClassic, formatJson } from '../../src/qemu/device-object.ts';
import { qemuDevices } from '../../src/qemu/guest-devices.ts';
import { compareContent } from './addresses.ts';
import { deviceArguments, type Kind, kindOf } from './arguments.ts';
import type { Case } from './case.ts';
import type { CorpusVersion } from './corpus.ts';
import { capabilitiesOf, fakeHost } from './surroundings.ts';

export interface Judge {
  readonly read: (path: string) => string;
  readonly optionsOf: (one: Case) => PlaceOptions;
  /** Of what definitions become; a line each. */
  readonly outputs: (cases: readonly Case[]) => string[];
  /** Of QEMU's objects, with how many of each kind there are in the golden command lines. */
  readonly objects: (cases: readonly Case[]) => { readonly wrong: string[]; readonly counts: Readonly<Record<Kind, number>> };
}

export function judgeOf(root: string, libvirt: CorpusVersion): Judge {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const capabilities = capabilitiesOf(root);
  const host = fakeHost(root);
  const optionsOf = (one: Case): PlaceOptions => {
    const virtType = /<domain[^>]*\stype=['"](\w+)/.exec(read(one.input))?.[1];
    return { libvirt, capabilities: capabilities(one, virtType), host, newDefinition: one.newDefinition };
  };

  function outputs(cases: readonly Case[]): string[] {
    const wrong: string[] = [];
    for (const one of cases) {
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

  function objects(cases: readonly Case[]): ReturnType<Judge['objects']> {
    const counts = { controller: 0, hostdev: 0, mdev: 0, zpci: 0 };
    const wrong: string[] = [];
    for (const one of cases) {
      if (one.args === undefined) continue;
      const golden = deviceArguments(join(root, one.args)).filter((text) => kindOf(text) !== undefined);
      const result = qemuDevices(read(one.input), optionsOf(one));
      const json = golden.length === 0 || golden.some((text) => text.startsWith('{'));
      const ours = result.ok ? result.devices.map(json ? formatJson : formatClassic) : [];
      if (JSON.stringify(ours) !== JSON.stringify(golden)) wrong.push(`${one.id}:\n  ${golden.join('\n  ')}\n  not\n  ${ours.join('\n  ')}`);
      for (const text of golden) counts[kindOf(text) ?? 'controller'] += 1;
    }
    return { wrong, counts };
  }

  return { read, optionsOf, outputs, objects };
}
