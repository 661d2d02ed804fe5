/** What a guest's definition is and what it will be once a plan is carried out, for whoever looks at both before. */
import { fileGuest } from '../../guest/file-guest.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import type { Change } from '../../plan/change.ts';
import { deviceSelector } from '../../plan/guest-device.ts';
import type { Step } from '../../plan/step.ts';

/** Undefined where the plan changes no definition. What libvirt adds itself, as addresses, is not among it. */
export async function definitionAfter(
  link: LibvirtLink,
  word: string,
  changes: readonly Change[],
): Promise<{ readonly before: string; readonly after: string } | undefined> {
  const before = (await openGuest(await link.get(), word)).config;
  if (before === undefined) return undefined;
  let after = before;
  const definition = fileGuest({
    name: word,
    read: async () => after,
    replace: async (text) => {
      after = text;
    },
  });
  for (const { steps, before: facts } of changes) {
    for (const step of steps) {
      if (step.kind === 'ports') await definition.addRootPorts(step.count);
      if (!isOfDefinition(step)) continue;
      const selector = deviceSelector(step.device, facts);
      if (step.kind === 'attach') await definition.attachDevice({ selector, text: step.text }, { live: false, config: true });
      else await definition.detachDevice(selector, 'config', { timeoutMs: 0 });
    }
  }
  return after === before ? undefined : { before, after };
}

function isOfDefinition(step: Step): step is Extract<Step, { readonly kind: 'attach' | 'detach' }> {
  return (step.kind === 'attach' || step.kind === 'detach') && step.on !== 'guest';
}
