/** A function of the host put into the definition, as `hostdev attach FILE` does it. */
import { chooseVersions } from '../../../addressing/place.ts';
import { readDomain } from '../../../domain/domain.ts';
import { readableSources } from '../../../domain/hostdev.ts';
import type { Problem } from '../../../errors.ts';
import type { PciAddress } from '../../../pci/address.ts';
import { attachWarnings, DEFINITION, definedGuest, planDefinitionAttach } from '../../../plan/definition-file.ts';
import { missingIn } from '../../../plan/unchanged.ts';
import { withDevice } from '../../../state/definition-device.ts';
import { meantBy } from '../../../addressing/meant.ts';
import type { Look } from './look.ts';
import type { PlannerHost } from './planner-host.ts';

export interface Attached {
  readonly text: string;
  readonly warnings: readonly Problem[];
}

/** @throws {HostdevError} what libvirt would refuse. */
export async function attachFunction({ definition: { name, text }, options }: Look, host: PlannerHost, source: PciAddress): Promise<Attached> {
  const guest = definedGuest(name, text);
  const { rest } = missingIn(guest, DEFINITION, [{ source }]);
  const steps = planDefinitionAttach({ uri: 'file', id: name, name }, text, rest, options).flatMap((change) => change.steps);
  const after = steps.reduce((now, step) => (step.kind === 'attach' ? withDevice(now, { selector: { source }, text: step.text }, name) : now), text);
  const present = readableSources(readDomain(text));
  const change = { added: rest.map((spec) => spec.source), present };
  const { libvirt } = chooseVersions(meantBy(text, options.defaultArch ?? 'x86_64').qemu.arch, options);
  const facts = await host.facts([...present, source]);
  return { text: after, warnings: attachWarnings(text, after, { options: { ...options, host: facts }, libvirt, judgments: host.judgments, ...change }) };
}
