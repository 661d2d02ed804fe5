import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDomain } from '../src/domain/domain.ts';
import { formatHostdev, type HostdevSpec } from '../src/domain/hostdev-xml.ts';
import { readHostdevs } from '../src/domain/hostdev.ts';
import { connectLibvirt } from '../src/libvirt/index.ts';
import { LIBVIRT_CASES, type Libvirts } from '../test/conformance/libvirt-suite.ts';
import { describeUnless } from '../test/skip.ts';
import { makeCertificates } from './libvirtd/certificates.ts';
import { type Libvirtd, startLibvirtd } from './libvirtd/daemon.ts';
import { freePort, type Sshd, startSshd } from './libvirtd/sshd.ts';
import { run } from './process.ts';
import { toolsDirectory } from './debian/tools.ts';
import { labReason } from './reason.ts';

/** Guests of the large list. */
const MANY = 5000;

/** The suite over connections that `uri` makes. */
function suite(uri: (driver: 'qemu' | 'test', path: string) => string): void {
  let libvirts: Libvirts;
  beforeAll(async () => {
    libvirts = { qemu: await connectLibvirt(uri('qemu', '/system'), { pulse: true }), test: await connectLibvirt(uri('test', '/default')) };
  });
  afterAll(async () => {
    await libvirts?.qemu.close();
    await libvirts?.test.close();
  });
  for (const { title, run: act } of LIBVIRT_CASES) it(title, () => act(libvirts));
}

