/** Command lines whose JSON is held against the schemas: of every command what succeeds and what is refused, one thing and many. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_LIBVIRTS } from '../../src/addressing/libvirt/known.ts';
import type { CommandName } from '../../src/cli/command/table.ts';
import { writeFleetConfig } from '../../src/fleet/config.ts';
import { aliveKey } from '../../src/fleet/model/keys.ts';
import { journalFile } from '../../src/execute/journal/journal.ts';
import { bootId } from '../../src/host/boot-id.ts';
import { appendRecords } from '../journal.ts';
import { fleetInDirectory } from '../fleet/fleet-in-directory.ts';
import { hostRecord, mappingOf, publishedOf } from '../fleet/fleet-records.ts';
import type { Scene } from './scene.ts';

export interface Sample {
  readonly line: string;
  /** Something that commands do not do, and that is so before. */
  readonly given?: (scene: Scene) => Promise<void>;
  readonly status: 0 | 1 | 2 | 3;
  readonly changed?: boolean;
  /** How many things there are in `items`. */
  readonly items?: number;
  /** Codes in `problems`. */
  readonly codes?: readonly string[];
  /** What is run before, on the same machine. */
  readonly before?: readonly string[];
}

const VF = '0000:02:10.0';
const UNKNOWN = ['function-unknown'];
const INIT = 'fleet init dir:DIR/fleet';
const JOIN = 'fleet join dir:DIR/fleet --name kvm1';
const LIBVIRTS = KNOWN_LIBVIRTS.length;

