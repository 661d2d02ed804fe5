/** Somebody who changes the host between what was agreed to and the turn of a part of it. */
import { describe, expect, it } from 'vitest';
import type { ApplyOptions } from '../../src/app/wish/apply-wish.ts';
import { HostdevError } from '../../src/errors.ts';
import { link, onZ, port, running, useGuests } from '../guests.ts';
import { applyOn, everything, FUNCTIONS, wishOf } from './wishes.ts';

useGuests(FUNCTIONS);

const SYSFS = '/sys/bus/pci';
async function bind(name: string, driver: string): Promise<void> {
  await port.write(`${SYSFS}/devices/${name}/driver/unbind`, name);
  await port.write(`${SYSFS}/devices/${name}/driver_override`, driver);
  await port.write(`${SYSFS}/drivers_probe`, name);
}

/** Acts once, while the first part is carried out; gives how the whole ended. */
async function appliedWhile(text: string, act: () => Promise<void>, more: Partial<ApplyOptions> = {}): Promise<unknown> {
  const acting: Promise<void>[] = [];
  const first = { ...port };
  first.write = async (path, value) => {
    await port.write(path, value);
    if (acting.length === 0) acting.push(act());
    await acting[0];
  };
  return applyOn({ ...port, write: first.write }, link, wishOf(text), more).catch((error: unknown) => error);
}

describe('a part of a wish, when it is its turn', () => {
  it('does nothing that was not shown: somebody has given a function another driver, and all is undone', async () => {
    await bind('0007:00:00.0', 'vfio-pci');
    const text = 'slots: [{ fid: 0x41, state: standby }]\nfunctions: [{ function: "0007:00:00.0" }, { function: "0008:00:00.0" }]\n';
    const ended = await appliedWhile(text, () => bind('0007:00:00.0', 'nvme'));
    expect(ended).toMatchObject({
      code: 'plan-stale',
      subject: '0007:00:00.0',
      message: expect.stringContaining('prepare 0007:00:00.0 was not shown') as string,
    });
    expect([port.driverOf('0007:00:00.0'), port.driverOf('0008:00:00.0'), port.driverOf('0031:00:00.0')]).toEqual(['nvme', 'xhci_hcd', 'nvme']);
  });

  it('takes nothing from the host that nobody was told of, also with force', async () => {
    const before = await everything();
    const losses: string[] = [];
    const text = 'slots: [{ fid: 0x41, state: standby }]\nfunctions: [{ function: "0000:02:00.0" }]\n';
    const route = async (): Promise<void> => {
      await port.replaceFile('/sys/class/net/eno1', '→ ../../devices/pci0000:00/0000:02:00.0/net/eno1');
      await port.replaceFile(
        '/proc/net/route',
        'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neno1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n',
      );
    };
    const ended = await appliedWhile(text, route, { force: true, onLoss: ({ message }) => void losses.push(message) });
    expect(ended).toBeInstanceOf(HostdevError);
    expect(ended).toMatchObject({ code: 'plan-stale', message: expect.stringContaining('that was not known when the plan was shown') as string });
    expect(losses).toEqual([]);
    const after = await everything();
    expect(
      Object.keys(after)
        .filter((name) => after[name] !== before[name])
        .toSorted(),
    ).toEqual(['/proc/net/route', '/sys/class/net/eno1']);
  });

  it('gives what could only be planned then, and takes before what the guest has otherwise', async () => {
    const defined =
      "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x02' slot='0x10' function='0x0'/></source></hostdev>";
    const guest = running(onZ('web'));
    guest.config = guest.config?.replace('</devices>', `${defined}</devices>`);
    const text =
      'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 1 }]\nguests: [{ guest: web, hostdevs: [{ function: { physicalFunction: "02:00.0", index: 0 }, uid: "0x31" }] }]\n';
    const ended = await applyOn(port, link, wishOf(text));
    expect(ended.changes.map(({ verb }) => verb)).toEqual(['vf create', 'detach', 'attach']);
    for (const xml of [guest.live, guest.config]) expect(xml).toContain("uid='0x0031'");
  });
});
