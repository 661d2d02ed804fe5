/** The demonstration on one emulated host: its story, or its page. */
import { installCommand, type LabHost } from '../machine/running.ts';
import type { Demonstration } from './demonstration.ts';
import type { Flags } from './flags.ts';
import { showPage, untilInterrupted } from './page.ts';
import { pc } from './pc.ts';
import { openShell } from './shell.ts';
import { built } from './story.ts';
import { direct } from './z-direct.ts';
import { withLibvirt } from './z-libvirt.ts';

export async function onOneHost(flags: Flags, { directory, stages, ignoreSignals }: Demonstration): Promise<void> {
  const libvirtStory = flags.pc ? pc : withLibvirt;
  const story = flags.direct ? direct : libvirtStory;
  let host: LabHost | undefined;
  try {
    host = await stages.run(`boot ${story.machine}`, (shown) => story.boot({ directory, shown }));
    await installCommand(host, built('cli'));
    if (flags.ui) {
      await installCommand(host, built('web'), 'web');
      await libvirtStory.startGuest(host, stages);
      await showPage(host, stages, (page) => {
        if (flags.keep && host !== undefined) return openShell(host);
        // From here on that is the end that is expected.
        ignoreSignals();
        return untilInterrupted(page);
      });
    } else {
      await story.tell(host, stages);
      if (flags.keep) await openShell(host);
    }
  } catch (error) {
    await host?.stop().catch(() => undefined);
    throw error;
  }
  await stages.run('switch the emulated host off', () => host?.stop() ?? Promise.resolve());
  if (!flags.ui) process.stdout.write('The guest saw the function, and the host has it back.\n');
}