/** A change that a crash left open: as the journal has it, and nothing was done yet. */
async function interrupted({ machine: { stateDirectory = '', context } }: Scene): Promise<void> {
  const boot = await bootId((await context()).port);
  await appendRecords(stateDirectory, {
    ...{ kind: 'begin', id: 'open', time: '2026-11-26T08:00:00.000Z', boot, by: 'root, pid 1', subject: '0000:06:00.0', verb: 'prepare' },
    ...{ before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
  });
}

/** The first of two records is not what its checksum says. */
async function damaged(scene: Scene): Promise<void> {
  const { stateDirectory = '' } = scene.machine;
  await scene.run('prepare 6:0.0');
  const file = journalFile(stateDirectory);
  writeFileSync(file, readFileSync(file, 'utf8').replace('vfio-pci', 'vfio-pcx'));
}

/** Two hosts with three functions that are as good as each other, under a name. */
async function fleetOfTwo({ directory }: Scene): Promise<void> {
  const hosts = [hostRecord([publishedOf(0), publishedOf(1)]), hostRecord([publishedOf(0, {}, 'kvm2')], { host: 'kvm2' })];
  const { store } = await fleetInDirectory(directory, { hosts, mappings: [mappingOf([{ ids: '10de:2236' }]).record] });
  await store.close();
}

/** The same, with signs of life of both, and a definition that wants a function of either. */
async function fleetToPlaceIn({ directory }: Scene): Promise<void> {
  const hosts = ['kvm1', 'kvm2'].map((host) => hostRecord([publishedOf(0, {}, host)], { host }));
  const { store } = await fleetInDirectory(directory, { hosts, mappings: [mappingOf([{ ids: '10de:2236' }]).record] });
  for (const { host } of hosts) await store.alive(aliveKey(host), new Uint8Array(), 60);
  await store.close();
  const wants = "<hostdev mode='subsystem' type='pci'><source mapping='gpu-a10'/></hostdev>";
  writeFileSync(join(directory, 'wants.xml'), `<domain type='kvm'><name>web</name><os><type arch='x86_64'>hvm</type></os><devices>${wants}</devices></domain>`);
}

/** The same, as the first of the two sees it. */
async function fleetToMoveIn(scene: Scene): Promise<void> {
  await fleetToPlaceIn(scene);
  await writeFleetConfig(scene.machine.fleetFile, { host: 'kvm1', store: { kind: 'directory', path: join(scene.directory, 'fleet') } });
}

/** Nothing is in it of which anything could be wrong. */
async function fleetThatLives({ directory }: Scene): Promise<void> {
  const { store } = await fleetInDirectory(directory, { hosts: [], mappings: [mappingOf([{ ids: '10de:2236' }]).record] });
  await store.close();
}

export const SAMPLES: Readonly<Record<Exclude<CommandName, 'completion' | 'schema' | 'ui'>, readonly Sample[]>> = {
  list: [
    { line: 'list', status: 0, items: 6 },
    { line: 'list 7:0', status: 2, items: 0, codes: ['address-malformed'] },
    { line: 'list 0007:00:00.0', status: 0, items: 1 },
    { line: 'list 6:0.0 99:0.0 fid=0x99 fid=0x17', status: 1, items: 2, codes: UNKNOWN },
    { line: 'list 99:0.0', status: 1, items: 0, codes: UNKNOWN },
    { line: 'list --no-such-option', status: 2, items: 0, codes: ['usage'] },
  ],
  show: [
    { line: 'show 2:0.0', status: 0, items: 1 },
    { line: 'show fid=0x17', status: 0, items: 1 },
    { line: 'show 99:0.0', status: 1, items: 0, codes: UNKNOWN },
  ],
  xml: [
    { line: 'xml 0007:00:00.0', status: 0, items: 1 },
    { line: 'xml 5:0.0 5:0.1 --iommufd', status: 0, items: 2 },
    { line: 'xml 0007:00:00.0 --libvirt list', status: 0, items: LIBVIRTS },
    { line: 'xml 0007:00:00.0 --uid 0', status: 2, codes: ['uid-range'] },
  ],
  attach: [
    { line: 'attach DIR/z.xml 6:0.0', status: 0, changed: true, items: 1 },
    { line: 'attach DIR/z.xml 0007:00:00.0 6:0.0 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'attach DIR/z.xml 0007:00:00.0', status: 0, changed: false, items: 1 },
    { line: 'attach DIR/z.xml 6:0.0 --libvirt list', status: 0, items: LIBVIRTS },
    { line: 'attach web 6:0.0 -y', status: 0, changed: true, items: 1 },
    { line: 'attach web 0007:00:00.0', status: 0, changed: false, items: 1 },
    { line: 'attach pc 5:0.0 5:0.1 --live --dry-run', status: 0, changed: true, items: 1 },
    { line: 'attach pc 6:0.0', status: 1, items: 0, codes: ['change-unconfirmed'] },
    { line: 'attach QMP 6:0.0 -y', status: 0, changed: true, items: 1 },
    { line: 'attach QMP 6:0.0', status: 0, changed: false, items: 1, before: ['attach QMP 6:0.0 -y'] },
    { line: 'attach DIR/broken.xml 6:0.0', status: 1, codes: ['xml-malformed'] },
    { line: 'attach pc 8:0.0 --live -y', status: 1, codes: ['function-not-assignable'] },
  ],
  detach: [
    { line: 'detach DIR/z.xml 0007:00:00.0', status: 0, changed: true, items: 1 },
    { line: 'detach DIR/pc.xml 6:0.0', status: 0, changed: false, items: 1 },
    { line: 'detach web 0007:00:00.0 -y', status: 0, changed: true, items: 1 },
    { line: 'detach web 6:0.0', status: 0, changed: false, items: 1 },
    { line: 'detach QMP 6:0.0', status: 0, changed: false, items: 1 },
    { line: 'detach QMP 6:0.0 --dry-run', status: 0, changed: true, items: 1, before: ['attach QMP 6:0.0 -y'] },
    { line: 'detach nobody 6:0.0', status: 1, codes: ['guest-unknown'] },
  ],
  guests: [
    { line: 'guests', status: 0, items: 2 },
    { line: 'guests -c nonsense', status: 2, items: 0, codes: ['libvirt-uri'] },
  ],
  swap: [
    { line: 'swap web 0007:00:00.0 6:0.0 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'swap web 0007:00:00.0 6:0.0 -y', status: 0, changed: true, items: 1 },
    { line: 'swap web 6:0.0 2:0.0 -y', status: 1, codes: ['hostdev-absent'] },
  ],
  ports: [
    { line: 'ports pc', status: 0, changed: false, items: 1 },
    { line: 'ports web', status: 0, changed: false, items: 1 },
    { line: 'ports pc --add 2 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'ports pc --add 2', status: 0, changed: true, items: 1 },
    { line: 'ports nobody', status: 1, codes: ['guest-unknown'] },
  ],
  'migrate-check': [
    { line: 'migrate-check pc', status: 0, items: 1 },
    { line: 'migrate-check web', status: 1, items: 1 },
    { line: 'migrate-check nobody', status: 1, items: 0, codes: ['guest-unknown'] },
  ],
  'pool show': [
    { line: 'pool show', status: 0, items: 0 },
    { line: 'pool show vfs', status: 0, items: 1, before: ['vf create 2:0.0 2', 'pool create vfs 2:0.0'] },
    { line: 'pool show nothing', status: 1, codes: ['network-unknown'] },
  ],
  'pool create': [
    { line: 'pool create vfs 2:0.0 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'pool create vfs 2:0.0', status: 0, changed: true, items: 1 },
    { line: 'pool create vfs 6:0.0', status: 1, codes: ['sriov-missing'] },
  ],
  'pool remove': [
    { line: 'pool remove nothing', status: 0, changed: false, items: 1 },
    { line: 'pool remove vfs', status: 0, changed: true, items: 1, before: ['vf create 2:0.0 2', 'pool create vfs 2:0.0'] },
    { line: "pool remove 'a b'", status: 2, codes: ['usage'] },
  ],
  agent: [{ line: 'agent', status: 1, items: 0, codes: ['fleet-absent'] }],
  'fleet init': [
    { line: 'fleet init dir:DIR/fleet', status: 0, changed: true, items: 1 },
    { line: 'fleet init dir:DIR/fleet --dry-run', status: 0, changed: true, items: 1 },
    { line: 'fleet init dir:DIR/fleet', status: 0, changed: false, items: 1, before: [INIT] },
    { line: 'fleet init dir:DIR/fleet --require-claims --dry-run', status: 0, changed: true, items: 1, before: [INIT] },
    { line: 'fleet init http://etcd1 --ca /a --cert /b --key /c', status: 2, items: 0, codes: ['usage'] },
    { line: 'fleet init dir:DIR/fleet --allow reader=grafana', status: 2, items: 0, codes: ['option-conflict'] },
    { line: 'fleet init etcd1', status: 2, items: 0, codes: ['option-conflict'] },
  ],
  'fleet join': [
    { line: JOIN, status: 0, changed: true, items: 1, before: [INIT] },
    { line: `${JOIN} --dry-run`, status: 0, changed: true, items: 1, before: [INIT] },
    { line: JOIN, status: 0, changed: false, items: 1, before: [INIT, JOIN] },
    { line: 'fleet join dir:DIR/fleet --name kvm2', status: 1, items: 0, codes: ['fleet-member'], before: [INIT, JOIN] },
    { line: 'fleet join dir:DIR/fleet --name KVM_1', status: 2, items: 0, codes: ['usage'] },
  ],
  'fleet leave': [
    { line: 'fleet leave', status: 0, changed: true, items: 1, before: [INIT, JOIN] },
    { line: 'fleet leave --dry-run', status: 0, changed: true, items: 1, before: [INIT, JOIN] },
    { line: 'fleet leave', status: 1, items: 0, codes: ['fleet-absent'] },
  ],
  'fleet list': [{ line: 'fleet list --numa nothing', status: 2, items: 0, codes: ['number-malformed'] }],
  'fleet show': [
    { line: 'fleet show kvm1', status: 0, items: 7, before: [INIT, JOIN] },
    { line: 'fleet show kvm1/0000:06:00.0', status: 0, items: 1, before: [INIT, JOIN] },
    { line: 'fleet show host/kvm1/0000:06:00.0', status: 0, items: 1, before: [INIT, JOIN] },
    { line: 'fleet show kvm1/0000:99:00.0', status: 1, items: 0, codes: ['fleet-function-unknown'], before: [INIT, JOIN] },
    { line: 'fleet show kvm2', status: 1, items: 0, codes: ['fleet-host-unknown'], before: [INIT, JOIN] },
  ],
  'fleet watch': [{ line: 'fleet watch --for nothing', status: 2, items: 0, codes: ['usage'] }],
  watch: [{ line: 'watch --every nothing', status: 2, items: 0, codes: ['usage'] }],
  expand: [
    { line: 'expand DIR/z.xml --host none', status: 0, changed: false, items: 1 },
    { line: 'expand DIR/pc.xml --host none --in-place', status: 0, changed: true, items: 1 },
    { line: 'expand DIR/z.xml DIR/broken.xml DIR/twice.xml --host none', status: 1, items: 3 },
    { line: 'expand DIR/z.xml DIR/pc.xml --host none --between 9.0,12.8', status: 0, items: 2 },
    { line: 'expand --libvirt list', status: 0, items: LIBVIRTS },
    { line: 'expand DIR/nothing.xml', status: 2, items: 1, codes: ['file-not-found'] },
    { line: 'expand DIR/z.xml --libvirt soon', status: 2, items: 0, codes: ['version-malformed'] },
  ],
  validate: [
    { line: 'validate DIR/z.xml --host none', status: 0, items: 1 },
    { line: 'validate DIR/twice.xml DIR/broken.xml DIR/pc.xml --host none', status: 1, items: 3 },
    { line: 'validate DIR/z.xml --libvirt list', status: 0, items: LIBVIRTS },
    { line: 'validate DIR/z.xml --libvirt soon', status: 2, items: 0, codes: ['version-malformed'] },
  ],
  args: [
    { line: 'args DIR/z.xml --host none', status: 0, items: 1 },
    { line: 'args DIR/pc.xml --host none', status: 0, items: 1 },
    { line: 'args DIR/twice.xml --host none', status: 1, items: 1 },
    { line: 'args --libvirt list', status: 0, items: LIBVIRTS },
    { line: 'args DIR/nothing.xml', status: 2, codes: ['file-not-found'] },
  ],
  topology: [
    { line: 'topology DIR/pc.xml --host none', status: 0, items: 1 },
    { line: 'topology DIR/z.xml --host none', status: 0, items: 1 },
    { line: 'topology DIR/twice.xml --host none', status: 1, items: 1 },
    { line: 'topology --libvirt list', status: 0, items: LIBVIRTS },
    { line: 'topology DIR/broken.xml', status: 1, codes: ['xml-malformed'] },
  ],
  check: [
    { line: 'check', status: 1 },
    { line: 'check 6:0.0', status: 0, items: 1 },
    { line: 'check 5:0.0', status: 1, items: 1, codes: ['group-incomplete'] },
    { line: 'check 6:0.0 8:0.0 99:0.0', status: 1, items: 2, codes: ['function-not-assignable', 'function-unknown'] },
    { line: 'check --group', status: 2, items: 0, codes: ['option-conflict'] },
  ],
  prepare: [
    { line: 'prepare 6:0.0 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'prepare 5:0.0 5:0.1', status: 0, changed: true, items: 2 },
    { line: 'prepare 6:0.0', status: 0, changed: false, items: 1, before: ['prepare 6:0.0'] },
    { line: 'prepare 8:0.0 99:0.0', status: 1, changed: false, items: 0, codes: UNKNOWN },
  ],
  release: [
    { line: 'release 6:0.0', status: 0, changed: false, items: 1 },
    { line: 'release 6:0.0', status: 0, changed: true, items: 1, before: ['prepare 6:0.0'] },
    { line: 'release 99:0.0', status: 1, items: 0, codes: UNKNOWN },
  ],
  'vf create': [
    { line: 'vf create 2:0.0 2 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'vf create 2:0.0 2', status: 0, changed: true, items: 1 },
    { line: 'vf create 2:0.0 2', status: 0, changed: false, items: 1, before: ['vf create 2:0.0 2'] },
    { line: 'vf create 6:0.0 2', status: 1, items: 0, codes: ['sriov-missing'] },
  ],
  'vf remove': [
    { line: 'vf remove 2:0.0', status: 0, changed: false, items: 1 },
    { line: 'vf remove 2:0.0', status: 0, changed: true, items: 1, before: ['vf create 2:0.0 2'] },
    { line: 'vf remove 6:0.0', status: 1, items: 0, codes: ['sriov-missing'] },
  ],
  'vf set': [
    { line: `vf set ${VF} --vlan 5`, status: 0, changed: true, items: 1, before: ['vf create 2:0.0 2'] },
    { line: `vf set ${VF} --vlan 5 --trust on`, status: 0, changed: false, items: 1, before: ['vf create 2:0.0 2', `vf set ${VF} --vlan 5 --trust on`] },
    { line: 'vf set 6:0.0 --vlan 5', status: 1, items: 0, codes: ['sriov-missing'] },
  ],
  'slot list': [
    { line: 'slot list', status: 0, items: 1 },
    { line: 'slot list --root DIR', status: 2, items: 0, codes: ['file-not-found'] },
  ],
  'slot on': [
    { line: 'slot on 0x17', status: 0, changed: false, items: 1 },
    { line: 'slot on 0x17', status: 0, changed: true, items: 1, before: ['slot off 0x17'] },
    { line: 'slot on 0x18', status: 1, items: 0, codes: ['slot-unknown'] },
  ],
  'slot reset': [
    { line: 'slot reset 0x17', status: 0, changed: true, items: 1 },
    { line: 'slot reset 0x17', status: 1, items: 0, codes: ['function-standby'], before: ['slot off 0x17'] },
  ],
  'slot reconfigure': [
    { line: 'slot reconfigure 0x17 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'slot reconfigure 0x17 0x18', status: 1, items: 0, codes: ['slot-unknown'] },
  ],
  'slot off': [
    { line: 'slot off 0x17 --dry-run', status: 0, changed: true, items: 1 },
    { line: 'slot off 0x17', status: 0, changed: true, items: 1 },
    { line: 'slot off 0x17', status: 0, changed: false, items: 1, before: ['slot off 0x17'] },
    { line: 'slot off 0x18', status: 1, items: 0, codes: ['slot-unknown'] },
  ],
  persistent: [
    { line: 'persistent', status: 0, items: 1, before: ['prepare 6:0.0'] },
    { line: 'persistent', status: 1, items: 3, before: ['prepare 5:0.0 5:0.1 --persist'] },
    { line: 'persistent --root DIR --host DIR', status: 2, items: 0, codes: ['option-conflict'] },
  ],
  'persistent remove': [
    { line: 'persistent remove 6:0.0', status: 0, changed: false, items: 1 },
    { line: 'persistent remove 5:0.0 5:0.1', status: 0, changed: true, items: 2, before: ['prepare 5:0.0 5:0.1 --persist'] },
    { line: 'persistent remove not-an-address', status: 2, items: 0, codes: ['address-malformed'] },
  ],
  apply: [
    { line: 'apply -f DIR/wish.yaml -y', status: 0, changed: true, items: 3 },
    { line: 'apply DIR/wish.yaml --dry-run', status: 3, changed: true, items: 3 },
    { line: 'apply -f DIR/wish.yaml', status: 1, items: 0, codes: ['change-unconfirmed'] },
    { line: 'apply -f DIR/wish.yaml --dry-run', status: 0, changed: false, items: 0, before: ['apply -f DIR/wish.yaml -y'] },
    { line: 'apply -f DIR/virtual.yaml --dry-run', status: 3, changed: true, items: 2 },
    { line: 'apply -f DIR/broken.yaml -y', status: 2, items: 0, codes: ['wish-malformed', 'wish-ambiguous'] },
    { line: 'apply', status: 2, codes: ['usage'] },
  ],
  diff: [
    { line: 'diff -f DIR/wish.yaml', status: 3, changed: true, items: 3 },
    { line: 'diff -f DIR/wish.yaml', status: 0, changed: false, items: 0, before: ['apply -f DIR/wish.yaml -y'] },
    { line: 'diff -f DIR/nothing.yaml', status: 2, codes: ['file-not-found'] },
  ],
  'export nova': [
    { line: 'export nova', status: 0, changed: false },
    { line: 'export nova 6:0.0 --physical-network net1:eno1', status: 0, items: 2 },
    { line: 'export nova 5:0.0', status: 1, items: 1, codes: ['offer-impossible'] },
    { line: 'export nova 99:0.0', status: 1, items: 0, codes: UNKNOWN },
    { line: 'export nova --physical-network eno1', status: 2, items: 0, codes: ['usage'] },
  ],
  'export proxmox': [
    { line: 'export proxmox --node pve1', status: 0, changed: false },
    { line: 'export proxmox 5:0.0 6:0.0 --node pve1', status: 0, items: 1 },
    { line: 'export proxmox 8:0.0 --node pve1', status: 1, items: 1, codes: ['function-not-assignable'] },
    { line: 'export proxmox --node pve_1', status: 2, items: 0, codes: ['usage'] },
  ],
  metrics: [
    { line: 'metrics', status: 0, changed: false },
    { line: 'metrics --output DIR/metrics.txt', status: 2, items: 0, codes: ['option-conflict'] },
  ],
  export: [
    { line: 'export', status: 0, changed: false, items: 1 },
    { line: 'export --root DIR/nothing', status: 2, codes: ['file-not-found'] },
  ],
  snapshot: [
    { line: 'snapshot', status: 0 },
    { line: 'snapshot --root DIR/nothing', status: 2, codes: ['file-not-found'] },
  ],
  status: [
    { line: 'status', status: 0, items: 0 },
    { line: 'status', status: 0, items: 3, before: ['prepare 6:0.0', 'vf create 2:0.0 2', 'slot off 0x17'] },
    { line: 'status', status: 1, items: 1, given: interrupted },
    { line: 'status surplus', status: 2, codes: ['usage'] },
  ],
  history: [
    { line: 'history', status: 0, items: 0 },
    { line: 'history', status: 0, items: 3, before: ['prepare 6:0.0', 'release 6:0.0', 'slot off 0x17'] },
    { line: 'history surplus', status: 2, codes: ['usage'] },
  ],
  undo: [
    { line: 'undo', status: 0, changed: false, items: 0 },
    { line: 'undo --dry-run', status: 0, changed: true, items: 2, before: ['prepare 6:0.0', 'slot off 0x17'] },
    { line: 'undo -y', status: 0, changed: true, items: 2, before: ['prepare 6:0.0', 'slot off 0x17'] },
    { line: 'undo', status: 1, changed: false, items: 0, codes: ['change-unconfirmed'], before: ['prepare 6:0.0'] },
  ],
  report: [
    { line: 'report', status: 0, changed: false, items: 8 },
    { line: 'report -o -', status: 0, items: 8 },
    { line: 'report -o DIR/bug.txt', status: 2, items: 0, codes: ['option-conflict'] },
  ],
  recover: [
    { line: 'recover', status: 0, items: 0 },
    { line: 'recover', status: 0, changed: false, items: 1, given: interrupted },
    { line: 'recover', status: 1, items: 0, codes: ['journal-damaged'], given: damaged },
    { line: 'recover --salvage', status: 0, changed: true, items: 1, given: damaged },
    { line: 'recover --wait=soon', status: 2, items: 0, codes: ['usage'] },
  ],
  'fleet mapping set': [
    { line: 'fleet mapping set nic --match 8086:*', status: 0, changed: true, items: 1, codes: ['mapping-mismatch'], given: fleetOfTwo },
    { line: 'fleet mapping set gpu-a10 --match 10de:2236', status: 0, changed: false, items: 1, given: fleetOfTwo },
    { line: 'fleet mapping set nic --match 8086:* --dry-run', status: 0, changed: true, items: 1, given: fleetOfTwo },
    { line: 'fleet mapping set nic --match colour=red', status: 2, items: 0, codes: ['mapping-malformed'], given: fleetOfTwo },
    { line: 'fleet mapping set NIC --match 8086:*', status: 2, items: 0, codes: ['usage'] },
    { line: 'fleet mapping set nic --match 8086:*', status: 1, items: 0, codes: ['fleet-absent'] },
  ],
  'fleet mapping list': [
    { line: 'fleet mapping list', status: 0, items: 1, given: fleetOfTwo },
    { line: 'fleet mapping list', status: 1, items: 0, codes: ['fleet-absent'] },
  ],
  'fleet mapping show': [
    { line: 'fleet mapping show gpu-a10', status: 0, items: 1, given: fleetOfTwo },
    { line: 'fleet mapping show nic', status: 1, items: 0, codes: ['mapping-unknown'], given: fleetOfTwo },
  ],
  'fleet mapping remove': [
    { line: 'fleet mapping remove gpu-a10', status: 0, changed: true, items: 1, given: fleetOfTwo },
    { line: 'fleet mapping remove nic', status: 0, changed: false, items: 1, given: fleetOfTwo },
    { line: 'fleet mapping remove gpu-a10', status: 1, items: 0, codes: ['mapping-in-use'], given: fleetOfTwo, before: ['fleet claim gpu-a10 --for web'] },
    { line: 'fleet mapping remove gpu-a10 --force', status: 0, changed: true, items: 1, given: fleetOfTwo, before: ['fleet claim gpu-a10 --for web'] },
  ],
  'fleet claim': [
    { line: 'fleet claim gpu-a10 --for web', status: 0, changed: true, items: 1, given: fleetOfTwo },
    { line: 'fleet claim mapping:gpu-a10 --for web --count 2 --until 2027-01-31', status: 0, changed: true, items: 2, given: fleetOfTwo },
    { line: 'fleet claim kvm1/3b:00.0 --for web --dry-run', status: 0, changed: true, items: 1, given: fleetOfTwo },
    { line: 'fleet claim gpu-a10 --for web --count 3', status: 1, items: 0, codes: ['claim-none-free'], given: fleetOfTwo },
    {
      line: 'fleet claim kvm2/3b:00.0 --for db',
      status: 1,
      items: 0,
      codes: ['claim-held'],
      given: fleetOfTwo,
      before: ['fleet claim gpu-a10 --for web --host kvm2'],
    },
    { line: 'fleet claim gpu-a10', status: 2, items: 0, codes: ['usage'], given: fleetOfTwo },
    { line: 'fleet claim gpu-a10 --for web', status: 1, items: 0, codes: ['fleet-absent'] },
  ],
  'fleet release': [
    { line: 'fleet release kvm2/3b:00.0', status: 0, changed: true, items: 1, given: fleetOfTwo, before: ['fleet claim gpu-a10 --for web --host kvm2'] },
    {
      line: 'fleet release host/kvm2/0000:3b:00.0 --dry-run',
      status: 0,
      changed: true,
      items: 1,
      given: fleetOfTwo,
      before: ['fleet claim gpu-a10 --for web --host kvm2'],
    },
    { line: 'fleet release kvm2/3b:00.0', status: 1, items: 0, codes: ['claim-absent'], given: fleetOfTwo },
    { line: 'fleet release 3b:00.0', status: 2, items: 0, codes: ['usage'], given: fleetOfTwo },
  ],
  'fleet claims': [
    { line: 'fleet claims', status: 0, items: 2, given: fleetOfTwo, before: ['fleet claim gpu-a10 --for web --count 2'] },
    { line: 'fleet claims --for db', status: 0, items: 0, given: fleetOfTwo, before: ['fleet claim gpu-a10 --for web'] },
    { line: 'fleet claims --state gone', status: 2, items: 0, codes: ['usage'], given: fleetOfTwo },
  ],
  'fleet place': [
    { line: 'fleet place DIR/wants.xml', status: 0, items: 2, given: fleetToPlaceIn },
    { line: 'fleet place DIR/wants.xml --on kvm2', status: 0, items: 1, given: fleetToPlaceIn },
    { line: 'fleet place DIR/pc.xml', status: 1, items: 2, codes: ['placement-none'], given: fleetOfTwo },
    { line: 'fleet place DIR/pc.xml --on kvm2', status: 1, items: 1, codes: ['host-silent'], given: fleetOfTwo },
    { line: 'fleet place DIR/pc.xml --on kvm9', status: 1, items: 0, codes: ['fleet-host-unknown'], given: fleetOfTwo },
    { line: 'fleet place DIR/nothing.xml', status: 2, items: 0, codes: ['file-not-found'], given: fleetOfTwo },
    { line: 'fleet place DIR/pc.xml', status: 1, items: 0, codes: ['fleet-absent'] },
  ],
  'fleet migrate-check': [
    { line: 'fleet migrate-check pc kvm2', status: 0, items: 1, given: fleetToMoveIn },
    { line: 'fleet migrate-check web kvm2', status: 1, items: 1, codes: ['placement-unfit', 'placement-unfit'], given: fleetToMoveIn },
    { line: 'fleet migrate-check web kvm1', status: 2, items: 0, codes: ['usage'], given: fleetToMoveIn },
    { line: 'fleet migrate-check web kvm9', status: 1, items: 0, codes: ['fleet-host-unknown'], given: fleetToMoveIn },
    { line: 'fleet migrate-check nothing kvm2', status: 1, items: 0, codes: ['guest-unknown'], given: fleetToMoveIn },
    { line: 'fleet migrate-check web kvm2', status: 1, items: 0, codes: ['fleet-absent'], given: fleetOfTwo },
  ],
  'fleet check': [
    { line: 'fleet check', status: 1, items: 1, codes: ['host-silent'], given: fleetOfTwo },
    { line: 'fleet check', status: 0, items: 1, given: fleetThatLives },
    { line: 'fleet check', status: 1, items: 0, codes: ['fleet-absent'] },
  ],
  'fleet forget': [
    { line: 'fleet forget kvm2 --fenced -y', status: 0, changed: true, items: 1, given: fleetOfTwo, before: ['fleet claim gpu-a10 --for web --host kvm2'] },
    { line: 'fleet forget kvm2 --dry-run', status: 0, changed: true, items: 1, given: fleetOfTwo },
    { line: 'fleet forget kvm2', status: 1, items: 0, codes: ['change-unconfirmed'], given: fleetOfTwo },
    { line: 'fleet forget kvm9 --fenced -y', status: 1, items: 0, codes: ['fleet-host-unknown'], given: fleetOfTwo },
  ],
};
