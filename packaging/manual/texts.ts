/** What the table of commands does not say: a paragraph or two on each command, and examples. */
import type { CommandName } from '../../src/cli/command/table.ts';

export interface ManualText {
  readonly paragraphs: readonly string[];
  readonly examples?: readonly (readonly [what: string, words: string])[];
}

export const TEXTS: Partial<Record<CommandName, ManualText>> = {
  list: {
    paragraphs: [
      'Prints a line for each PCI function: address, IOMMU group, class, host driver, verdict, the network interface or disk that it is, what uses it, and names and ids; on IBM Z also fid, uid, pchid and port. The verdict says whether the function can be given to a guest, as hostdev check explains it. The functions of an IOMMU group stand together; those of one with several have a brace on a terminal.',
      'On a terminal the table fits its width: "not assignable" becomes "no", "free with 3 others" becomes "free +3", texts are cut, and what matters least is left out. --wide prints everything, and so does a pipe. --columns takes address, fid, uid, pchid, port, group, class, driver, verdict, name, note, vf-of, device, id, vendor, kind and behind; of what was chosen the last is left out where there is no room, and on the terminal it is said which. Tables of other commands fit likewise; a long text of theirs goes on below.',
      'A function has to have all that is asked for; of several values with commas between it has to have one. Where none has, nothing is printed, and the exit status is 0.',
    ],
    examples: [
      ['every function', 'list'],
      ['those of an IBM Z function id, for scripts', 'list fid=0x100 --json'],
      ['graphics and network cards that can be given away', 'list --class gpu,nic --free'],
      ['who makes what, in the order of the vendors', 'list --columns address,vendor,device --sort vendor'],
      ['groups and bridges', 'list --tree'],
      ['of a machine elsewhere', 'list --host elsewhere.json'],
      ['over ssh', 'list --host ssh://root@kvm7'],
    ],
  },
  show: {
    paragraphs: [
      'Prints what the kernel knows about one function: names, driver, reset methods, NUMA node, link, virtual functions, members of its IOMMU group.',
    ],
    examples: [['one function', 'show 0000:03:00.0']],
  },
  xml: {
    paragraphs: [
      'Prints the <hostdev> element that gives functions to a guest, or with --interface the <interface type="hostdev"> of a virtual function. Nothing is changed.',
    ],
    examples: [
      ['an element with zPCI ids', 'xml 0002:00:00.0 --uid 0x21 --fid 0x100'],
      ['a virtual function with address and VLAN', 'xml 0000:03:10.0 --interface --mac 52:54:00:12:34:56 --vlan 42'],
    ],
  },
  attach: {
    paragraphs: [
      'Makes one plan for host and guest, shows it, asks, and carries it out: all of it or nothing. A guest of libvirt is changed where it runs, or in its definition where it does not; the options below say otherwise. Of a domain XML file only the file is changed. With qmp:SOCKET the functions are prepared and plugged into the QEMU behind that monitor.',
      'Functions that the host uses are refused for what runs and for a definition; --force names what is lost first. A file is written with a warning.',
      'On a host of a fleet mapping:NAME stands for one function of this host: what was claimed for the guest by that mapping, what the guest has of it already, or else one that nobody has claimed, which is claimed on the way; where the fleet wants claims it is refused then. It is for guests of libvirt on this machine, and stands alone; whether the rest of an IOMMU group comes along the mapping says. --dry-run shows which function it would be, and claims nothing.',
    ],
    examples: [
      ['see the plan, change nothing', 'attach web 0000:03:10.0 --dry-run'],
      ['what runs, and its definition', 'attach web 0000:03:10.0 --persistent -y'],
      ['a file', 'attach guest.xml 0002:00:00.0 --uid 0x21'],
    ],
  },
  detach: {
    paragraphs: [
      'Asks the guest to let go and waits until it has; only then the definition is changed and the host driver gets the function back.',
      'On a host of a fleet mapping:NAME stands for all that the guest has of what is claimed for it by that mapping; it stands alone. Where it has nothing of it nothing is done.',
    ],
    examples: [['from a guest', 'detach web 0000:03:10.0']],
  },
  guests: { paragraphs: ['Prints the guests of libvirt with the host functions that each has, live and in its definition, and where the guest sees them.'] },
  swap: {
    paragraphs: ['The new function gets the place, the uid and fid and every other setting of the old one. If it cannot be had, the old one is put back.'],
    examples: [['another card at the same place', 'swap web 0000:03:10.0 0000:03:10.1']],
  },
  ports: {
    paragraphs: ['Counts the places where a function can be plugged into the guest, now and after its next start.'],
    examples: [['two ports more', 'ports web --add 2']],
  },
  'migrate-check': { paragraphs: ['Names the functions that keep the guest from being migrated.'] },
  'pool show': { paragraphs: ['A pool is a network of libvirt that hands out virtual functions. Printed are its functions and the verdict on each.'] },
  'pool create': {
    paragraphs: ['Defines and starts a network of libvirt that hands out virtual functions: all of a physical one, or those that are named.'],
    examples: [['all of a card', 'pool create fast 0000:03:00.0 --autostart']],
  },
  'pool remove': {
    paragraphs: [
      'Stops the network and has libvirt forget it. Guests that run and have a function of it keep it from going; definitions that name it need --force. What is not there is as it shall be: exit status 0.',
    ],
    examples: [['see what would be done', 'pool remove fast --dry-run']],
  },
  'fleet mapping set': {
    paragraphs: [
      'Writes which functions a name stands for: any of the matches, each of which has to hold as a whole. A mapping is named wherever a function is to be chosen: fleet claim gpu-a10, attach web mapping:gpu-a10. What is not said stays as it was.',
      'The fleet is looked at as it is: matches that match nothing or only what another one has, functions of different kinds under one name, and those that cannot go (with the reason) are warnings, and the mapping is written all the same.',
    ],
    examples: [
      ['cards of one kind', 'fleet mapping set gpu-a10 --match 10de:2236'],
      ['what would match', 'fleet mapping set fast --match network=physnet1 --dry-run'],
    ],
  },
  'fleet mapping list': { paragraphs: ['Prints each mapping with how many functions match, and how many of them can be claimed now.'] },
  'fleet mapping show': {
    paragraphs: ['Prints the matches of a mapping, and of each function that matches whether it can be claimed now, or who has it, or why it cannot go.'],
    examples: [['one mapping', 'fleet mapping show gpu-a10']],
  },
  'fleet mapping remove': {
    paragraphs: [
      'Takes a mapping away. Claims that were made by it keep it, unless --force says that they shall stand without: they stay good. What is not there is as it shall be: exit status 0.',
    ],
  },
  'fleet claim': {
    paragraphs: [
      'Has functions for a guest, one that is off or not there yet as well: until they are released no other guest of the fleet gets them. All that goes together is claimed in one step or not at all: the IOMMU group, as many as --count says on one host. A physical function and a virtual one of it exclude each other. Of functions that are as good as each other any may be chosen; what takes the fewest others along comes first.',
      'Only what its host has judged free is claimed. A claim ends by fleet release, by the host that has given the function back, or by fleet forget; no clock ends it, and no silence. Its token is a number that grows: the host keeps the highest that it has seen.',
      'Where the store has not answered, the same claim is sent again, and given up before it is called failed: it never comes late.',
    ],
    examples: [
      ['any of them', 'fleet claim gpu-a10 --for web'],
      ['two on one host', 'fleet claim gpu-a10 --for web --count 2 --host kvm1'],
      ['this one, with its group', 'fleet claim kvm1/0000:3b:00.0 --for web --group'],
    ],
  },
  'fleet release': {
    paragraphs: [
      'Gives back what no host has begun with, and what its host says is lost. What a guest has is detached on its host first; what is stuck is for recover there. With the id of a request everything is given back that was claimed by it, or the request is given up if it was left open.',
    ],
    examples: [['a function', 'fleet release kvm1/0000:3b:00.0']],
  },
  'fleet claims': {
    paragraphs: [
      'Prints every claim: claimed, attaching, attached and releasing are its way; lost says that its function is gone from the host, stuck that the host could neither do nor undo.',
    ],
    examples: [
      ['of a guest', 'fleet claims --for web'],
      ['what needs somebody', 'fleet claims --state lost,stuck'],
    ],
  },
  'fleet place': {
    paragraphs: [
      "Holds a definition against what every host has published: the functions that it wants and are free there with the rest of their groups, signs of life, the architecture, memory (with a function of a host all of a guest's is locked), and what the host's libvirt and QEMU would refuse. First come hosts where the guest has claims, then those with functions near its memory (numatune), then those that take the fewest others along, then those with more left. Nothing is claimed: somebody else may be faster. Exit status 1 where no host can.",
      "In the source of a hostdev or of an interface of type hostdev, mapping='gpu-a10' wants a function of a mapping, and match='serial=…' one that has the words of a match. libvirt knows neither: what --on prints is for it, with addresses of that host in their place, and everything else as it was. A plain address means the host that the definition is of. On IBM Z the guest gets the uid and fid of its function there where the definition says none.",
    ],
    examples: [
      ['where it can run', 'fleet place web.xml'],
      ['what it would be there', 'fleet place web.xml --on kvm2'],
    ],
  },
  'fleet migrate-check': {
    paragraphs: [
      'Holds a guest of this host, as it runs or else as it is defined, against what another host has published. For each of its functions it is said what migrate-check says, and which function there would stand for it: of the mapping that it was claimed by, else of the only one that has it. Whether that host can take the guest is judged as by fleet place, with the same words: signs of life, free functions and claims, IOMMU, memory, machine type and versions of libvirt and QEMU.',
      'A function blocks while its state cannot be moved: detach it first, and attach the one that stands for it there. A teaming interface, a driver that may move state, and a mapping with --migratable yes do not block. State is moved between cards of one kind and with the same driver. A guest that does not run has no state to be moved. Nothing is claimed or changed. Exit status 1 where it cannot be moved now.',
    ],
    examples: [['can it go there', 'fleet migrate-check web kvm2']],
  },
  'fleet check': {
    paragraphs: [
      'Holds claims against what hosts have published: functions and hosts that are gone, other cards, other guests, groups that are claimed in part, what a guest has and nobody claimed, hosts that give no signs of life, requests that were left open. Each is said with what to do; nothing is changed.',
      'The exit status is 0 where nobody has to do anything; warnings may have been printed. It is 1 where somebody has to do something. Where the fleet cannot be looked at it is that of the error; nothing is printed to stdout then, and with --json there are no items.',
    ],
  },
  'fleet forget': {
    paragraphs: [
      'Frees everything that is claimed for a host, functions of its IBM Z machine among it, and takes its record away. A host that is silent may run all the same, and its guests with it: --fenced says that somebody has switched it off or cut it off. It is refused while the host gives signs of life. What would be freed is named first, and asked about.',
    ],
    examples: [
      ['what would be freed', 'fleet forget kvm3 --dry-run'],
      ['the host is off', 'fleet forget kvm3 --fenced'],
    ],
  },
  ui: {
    paragraphs: [
      'Prints a link to a page that shows the host, its guests and what has been done, and that gives functions to guests and takes them back: what would be done is shown first, as the commands show it, and the journal has who did it and from where. The link has a token that is exchanged once, within a minute, for a session of that browser; other users of the machine need one as well.',
      'An address that others reach is listened on with TLS and a password only. From another machine, ssh -L 7788:127.0.0.1:7788 HOST is enough. A unix socket is for whoever may open it: for the owner alone where hostdev makes it.',
      'The API behind the page is told by /api/v1/openapi.json of the server. Where the package has installed units, systemctl start hostdev-ui.socket listens on /run/hostdev/ui.sock.',
    ],
    examples: [
      ['a page on this machine', 'ui --open'],
      ["only for looking, on a port of one's own", 'ui --read-only --listen 127.0.0.1:7788'],
    ],
  },
  watch: {
    paragraphs: [
      'Looks at the host and listens to libvirt, and prints what changes. It ends with Ctrl-C, or soon after whoever reads it has gone away (of a pipe GNU tail is asked that; without it, when the next line is printed).',
    ],
    examples: [['for another program', 'watch --json']],
  },
  expand: {
    paragraphs: ['Prints the definition as libvirt would complete it: controllers, guest addresses and zPCI ids. --explain says for each who decided it.'],
    examples: [
      ['who decided what', 'expand guest.xml --explain'],
      ['what an upgrade would move', 'expand guest.xml --between 9.0,12.8'],
    ],
  },
  validate: {
    paragraphs: ['Reports everything that is wrong in one run: the schema of libvirt, its rules, and what the start would fail on.'],
    examples: [
      ['several definitions', 'validate a.xml b.xml'],
      ['for editors and CI', 'validate guest.xml --format sarif'],
    ],
  },
  args: {
    paragraphs: ['Prints the arguments that libvirt would give QEMU for PCI controllers, host devices and zPCI ids.'],
    examples: [['the older form', 'args guest.xml --form classic']],
  },
  topology: { paragraphs: ['Draws the PCI tree of the guest.'], examples: [['a picture', 'topology guest.xml --format svg']] },
  check: {
    paragraphs: [
      'Says of each function whether it can be given away, with the evidence, and which functions have to go with it. Without address it says whether this host is ready: IOMMU, modules, kernel arguments.',
      'The exit status is 0 exactly when hostdev prepare with the same words would take the functions and no guest holds one of them.',
    ],
    examples: [
      ['is this host ready', 'check'],
      ['a function with its group', 'check 0000:01:00.0 --group'],
    ],
  },
  prepare: {
    paragraphs: [
      'Takes functions from their host drivers to vfio-pci or to the VFIO driver that the kernel has for the device. What the host uses is refused. libvirt does this by itself for managed devices.',
    ],
    examples: [
      ['see every step', 'prepare 0000:01:00.0 --group --dry-run'],
      ['at every boot', 'prepare 0000:01:00.0 --persist'],
    ],
  },
  release: { paragraphs: ['Gives back what hostdev prepare took, as it was found.'], examples: [['one function', 'release 0000:01:00.0']] },
  'vf create': {
    paragraphs: ['Host drivers are kept off the new functions unless --host-drivers lets them.'],
    examples: [['four, also after the next boot', 'vf create 0000:03:00.0 4 --persist']],
  },
  'vf remove': { paragraphs: ['It is refused while one of them is used.'], examples: [['all of a card', 'vf remove 0000:03:00.0']] },
  'vf set': {
    paragraphs: ['What the driver of the physical function refuses is put back.'],
    examples: [['a VLAN and a fixed address', 'vf set 0000:03:10.0 --vlan 42 --mac 52:54:00:12:34:56']],
  },
  'slot list': {
    paragraphs: [
      'Slots of IBM Z: a function is configured, or on standby. One that is configured is named, with its channel (pchid), its port and what kind of adapter it is (pft in words); one whose config space reads as all ones does not answer.',
    ],
  },
  'slot on': {
    paragraphs: ['A function that is configured already is left as it is. Of several all are configured, or none.'],
    examples: [['by their function ids', 'slot on 0x17 0x18']],
  },
  'slot off': {
    paragraphs: ['It is refused while the host or a guest uses the function.'],
    examples: [
      ['by its function id', 'slot off 0x17'],
      ['all functions of a card', 'slot off pchid=0x128'],
    ],
  },
  'slot reset': {
    paragraphs: [
      'For functions in error, which do not answer: each is shut down and made anew by the kernel (its attribute recover), as zpcictl --reset does it, but nothing is reported to the Support Element. Interfaces and disks go away and come back; what hostdev did to the function ends with it. It is refused while the host or a guest uses the function.',
    ],
    examples: [['by its function id', 'slot reset 0x17']],
  },
  'slot reconfigure': {
    paragraphs: ['For functions that a reset does not bring back: two changes in the journal, slot off and slot on. A function on standby is configured.'],
    examples: [['see what is written', 'slot reconfigure 0x17 --dry-run']],
  },
  persistent: {
    paragraphs: [
      'Prints the rules that take functions at every boot, those of driverctl and of kernel options too. The exit status is 1 when one has drifted.',
    ],
  },
  'persistent remove': {
    paragraphs: ['The functions keep the driver that they have until the next boot.'],
    examples: [['one function', 'persistent remove 0000:01:00.0']],
  },
  apply: {
    paragraphs: [
      'Reads what is wished for: slots, virtual functions with their settings, functions that are prepared, pools, and the host devices of guests. What the files do not name stays as it is. All of it is one plan, made by the planners of the single commands, shown before anything is done, carried out under one lock, and undone whole when a step fails. What stands on something that is not there yet, such as a virtual function, is planned when it is.',
      'The exit status of a dry run is 0 where host and guests are as they are wished to be, and 3 where they are not.',
      'With --prune, what hostdev has made and the files do not name goes, in the reverse order: devices that it gave to guests, pools, rules, functions that it took, virtual functions. What others have made stays.',
    ],
    examples: [
      ['see what would be done', 'apply -f wish.yaml --dry-run'],
      ['all files of a directory, without a question', 'apply -f wish.d --yes'],
      ['of two files, and nothing besides', 'apply -f host.yaml -f guests.yaml --prune'],
    ],
  },
  diff: {
    paragraphs: ['Prints a line for each difference, and changes nothing. The exit status is 0 where there is none, and 3 where there are some.'],
    examples: [['what differs', 'diff -f wish.yaml']],
  },
  export: {
    paragraphs: [
      'Prints YAML with everything that apply can make: applied where it was printed, it changes nothing. Names of functions stand beside them as comments.',
    ],
    examples: [['as data', 'export --json']],
  },
  'export nova': {
    paragraphs: [
      'Prints the group pci of nova.conf: device_spec for each function that may be given, alias for each kind of them. Of an IOMMU group one function is offered, because Nova gives functions one by one; of what is left out a comment says why. Where functions are named, and one of them is left out, the exit status is 1.',
    ],
    examples: [
      ['all that may be given', 'export nova'],
      ["virtual functions of a card that is on a network of Neutron's", 'export nova --physical-network physnet1:eno1'],
    ],
  },
  'export proxmox': {
    paragraphs: [
      'Prints a section of /etc/pve/mapping/pci.cfg for each kind of functions that may be given. An IOMMU group is mapped whole. Of what is left out a comment says why. Where functions are named, and one of them is left out, the exit status is 1.',
    ],
    examples: [['one function, of the node pve1', 'export proxmox 0000:01:00.0 --node pve1']],
  },
  metrics: {
    paragraphs: [
      'Prints text that Prometheus reads. With --output a file is replaced whole, so that whoever reads it sees the old numbers or the new ones. Nothing is changed, and what cannot be read is a number too. docs/metrics.md has every name, a timer for systemd, and rules for alerts.',
    ],
    examples: [
      ["for node_exporter's textfile collector", 'metrics --output hostdev.prom'],
      ['of another machine', 'metrics --host elsewhere.json'],
    ],
  },
  snapshot: {
    paragraphs: ['Prints everything that reading commands look at. --host of other commands reads the file, on any machine.'],
    examples: [['to send to somebody', 'snapshot --redact']],
  },
  status: { paragraphs: ['Prints what of the changes that hostdev made is in force, since when and by whom.'] },
  history: { paragraphs: ['Prints every change that hostdev made to this host, with its outcome.'] },
  undo: {
    paragraphs: [
      'Removes the rules that act at every boot, gives functions back to their host drivers, takes virtual functions away, and configures functions that were sent to standby: all that hostdev status and hostdev persistent show as made by hostdev. What guests have stays theirs. Something that cannot be taken back is told, and the rest is taken back all the same.',
      'After a reboot, what rules made of functions is taken back with them. Settings of virtual functions (hostdev vf set) are not: they stay as long as their function.',
      'Nothing is done while a change is open: hostdev recover comes first.',
    ],
    examples: [['see what it would do', 'undo --dry-run']],
  },
  recover: {
    paragraphs: [
      'Compares a change that was interrupted with what the kernel shows, and brings it to its old or its new state. What is neither is reported as stuck.',
    ],
  },
  agent: {
    paragraphs: [
      'Runs on each host of a fleet: writes there what the host has and how it is judged, whenever kernel, libvirt or a claim say that something has changed, and says that it lives. After a start, and whenever it looks, it holds the claims of its host against what is so: a function that a guest has and nobody claimed is claimed for it as "foreign", a claim whose function has gone is "lost". Nothing is freed because somebody is silent.',
      'The package has it as hostdev-agent.service, which starts on hosts of a fleet alone: systemctl enable --now hostdev-agent.',
    ],
    examples: [['once, to see what it says', 'agent --once']],
  },
  'fleet init': {
    paragraphs: [
      'Makes a fleet where several hosts agree on who has which function: in a directory that all of them have mounted, or in an etcd. Run again it changes whether claims are required, and nothing else.',
    ],
    examples: [
      ['in a directory', 'fleet init dir:/srv/hostdev-fleet'],
      ['in an etcd', 'fleet init https://etcd1:2379,https://etcd2:2379 --ca ca.pem --cert admin.pem --key admin.key'],
    ],
  },
  'fleet join': {
    paragraphs: [
      'Tells the fleet of this host and writes /etc/hostdev/fleet.conf, which has names of files and never what is in them. From then on guests of this host get only functions that are claimed for them, or that nobody has claimed. A name that another machine has is refused; machines are told apart by /etc/machine-id.',
      'On which network a card is somebody has to say: --physical-network names it with the interface of the card. Mappings ask for it with network=. Joining again says it anew; the agent is started anew then.',
    ],
    examples: [['under its host name', 'fleet join dir:/srv/hostdev-fleet']],
  },
  'fleet leave': {
    paragraphs: ['Takes what this host has told out of the fleet, and the file that says that it is of one away. It is refused while claims name this host.'],
  },
  'fleet list': {
    paragraphs: [
      'Prints a line for each host; with --functions or a filter a line for each function of all hosts, which has to have all that is asked for. "free" is what its host calls free and nobody has claimed. Whether an agent is silent or alive is a hint: nothing is decided by it.',
    ],
    examples: [
      ['every host', 'fleet list'],
      ['cards of a kind that can be had', 'fleet list --vendor 10de --device 2236 --free'],
      ['for a program', 'fleet list --functions --json'],
    ],
  },
  'fleet show': {
    paragraphs: ['Prints what a host has told and what is claimed of it, or one function with its reasons, its group and its claim.'],
    examples: [
      ['a host', 'fleet show kvm1'],
      ['a function', 'fleet show kvm1/0000:3b:00.0'],
    ],
  },
  'fleet watch': { paragraphs: ['Prints what is written in the fleet from now on.'], examples: [['for another program', 'fleet watch --json']] },
  report: {
    paragraphs: [
      'Gathers what somebody needs to know who looks into a bug: versions of hostdev, Node, kernel, libvirt and QEMU, and what check, list, persistent, status, history and guests print; on IBM Z slot list as well. Behind -- stands the command that went wrong, as it was typed: what only reads is carried out, of what changes something the dry run, and its words and exit status are kept. --root, --host and -c of that command are for the whole report.',
      'Names of guests, networks, hosts and users, MAC and IP addresses, serial numbers and UUIDs get stand-ins, the same everywhere for the same thing. On a terminal the report is shown, and written when you agree; --yes writes it without a question, -o - prints it, --json prints it as data. The file is yours alone to read.',
    ],
    examples: [
      ['look at it, then write hostdev-report.txt', 'report'],
      ['with what went wrong', 'report -- attach web 0000:03:00.0'],
      ['of another machine, printed', 'report --host ssh://root@kvm7 -o -'],
    ],
  },
  schema: {
    paragraphs: ['Prints a JSON Schema (2020-12), as the files in the directory schemas of the package have it: the contract that scripts may rely on.'],
    examples: [
      ['of one command', 'schema vf create'],
      ['those that there are', 'schema'],
    ],
  },
  completion: {
    paragraphs: [
      'The packages bring the script along. Otherwise the shell reads it when it starts: eval "$(hostdev completion bash)" in ~/.bashrc, the same with zsh in ~/.zshrc behind compinit, hostdev completion fish | source in config.fish.',
      'Completed are commands, options and their values, functions, slots, guests and pools of this machine, or of the one that --root, --host or --connect names.',
    ],
    examples: [['for bash', 'completion bash']],
  },
};

