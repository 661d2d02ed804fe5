/** What every libvirt does, the fake one as well as the real ones, over whichever transport. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuestEvent, Libvirt } from '../../src/libvirt/index.ts';

export interface LibvirtCase {
  readonly title: string;
  readonly run: (libvirt: Libvirts) => Promise<void>;
}

/** Connections to the drivers of one server. The test driver runs guests that are no more than words. */
export interface Libvirts {
  readonly qemu: Libvirt;
  readonly test: Libvirt;
}

let last = 0;
/** Names are never used twice: a server may be shared. */
const fresh = (): string => `suite-${process.pid}-${last++}`;

const s390x = (name: string): string =>
  `<domain type='qemu'>\n  <name>${name}</name>\n  <memory unit='MiB'>64</memory>\n  <os>\n    <type arch='s390x' machine='s390-ccw-virtio'>hvm</type>\n  </os>\n  <devices>\n    <memballoon model='none'/>\n  </devices>\n</domain>`;
const testGuest = (name: string): string => `<domain type='test'><name>${name}</name><memory>8192</memory><os><type>hvm</type></os></domain>`;
const hostdev = (domain: number): string =>
  `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x${domain.toString(16).padStart(4, '0')}' bus='0x00' slot='0x00' function='0x0'/></source></hostdev>`;

const refused = (code: string, libvirt?: number, text?: RegExp) => (error: unknown) => {
  const { code: ours, message, details } = error as { code: string; message: string; details: { libvirt?: { code: number; text: string } } };
  equal(ours, code, message);
  if (libvirt !== undefined) equal(details.libvirt?.code, libvirt, message);
  if (text !== undefined) match(message, text);
  return true;
};

async function eventually(what: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !what(); i += 1) await sleep(10);
  ok(what(), 'it did not happen within 5 s');
}

