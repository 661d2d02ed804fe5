import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { HOSTDEV, installCommand, type LabHost } from './machine/running.ts';
import { bootPc, WAIT_UNTIL_SETTLED } from './pc/host.ts';
import { EVERY_FACE, HELD, NAMES, SCENARIOS } from './pc/scenarios.ts';
import { labReason } from './reason.ts';
import { SCOPE } from './scope.ts';
import { itemsIn } from '../test/json/items.ts';

const NIC = '0000:12:00.0';
const NVME = '0000:05:00.0';
const PF = '0000:02:00.0';

describeUnless(await labReason('pc-host'), 'an emulated PC host', () => {
  let host: LabHost;

  beforeAll(async () => {
    host = await bootPc({ root: 'crypt' });
    await installCommand(host, 'dist/cli');
    await installCommand(host, 'build/lab', 'lab');
    await copyFile(new URL('./pc/hold.pl', import.meta.url), join(host.share, 'hold.pl'));
  });
  afterAll(async () => host?.stop());

  describe('what the host has', () => {
    interface Row {
      hostAddress: string;
      class: string;
      vendor: string;
      device: string;
      iommuGroup: number | null;
      driver: string | null;
    }
    it('is what lspci and sysfs show: functions, ids, groups, drivers, resets, nodes, virtual functions', async () => {
      await host.sh(`echo 2 > /sys/bus/pci/devices/${PF}/sriov_numvfs; udevadm settle`);
      const facts = `for d in /sys/bus/pci/devices/*; do g=$(readlink $d/iommu_group); r=$(readlink $d/driver); echo "\${d##*/}|\${g##*/}|\${r##*/}|$(cat $d/reset_method 2>/dev/null)|$(cat $d/numa_node)|$(cat $d/sriov_numvfs 2>/dev/null)"; done`;
      // As a process, as people run it.
      const [list, lspci, sysfs] = (await host.sh(`${HOSTDEV} list --json; echo ====; lspci -Dnn; echo ====; ${facts}`)).split('====\n');
      const rows = itemsIn<Row>(list ?? '');
      const theirs = (lspci ?? '').trim().split('\n');
      expect(rows.map((r) => `${r.hostAddress} [${r.class.slice(2)}] [${r.vendor.slice(2)}:${r.device.slice(2)}]`)).toEqual(
        theirs.map((line) => `${line.slice(0, 12)} ${/\[[0-9a-f]{4}\]/.exec(line)?.[0]} ${/\[[0-9a-f]{4}:[0-9a-f]{4}\]/.exec(line)?.[0]}`),
      );
      const kernel = (sysfs ?? '')
        .trim()
        .split('\n')
        .map((line) => line.split('|'));
      expect(rows.map((r) => [r.hostAddress, String(r.iommuGroup), r.driver ?? ''])).toEqual(kernel.map((line) => line.slice(0, 3)));
      const functions: { hostAddress: string; resetMethods: string[]; numaNode: number | null; sriov: { numVfs: number } | null }[] = [];
      for (const address of [PF, NVME, '0000:82:00.0', '0000:0b:02.0']) functions.push(...itemsIn<never>(await host.says(`show ${address} --json`)));
      for (const f of functions) {
        const [, , , resets, node, vfs] = kernel.find(([address]) => address === f.hostAddress) ?? [];
        expect([f.resetMethods.join(' '), String(f.numaNode ?? -1), String(f.sriov?.numVfs ?? '')]).toEqual([resets, node, vfs]);
      }
      expect(functions.map((f) => f.numaNode)).toEqual([null, null, 1, null]);
      await host.sh(`echo 0 > /sys/bus/pci/devices/${PF}/sriov_numvfs; udevadm settle`);
    });

    it('has groups with several functions where the hardware cannot isolate them', async () => {
      const rows = itemsIn<Row>(await host.says('list --json'));
      const groupOf = (address: string): string[] => {
        const group = rows.find((row) => row.hostAddress === address)?.iommuGroup;
        return rows.filter((row) => row.iommuGroup === group).map((row) => row.hostAddress.slice(5));
      };
      expect(groupOf('0000:0b:01.0')).toEqual(['00:0e.0', '0b:01.0', '0b:02.0', '0b:03.0']);
      expect(groupOf('0000:08:00.0')).toEqual(['07:00.0', '08:00.0']);
      expect(groupOf('0000:10:00.0')).toEqual(['10:00.0', '10:00.1']);
      expect(groupOf(NVME)).toEqual([NVME.slice(5)]);
    });
  });

  describe('requests', () => {
    const counts = { dangerous: 0, harmless: 0 };

    for (const [number, scenario] of SCENARIOS.entries()) {
      describe(scenario.title, () => {
        let outcomes: [code: string, message: string][] = [];
        beforeAll(async () => {
          await writeFile(join(host.share, 'names.sh'), NAMES);
          const requests = [...scenario.dangerous, ...scenario.harmless].map(([title, addresses]) => ({
            addresses: addresses.split(' ').map((address) => `0000:${address}`),
            faces: SCOPE === 'all' || EVERY_FACE.has(title),
          }));
          await writeFile(join(host.share, `requests${number}.json`), JSON.stringify(requests));
          await host.sh(`set -e; . /share/names.sh; ${scenario.build}`);
          outcomes = (await host.tells('requests', [`/share/requests${number}.json`])).map((line) => JSON.parse(line) as [string, string]);
        });
        afterAll(async () => void (await host.run(`. /share/names.sh; ${scenario.clear}`, 120_000)));

        if (scenario.dangerous.length > 0)
          it.each(scenario.dangerous.map((each, i) => [...each, i] as const))('%s is refused', (_, __, code, evidence, i) => {
            expect(outcomes[i]).toEqual([code, expect.stringMatching(evidence)]);
            counts.dangerous += 1;
          });
        if (scenario.harmless.length > 0)
          it.each(scenario.harmless.map((each, i) => [...each, scenario.dangerous.length + i] as const))('%s is granted', (_, __, i) => {
            expect(outcomes[i]).toEqual(['taken', '']);
            counts.harmless += 1;
          });
      });
    }

    it('what a process holds is not released', async () => {
      const result = await host.hostdev(`release ${HELD}`);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr).toMatch(/is held: \/dev\/vfio\/\d+ → perl \(pid \d+\)/);
      await host.sh('p=$(cat /run/holder); kill $p; while [ -d /proc/$p ]; do usleep 20000; done');
      await host.says(`release ${HELD} --wait=20`);
    });

    it('are at least 40 dangerous and 20 harmless ones, every face asked about one of each kind', () => {
      const titles = new Set(SCENARIOS.flatMap(({ dangerous, harmless }) => [...dangerous, ...harmless].map(([title]) => title)));
      expect([...EVERY_FACE].filter((title) => !titles.has(title))).toEqual([]);
      expect(counts.dangerous).toBeGreaterThanOrEqual(40);
      expect(counts.harmless).toBeGreaterThanOrEqual(20);
    });
  });

  it('reports a kernel that does not come back as stuck, lives on, and recovers when it has', async () => {
    await host.says(`prepare ${NIC}`);
    const result = await host.run(
      `
      perl /share/hold.pl $(basename $(readlink /sys/bus/pci/devices/${NIC}/iommu_group)) ${NIC} 600 >/run/hold.out 2>&1 &
      holder=$!
      while ! grep -q held /run/hold.out; do usleep 50000; done
      # Somebody else's tool does not look who holds it.
      HOSTDEV_WRITE_TIMEOUT_MS=1500 node /share/lab/stuck.mjs ${NIC}; echo "status $?"
      kill $holder; wait $holder`,
      120_000,
    );
    expect(result.stdout).toMatch(/stuck: .*has not come back/);
    expect(await host.says('recover --json')).toMatch(/"outcome": "new"/);
    expect(await host.sh(`basename $(readlink /sys/bus/pci/devices/${NIC}/driver)`)).toBe('e1000e\n');
  });

  describe('across boots', () => {
    const [EARLY, LATE, OTHER] = ['0000:81:00.0', '0000:82:00.0', '0000:08:00.0'];
    const driver = async (address: string): Promise<string> => (await host.sh(`basename $(readlink /sys/bus/pci/devices/${address}/driver)`)).trim();
    const reboot = async (): Promise<void> => {
      expect(await host.runOrReset('sync; echo b > /proc/sysrq-trigger; sleep 60', 120_000)).toBeUndefined();
      await host.sh(WAIT_UNTIL_SETTLED);
    };

    it('a function that is kept is with vfio-pci before its driver could take it; its like, and one whose rule was removed, are left alone', async () => {
      await host.says(`prepare ${EARLY} ${LATE} --persist`);
      await host.says(`release ${EARLY} ${LATE}`);
      await host.says(`prepare ${OTHER} ${NIC} --persist`);
      await host.says(`release ${OTHER} ${NIC}`);
      await host.says(`persistent remove ${NIC}`);
      await host.says(`vf create ${PF} 2 --persist`);
      // Another card at that address: the rule has one device id, the card another.
      await host.sh(
        `cd /etc/udev && sed -i 's/0x10d3/0x10d4/g' rules.d/10-hostdev-0000-08-00-0.rules && sed -i '/^0000:08/s/0x10d3/0x10d4/' hostdev-functions`,
      );
      await reboot();
      expect([await driver(EARLY), await driver(LATE), await driver(NIC), await driver(OTHER)]).toEqual(['vfio-pci', 'vfio-pci', 'e1000e', 'e1000e']);
      // The disk's driver came with the initial RAM disk, before any rule. The card's driver came later, and never saw it.
      expect(await host.sh(`dmesg | grep -c 'e1000e ${EARLY}' || true`)).toBe('0\n');
      expect(Number(await host.sh(`dmesg | grep -c 'e1000e ${NIC}' || true`))).toBeGreaterThan(0);
      const listed = itemsIn<{ kind: string; hostAddress: string; state: string }>((await host.hostdev('persistent --json')).stdout);
      expect(listed.flatMap(({ kind, hostAddress, state }) => (kind === 'rule' ? [[hostAddress, state]] : []))).toEqual([
        [PF, 'in force'],
        [OTHER, 'other card'],
        [EARLY, 'in force'],
        [LATE, 'in force'],
      ]);
    });

    it('virtual functions are there again, without host drivers', async () => {
      expect(await host.sh(`cat /sys/bus/pci/devices/${PF}/sriov_numvfs; ls -l /sys/bus/pci/devices/${PF}/virtfn*/driver 2>/dev/null | wc -l`)).toBe('2\n0\n');
    });

    it('nothing is left of a rule that is removed, and its function goes back to its host driver', async () => {
      await host.says(`persistent remove ${EARLY} ${LATE} ${OTHER}`);
      // Those of the virtual functions.
      expect(await host.sh('ls /etc/udev | grep -c hostdev')).toBe('2\n');
      await host.says(`release ${EARLY} ${LATE}`);
      expect([await driver(EARLY), await driver(LATE)]).toEqual(['e1000e', 'nvme']);
      await host.says(`vf remove ${PF}`);
      await host.sh('test ! -e /etc/udev/hostdev-take');
      expect(await host.sh('ls /etc/udev /etc/udev/rules.d | grep -c hostdev || true')).toBe('0\n');
      // What the disk says, a boot says again: npm run soak.
      if (SCOPE !== 'all') return;
      await reboot();
      expect([await driver(EARLY), await driver(LATE)]).toEqual(['e1000e', 'nvme']);
    });
  });
});
