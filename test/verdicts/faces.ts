/**
 * The faces that give functions to a guest, each as a dry run, and what they say of the same functions: on the fake machine of the tests beside
 * this file, and on the real kernel of the laboratory's PC.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachToFile } from '../../src/app/change-file.ts';
import type { AppContext } from '../../src/app/context.ts';
import { attachToGuest } from '../../src/app/guests/attach-to-guest.ts';
import type { GuestChangeOptions } from '../../src/app/guests/run-change.ts';
import { swapInGuest } from '../../src/app/guests/swap-in-guest.ts';
import { validateNamed } from '../../src/app/validate.ts';
import { formatHostdev } from '../../src/domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../../src/errors.ts';
import { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import { connectLibvirt } from '../../src/libvirt/index.ts';
import { formatPciAddress, type PciAddress } from '../../src/pci/address.ts';
import { startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';

/** What a face says: severity, code and message of each problem; a face that stops at the first has one. */
export interface Faces {
  readonly file: readonly string[];
  readonly definition: readonly string[];
  readonly guest: readonly string[];
  readonly swapInDefinition: readonly string[];
  readonly swapInGuest: readonly string[];
  readonly validate: readonly string[];
}

/** What `check` finds against functions that would be given together. */
export type Found = Pick<Problem, 'code' | 'subject' | 'message'>;

/** Where dry runs are made: guests of a libvirt that is no more than its protocol, and files of a directory of their own. */
export interface FaceGuests {
  readonly link: LibvirtLink;
  readonly directory: string;
  readonly stop: () => Promise<void>;
}

/** No machine has it; the guests that something is swapped in have it. */
const OLD: PciAddress = { domain: 0xffff, bus: 0xff, slot: 0x1f, function: 7 };

/** Free places for functions that are PCI Express and for some that are not. */
function guestXml(name: string, sources: readonly PciAddress[]): string {
  const ports = Array.from({ length: 6 }, (_, i) => `<controller type='pci' index='${i + 1}' model='pcie-root-port'/>`).join('');
  const hostdevs = sources.map((source) => formatHostdev({ source }).join('\n')).join('\n');
  return `<domain type='kvm'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>
<controller type='usb' model='none'/>${ports}<controller type='pci' index='7' model='pcie-to-pci-bridge'/>
${hostdevs}<memballoon model='none'/></devices></domain>`;
}

export async function openFaceGuests(): Promise<FaceGuests> {
  const fake = await startFakeLibvirt();
  fake.qemu.define(guestXml('idle', []));
  fake.qemu.define(guestXml('idle-full', [OLD]));
  fake.qemu.start(fake.qemu.define(guestXml('runs', [])), false);
  fake.qemu.start(fake.qemu.define(guestXml('runs-full', [OLD])), false);
  const link = await LibvirtLink.open(() => connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`));
  const stop = async (): Promise<void> => {
    await link.close();
    await fake.stop();
  };
  return { link, directory: mkdtempSync(join(tmpdir(), 'hostdev-faces-')), stop };
}

/** All faces, about these functions together. */
export async function facesOf(context: AppContext, { link, directory }: FaceGuests, addresses: readonly PciAddress[]): Promise<Faces> {
  const specs = addresses.map((source) => ({ source }));
  const [next = OLD, ...mates] = addresses;
  const options: GuestChangeOptions = { scope: 'persistent', dryRun: true, force: false, timeoutMs: 0, stateDirectory: directory };
  const empty = { name: 'guest.xml', text: guestXml('web', []), encoding: 'utf-8' as const, stamp: undefined };
  const having = join(directory, 'having.xml');
  writeFileSync(having, guestXml('web', addresses));
  const source = { stdin: async () => undefined, place: {}, surroundings: { capabilityCaches: [], libraries: [] } };
  const swap = (word: string): Promise<unknown> => swapInGuest(context, link, { word, old: OLD, next, mates }, options);
  return {
    file: (await attachToFile(context, empty, specs, { dryRun: true })).warnings.map(said),
    definition: await refusalOf(() => attachToGuest(context, link, { word: 'idle', specs }, options)),
    guest: await refusalOf(() => attachToGuest(context, link, { word: 'runs', specs }, options)),
    swapInDefinition: await refusalOf(() => swap('idle-full')),
    swapInGuest: await refusalOf(() => swap('runs-full')),
    validate: (await validateNamed(context, having, source, { directories: [], version: undefined })).problems.filter(isOfTheHost).map(said),
  };
}

/** What can never be comes before what somebody would have to do first. */
const GRAVEST_FIRST = ['function-not-assignable', 'group-incomplete', 'function-held', 'function-in-use'] as const;

/** One truth: what each face has to say when this is what `check` finds. */
export function facesFor(found: readonly Found[], [next]: readonly PciAddress[]): Faces {
  // Two definitions may have one function, as long as one guest runs.
  const ranked = GRAVEST_FIRST.flatMap((code) => found.filter((problem) => problem.code === code));
  const lasting = ranked.filter(({ code }) => code !== 'function-held');
  const first = (problems: readonly Found[]): string[] => problems.slice(0, 1).map((problem) => said({ ...problem, severity: 'error' }));
  const isNext = ({ subject }: Found): boolean => next !== undefined && subject === formatPciAddress(next);
  return {
    file: lasting.map((problem) => said({ ...problem, severity: 'warning' })),
    definition: first(lasting),
    guest: first(ranked),
    // The mates of the one that comes stay out of the definition: they are not its business.
    swapInDefinition: first(lasting.filter(isNext)),
    swapInGuest: first(ranked),
    validate: found.map((problem) => said({ ...problem, message: `hostdev ${problem.message}`, severity: isFatal(problem) ? 'error' : 'warning' })),
  };
}

/** The start of a guest takes what the host uses, and waits for what another guest has. */
function isFatal({ code }: Found): boolean {
  return code !== 'function-in-use' && code !== 'function-held';
}

function isOfTheHost({ code }: Problem): boolean {
  return code.startsWith('function-') || code.startsWith('group-');
}

function said({ severity, code, message }: Pick<Problem, 'severity' | 'code' | 'message'>): string {
  return `${severity} ${code}: ${message}`;
}

async function refusalOf(face: () => Promise<unknown>): Promise<string[]> {
  try {
    await face();
    return [];
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return [said(error.toProblem())];
  }
}
