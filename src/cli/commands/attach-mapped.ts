/** `hostdev attach GUEST mapping:NAME`: the fleet says which function of this host is meant; from there on it is an attach of that one. */
import { attachToGuest } from '../../app/guests/attach-to-guest.ts';
import { guestOfLibvirt } from '../../app/guests/libvirt-guest.ts';
import { asFileHint, guessedWord, type GuestTarget } from '../../app/guests/target.ts';
import type { AppContext } from '../../app/context.ts';
import { HostdevError } from '../../errors.ts';
import { requireFleetHost } from '../../fleet/config.ts';
import { mappedFunctions } from '../../fleet/mapped-function.ts';
import { parseMappingWord } from '../../fleet/model/function-word.ts';
import type { Options } from '../command/table.ts';
import { elementSpecs } from '../element-options.ts';
import { refuseElsewhere, withFleet } from '../fleet.ts';
import type { Io } from '../io.ts';
import { guestOptions, reportGuest, withLibvirt } from '../libvirt.ts';
import { machineContext } from '../machine.ts';

type AttachFlags = Options<'attach'>;

/** @throws {HostdevError} `fleet-absent`, as `mappedFunctions`, and whatever keeps that function from being attached. */
export async function attachMapped(io: Io, target: GuestTarget, words: readonly string[], options: AttachFlags): Promise<number> {
  const mapping = onlyMapping(words, options);
  if (target.kind !== 'libvirt') {
    const word = target.kind === 'file' ? target.name : `qmp:${target.socket}`;
    throw new HostdevError('option-conflict', `mapping: is for guests of libvirt, and ${word} is none`, {
      hint: "name the function by its address: 'hostdev fleet mapping show' has them",
    });
  }
  const host = await requireFleetHost(io.machine.fleetFile);
  const change = guestOptions(io, options);
  const context = await machineContext(io.machine, options);
  const report = await withLibvirt(io, { ...options, signal: change.signal, guessed: guessedWord(target) }, async (link) => {
    refuseElsewhere(`mapping:${mapping}`, link);
    const { ref } = (await guestOfLibvirt(link, target.word)(change)).state;
    const wish = { mapping, guest: { name: ref.name, uuid: ref.uuid }, host };
    const addresses = await withFleet(io, async (access) => mappedFunctions(access, context, wish, change.signal));
    // By its uuid: the claim is for this guest, whatever is called so by then.
    return attachToGuest(naming(context, mapping), link, { word: ref.uuid, specs: elementSpecs(addresses, options) }, change);
  }).catch((error: unknown) => {
    throw asFileHint(error, target);
  });
  return reportGuest(io, options, report);
}

/** @throws {HostdevError} `option-conflict` for what would choose beside it, `usage` for a name that is none. */
function onlyMapping(words: readonly string[], { root, host, group }: AttachFlags): string {
  const [word = ''] = words;
  const conflict = (message: string, hint: string): HostdevError => new HostdevError('option-conflict', message, { subject: word, hint });
  if (words.length > 1) throw conflict('a mapping chooses the function, and more than one is named', 'run the command once for each');
  const mapping = parseMappingWord(word) ?? '';
  if (root !== undefined || host !== undefined) {
    throw conflict(
      `a mapping is looked up on this machine, and --${root === undefined ? 'host' : 'root'} names another one`,
      'leave it out, or name the function by its address there',
    );
  }
  if (group !== true) return mapping;
  throw conflict('--group is for addresses: a mapping says itself whether the whole group goes', `'hostdev fleet mapping set ${mapping} --whole-group yes'`);
}

/** The machine, where claims that are made on the way name the mapping: by that they are found again. */
function naming(context: AppContext, mapping: string): AppContext {
  const { claims } = context;
  return claims === undefined ? context : { ...context, claims: { begin: async (changes, asked) => claims.begin(changes, { ...asked, mapping }) } };
}
