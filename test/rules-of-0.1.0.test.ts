import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removePersistent } from '../src/app/persistent-remove.ts';
import { listPersistent } from '../src/app/persistent-list.ts';
import { prepareFunctions } from '../src/app/prepare.ts';
import { setVf } from '../src/app/vf-set.ts';
import { createVfs } from '../src/app/virtual-functions.ts';
import { parsePciAddress } from '../src/pci/notation.ts';
import { fakeKernel, type FakeKernel } from '../src/testing/fake-kernel.ts';
import { HOSTS, withSerials } from './data/0.1.0/rules/hosts.mjs';

/** What 0.1.0 left on its hosts: data/0.1.0/rules/write-rules.mjs made it with 0.1.0's own code. */
const DATA = join(import.meta.dirname, 'data/0.1.0/rules');

function written(host: string): Record<string, string> {
  const root = join(DATA, host);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
  return Object.fromEntries(files.filter((path) => statSync(path).isFile()).map((path) => [`/${relative(root, path)}`, readFileSync(path, 'utf8')]));
}

const context = (port: FakeKernel) => ({ port, isRoot: true, readPciIds: async () => undefined });
const options = () => ({ dryRun: false, persist: true, stateDirectory: mkdtempSync(join(tmpdir(), 'hostdev-rules-')) });
const boot = (host: 'pc' | 'z'): FakeKernel =>
  withSerials(fakeKernel(HOSTS[host].functions, { files: { ...HOSTS[host].files, ...written(host) } }), HOSTS[host].serials);

/** Does what 0.1.0 did, once more. */
async function again(port: FakeKernel, host: 'pc' | 'z'): Promise<void> {
  const { keep, vfs } = HOSTS[host];
  await prepareFunctions(context(port), keep.map(parsePciAddress), options());
  for (const { pf, count, settings } of vfs) {
    const { virtualFunctions } = await createVfs(context(port), parsePciAddress(pf), count, options());
    for (const [index, each] of Object.entries(settings)) await setVf(context(port), parsePciAddress(virtualFunctions[Number(index)] ?? ''), each, options());
  }
}

describe.each(['pc', 'z'] as const)('the rules that 0.1.0 wrote on a host (%s)', (host) => {
  const addresses = [...HOSTS[host].keep, ...HOSTS[host].vfs.map(({ pf }) => pf)].sort();

  it('are there, and the files that they share', () => {
    expect(Object.keys(written(host)).filter((path) => path.startsWith('/etc/udev/rules.d/'))).toHaveLength(addresses.length);
    expect(Object.keys(written(host))).toEqual(
      expect.arrayContaining(['/etc/udev/hostdev-take', '/etc/udev/hostdev-functions', '/etc/modprobe.d/hostdev.conf']),
    );
  });

  it('are read: each fits its function, which is with its host driver still', async () => {
    const { rules } = await listPersistent(context(boot(host)));
    expect(rules.map(({ address, state }) => [address, state])).toEqual(addresses.map((address) => [address, 'not taken']));
    expect(rules.flatMap(({ drift }) => drift).every((line) => /^it (?:is with \w+, not with vfio-pci|has 0 virtual functions, not 4)$/.test(line))).toBe(true);
  });

  it('are what is written today, and in force once it was done again', async () => {
    const port = boot(host);
    await again(port, host);
    expect(Object.fromEntries(port.files)).toEqual({ ...HOSTS[host].files, ...written(host) });
    expect((await listPersistent(context(port))).rules.map(({ state, drift }) => [state, drift])).toEqual(addresses.map(() => ['in force', []]));
  });

  it('are removed, with all that they share', async () => {
    const port = boot(host);
    await removePersistent(context(port), addresses.map(parsePciAddress), options());
    expect(Object.fromEntries(port.files)).toEqual(HOSTS[host].files);
  });
});
