/** What others have for the same: lspci, virsh, virt-xml and driverctl out of the laboratory's packages, in a root of their own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../lab/process.ts';
import { cachedTree } from '../lab/debian/tree.ts';

/** Where programs of the set run, and how. */
export interface Peers {
  readonly root: string;
  readonly command: (...words: readonly string[]) => string[];
}

const ENVIRONMENT = ['env', '-i', 'PATH=/usr/sbin:/usr/bin', 'HOME=/root', 'LC_ALL=C'];

/** Why they cannot run here; empty when they can. */
export function peersReason(): string {
  return process.geteuid?.() === 0 ? '' : 'running them in a root of their own needs root';
}

/** A copy of their root below `directory`, with what the scripts of their packages would have made. */
export async function makePeers(directory: string): Promise<Peers> {
  const tree = await cachedTree('peers');
  const root = join(directory, 'root');
  await run('cp', ['-a', '--reflink=auto', tree, root], { timeoutMs: 120_000 });
  for (const name of ['dev', 'proc', 'run', 'tmp', 'root']) mkdirSync(join(root, name), { recursive: true });
  await run('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  await run('mknod', ['-m', '666', join(root, 'dev/urandom'), 'c', '1', '9']);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  joinCertificates(root);
  return { root, command: (...words) => [...ENVIRONMENT, 'chroot', root, ...words] };
}

/** virtinst loads Python's requests, which wants them at once. */
function joinCertificates(root: string): void {
  const from = join(root, 'usr/share/ca-certificates/mozilla');
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  const all = readdirSync(from).map((name) => readFileSync(join(from, name), 'utf8'));
  writeFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), all.join('\n'));
}

/** driverctl looks at /sys and nowhere else: there the host in that directory of the root is put. */
export function showHost({ root }: Peers, name: string): void {
  rmSync(join(root, 'sys'), { recursive: true, force: true });
  symlinkSync(`${name}/sys`, join(root, 'sys'));
}

/** The same functions for libvirt's test driver, which needs no daemon and looks at no machine; with a guest to change. */
export function writeTestNode({ root }: Peers, addresses: readonly string[], guest: string): string {
  const devices = addresses.map((address) => {
    const [domain, bus, slot, fn] = address.split(/[:.]/).map((part) => Number.parseInt(part, 16));
    return `<device><name>pci_${address.replaceAll(/[:.]/g, '_')}</name><parent>computer</parent><capability type='pci'><class>0x120000</class><domain>${domain}</domain><bus>${bus}</bus><slot>${slot}</slot><function>${fn}</function><product id='0x10d3'/><vendor id='0x8086'/></capability></device>`;
  });
  const computer =
    "<device><name>computer</name><capability type='system'><hardware><uuid>11111111-2222-3333-4444-555555555555</uuid></hardware><firmware/></capability></device>";
  const name = `node-${addresses.length}.xml`;
  writeFileSync(join(root, name), `<node>${computer}${devices.join('\n')}${guest}</node>\n`);
  return `test:///${name}`;
}

/** Runs a command once: what is compiled or made at a first run is there afterwards. */
export function warmUp(words: readonly string[]): void {
  const [program = '', ...args] = words;
  const { error, status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw new Error(`${words.join(' ')} ends with ${error?.message ?? status}: ${stderr}`);
}
