/** What the host uses is refused. */
import { expect } from 'vitest';
import { ask, click } from '../../browser/host-page.ts';
import { journalOf, listedFunctions, type Looking } from './looking.ts';

/** Refuses to prepare a function with the evidence and the words that the command has for it, and writes nothing down. */
export async function refusesWithEvidence({ host, page }: Looking, address: string): Promise<void> {
  const { evidence = [] } = (await listedFunctions(host)).find(({ hostAddress }) => hostAddress === address) ?? {};
  expect(evidence).not.toEqual([]);
  const journal = await journalOf(host);
  await ask(page, { verb: 'prepare', functions: [address] });
  await click(page, 'Check');
  await click(page, 'Plan');
  const refusal = page.getByRole('alert');
  await refusal.waitFor();
  const said = await refusal.innerText();
  for (const chain of evidence) expect(said).toContain(chain);
  const { stderr } = await host.hostdev(`prepare ${address}`);
  expect(stderr).toContain(await refusal.locator('.refusal-what').innerText());
  expect(await journalOf(host)).toBe(journal);
  await click(page, 'Cancel');
}
