/** An emulated PC with the page in it, and a guest `web` that starts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabHost } from '../machine/running.ts';
import { guestDefinition } from '../pc/guest.ts';
import { bootPc } from '../pc/host.ts';
import { installPage } from './opened.ts';

export async function bootPcWithGuest(places: readonly string[]): Promise<LabHost> {
  const host = await bootPc({ root: 'plain', libvirt: true, places });
  try {
    await installPage(host);
    await writeFile(join(host.share, 'web.xml'), guestDefinition('web'));
    await host.sh('virsh -q define /share/web.xml && virsh -q start web');
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}