export const LIBVIRT_CASES: readonly LibvirtCase[] = [
  {
    title: 'says what it is',
    run: async ({ qemu, test }) => {
      const versions = await qemu.versions();
      equal(versions.type, 'QEMU');
      ok(versions.libvirt >= 9_000_000 && versions.hypervisor > 0);
      equal((await test.versions()).type.toLowerCase(), 'test');
      equal(await qemu.serverUri(), 'qemu:///system');
      ok((await qemu.hostname()).length > 0);
      match(await qemu.capabilities(), /<capabilities/);
      match(await qemu.domainCapabilities({ arch: 's390x', virtType: 'qemu' }), /<domainCapabilities>[\s\S]*<arch>s390x<\/arch>/);
    },
  },
  {
    title: 'stores a definition with its addresses, finds it by name and uuid, and forgets it',
    run: async ({ qemu }) => {
      const name = fresh();
      const domain = await qemu.defineDomain(s390x(name));
      equal(domain.id, -1);
      deepEqual(await qemu.findDomain(name), domain);
      deepEqual(await qemu.findDomain(domain.uuid), domain);
      ok((await qemu.listDomains()).some(({ uuid }) => uuid === domain.uuid));
      equal(await qemu.domainState(domain), 'shut off');
      match(await qemu.domainXml(domain, { inactive: true }), new RegExp(`<uuid>${domain.uuid}</uuid>`));
      await qemu.undefineDomain(domain);
      await rejects(qemu.findDomain(name), refused('guest-unknown', 42, /no domain with matching name/));
      await rejects(qemu.findDomain(domain.uuid), refused('guest-unknown', 42));
      await rejects(qemu.domainXml(domain), refused('guest-unknown', 42));
    },
  },
  {
    title: 'gives a definition a function, and takes it away again by its source',
    run: async ({ qemu }) => {
      const domain = await qemu.defineDomain(s390x(fresh()));
      await qemu.attachDevice(domain, hostdev(0xfff0), { config: true });
      match(await qemu.domainXml(domain, { inactive: true }), /<zpci uid='0x0001' fid='0x00000000'\/>/);
      await rejects(qemu.attachDevice(domain, hostdev(0xfff0), { config: true }), refused('libvirt-refused'));
      await rejects(qemu.detachDevice(domain, hostdev(0xfff1), { config: true }), refused('libvirt-refused', 99));
      await rejects(qemu.detachDeviceAlias(domain, 'hostdev7', { config: true }), refused('libvirt-refused'));
      await rejects(qemu.updateDevice(domain, hostdev(0xfff0), { config: true }), refused('libvirt-refused'));
      await rejects(qemu.attachDevice(domain, hostdev(0xfff1), { live: true }), refused('libvirt-refused', 55));
      await qemu.detachDevice(domain, hostdev(0xfff0), { config: true });
      ok(!(await qemu.domainXml(domain, { inactive: true })).includes('<hostdev'));
      await qemu.undefineDomain(domain);
    },
  },
  {
    title: 'says in its own words what is wrong with XML',
    run: async ({ qemu }) => {
      await rejects(qemu.defineDomain('<domain'), refused('libvirt-refused'));
      await rejects(qemu.defineDomain("<domain type='qemu'><memory>1</memory></domain>"), refused('libvirt-refused', undefined, /name/i));
    },
  },
  {
    title: 'starts, pauses, resumes and ends a guest, and tells about it',
    run: async ({ test }) => {
      const events: GuestEvent[] = [];
      const stop = await test.watchDomains((event) => events.push(event));
      const name = fresh();
      const defined = await test.defineDomain(testGuest(name));
      const running = await test.startDomain(defined);
      ok(running.id > 0);
      deepEqual(await test.findDomain(String(running.id)), running);
      equal(await test.domainState(running), 'running');
      await test.suspendDomain(running);
      equal(await test.domainState(running), 'paused');
      await test.resumeDomain(running);
      await test.destroyDomain(running);
      await test.undefineDomain(defined);
      const seen = (): string[] => events.flatMap((event) => (event.kind === 'lifecycle' && event.domain.name === name ? [event.event] : []));
      await eventually(() => seen().length >= 6);
      deepEqual(seen(), ['defined', 'started', 'suspended', 'resumed', 'stopped', 'undefined']);
      await stop();
      await test.undefineDomain(await test.defineDomain(testGuest(fresh())));
      equal(seen().length, 6);
    },
  },
  {
    title: 'tells about one guest only, when asked so',
    run: async ({ test }) => {
      const [mine, other] = [await test.defineDomain(testGuest(fresh())), await test.defineDomain(testGuest(fresh()))];
      const events: GuestEvent[] = [];
      const stop = await test.watchDomains((event) => events.push(event), mine);
      await test.startDomain(other);
      await test.startDomain(mine);
      await eventually(() => events.length > 0);
      deepEqual(new Set(events.map(({ domain }) => domain.uuid)), new Set([mine.uuid]));
      await stop();
      for (const domain of [mine, other]) {
        await test.destroyDomain(domain);
        await test.undefineDomain(domain);
      }
    },
  },
  {
    title: 'runs a guest that is gone when it ends',
    run: async ({ test }) => {
      const name = fresh();
      const domain = await test.createDomain(testGuest(name));
      equal(await test.domainState(domain), 'running');
      equal(await test.isPersistent(domain), false);
      await test.destroyDomain(domain);
      await rejects(test.findDomain(name), refused('guest-unknown', 42));
    },
  },
  {
    title: 'remembers which guests start with the host',
    run: async ({ test }) => {
      const domain = await test.defineDomain(testGuest(fresh()));
      equal(await test.isPersistent(domain), true);
      equal(await test.autostart(domain), false);
      await test.setAutostart(domain, true);
      equal(await test.autostart(domain), true);
      await test.undefineDomain(domain);
    },
  },
  {
    title: 'has networks',
    run: async ({ test }) => {
      ok((await test.listNetworks()).some(({ name }) => name === 'default'));
      equal(await test.findNetwork(fresh()), undefined);
      const name = fresh();
      const net = await test.defineNetwork(
        `<network><name>${name}</name><forward mode='nat'/><bridge name='vb${last}'/><ip address='192.0.2.1' netmask='255.255.255.0'/></network>`,
      );
      deepEqual(await test.findNetwork(name), net);
      match(await test.networkXml(net), new RegExp(`<name>${name}</name>`));
      match(await test.networkXml(net, { inactive: true }), new RegExp(`<name>${name}</name>`));
      equal(await test.isNetworkPersistent(net), true);
      equal(await test.isNetworkActive(net), false);
      equal(await test.networkAutostart(net), false);
      await test.setNetworkAutostart(net, true);
      equal(await test.networkAutostart(net), true);
      await test.setNetworkAutostart(net, false);
      await test.startNetwork(net);
      equal(await test.isNetworkActive(net), true);
      await test.setNetworkAutostart(net, true);
      await test.stopNetwork(net);
      await test.undefineNetwork(net);
      equal(await test.findNetwork(name), undefined);
    },
  },
  {
    title: 'has devices of the host',
    run: async ({ qemu, test }) => {
      deepEqual(await test.listPciDevices(), []);
      const absent = 'pci_fff0_00_00_0';
      equal(await qemu.nodeDeviceXml(absent), undefined);
      await rejects(qemu.detachNodeDevice(absent), refused('libvirt-refused'));
      await rejects(qemu.reattachNodeDevice(absent), refused('libvirt-refused', 53));
      await rejects(qemu.resetNodeDevice(absent), refused('libvirt-refused', 53));
      const stop = await qemu.watchNodeDevices(() => undefined);
      for (const name of await qemu.listPciDevices()) match((await qemu.nodeDeviceXml(name)) ?? '', new RegExp(`<name>${name}</name>`));
      await stop();
    },
  },
  {
    title: 'answers many questions at once, each with its own answer',
    run: async ({ qemu }) => {
      const domains = await Promise.all(Array.from({ length: 40 }, () => qemu.defineDomain(s390x(fresh()))));
      const texts = await Promise.all(domains.map((domain) => qemu.domainXml(domain)));
      for (const [i, { name }] of domains.entries()) match(texts[i] ?? '', new RegExp(`<name>${name}</name>`));
      await Promise.all(domains.map((domain) => qemu.undefineDomain(domain)));
    },
  },
  {
    title: 'keeps letters of every language',
    run: async ({ qemu }) => {
      const domain = await qemu.defineDomain(s390x(fresh()).replace('<memory', '<title>Prüfstand „Z“ 测试 🐧</title><memory'));
      match(await qemu.domainXml(domain), /<title>Prüfstand „Z“ 测试 🐧<\/title>/);
      await qemu.undefineDomain(domain);
    },
  },
];