/** Environment variables, for hostdev(1). */
export const ENVIRONMENT: readonly (readonly [name: string, text: string])[] = [
  ['HOSTDEV_STATE_DIR', 'where the journal is (default: /var/lib/hostdev)'],
  ['HOSTDEV_LIBVIRT_SCHEMAS', 'directory with the schemas of libvirt (default: where libvirt installs them)'],
  ['HOSTDEV_FLEET', 'the file that says which fleet this machine is of (default: /etc/hostdev/fleet.conf)'],
  ['LIBVIRT_DEFAULT_URI', 'the libvirt that is meant without --connect'],
  ['LIBVIRT_AUTH_FILE', 'names and passwords for a libvirt that asks for them'],
  ['NO_COLOR', 'no colour on the terminal'],
];

/** Files, for hostdev(1). */
export const FILES: readonly (readonly [name: string, text: string])[] = [
  ['/var/lib/hostdev/journal', 'every change, before it is made'],
  ['/etc/hostdev/fleet.conf', 'which fleet this machine is of; names of files of certificates, never what is in them'],
  ['/etc/udev/rules.d/10-hostdev-*.rules', 'functions that are taken at every boot, or have virtual functions'],
  ['/etc/udev/hostdev-take', 'what these rules run; /etc/udev/hostdev-functions and /etc/modprobe.d/hostdev.conf belong to it'],
];
