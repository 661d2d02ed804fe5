/** Network cards plugged into guests that run, paused and without a disk: where a real libvirt and a real QEMU put them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Libvirtd } from './daemon.ts';

export interface Card {
  /** As QEMU knows it. */
  readonly model: string;
  /** `<address>`, or empty where libvirt is to choose. */
  readonly address: string;
}

export interface Plugging {
  /** Its name is NAME. */
  readonly definition: string;
  readonly cards: readonly Card[];
}

export interface Plugged {
  readonly card: Card;
  readonly mac: string;
  /** The definition of the running guest before. */
  readonly before: string;
  /** Behind it; or why the card was refused. */
  readonly outcome: { readonly ok: true; readonly after: string } | { readonly ok: false; readonly message: string };
}

const MARK = '=====plugged=====';

/** Starts a guest, plugs one card after the other, and ends it. Undefined: libvirt or QEMU did not want the guest itself. */
export async function plugInto(libvirtd: Libvirtd, name: string, { definition, cards }: Plugging): Promise<Plugged[] | string> {
  const { outside, inside } = libvirtd.work;
  await writeFile(join(outside, `${name}.xml`), definition.replace('<name>guest<', `<name>${name}<`));
  const macs = cards.map((_, i) => `52:54:00:aa:bb:${i.toString(16).padStart(2, '0')}`);
  const card = ({ model, address }: Card, i: number): string =>
    `<interface type='user'><mac address='${macs[i]}'/><model type='${model}'/>${address}</interface>\n`;
  await Promise.all(cards.map((one, i) => writeFile(join(outside, `${name}-${i}.xml`), card(one, i))));
  const commands = [
    `create --paused ${inside}/${name}.xml`,
    ...cards.flatMap((_, i) => [`echo ${MARK}`, `dumpxml ${name}`, `attach-device ${name} ${inside}/${name}-${i}.xml --live`]),
    ...[`echo ${MARK}`, `dumpxml ${name}`, `destroy ${name}`],
  ];
  const [start = '', ...parts] = (await libvirtd.virsh(commands)).split(`${MARK}\n`);
  const definitions = parts.map((part) => /<domain[\s\S]*<\/domain>/.exec(part)?.[0]);
  if (definitions.includes(undefined) || definitions.length !== cards.length + 1) return start.trim();
  return cards.map((one, i) => {
    const said = [...(parts[i] ?? '').matchAll(/^error: (.*)$/gm)].map(([, text = '']) => text);
    return {
      card: one,
      mac: macs[i] ?? '',
      before: definitions[i] ?? '',
      outcome:
        said.length === 0 ? { ok: true, after: definitions[i + 1] ?? '' } : { ok: false, message: said.find((text) => !text.startsWith('Failed to')) ?? '' },
    };
  });
}
