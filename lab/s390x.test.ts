import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { casesFor } from '../test/conformance/host-suite.ts';
import { labReason } from './reason.ts';
import { guestDefinition, waitForGuestFunctions } from './s390x/guest.ts';
import { HOSTDEV, installCommand, type LabHost } from './machine/running.ts';
import { bootHost, WAIT_FOR_LIBVIRT } from './s390x/host.ts';
import { HOST_FUNCTIONS } from './s390x/recipe.ts';
import { itemsIn } from '../test/json/items.ts';

const GUEST_TIMEOUT_MS = 8 * 60_000;
const NVME = '0007:00:00.0';
const NVME_2 = '0031:00:00.0';
/** Function id of NVME_2. */
const SLOT = 0x41;
const MACHINE = { free: NVME_2, freeDriver: 'nvme', other: '0009:00:00.0', otherDriver: 'igb', slot: SLOT };
const CASES = casesFor(MACHINE);

describeUnless(await labReason('z-host'), 'an emulated IBM Z host', () => {
  let host: LabHost;

  beforeAll(async () => {
    host = await bootHost();
    await installCommand(host, 'dist/cli');
    await installCommand(host, 'build/lab', 'lab');
    await host.sh(WAIT_FOR_LIBVIRT);
    await defineGiven(await host.says(`xml ${NVME_2}`));
    await host.sh('virsh -q start given');
  });
  afterAll(async () => host?.stop());

  /** A guest with a function whose ids are given, and with more elements. */
  async function defineGiven(more = ''): Promise<void> {
    const file = join(host.share, 'given.xml');
    await writeFile(file, guestDefinition('given'));
    await host.says(`attach /share/given.xml ${NVME} --uid 0x21 --fid 0x55`);
    await writeFile(file, (await readFile(file, 'utf8')).replace('</devices>', `${more}</devices>`));
    await host.sh('virsh -q define /share/given.xml');
  }

  it("gives the uid and fid that were asked for, and predicts those that libvirt generates; the guest's kernel sees both", async () => {
    const [predicted] = itemsIn<{ placements: { kind: string }[] }>(await host.says('expand /share/given.xml --json'));
    const stored = await host.sh('virsh dumpxml --inactive given');
    expect(predicted?.placements.filter((p) => p.kind === 'hostdev')).toMatchObject([
      { uid: '0x0021', fid: '0x00000055', guestAddress: '0000:00:01.0' },
      { uid: '0x0001', fid: '0x00000000', guestAddress: '0000:00:02.0' },
    ]);
    for (const ids of ["uid='0x0021' fid='0x00000055'", "uid='0x0001' fid='0x00000000'"]) expect(stored).toContain(`<zpci ${ids}/>`);
    const functions = await waitForGuestFunctions(host, 'given.console', GUEST_TIMEOUT_MS);
    expect(functions).toEqual([
      { address: '0001:00:00.0', uid: 1, fid: 0, slot: '00000000', class: '0x010802' },
      { address: '0021:00:00.0', uid: 0x21, fid: 0x55, slot: '00000055', class: '0x010802' },
    ]);
    // It goes on holding one of them, and leaves the other and the processor to the tests below.
    await host.sh('virsh -q destroy given && virsh -q undefine given');
    await defineGiven();
    await host.sh('virsh -q start given --paused');
  });

  describe('what the host has', () => {
    it("lists the functions that lspci lists, with lspci's classes and names", async () => {
      // As a process, as people run it.
      const [json, lspci] = (await host.sh(`${HOSTDEV} list --json; echo ====; lspci -Dnn`)).split('====\n');
      const rows = itemsIn<{
        hostAddress: string;
        class: string;
        className: string;
        vendor: string;
        device: string;
        vendorName: string;
        deviceName: string;
      }>(json ?? '');
      const ours = rows.map(
        (r) => `${r.hostAddress} ${r.className} [${r.class.slice(2)}]: ${r.vendorName} ${r.deviceName} [${r.vendor.slice(2)}:${r.device.slice(2)}]`,
      );
      const theirs = (lspci ?? '')
        .trim()
        .split('\n')
        .map((line) => line.replace(/ \(.*\)$/, ''));
      expect(ours).toEqual(theirs);
      expect(rows).toHaveLength(HOST_FUNCTIONS.length);
    });

    it('shows the uid, fid, driver and group that sysfs has', async () => {
      const facts =
        'for d in /sys/bus/pci/devices/*; do echo "${d##*/} $(cat $d/uid) $(cat $d/function_id) $(cat $d/pchid) $(basename $(readlink $d/iommu_group)) $(basename $(readlink $d/driver))"; done';
      const [json, sysfs] = [await host.says('list --json'), await host.sh(facts)];
      type Row = { hostAddress: string; uid: string; fid: string; pchid: string; iommuGroup: number; driver: string };
      const ours = itemsIn<Row>(json ?? '').map((r) => [r.hostAddress, Number(r.uid), Number(r.fid), Number(r.pchid), r.iommuGroup, r.driver]);
      const theirs = (sysfs ?? '')
        .trim()
        .split('\n')
        .map((line) => {
          const [address, uid, fid, pchid, group, driver] = line.split(' ');
          return [address, Number(uid), Number(fid), Number(pchid), Number(group), driver];
        });
      expect(ours).toEqual(theirs);
      expect(ours.map((row) => row.slice(1, 3))).toEqual([...HOST_FUNCTIONS].sort((a, b) => a.uid - b.uid).map((f) => [f.uid, f.fid]));
    });

    it('shows one function with the reset methods of its kernel', async () => {
      const [json, reset] = [await host.says(`show ${NVME_2} --json`), await host.sh(`cat /sys/bus/pci/devices/${NVME_2}/reset_method`)];
      const [shown] = itemsIn<{ resetMethods: string[]; headerType: string; zpci: { uidIsUnique: boolean } }>(json ?? '');
      expect(shown?.resetMethods).toEqual((reset ?? '').trim().split(' '));
      expect(shown).toMatchObject({ headerType: 'endpoint', zpci: { uidIsUnique: true } });
    });
  });

  it(`passes the ${CASES.length} cases of the conformance suite that the fake kernel passes`, async () => {
    expect(await host.tells('conformance', [JSON.stringify(MACHINE)])).toEqual(CASES.map(({ title }) => `ok ${title}`));
  });

  describe('verdicts about what the host does with its functions', () => {
    type Report = { hostAddress: string; verdict: string; evidence: string[] };
    const judge = async (...addresses: string[]): Promise<Record<string, string>> => {
      const result = await host.hostdev(`check ${addresses.join(' ')} --json`);
      const reports = itemsIn<Report>(result.stdout);
      return Object.fromEntries(reports.map((report) => [report.hostAddress, [report.verdict, ...report.evidence].join('; ')]));
    };
    const IGB = '0009:00:00.0';
    const VIRTIO = '0002:00:00.0';
    const netdev = `$(basename /sys/bus/pci/devices/${IGB}/net/*)`;

    it('are free while nobody uses them, but for the one a guest holds', async () => {
      expect(await judge(NVME_2, IGB, VIRTIO, NVME)).toEqual({
        [NVME_2]: 'free',
        [IGB]: 'free',
        [VIRTIO]: 'free',
        [NVME]: expect.stringMatching(/^held; \/dev\/vfio\/\d+ → guest given, qemu-system-s39 \(pid \d+\)$/) as unknown,
      });
    });

    it('see a mounted disk and an interface with an address, and prepare takes neither', async () => {
      await host.sh(
        `d=/dev/$(basename /sys/bus/pci/devices/${NVME_2}/nvme/nvme*/nvme*n1) && mke2fs -q $d && mkdir -p /mnt && mount -t ext4 $d /mnt && ip addr add 192.0.2.1/24 dev ${netdev} && ip link set ${netdev} up`,
      );
      const verdicts = await judge(NVME_2, IGB);
      expect(verdicts[NVME_2]).toMatch(/^in use; nvme\d+n1 → mounted on \/mnt$/);
      expect(verdicts[IGB]).toMatch(/^in use; \w+ → address 192\.0\.2\.1$/);
      const refused = await host.hostdev(`prepare ${NVME_2}`);
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(/is in use: nvme\d+n1 → mounted on \/mnt/);
      expect(await host.sh(`basename $(readlink /sys/bus/pci/devices/${NVME_2}/driver)`)).toBe('nvme\n');
    });

    it('are what list, prepare, attach to a file, a definition and a guest that runs, swap and validate say as well', async () => {
      const requests = [NVME_2, IGB, NVME, VIRTIO].map((address) => ({ addresses: [address], faces: true }));
      await writeFile(join(host.share, 'requests.json'), JSON.stringify(requests));
      const lines = await host.tells('requests', ['/share/requests.json']);
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        ['function-in-use', expect.stringMatching(/nvme\d+n1 → mounted on \/mnt/)],
        ['function-in-use', expect.stringMatching(/\w+ → address 192\.0\.2\.1/)],
        ['function-held', expect.stringMatching(/guest given/)],
        ['taken', ''],
      ]);
    });

    it('see the default route and swap', async () => {
      await host.sh(
        `umount /mnt && d=/dev/$(basename /sys/bus/pci/devices/${NVME_2}/nvme/nvme*/nvme*n1) && mkswap $d >/dev/null && swapon $d && ip route add default via 192.0.2.2`,
      );
      const verdicts = await judge(NVME_2, IGB);
      expect(verdicts[NVME_2]).toMatch(/^in use; nvme\d+n1 → swap$/);
      expect(verdicts[IGB]).toMatch(/^in use; \w+ → address 192\.0\.2\.1; \w+ → default route$/);
    });

    it('are free again when the use has ended', async () => {
      await host.sh(`swapoff /dev/$(basename /sys/bus/pci/devices/${NVME_2}/nvme/nvme*/nvme*n1) && ip addr flush dev ${netdev} && ip link set ${netdev} down`);
      expect(await judge(NVME_2, IGB)).toEqual({ [NVME_2]: 'free', [IGB]: 'free' });
    });
  });

  it('remembers who took what, and says when the host is ready', async () => {
    await host.says(`prepare ${NVME_2}`);
    expect(itemsIn(await host.says('status --json'))).toMatchObject([
      { subject: NVME_2, verb: 'prepare', state: 'in force', beforeWords: 'nvme', nowWords: 'vfio-pci' },
    ]);
    await host.says(`release ${NVME_2}`);
    expect(itemsIn(await host.says('status --json'))).toEqual([]);
    const ready = itemsIn<{ what: string; state: string }>(await host.says('check --json'));
    expect(ready.filter(({ state }) => state === 'missing')).toEqual([]);
    expect(ready.find(({ what }) => what === 'zPCI uids')).toMatchObject({ state: 'ok' });
  });

  describe('refusals', () => {
    it.each([
      ['a function the host does not have', `prepare 0007:00:01.0`, 1, /no PCI function 0007:00:01\.0/],
      ['a function that a running guest holds', `release ${NVME}`, 1, /is held: .*guest given, qemu-system-s39/],
      ['uid 0', `xml ${NVME} --uid 0`, 2, /uid 0 is outside 0x0001–0xffff/],
    ])('%s', async (_, words, status, message) => {
      const result = await host.hostdev(`${words}`);
      expect(result.status).toBe(status);
      expect(result.stderr).toMatch(message);
      expect(result.stderr).toMatch(/^ {2}hint: /m);
      expect(result.stdout).toBe('');
    });

    it('a user who is not root', async () => {
      const result = await host.run(`su nobody -c '${HOSTDEV} prepare ${NVME_2}'`);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr).toMatch(/needs root/);
      expect(await host.sh(`basename $(readlink /sys/bus/pci/devices/${NVME_2}/driver)`)).toBe('nvme\n');
    });
  });

  it('gives the function back to its host driver when the guest is gone', async () => {
    await host.sh('virsh -q destroy given');
    expect(await host.sh(`basename $(readlink /sys/bus/pci/devices/${NVME}/driver)`)).toBe('nvme\n');
  });

  it('says what is missing where the kernel has no vfio', async () => {
    await host.sh('rmmod vfio-pci');
    const result = await host.hostdev(`prepare ${NVME_2}`);
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(/vfio-pci driver is not there/);
    expect(await host.sh(`cat /sys/bus/pci/devices/${NVME_2}/driver_override`)).toBe('(null)\n');
  });
});
