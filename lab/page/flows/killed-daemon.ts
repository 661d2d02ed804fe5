/** libvirt's daemon is killed and started again in the middle of giving a function: the page tells the truth of what came of it, and goes on. */
import { expect } from 'vitest';
import { itemsIn } from '../../../test/json/items.ts';
import { ask, click, ending, leave, plan, rowOf } from '../../browser/host-page.ts';
import { endGuest, readyForChange, strayDevices } from '../../mid-change.ts';
import { driverOf, heldBy, type Looking } from './looking.ts';

export interface KilledDaemon {
  readonly guest: string;
  readonly address: string;
  readonly driver: string;
  /** Shell words that kill the daemon, start it, and end when it answers. */
  readonly restart: string;
}

/** How long after the change has begun. */
const DELAY_MS = 300;

/** What came of it, in words. The guest may have ended: libvirt gives one up that it cannot make out any more. */
export async function killsDaemon({ host, page }: Looking, { guest, address, driver, restart }: KilledDaemon): Promise<string> {
  const name = `Give ${address} to ${guest}`;
  await ask(page, { verb: 'attach', guest, functions: [address], scope: 'persistent' });
  await plan(page, name);
  const whenBegun = await readyForChange(host, DELAY_MS, restart);
  const restarted = whenBegun();
  await click(page, name);
  await restarted;
  await ending(page).waitFor();
  const said = await page.getByRole('main').innerText();
  const isDone = (await ending(page).innerText()).startsWith('done');
  await page.getByText(/^No libvirt/).waitFor({ state: 'hidden' });
  const strays = await strayDevices(host, guest);
  const runs = (await host.sh(`virsh domstate ${guest}`)).includes('running');
  const held = await heldBy(host, guest);
  const whole = `${address} ${runs ? 'live' : '-'} config`;
  expect([[], [whole]], said).toContainEqual(held);
  // Who has it is said as it is: in the page, by libvirt, in the journal.
  if (isDone) expect(held, said).toEqual([whole]);
  const isStray = runs && held.length === 0 && strays.length > 0;
  if (isStray) await endGuest(host, guest, said, address);
  if (held.length === 0) expect(await driverOf(host, address), said).toBe(driver);
  await leave(page);
  await rowOf(page, address)
    .getByText(held.length > 0 && runs ? 'vfio-pci' : driver, { exact: true })
    .waitFor();
  expect(itemsIn<{ state: string }>(await host.says('status --json')).filter(({ state }) => state === 'interrupted')).toEqual([]);
  if (held.length > 0) await host.says(`detach ${guest} ${address} ${runs ? '--persistent' : '--config'} --yes`);
  return `${isDone ? 'done' : 'failed'}: the guest ${runs && !isStray ? 'runs' : 'has ended'} and has ${held.join() || 'nothing'}`;
}
