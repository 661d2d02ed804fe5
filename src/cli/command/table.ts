/** The table of commands: names, words, options and help. What each does is named in actions.ts. */
import {
  CERTIFICATES,
  CHANGE,
  CONNECT,
  ELEMENT,
  FORCE,
  GUEST_CHANGE,
  JSON_OUTPUT,
  MACHINE,
  LIBVIRT,
  PLACE,
  PLANNED_MACHINE,
  SCOPE,
  UNDO,
  VERSIONS,
} from './options.ts';
import type { CommandRow, OptionsOf, WordsOf } from './row.ts';
import { wordTable } from '../../word-table.ts';

const ADDRESS =
  'PCI function as anybody writes it: 0002:00:00.0, 02:00.0, pci_0002_00_00_0, a whole lspci line or <hostdev> in quotes; on IBM Z also fid=0x100, uid=0x21, pchid=0x128 (all its functions)';
const ONE = { word: '<address>', text: ADDRESS } as const;
const SOME = { word: '<address...>', text: ADDRESS } as const;
const ANY = { word: '[address...]', text: ADDRESS } as const;
const ANY_OR_MAPPING = { word: ANY.word, text: `${ADDRESS}; on a host of a fleet mapping:NAME, all its functions of that mapping` } as const;
const SOME_OR_MAPPING = { word: SOME.word, text: ANY_OR_MAPPING.text } as const;
const SLOTS = {
  word: '<fid...>',
  text: 'zPCI function id: 0x17, or 00000017 as in /sys/bus/pci/slots; for a function that is there also its address, uid=0x21 or pchid=0x128 (all its functions)',
} as const;
const LIBVIRT_GUEST = { word: '<guest>', text: 'name, uuid or id of a libvirt guest' } as const;
const GUEST = { word: '<guest>', text: "name, uuid or id of a libvirt guest, a domain XML file, or qmp:SOCKET, a QEMU's monitor" } as const;
const FILE = { word: '<file>', text: 'domain XML file; - is standard input' } as const;
const FILES = { word: '<file...>', text: 'domain XML files; - is standard input' } as const;
const WISHES = { word: '[file...]', text: 'files, or directories of files, that end with .yaml, .yml or .json; - is standard input' } as const;
const WISHED = [
  { flags: '-f, --file <file>', files: true, text: 'the same; may be given more than once' },
  { flags: '--host-only', text: 'only the host: neither pools nor guests, so that libvirt is not asked (at boot it does not run yet)' },
  ...CONNECT,
] as const;
const MAPPING_NAME = { word: '<name>', text: 'name of the mapping' } as const;
const FLEET_FUNCTION = 'a function as HOST/ADDRESS (kvm1/0000:3b:00.0) or by its key (host/kvm1/0000:3b:00.0/vf/3, cpc/8561-0123456/0000a0f1)';
const STORE = {
  word: '<store>',
  text: 'dir:/PATH, a directory that all hosts of the fleet share, or ENDPOINT[,ENDPOINT...] of an etcd: https://etcd1:2379',
} as const;
const FORCE_GIVE = { flags: '--force', text: 'give it although the host uses it; what is lost is told first' } as const;
const GROUP = [{ flags: '--group', text: 'with every function of their IOMMU groups' }] as const;

/** What stands before the names of several commands. */
export const GROUPS = wordTable<string>({
  pool: "networks of libvirt that hand out virtual functions (<forward mode='hostdev'>)",
  vf: 'create, remove and set virtual functions (SR-IOV)',
  slot: 'configure functions of IBM Z, or send them to standby',
  fleet: 'several hosts that agree on which guest has which function',
  'fleet mapping': 'names for functions of a fleet that are as good as each other',
});

