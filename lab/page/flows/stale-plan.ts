/** A plan that is not so any more. */
import { expect } from 'vitest';
import { ask, click, plan } from '../../browser/host-page.ts';
import { driverOf, journalOf, type Looking } from './looking.ts';

/** The kernel takes a function from its driver between plan and apply: the plan is refused with 412, and neither journal nor function know of it. */
export async function refusesStalePlan({ host, page }: Looking, address: string): Promise<void> {
  const name = `Prepare ${address}`;
  const journal = await journalOf(host);
  const at = `/sys/bus/pci/devices/${address}`;
  const override = `cat ${at}/driver_override`;
  const before = await host.sh(override);
  await ask(page, { verb: 'prepare', functions: [address] });
  await plan(page, name);
  expect(await journalOf(host)).toBe(journal);
  await host.sh(`echo ${address} > ${at}/driver/unbind`);
  const answered = page.waitForResponse((response) => response.url().endsWith('/apply'));
  await click(page, name);
  const answer = await answered;
  expect([answer.status(), ((await answer.json()) as { code: string }).code]).toEqual([412, 'plan-stale']);
  await page.getByText('What has changed since').waitFor();
  expect(await journalOf(host)).toBe(journal);
  expect([await driverOf(host, address), await host.sh(override)]).toEqual(['', before]);
  // The next plan is of what there is now.
  await click(page, 'Plan again');
  await page.getByRole('button', { name, exact: true }).waitFor();
  await click(page, 'Cancel');
  await host.sh(`echo ${address} > /sys/bus/pci/drivers_probe`);
  expect(await journalOf(host)).toBe(journal);
}
