/** What a host can offer to Nova and to Proxmox, as `export nova` and `export proxmox` give it. */
import { hostAddress } from './notation.ts';
import { either, flag, list, map, orNull, record, text, word } from './shape.ts';

const LEFT_OUT = record({
  kind: word(['left out']),
  hostAddress,
  why: text('to be read behind the address: is in use: nvme0n1 → mounted on /'),
  hint: orNull(text()),
});

export const NOVA = either(
  record({ kind: word(['device_spec']), hostAddress, value: map(text(), 'what stands behind device_spec =') }),
  record({ kind: word(['alias']), value: map(text(), 'what stands behind alias =') }),
  LEFT_OUT,
);

export const PROXMOX = either(
  record({
    kind: word(['mapping']),
    id: text('what guests ask for'),
    mdev: flag('whether mediated devices can be made of it'),
    liveMigrationCapable: flag(),
    map: list(text('id=10de:2236,iommugroup=7,node=pve1,path=0000:01:00,subsystem-id=10de:1482')),
  }),
  LEFT_OUT,
);
