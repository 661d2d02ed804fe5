/**
 * `npm run lab:presets`: writes down what the laboratory's QEMUs can do, as their libvirts found out: src/addressing/capabilities/measured.ts.
 * Needs what the laboratory's libvirtds need; its output is to be formatted (`npx biome check --write`).
 */
import { writeFile } from 'node:fs/promises';
import { ADDRESS_FLAGS, type Capabilities } from '../src/addressing/capabilities/capabilities.ts';
import { readCapabilities } from '../src/addressing/capabilities/read.ts';
import { libvirtdCapabilities, libvirtdTree } from './libvirtd/daemon.ts';
import { RELEASES, type ReleaseName } from './libvirtd/release.ts';

const FILE = 'src/addressing/capabilities/measured.ts';

/** Those that all the trees have. */
const ARCHITECTURES = ['x86_64', 'i686', 'aarch64', 'armv7l', 'riscv64', 'riscv32', 'ppc64', 'ppc', 's390x'];

interface Measured {
  readonly qemu: string;
  readonly of: ReadonlyMap<string, Capabilities>;
}

async function measure(release: ReleaseName): Promise<Measured> {
  const tree = await libvirtdTree(release);
  const of = new Map<string, Capabilities>();
  let qemu = '';
  for (const arch of ARCHITECTURES) {
    const text = await libvirtdCapabilities(tree, arch);
    of.set(arch, readCapabilities(text));
    const version = Number(/<version>(\d+)<\/version>/.exec(text)?.[1] ?? 0);
    qemu = `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}`;
  }
  return { qemu, of };
}

/** Name → which of the QEMUs have it, a digit each. */
function presence(all: readonly Measured[], arch: string, namesOf: (one: Capabilities) => Iterable<string>): Map<string, string> {
  const sets = all.map(({ of }) => new Set(namesOf(of.get(arch) as Capabilities)));
  const names = [...new Set(sets.flatMap((set) => [...set]))].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return new Map(names.map((name) => [name, sets.map((set) => (set.has(name) ? '1' : '0')).join('')]));
}

/** Names with the same digits share a line. */
function grouped(found: ReadonlyMap<string, string>): string {
  const by = new Map<string, string[]>();
  for (const [name, digits] of found) by.set(digits, [...(by.get(digits) ?? []), name]);
  const lines = [...by].toSorted(([a], [b]) => (a < b ? 1 : -1)).map(([digits, names]) => `      '${digits}': '${names.join(' ')}',`);
  return `{\n${lines.join('\n')}\n    }`;
}

const measured = (await Promise.all((Object.keys(RELEASES) as ReleaseName[]).map(measure))).toSorted((a, b) =>
  a.qemu.localeCompare(b.qemu, 'en', { numeric: true }),
);
const wanted = new Set<string>(ADDRESS_FLAGS);
const rows = ARCHITECTURES.map((arch) => {
  const flags = presence(measured, arch, (one) => [...one.flags].filter((flag) => wanted.has(flag)));
  const machines = presence(measured, arch, (one) => one.machines ?? []);
  const newest = measured.at(-1)?.of.get(arch)?.defaultMachine ?? '';
  return `  ${arch}: {\n    defaultMachine: '${newest}',\n    flags: ${grouped(flags)},\n    machines: ${grouped(machines)},\n  },`;
});
await writeFile(
  FILE,
  `/** What QEMUs of Debian can do, as libvirt found out; made by lab/presets.ts, not by hand. */

/** The QEMUs that were asked, oldest first. */
export const MEASURED_QEMUS = [${measured.map(({ qemu }) => `'${qemu}'`).join(', ')}] as const;

/** Names by which of the QEMUs have them: a digit each, 1 or 0. */
type Presence = Readonly<Record<string, string>>;

export interface MeasuredArchitecture {
  readonly defaultMachine: string;
  readonly flags: Presence;
  readonly machines: Presence;
}

export const MEASURED: Readonly<Record<string, MeasuredArchitecture>> = {
${rows.join('\n')}
};
`,
);
