/** The page of the emulated host, for a browser on this machine: `npm run demo -- --ui`. */
import type { LabHost } from '../machine/running.ts';
import { type PageOnHost, pageOnHost } from '../page/on-host.ts';
import type { Stages } from '../stages.ts';
import { show } from './story.ts';

/** Serves the page while `whileServed` goes on. */
export async function showPage(host: LabHost, stages: Stages, whileServed: (page: PageOnHost) => Promise<void>): Promise<void> {
  const page = await stages.run('a port of this machine leads to the emulated host', () => pageOnHost(host));
  try {
    const link = await stages.run(`hostdev ui --listen ${page.where}`, () => page.serve());
    show(link);
    await whileServed(page);
  } finally {
    await page.close();
  }
}

/** Until Ctrl-C. Whoever comes later than a minute, or with another browser, gets another link. */
export async function untilInterrupted(page: PageOnHost): Promise<void> {
  process.stdout.write('Open the link within a minute. Enter starts the server anew, with another link; Ctrl-C switches the host off.\n');
  const again = (): void => void page.serve().then(show, (error: Error) => process.stderr.write(`demo: ${error.message}\n`));
  process.stdin.on('data', again);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  process.stdin.off('data', again);
  process.stdin.pause();
}
