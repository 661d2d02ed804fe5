/** Everything that is said of a definition: by the functions that the command calls, and no others. */
import { expandDomain, type Expansion } from '../../../addressing/expand.ts';
import type { SpokenFor } from '../../../addressing/libvirt/spoken-for.ts';
import { type Meant, meantBy } from '../../../addressing/meant.ts';
import { chooseVersions, type PlaceOptions } from '../../../addressing/place.ts';
import { ofFile } from '../../../addressing/problems.ts';
import { checkDefinition, isDefinition, withSchema } from '../../../addressing/schema/check.ts';
import { guestTopology, type TopologyResult } from '../../../addressing/topology.ts';
import { validateDomain } from '../../../addressing/validate.ts';
import { readDomain } from '../../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../../domain/hostdev.ts';
import { HostdevError, type Problem } from '../../../errors.ts';
import { startOnHost, type StartOfFunction } from '../../../plan/at-start.ts';
import { type QemuDevices, qemuDevices } from '../../../qemu/guest-devices.ts';
import type { NamedText } from './definition.ts';
import { optionsFor, type PlannerHost } from './planner-host.ts';
import type { Schemas } from './schemas.ts';

export interface Look {
  readonly definition: NamedText;
  readonly options: PlaceOptions;
  readonly problems: readonly Problem[];
  readonly expansion: Expansion;
  readonly topology: TopologyResult;
  readonly devices: QemuDevices;
  /** Its functions on the host. */
  readonly start: readonly StartOfFunction[];
  /** Which libvirt and QEMU it is judged for; undefined where the text is no domain. */
  readonly versions: SpokenFor | undefined;
}

/** A browser tells nobody what machine it runs on; almost all are this. */
const DEFAULT_ARCH = 'x86_64';

/** What a definition is looked at with. */
export interface LookedAtWith {
  readonly host: PlannerHost;
  /** Undefined: the host's, else the newest. */
  readonly libvirt?: string | undefined;
  /** Undefined: nobody has given any. */
  readonly schemas?: Schemas | undefined;
}

export async function lookAt(definition: NamedText, { host, libvirt, schemas }: LookedAtWith): Promise<Look> {
  const { name, text } = definition;
  const meant = meantBy(text, DEFAULT_ARCH);
  const options: PlaceOptions = { file: name, defaultArch: DEFAULT_ARCH, ...(await optionsFor(host, meant, libvirt)) };
  const expansion = refusing(() => expandDomain(text, options));
  const { versions } = expansion;
  return {
    ...{ definition, options, expansion, versions },
    problems: validated(definition, options, schemas, meant).map((problem) => ofFile(problem, name)),
    topology: refusing(() => guestTopology(text, options)),
    devices: refusing(() => qemuDevices(text, options)),
    start: startOnHost(hostdevsOf(text), host.judgments, await host.prepareFacts(meant.functions)),
  };
}

/** As the command does it, where the schemas are: what is no definition has no schema. */
function validated({ name: file, text }: NamedText, options: PlaceOptions, schemas: Schemas | undefined, { qemu }: Meant): readonly Problem[] {
  const rules = validateDomain(text, options);
  if (schemas === undefined || !isDefinition(rules)) return rules;
  const { libvirt } = chooseVersions(qemu.arch, options);
  // A folder does not say which libvirt it is of.
  return withSchema(rules, checkDefinition(schemas.validate, { text, file }, { schema: undefined, directory: schemas.directory, libvirt }));
}

type Refused = { readonly ok: false; readonly problems: readonly Problem[]; readonly versions: undefined };

/** What is thrown is what the command prints and ends with. */
function refusing<T>(act: () => T): T | Refused {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return { ok: false, problems: [error.toProblem()], versions: undefined };
  }
}

/** What cannot be read is among the problems. */
function hostdevsOf(text: string): readonly Hostdev[] {
  try {
    return readHostdevs(readDomain(text));
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return [];
  }
}