export const COMMANDS = {
  list: {
    summary: 'show the PCI functions of this machine: all, those that are named, or those that have what is asked for',
    words: [ANY_OR_MAPPING],
    options: [
      { flags: '--class <class>', several: true, text: 'of this class: gpu, nic, nvme, usb, audio, …; several with commas between, as for all of these' },
      { flags: '--free', text: 'free to be given to a guest, alone or with their IOMMU group' },
      { flags: '--driver <host-driver>', several: true, text: 'with this host driver; none for those without' },
      { flags: '--group <group>', several: true, text: 'in this IOMMU group' },
      { flags: '--vendor <vendor>', several: true, text: 'of this vendor: its id (10de), or a part of its name' },
      { flags: '--fid <fid>', several: true, text: 'with this function id (IBM Z)' },
      { flags: '--uid <uid>', several: true, text: 'with this user-defined id (IBM Z)' },
      { flags: '--pchid <pchid>', several: true, text: 'on this physical channel (IBM Z)' },
      { flags: '--tree', text: 'as a tree of IOMMU groups and bridges' },
      {
        flags: '--columns <columns>',
        several: true,
        text: 'only these columns: address,class,verdict; a name that is none is answered with all that there are',
      },
      { flags: '--sort <columns>', several: true, text: 'in the order of these columns' },
      { flags: '--wide', text: 'as wide as it is; usually what is printed on a terminal fits it' },
      ...JSON_OUTPUT,
      ...MACHINE,
    ],
  },
  show: { summary: 'show everything the kernel says about a function', words: [ONE], options: [...JSON_OUTPUT, ...MACHINE] },
  xml: { summary: 'print the element that gives functions to a guest', words: [SOME], options: [...ELEMENT, LIBVIRT, ...GROUP, ...JSON_OUTPUT, ...MACHINE] },
  attach: {
    summary: 'give functions to a guest, running or not, or to its definition in a file',
    words: [GUEST, { word: ANY.word, text: `${ADDRESS}; on a host of a fleet mapping:NAME` }],
    options: [
      ...SCOPE,
      ...GUEST_CHANGE,
      ...ELEMENT,
      ...VERSIONS,
      { flags: '--pool <network>', text: "instead of an address: whichever function this network of libvirt's has left (with --mac, --vlan)" },
      ...GROUP,
      FORCE_GIVE,
      ...MACHINE,
    ],
  },
  detach: {
    summary: 'take functions from a guest, running or not, or from its definition in a file',
    words: [GUEST, { word: ANY.word, text: `${ADDRESS}; on a host of a fleet mapping:NAME, what the guest has of it` }],
    options: [
      ...SCOPE,
      ...GUEST_CHANGE,
      { flags: '--mac <address>', text: 'the interface with this MAC address; for functions from a pool' },
      { flags: '--no-release', text: 'with qmp: leave them with vfio-pci' },
      { flags: '--keep-claim', text: 'on a host of a fleet: they stay claimed for the guest' },
      ...PLANNED_MACHINE,
    ],
  },
  guests: { summary: 'show the guests of libvirt, what they hold and where', words: [], options: [...CONNECT, ...JSON_OUTPUT] },
  swap: {
    summary: 'replace a function of a guest by another one, at the same place and with the same uid and fid',
    words: [LIBVIRT_GUEST, { word: '<old>', text: ADDRESS }, { word: '<new>', text: 'the function that comes' }],
    options: [...GUEST_CHANGE, ...GROUP, FORCE_GIVE, ...PLANNED_MACHINE],
  },
  ports: {
    summary: 'show how many functions can be plugged into a guest, and add ports to its definition',
    words: [LIBVIRT_GUEST],
    options: [
      ...CONNECT,
      { flags: '--add <n>', text: 'so many root ports more, there after its next start' },
      { flags: '--dry-run', text: 'print what would be added, change nothing' },
      ...PLANNED_MACHINE,
      ...JSON_OUTPUT,
    ],
  },
  'migrate-check': {
    summary: 'say which functions keep a guest from being migrated; exit status 1 when some do',
    words: [LIBVIRT_GUEST],
    options: [...CONNECT, ...JSON_OUTPUT],
  },
  'pool show': { summary: 'show every pool, or one', words: [{ word: '[network]', text: 'name of the pool' }], options: [...CONNECT, ...JSON_OUTPUT] },
  'pool create': {
    summary: 'make a pool and start it',
    words: [
      { word: '<network>', text: 'name of the pool' },
      { word: '<address...>', text: 'a physical function, all of whose virtual ones are handed out, or virtual ones' },
    ],
    options: [
      ...CONNECT,
      { flags: '--autostart', text: 'start it with the host' },
      { flags: '--force', text: 'make it although it would hand out what this host uses' },
      { flags: '--dry-run', text: 'print its XML, change nothing' },
      ...PLANNED_MACHINE,
      ...JSON_OUTPUT,
    ],
  },
  'pool remove': {
    summary: 'stop a pool and have libvirt forget it',
    words: [{ word: '<network>', text: 'name of the pool' }],
    options: [
      ...CONNECT,
      { flags: '--force', text: 'remove it although definitions of guests name it' },
      { flags: '--dry-run', text: 'print the steps, change nothing' },
      ...PLANNED_MACHINE,
      ...JSON_OUTPUT,
    ],
  },
  watch: {
    summary: 'print a line for every change of functions, drivers and guests, until Ctrl-C',
    words: [],
    options: [
      ...CONNECT,
      { flags: '--every <seconds>', text: 'time between two looks at the host (default: 1)' },
      { flags: '--for <seconds>', text: 'end after that time' },
      { flags: '--no-guests', text: 'do not watch libvirt' },
      { flags: '--json', text: 'print one JSON object a line' },
    ],
  },
  expand: {
    summary: 'write generated guest addresses and zPCI ids into a definition',
    words: [FILES],
    options: [
      ...PLACE,
      { flags: '--explain', text: 'print each device, its address and who decided it' },
      { flags: '--between <old,new>', text: 'compare two libvirts, each with the QEMU that ships beside it: what moves, what is refused (9.0,12.8)' },
      { flags: '--in-place', text: 'replace the files' },
      { flags: '--diff', text: 'print the change as a unified diff' },
      ...JSON_OUTPUT,
    ],
  },
  validate: {
    summary: 'say everything that is wrong with definitions where PCI is concerned',
    words: [FILES],
    options: [...PLACE, { flags: '--format <text|json|sarif>', text: 'how to print the problems' }, ...JSON_OUTPUT],
  },
  args: {
    summary: "print QEMU's -device arguments of a definition's PCI controllers, host devices and zPCI ids",
    words: [FILE],
    options: [...PLACE, { flags: '--form <json|classic>', text: 'JSON objects or the older comma form' }, ...JSON_OUTPUT],
  },
  topology: {
    summary: "show a guest's PCI tree, free hot-plug slots, and where each host function lands",
    words: [FILE],
    options: [...PLACE, { flags: '--format <text|dot|mermaid|svg>', text: 'how to draw it' }, ...JSON_OUTPUT],
  },
  check: {
    summary: 'say whether functions can be given away, and why not; without address, whether this host is ready',
    words: [ANY_OR_MAPPING],
    options: [...GROUP, ...JSON_OUTPUT, ...MACHINE],
  },
  prepare: {
    summary: 'take functions from their host drivers to vfio-pci',
    words: [SOME_OR_MAPPING],
    options: [
      ...CHANGE,
      { flags: '--group', text: 'take every function of their IOMMU groups' },
      { flags: '-y, --yes', text: 'do not ask whether the whole group is meant' },
      { flags: '--driver <name>', text: 'VFIO driver that takes them (default: the best that the kernel has for the device)' },
      { flags: '--persist', text: 'take them at every boot, as long as it is the same card' },
      ...FORCE,
    ],
  },
  release: {
    summary: 'give functions back to their host drivers',
    words: [SOME_OR_MAPPING],
    options: [
      ...CHANGE,
      { flags: '--group', text: 'give back every function of their IOMMU groups' },
      { flags: '-y, --yes', text: 'do not ask whether the whole group is meant' },
    ],
  },
  'vf create': {
    summary: 'give a physical function that many virtual ones',
    words: [ONE, { word: '<count>', text: 'how many; those that are there are replaced' }],
    options: [
      ...CHANGE,
      { flags: '--host-drivers', text: 'let host drivers take the new functions' },
      { flags: '--persist', text: 'create them at every boot' },
    ],
  },
  'vf remove': { summary: 'take all virtual functions of a physical one away, and what keeps them across boots', words: [ONE], options: CHANGE },
  'vf set': {
    summary: "change what the physical function's driver enforces for a virtual one",
    words: [ONE],
    options: [
      ...CHANGE,
      { flags: '--mac <address>', text: 'MAC address' },
      { flags: '--vlan <tag>', text: 'VLAN tag, 0 for none' },
      { flags: '--trust <on|off>', text: 'whether it may change its MAC address and listen to everything' },
      { flags: '--spoofchk <on|off>', text: 'whether frames with other MAC addresses are dropped' },
      { flags: '--rate <mbit>', text: 'most that it may send, in Mbit/s; 0 for no limit' },
      { flags: '--persist', text: 'set it at every boot' },
      { flags: '--force', text: 'change it although a guest holds it' },
    ],
  },
  'slot list': { summary: 'show every slot, its state and its function', words: [], options: [...JSON_OUTPUT, ...MACHINE] },
  'slot on': { summary: 'configure functions that are on standby', words: [SLOTS], options: CHANGE },
  'slot off': {
    summary: 'send functions to standby',
    words: [SLOTS],
    options: [...CHANGE, { flags: '--force', text: 'switch it off although the host uses it' }],
  },
  'slot reset': {
    summary: 'shut functions down and have the kernel make them anew, as zpcictl --reset does',
    words: [SLOTS],
    options: [...CHANGE, { flags: '--force', text: 'reset it although the host uses it' }],
  },
  'slot reconfigure': {
    summary: 'send functions to standby and configure them again',
    words: [SLOTS],
    options: [...CHANGE, { flags: '--force', text: 'switch it off although the host uses it' }],
  },
  persistent: { summary: 'show what is kept across boots, and what has drifted', words: [], options: [...JSON_OUTPUT, ...MACHINE] },
  'persistent remove': { summary: 'take functions at the next boots no more', words: [SOME_OR_MAPPING], options: CHANGE },
  apply: {
    summary: 'make this host and its guests as files say: all of it, or nothing',
    words: [WISHES],
    options: [
      ...WISHED,
      { flags: '--prune', text: 'take away what hostdev has made and the files do not name, nothing else' },
      { flags: '-y, --yes', text: 'do not ask' },
      ...CHANGE,
      ...FORCE,
      { flags: '--timeout <seconds>', text: 'time that guests have to let go (default: 60)' },
    ],
  },
  diff: {
    summary: 'say how this host and its guests differ from what files say; exit status 3 when they do',
    words: [WISHES],
    options: [...WISHED, { flags: '--prune', text: 'also what hostdev has made and the files do not name' }, ...JSON_OUTPUT, ...MACHINE],
  },
  export: {
    summary: 'print what this host and its guests have as a file that apply reads',
    words: [],
    options: [...CONNECT, ...JSON_OUTPUT, ...MACHINE],
  },
  'export nova': {
    summary: 'print which functions of this host OpenStack Nova may give: device_spec and alias, for nova.conf',
    words: [ANY_OR_MAPPING],
    options: [
      {
        flags: '--physical-network <network:interface>',
        several: true,
        text: "the functions of this interface, virtual ones too, are on this network of Neutron's: physnet1:eth2; several with commas between",
      },
      ...JSON_OUTPUT,
      ...MACHINE,
    ],
  },
  'export proxmox': {
    summary: 'print functions of this host as resource mappings of Proxmox VE, for mapping/pci.cfg',
    words: [ANY_OR_MAPPING],
    options: [{ flags: '--node <name>', text: "name of this node in the cluster (default: the machine's host name)" }, ...JSON_OUTPUT, ...MACHINE],
  },
  metrics: {
    summary: 'print numbers of this host for Prometheus: functions by verdict, driver and guest, drift, changes that are open',
    words: [],
    options: [
      { flags: '-o, --output <file>', text: "replace this file with them, for node_exporter's textfile collector; its name ends with .prom" },
      ...JSON_OUTPUT,
      ...MACHINE,
    ],
  },
  snapshot: {
    summary: 'print this machine as a file that --host of other commands reads',
    words: [],
    options: [
      { flags: '--json', text: 'print a refusal as JSON too; the file is JSON anyway' },
      { flags: '--redact', text: 'hide serial numbers, MAC and IP addresses' },
      ...MACHINE,
    ],
  },
  status: { summary: 'show which functions hostdev has taken, since when and by whom', words: [], options: JSON_OUTPUT },
  history: { summary: 'show every change hostdev made to this host', words: [], options: JSON_OUTPUT },
  undo: { summary: 'take back whatever of the changes that hostdev made is in force, on this host and across boots', words: [], options: UNDO },
  recover: {
    summary: 'finish or undo a change that was interrupted',
    words: [],
    options: [
      { flags: '--salvage', text: 'of a damaged journal keep a copy, and every record that can be read; then recover' },
      { flags: '--wait[=seconds]', text: 'wait for another hostdev to finish (default: 60)' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet mapping set': {
    summary: 'say which functions a name stands for, and what of that will not work',
    words: [MAPPING_NAME],
    options: [
      {
        flags: '--match <match>',
        several: true,
        text: 'ids (10de:2236, 10de:*), or words that all have to hold, with blanks between, in quotes: "10de:2236 class=gpu host=kvm1 numa=0 pf=0000:3b:00.0 network=physnet1 subsystem=10de:1482 serial=…"; several with commas between, any of them',
      },
      { flags: '--whole-group <yes|no>', text: 'whether the rest of an IOMMU group goes with a function; without, a group of several is left alone' },
      { flags: '--migratable <yes|no>', text: 'whether the state of its functions can be moved to another host (fleet migrate-check)' },
      { flags: '--description <text>', text: 'a text for people' },
      { flags: '--dry-run', text: 'say what would match, write nothing' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet mapping list': { summary: 'show every mapping, and how much of it is free', words: [], options: JSON_OUTPUT },
  'fleet mapping show': { summary: 'show which functions a mapping stands for, and why some cannot be claimed', words: [MAPPING_NAME], options: JSON_OUTPUT },
  'fleet mapping remove': {
    summary: 'take a mapping away',
    words: [MAPPING_NAME],
    options: [
      { flags: '--force', text: 'although claims name it; they stay good' },
      { flags: '--dry-run', text: 'say whether it would go, change nothing' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet claim': {
    summary: 'claim functions for a guest, running or not: nobody else gets them until they are released',
    words: [{ word: '<function>', text: `a mapping, or ${FLEET_FUNCTION}` }],
    options: [
      { flags: '--for <guest>', text: 'name of the guest' },
      { flags: '--host <name>', text: 'only functions of this host' },
      { flags: '--count <n>', text: 'so many, all on one host, or none' },
      { flags: '--group', text: 'of one function: with the rest of its IOMMU group' },
      { flags: '--until <date>', text: 'a reminder for people; no clock ends a claim' },
      { flags: '--dry-run', text: 'say what would be claimed, claim nothing' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet release': {
    summary: 'give a claim back, with the rest of its IOMMU group; what a guest has is detached first',
    words: [
      {
        word: '<function>',
        text: `${FLEET_FUNCTION}; or the id of a request, with everything that was claimed by it; or an id of IBM Z whose claim is gone: zpci/uid/0x0021`,
      },
    ],
    options: [{ flags: '--dry-run', text: 'say what would be free, change nothing' }, ...JSON_OUTPUT],
  },
  'fleet claims': {
    summary: 'show what is claimed, for whom, and how far it is',
    words: [],
    options: [
      { flags: '--for <guest>', text: 'of this guest' },
      { flags: '--host <name>', text: 'on this host' },
      { flags: '--state <state>', several: true, text: 'in this state: claimed, attaching, attached, releasing, lost, stuck' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet place': {
    summary: 'show which hosts can run a definition now, the best first, and why the others cannot; or print what it would be on one',
    words: [FILE],
    options: [
      { flags: '--on <name>', text: 'print the definition for this host' },
      { flags: '--from <name>', text: 'the host that plain addresses in it are of (default: this one)' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet migrate-check': {
    summary: 'say whether a guest of this host can be moved to another one now, which function would stand for each there, and what is in the way',
    words: [LIBVIRT_GUEST, { word: '<host>', text: 'name of a host of the fleet' }],
    options: [...CONNECT, ...JSON_OUTPUT],
  },
  'fleet check': {
    summary: 'say where claims, hosts and guests contradict each other, and what to do; exit status 1 when they do',
    words: [],
    options: JSON_OUTPUT,
  },
  'fleet forget': {
    summary: 'free everything of a host that is off for good',
    words: [{ word: '<name>', text: 'name of the host' }],
    options: [
      { flags: '--fenced', text: 'it is off, or cut off from its functions: somebody has seen to that' },
      { flags: '-y, --yes', text: 'do not ask' },
      { flags: '--dry-run', text: 'name what would be freed, change nothing' },
      ...JSON_OUTPUT,
    ],
  },
  ui: {
    summary: 'serve the page: look, decide and watch in a browser, until Ctrl-C',
    words: [],
    options: [
      { flags: '--listen <address>', text: 'ADDRESS:PORT or unix:PATH (default: 127.0.0.1 and any port; under systemd the socket that it hands over)' },
      { flags: '--open', text: 'open the page in the browser' },
      { flags: '--read-only', text: 'let nothing be changed through the page' },
      ...CONNECT,
      { flags: '--tls-cert <file>', text: 'certificate, PEM; needed where others reach the address' },
      { flags: '--tls-key <file>', text: 'its key, PEM' },
      { flags: '--password-file <file>', text: 'file that has the password in its only line; needed where others reach the address' },
    ],
  },
  agent: {
    summary: 'tell the fleet of this host, and answer for its claims, until Ctrl-C',
    words: [],
    options: [{ flags: '--once', text: 'tell it once, and end' }, ...CONNECT, { flags: '--json', text: 'print one JSON object a line' }],
  },
  'fleet init': {
    summary: 'make a fleet in a directory or an etcd',
    words: [STORE],
    options: [
      ...CERTIFICATES,
      {
        flags: '--allow <role=user>',
        several: true,
        text: 'of an etcd: who may do what, by the names of certificates: host:kvm1=NAME (on IBM Z host:kvm1:SERIAL=NAME), claimer=NAME, administrator=NAME, reader=NAME',
      },
      { flags: '--require-claims', text: 'hosts attach only what was claimed before; an attach of a new fleet makes a claim of its own otherwise' },
      { flags: '--no-require-claims', text: 'take that back; with neither it stays as it is' },
      { flags: '--dry-run', text: 'say what would be made, change nothing' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet join': {
    summary: 'make this machine a host of a fleet',
    words: [STORE],
    options: [
      ...CERTIFICATES,
      { flags: '--name <name>', text: 'its name in the fleet (default: the one that it has there, else its host name, as far as the first dot)' },
      {
        flags: '--physical-network <networks>',
        text: 'the functions of this interface, virtual ones too, are on this network: physnet1:eth2; several with commas between; none for none; left out, as it was',
      },
      ...CONNECT,
      { flags: '--dry-run', text: 'say whether it can, change nothing' },
      ...JSON_OUTPUT,
    ],
  },
  'fleet leave': {
    summary: 'take this machine out of its fleet; refused while something of it is claimed',
    words: [],
    options: [{ flags: '--dry-run', text: 'say whether it can, change nothing' }, ...JSON_OUTPUT],
  },
  'fleet list': {
    summary: 'show the hosts of the fleet; with a filter, functions of all of them',
    words: [],
    options: [
      { flags: '--functions', text: 'functions of all hosts' },
      { flags: '--class <class>', several: true, text: 'functions of this class: gpu, nic, nvme, …' },
      { flags: '--vendor <vendor>', several: true, text: 'functions of this vendor, by its id (10de)' },
      { flags: '--device <device>', several: true, text: 'functions with this device id (2236)' },
      { flags: '--free', text: 'functions that are free and claimed by nobody' },
      { flags: '--numa <node>', several: true, text: 'functions of this NUMA node' },
      { flags: '--on <host>', several: true, text: 'of this host' },
      { flags: '--json', text: 'print one JSON object a line' },
    ],
  },
  'fleet show': {
    summary: 'show what the fleet knows of a host, or of a function',
    words: [{ word: '<host|function>', text: 'a host by its name, or a function: kvm1 0000:3b:00.0 in quotes, or its key as fleet list prints it' }],
    options: JSON_OUTPUT,
  },
  'fleet watch': {
    summary: 'print a line for every change of the fleet: hosts, signs of life, claims, until Ctrl-C',
    words: [],
    options: [
      { flags: '--for <seconds>', text: 'end after that time' },
      { flags: '--json', text: 'print one JSON object a line' },
    ],
  },
  report: {
    summary: 'write one file for a bug report, without what identifies this machine; it is shown first',
    words: [
      {
        word: '[command...]',
        text: 'behind --, the command that went wrong: report -- attach web 0000:03:00.0; of one that changes something the dry run is carried out',
      },
    ],
    options: [
      { flags: '-o, --output <file>', text: 'where to (default: hostdev-report.txt); - prints it' },
      { flags: '-y, --yes', text: 'write it without asking' },
      ...CONNECT,
      ...MACHINE,
      ...JSON_OUTPUT,
    ],
  },
  schema: {
    summary: 'print the JSON Schema of what a command prints with --json',
    words: [{ word: '[command...]', text: "a command's name: list, vf create; without it they are listed" }],
    options: [],
  },
  completion: {
    summary: 'print the script that completes hostdev command lines in bash, zsh or fish',
    words: [{ word: '<shell>', text: 'bash, zsh or fish' }],
    options: [],
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;
export type Options<Name extends CommandName> = OptionsOf<(typeof COMMANDS)[Name]['options']>;
export type Words<Name extends CommandName> = WordsOf<(typeof COMMANDS)[Name]['words']>;