describeUnless(await labReason('libvirtd-11.3', 'libvirtd-9.0'), 'libvirt', () => {
  // ssh and openssl: the machine need not have them.
  beforeAll(async () => {
    process.env['PATH'] = `${await toolsDirectory()}:${process.env['PATH']}`;
  });
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hostdev-ways-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  describe.each(['11.3', '9.0'] as const)('%s', (release) => {
    let libvirtd: Libvirtd;
    let sshd: Sshd;
    let tlsPort: number;

    beforeAll(async () => {
      tlsPort = await freePort();
      await makeCertificates(join(directory, 'pki'));
      await mkdir(join(directory, release), { recursive: true });
      libvirtd = await startLibvirtd({
        release,
        listen: true,
        config: [
          ...['listen_tls = 1', 'listen_tcp = 0', 'listen_addr = "127.0.0.1"', `tls_port = "${tlsPort}"`, 'auth_tls = "none"'],
          ...['key_file = "/etc/pki/lab/serverkey.pem"', 'cert_file = "/etc/pki/lab/servercert.pem"', 'ca_file = "/etc/pki/lab/cacert.pem"'],
        ],
        furnish: async (tree) => {
          await mkdir(join(tree, 'etc/pki/lab'), { recursive: true });
          for (const name of ['serverkey.pem', 'servercert.pem', 'cacert.pem']) await cp(join(directory, 'pki', name), join(tree, 'etc/pki/lab', name));
        },
      });
      sshd = await startSshd(libvirtd.tree, join(directory, release));
    });
    afterAll(async () => {
      await sshd?.stop();
      await libvirtd?.stop();
    });

    const sshUri = (driver: string, path: string, more = ''): string =>
      `${driver}+ssh://root@127.0.0.1:${sshd.port}${path}?keyfile=${sshd.keyFile}&known_hosts=${sshd.knownHosts}&no_tty=1${more}`;
    const tlsUri = (driver: string, path: string, pki = 'pki'): string => `${driver}+tls://127.0.0.1:${tlsPort}${path}?pkipath=${join(directory, pki)}`;
    const unixUri = (driver: string, path: string): string => `${driver}+unix://${path}?socket=${libvirtd.socket}`;

    describe('over its unix socket', () => suite(unixUri));
    describe('over ssh, with its helper', () => suite((driver, path) => sshUri(driver, path, '&proxy=native')));
    describe('over ssh, with netcat', () => suite((driver, path) => sshUri(driver, path, '&proxy=netcat&netcat=/usr/bin/nc.openbsd')));
    describe('over TLS', () => suite(tlsUri));

    it('over ssh says what ssh says when it does not get through', async () => {
      const wrong = sshUri('qemu', '/system').replace(sshd.keyFile, '/dev/null');
      await expect(connectLibvirt(wrong)).rejects.toMatchObject({ code: 'libvirt-unreachable', message: expect.stringMatching(/Permission denied/) as string });
    });

    it('over TLS neither trusts a stranger nor is let in without a certificate', async () => {
      await makeCertificates(join(directory, 'other'));
      await expect(connectLibvirt(tlsUri('qemu', '/system', 'other'))).rejects.toMatchObject({ code: 'libvirt-unreachable' });
      await mkdir(join(directory, 'nobody'), { recursive: true });
      await cp(join(directory, 'pki/cacert.pem'), join(directory, 'nobody/cacert.pem'));
      await expect(connectLibvirt(tlsUri('qemu', '/system', 'nobody'))).rejects.toMatchObject({ code: 'libvirt-unreachable' });
    });

    it('takes every element that we write', async () => {
      const libvirt = await connectLibvirt(unixUri('qemu', '/system'));
      const standby =
        "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><teaming type='persistent'/><alias name='ua-standby'/><boot order='2'/></interface>";
      const domain = await libvirt.defineDomain(
        `<domain type='qemu'><name>elements</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${standby}<memballoon model='none'/></devices></domain>`,
      );
      const source = (bus: number): HostdevSpec => ({ source: { domain: 0xff, bus, slot: 0, function: 0 } });
      const specs: HostdevSpec[] = [
        { ...source(1), managed: false, bootOrder: 1, rom: 'off' },
        { ...source(2), guestAddress: { domain: 0, bus: 0, slot: 0x10, function: 0 }, multifunction: true, rom: { file: '/rom.bin' } },
        { ...source(3), interface: { mac: '52:54:00:00:00:01', vlan: 42 }, teaming: 'ua-standby' },
        { ...source(4), interface: { virtualport: { type: '802.1Qbh', parameters: { profileid: 'finance' } } } },
        { ...source(5), interface: { mac: '52:54:00:00:00:05' } },
      ];
      for (const spec of specs) await libvirt.attachDevice(domain, formatHostdev(spec).join('\n'), { config: true });
      const stored = readHostdevs(readDomain(await libvirt.domainXml(domain, { inactive: true })));
      expect(stored.map(({ source: from }) => from?.bus).sort()).toEqual([1, 2, 3, 4, 5]);
      expect(stored.find(({ source: from }) => from?.bus === 3)).toMatchObject({
        teaming: { type: 'transient', persistent: 'ua-standby' },
        vlan: { tags: [42] },
      });
      await libvirt.undefineDomain(domain);
      await libvirt.close();
    });

    it(`lists and dumps ${MANY} definitions`, async () => {
      const libvirt = await connectLibvirt(unixUri('qemu', '/system'));
      const xml = (name: string): string =>
        `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices><memballoon model='none'/></devices></domain>`;
      const before = (await libvirt.listDomains()).length;
      await Promise.all(Array.from({ length: MANY }, (_, i) => libvirt.defineDomain(xml(`many${i}`))));
      const domains = (await libvirt.listDomains()).filter(({ name }) => name.startsWith('many'));
      expect(domains).toHaveLength(MANY);
      const texts = await Promise.all(domains.map((domain) => libvirt.domainXml(domain)));
      for (const [i, { name }] of domains.entries()) expect(texts[i]).toContain(`<name>${name}</name>`);
      await Promise.all(domains.map((domain) => libvirt.undefineDomain(domain)));
      expect(await libvirt.listDomains()).toHaveLength(before);
      await libvirt.close();
    });

    it('may crash in the middle of calls: each is rejected, none hangs, no socket is left open, and a new connection works', async () => {
      const open = (): Promise<number> => readdir('/proc/self/fd').then((names) => names.length);
      const before = await open();
      const libvirt = await connectLibvirt(unixUri('qemu', '/system'));
      const calls = Promise.allSettled(Array.from({ length: 200 }, () => libvirt.capabilities()));
      await libvirtd.crash();
      const rejected = (await calls).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(rejected.length).toBeGreaterThan(0);
      for (const error of rejected) expect(error).toMatchObject({ code: 'libvirt-closed' });
      await libvirt.close();
      await expect.poll(open).toBeLessThanOrEqual(before);
      const again = await connectLibvirt(unixUri('qemu', '/system'));
      expect((await again.versions()).type).toBe('QEMU');
      await again.close();
    });

    it('may stop to answer: the wait ends, and when it goes on the connection does too', async () => {
      const libvirt = await connectLibvirt(unixUri('qemu', '/system'));
      process.kill(libvirtd.pid, 'SIGSTOP');
      try {
        await expect(connectLibvirt(unixUri('qemu', '/system'), { timeoutMs: 300 })).rejects.toMatchObject({ code: 'libvirt-timeout' });
      } finally {
        process.kill(libvirtd.pid, 'SIGCONT');
      }
      expect(await libvirt.hostname()).not.toBe('');
      await libvirt.close();
    });

    it('over a line that is cut after any number of bytes, gives an error and no hang', async () => {
      for (let bytes = 0; bytes < 400; bytes += 1) {
        const proxy = await cutAfter(libvirtd.socket, bytes);
        const ask = async (): Promise<void> => {
          const libvirt = await connectLibvirt(`qemu+unix:///system?socket=${proxy.path}`);
          await libvirt.versions();
          await libvirt.capabilities();
        };
        await expect(ask()).rejects.toMatchObject({ code: 'libvirt-closed' });
        await proxy.stop();
      }
    });
  });

  describe('11.3 with passwords', () => {
    let libvirtd: Libvirtd;
    beforeAll(async () => {
      libvirtd = await startLibvirtd({
        config: ['auth_unix_rw = "sasl"'],
        furnish: async (tree) => {
          await mkdir(join(tree, 'etc/sasl2'), { recursive: true });
          await writeFile(join(tree, 'etc/sasl2/libvirt.conf'), 'mech_list: scram-sha-256\nsasldb_path: /etc/libvirt/passwd.db\n');
          await rm(join(tree, 'etc/libvirt/passwd.db'), { force: true });
          await run('chroot', [tree, '/usr/sbin/saslpasswd2', '-p', '-a', 'libvirt', '-f', '/etc/libvirt/passwd.db', 'ali'], { input: 'sesame' });
        },
      });
    });
    afterAll(() => libvirtd?.stop());

    it.each([
      ['sesame', undefined],
      ['wrong', 'libvirt-auth'],
    ])('answers to %s', async (password, code) => {
      const realm = (await run('hostname', [])).trim();
      const connected = connectLibvirt(`qemu+unix:///system?socket=${libvirtd.socket}`, { credentials: async () => ({ user: `ali@${realm}`, password }) });
      if (code === undefined) await (await connected).close();
      else await expect(connected).rejects.toMatchObject({ code });
    });
  });
});

/** A socket that passes so many bytes of the answers on, and then cuts the line. */
async function cutAfter(target: string, bytes: number): Promise<{ readonly path: string; readonly stop: () => Promise<unknown> }> {
  const path = join(tmpdir(), `hostdev-cut-${process.pid}-${bytes}.sock`);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(target);
    open.add(near).add(far);
    let left = bytes;
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      near.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) near.end();
    });
    for (const socket of [near, far]) socket.on('error', () => undefined);
    if (bytes === 0) near.end();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    stop: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
