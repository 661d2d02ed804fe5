/**
 * Every way hostdev says no, and the one error class it throws.
 *
 * The table is closed: a code that is not here does not compile, and a test holds `docs/errors.md` against it.
 */

/** Code → exit status of the command (1 refused or failed, 2 usage) and the meaning in one line. */
export const ERROR_CODES = {
  usage: [2, 'The command line itself is wrong: an unknown option, a missing or surplus argument.'],
  'address-malformed': [2, 'The text is not a PCI address in any notation hostdev knows.'],
  'address-ambiguous': [2, 'The text names more than one PCI function, or can be read in two ways.'],
  'address-range': [2, 'A part of a PCI address is outside its range.'],
  'uid-range': [2, 'A zPCI uid is outside 0x0001–0xffff; 0 is not a uid.'],
  'fid-range': [2, 'A zPCI fid is outside 0x00000000–0xffffffff.'],
  'mac-malformed': [2, 'The text is not a unicast MAC address.'],
  'number-malformed': [2, 'A number is not written as decimal, 0x hexadecimal or 0 octal.'],
  'number-ambiguous': [2, 'A number without 0x can be read in two ways.'],
  'option-conflict': [2, 'Two options exclude each other, or one needs another.'],
  'version-malformed': [2, 'The text is not a version of libvirt or QEMU.'],
  'capabilities-malformed': [2, 'A capabilities file or preset cannot be used.'],
  'host-malformed': [2, 'A file of host facts, or the name of another machine, cannot be used.'],
  'host-unreachable': [1, 'Another machine cannot be asked over ssh.'],
  'address-twice': [2, 'The same PCI function is named twice in one command.'],
  'xml-malformed': [1, 'The document is not well-formed XML.'],
  'xml-doctype': [1, 'The document has a DOCTYPE, which hostdev refuses: domain XML never needs one.'],
  'xml-too-deep': [1, 'Elements are nested deeper than the limit.'],
  'xml-too-large': [1, 'The document is larger than the limit.'],
  'xml-encoding': [1, 'The bytes are not text in the encoding the document declares.'],
  'xml-edit-overlap': [1, 'Two edits of one document overlap (a bug in the calling program).'],
  'domain-not-domain': [1, 'The document is XML but its root is not <domain>.'],
  'domain-malformed': [1, 'The definition lacks something every libvirt domain has, or a value cannot be read.'],
  'machine-unsupported': [1, 'Guest addresses for this machine type are not predicted yet.'],
  'machine-unknown': [1, 'The QEMU has no machine type of that name.'],
  'domain-type-unsupported': [1, 'QEMU runs no guests of the type that <domain> names.'],
  'hostdev-present': [1, 'The guest already has this PCI function.'],
  'hostdev-absent': [1, 'The guest does not have this PCI function.'],
  'guest-address-domain': [1, 'A guest PCI address has a domain other than 0.'],
  'guest-address-invalid': [1, 'A guest PCI address cannot exist on its bus.'],
  'guest-address-in-use': [1, 'Two devices of the guest want the same PCI address.'],
  'guest-address-none-left': [1, 'No bus of the guest has a free slot for a device, and none can be added.'],
  'guest-no-pci': [1, 'The guest has no PCI bus, but a device needs one.'],
  'guest-address-type': [1, 'A device has an address of a type it cannot have.'],
  'controller-invalid': [1, 'A PCI controller of the guest is impossible on its machine or has a wrong attribute.'],
  'device-unsupported': [1, 'A device has no default model on this guest, or one the guest cannot have.'],
  'controller-duplicate': [1, 'Two controllers of one type have the same index.'],
  'source-invalid': [1, 'A host device does not say which device of the host it is, or says it wrongly.'],
  'hostdev-duplicate': [1, 'A definition gives the same host device to the guest twice.'],
  'hostdev-shared': [1, 'Two guests have the same host device, so only one of them can run at a time.'],
  'hostdev-invalid': [1, 'A hostdev has a setting it cannot have.'],
  'interface-invalid': [1, 'An interface that is a host device has a setting it cannot have.'],
  'mdev-invalid': [1, 'A mediated device has no uuid, or an address of the wrong type.'],
  'virtio-model': [1, 'A virtio model is not possible for this device or at this address.'],
  'boot-order': [1, 'Two devices have one boot order, or a device has one although <os> says what to boot from.'],
  'function-zero-missing': [1, 'A device is at a function of a slot whose function 0 is empty, where guests do not look for it.'],
  'commandline-misplaced': [1, 'QEMU arguments of your own stand where libvirt does not look for them.'],
  'commandline-unpredicted': [1, 'The definition has QEMU arguments of your own, which no prediction of guest addresses covers.'],
  'commandline-collides': [1, 'A QEMU argument of your own takes a place or a host function that a device of the definition has.'],
  'iommufd-unknown': [1, 'A device asks for iommufd, which this libvirt or this QEMU does not know.'],
  'iommu-invalid': [1, "The guest's IOMMU is not possible on this machine."],
  'left-out': [1, 'The definition says something that came after the libvirt it is for, which leaves it out without a word.'],
  'schema-invalid': [1, "The definition does not match libvirt's RelaxNG schema."],
  'schema-missing': [1, "libvirt's schemas are not installed, so the definition was not checked against them."],
  'function-not-prepared': [1, "A function with managed='no' is still with its host driver."],
  'vf-unreachable': [1, 'An interface names a function that is no VF, or whose PF cannot be reached.'],
  'cpu-without-zpci': [1, "The guest's CPU has zPCI switched off, so its kernel sees no PCI function."],
  'secure-execution': [1, 'A guest under Secure Execution cannot have host functions.'],
  'zpci-unsupported': [1, 'zPCI ids are given, but the guest has no zPCI.'],
  'zpci-uid-in-use': [1, 'Two devices of the guest want the same zPCI uid.'],
  'zpci-fid-in-use': [1, 'Two devices of the guest want the same zPCI fid.'],
  'zpci-exhausted': [1, 'No zPCI uid or fid is left in the guest.'],
  'function-unknown': [1, 'This machine has no PCI function at that address.'],
  'function-filtered': [1, 'A PCI function is named, and is left out because it has not what a filter asks for.'],
  'function-standby': [1, 'The PCI function is on standby: its slot was switched off.'],
  'function-vanished': [1, 'The PCI function was there when the command began and is gone now.'],
  'function-not-assignable': [1, 'The PCI function can never be given to a guest (a bridge, or without IOMMU group).'],
  'function-in-use': [1, 'The host uses the PCI function: taking it would lose a disk, a connection or a console.'],
  'host-not-ready': [1, 'This host lacks something that guests need to have its functions.'],
  'group-incomplete': [1, 'Other functions of the same IOMMU group are still with a host driver.'],
  'offer-impossible': [
    1,
    'A PCI function may go, but Nova or Proxmox cannot be told how: it shares its IOMMU group with others, or hosts do not agree on its network.',
  ],
  'not-root': [1, 'The command changes the host and needs root.'],
  'vfio-missing': [1, 'The vfio-pci driver is not loaded and could not be loaded.'],
  'bind-failed': [1, 'The kernel refused, or did not do, a driver change.'],
  'change-failed': [1, 'The kernel or a program refused, or did not do, a change of the host.'],
  stuck: [1, 'A change is neither done nor undone: the kernel has not come back from it, or undoing it failed as well; the journal stays open.'],
  'function-held': [1, 'A guest or another process holds the PCI function.'],
  'group-unconfirmed': [1, 'A whole IOMMU group was asked for, and nobody confirmed the list.'],
  'driver-unknown': [1, 'The named driver cannot give functions to guests, or the kernel does not have it.'],
  'sriov-missing': [1, 'The PCI function cannot have virtual functions, or is none.'],
  'sriov-count': [1, 'The number of virtual functions is more than the function can have.'],
  'sriov-in-use': [1, 'Virtual functions are in use, so their number cannot change.'],
  'vf-setting-refused': [1, 'The driver of the physical function does not take a setting of a virtual function.'],
  'slot-unknown': [1, 'This machine has no slot with that function id.'],
  'persist-exists': [1, 'A rule for that address is there already, and says something else.'],
  'persist-newer': [1, 'A rule was written by a newer hostdev, which has to change it.'],
  'persist-absent': [1, 'There is no rule of ours for that address.'],
  'libvirt-uri': [2, 'A connection URI cannot be read, or names a driver or way that hostdev does not know.'],
  'libvirt-unreachable': [1, 'Nobody answers where the connection URI points to.'],
  'libvirt-auth': [1, 'libvirt does not let us in.'],
  'libvirt-closed': [1, 'The connection to libvirt ended while something was to be done over it.'],
  'libvirt-timeout': [1, 'libvirt has not answered in time.'],
  'libvirt-refused': [1, "libvirt refuses; the message is libvirt's own."],
  'guest-ambiguous': [1, 'A word can be the name of a guest and of a file.'],
  'guest-unknown': [1, 'libvirt has no guest of that name, uuid or id.'],
  'guest-not-running': [1, 'The guest does not run, so there is nothing to change in it while it runs.'],
  'guest-transient': [1, 'The guest has no definition that is kept, so there is nothing to change in it for later.'],
  'guest-no-slot': [1, 'The guest that runs has no free place for one more device.'],
  'guest-holds-on': [1, 'The guest has not let the device go; it is still attached.'],
  'guest-changed': [1, 'The guest is not what it was when the plan was made.'],
  'change-unconfirmed': [1, 'A plan was shown, and nobody agreed to it.'],
  'memory-locked': [1, "A guest with functions of the host has all its memory locked in the host's RAM."],
  'migration-blocked': [1, 'Something keeps the guest from being migrated.'],
  'rule-drift': [1, 'A rule for the next boots is not in force, or is not what hostdev wrote.'],
  'network-in-use': [1, 'Guests have functions of a network, or their definitions name it.'],
  'network-unknown': [1, 'libvirt has no network of that name, or it gives no functions to guests.'],
  'qmp-unreachable': [1, "QEMU's monitor cannot be reached, or somebody else is connected to it."],
  'qmp-closed': [1, 'QEMU has closed its monitor while something was to be done over it.'],
  'qmp-timeout': [1, 'QEMU has not answered in time.'],
  'qmp-refused': [1, "QEMU refuses; the message is QEMU's own."],
  'qmp-malformed': [1, "What came from QEMU's monitor cannot be read."],
  'packet-too-large': [1, 'A message is longer than libvirt takes.'],
  'xdr-malformed': [1, 'A message of libvirt or of somebody who pretends to be it cannot be read.'],
  'fleet-absent': [1, 'This machine is of no fleet.'],
  'fleet-left': [1, 'A host is of its fleet no more, or of another one: its agent tells nothing any more.'],
  'fleet-config': [1, 'The file that says which fleet this machine is of cannot be used.'],
  'fleet-no-machine-id': [1, 'A machine that is to be a host of a fleet has no id of its own.'],
  'fleet-member': [1, 'This machine is a host of another fleet, or under another name.'],
  'fleet-unknown': [1, 'Nobody has made a fleet there.'],
  'fleet-claimed': [1, 'Functions of a host are claimed, so that it stays in its fleet.'],
  'fleet-other-card': [1, 'At the address of a function that is claimed is another card.'],
  'fleet-token-old': [1, 'A claim is older than what its host has acted on: the store of the fleet was set back.'],
  'claim-missing': [1, 'A function is to be attached that nobody has claimed, and the fleet wants claims.'],
  'fleet-name-taken': [1, 'Another machine is in the fleet under that name.'],
  'fleet-changed': [1, 'Somebody else has changed in the fleet what was to be changed.'],
  'fleet-key-malformed': [2, 'A key of a fleet, or a prefix of keys, cannot be one.'],
  'fleet-request-invalid': [2, 'What is asked of the store of a fleet contradicts itself, or is nothing that a store does.'],
  'fleet-too-large': [1, 'A key, a value or a transaction is larger than the store of a fleet takes.'],
  'fleet-revision-gone': [1, 'What a fleet was at an earlier revision is no longer kept.'],
  'fleet-unclear': [1, 'Whether a change of a fleet has happened could not be found out.'],
  'fleet-unwritable': [1, 'The store of a fleet cannot be written: it is read-only, or you may not.'],
  'fleet-full': [1, 'The store of a fleet is full.'],
  'fleet-directory': [2, 'A directory is not that of a fleet, or cannot be.'],
  'fleet-unreadable': [1, 'The directory of a fleet cannot be read, or its file system does not answer.'],
  'fleet-damaged': [1, 'Files in the directory of a fleet are damaged, or not from hostdev.'],
  'fleet-newer': [1, 'The directory of a fleet was written by a newer hostdev.'],
  'fleet-unreachable': [1, 'Nothing answers at the addresses of an etcd, or something else does.'],
  'fleet-no-quorum': [1, 'Members of an etcd can be reached, and have no majority that agrees.'],
  'fleet-certificate': [1, 'A certificate for an etcd is missing, has ended, or is not accepted.'],
  'fleet-denied': [1, 'The certificate may not do that in the store of a fleet.'],
  'fleet-refused': [1, "An etcd refuses; the message is etcd's own."],
  'fleet-answer-malformed': [1, 'What came from an etcd cannot be read.'],
  'fleet-etcd-old': [1, 'An etcd is older than what hostdev works with.'],
  'fleet-history': [1, 'An etcd keeps all that ever was, and will be full one day.'],
  'fleet-rights-off': [1, 'An etcd lets everybody do everything.'],
  'wish-malformed': [2, 'A file of what is wished for cannot be read, or says something that a wish cannot say.'],
  'wish-ambiguous': [2, 'A text without quotes, in a file of what is wished for, is another value to other readers of YAML.'],
  'wish-conflict': [2, 'Two places of what is wished for contradict each other.'],
  'snapshot-malformed': [2, 'A file is not a snapshot of a host.'],
  busy: [1, 'Another hostdev is changing this host.'],
  'lock-impossible': [1, 'The lock that lets one hostdev at a time change this host cannot be taken by anybody like this.'],
  'recovery-needed': [1, "An earlier change was interrupted; 'hostdev recover' has to run first."],
  'lock-lost': [1, 'The lock that lets one hostdev at a time change this host is not held any more.'],
  'journal-unreadable': [1, 'The journal of changes cannot be read.'],
  'journal-unwritable': [1, 'The journal of changes cannot be written, so nothing is changed.'],
  'journal-damaged': [1, "Records of the journal are damaged; nothing is changed until 'hostdev recover --salvage' has kept those that can be read."],
  'journal-newer': [1, 'The journal has records of a newer hostdev, which this one does not know.'],
  'no-pci': [1, 'There is no PCI in the sysfs tree that was read.'],
  'file-not-found': [2, 'The name that was given is not that of a file, or not of a directory that has what is looked for.'],
  'file-unreadable': [1, 'A file cannot be read.'],
  'file-too-large': [1, 'A file has more in it than hostdev reads of its kind.'],
  'file-unwritable': [1, 'A file cannot be written.'],
  'file-changed': [1, 'The file was changed by somebody else while hostdev worked on it.'],
  interrupted: [1, 'The command was interrupted before it was done.'],
  'request-malformed': [2, 'What was sent to the server of the page cannot be read, or is not what is asked for there.'],
  'request-too-large': [2, 'More was sent to the server of the page than it reads.'],
  'request-too-slow': [2, 'What was sent to the server of the page did not come in time.'],
  'resource-unknown': [2, 'The server of the page has nothing at that address.'],
  'method-unknown': [2, 'That cannot be done with what is at that address of the server.'],
  'plan-unknown': [2, 'The server of the page has no plan of that id.'],
  'plan-stale': [1, 'The host or a guest has changed since the plan was made.'],
  'precondition-missing': [2, 'A plan is to be carried out, and the request does not say which one was agreed to.'],
  'operation-unknown': [2, 'The server of the page has no operation of that id.'],
  'operation-ended': [1, 'The operation has ended, or cannot be undone.'],
  'undo-overtaken': [1, 'What was done is not as it was left any more, so it is not undone.'],
  'session-missing': [1, 'Nobody is signed in to the page.'],
  'sign-in-refused': [1, 'The token or the password is not the right one.'],
  'sign-in-limited': [1, 'There were too many attempts to sign in.'],
  'origin-refused': [1, 'The request comes from another site, or was sent to another name.'],
  'tab-missing': [1, 'The request changes something, and does not come from the page.'],
  'read-only': [1, 'The server of the page was started so that nothing can be changed through it.'],
  'server-full': [1, 'The server of the page has as many streams, plans or operations as it takes.'],
  'listen-impossible': [1, 'The server of the page cannot listen there.'],
  'listen-unsafe': [2, 'The server of the page would be open to others without TLS or without a password.'],
  'fleet-record-malformed': [1, "A record in the fleet's store is not what it has to be."],
  'fleet-record-newer': [1, "A record in the fleet's store was written by a newer hostdev."],
  'fleet-host-unknown': [1, 'The fleet has no host of that name.'],
  'fleet-function-unknown': [1, 'No host of the fleet has published a function of that name.'],
  'fleet-host-alive': [1, 'A host is to be forgotten, and gives signs of life.'],
  'mapping-malformed': [2, 'The words do not say which functions are of a mapping.'],
  'mapping-unknown': [1, 'The fleet has no mapping of that name.'],
  'mapping-in-use': [1, 'Claims name the mapping.'],
  'mapping-mismatch': [1, 'What a mapping says matches nothing, or what cannot stand for each other, or cannot be given.'],
  'claim-impossible': [1, 'What is to be claimed cannot be given, as its host says.'],
  'claim-held': [1, 'Another claim has the function, or one that excludes it.'],
  'claim-none-free': [1, 'Not as many functions as are asked for can be claimed on one host.'],
  'claim-too-many': [1, 'More functions are asked for than one claim takes.'],
  'claim-absent': [1, 'Nobody has claimed that.'],
  'claim-state': [1, 'A claim is not so far, or too far, for that to be done.'],
  'claim-changed': [1, 'A claim was changed by somebody else while something was to be done with it.'],
  'claim-disagrees': [1, 'A claim and what its host says of the function contradict each other.'],
  'claim-lost': [1, 'The function of a claim is gone from its host.'],
  'claim-stuck': [1, 'A host could neither do nor undo what a claim is for.'],
  'claim-foreign': [1, 'A guest has a function that it was given past the fleet.'],
  'placement-unfit': [1, 'A host of the fleet cannot run a definition as it is.'],
  'placement-none': [1, 'No host of the fleet can run a definition now.'],
  'host-silent': [1, 'A host of the fleet gives no signs of life.'],
  'fleet-versions': [1, 'Hosts of a fleet run different versions of hostdev.'],
  'host-twice': [1, 'Two hosts of the fleet are one machine.'],
  'request-open': [1, 'Something was asked for, and it has neither become a claim nor been given up.'],
  internal: [1, 'A bug in hostdev.'],
} as const satisfies Record<string, readonly [1 | 2, string]>;

/** The closed union of codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Where in a text: lines and columns count from 1, columns in UTF-16 code units. */
export interface SourceLocation {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

/**
 * One expected refusal or remark, as data. `subject` is what it is about in the notation the user wrote,
 * `message` says what is wrong, `hint` what to do.
 */
export interface Problem {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  readonly subject?: string;
  readonly message: string;
  readonly hint?: string;
  readonly location?: SourceLocation;
}

export interface HostdevErrorOptions {
  readonly hint?: string | undefined;
  readonly subject?: string | undefined;
  readonly location?: SourceLocation | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
  /** What else is wrong with the same words; told after this. */
  readonly others?: readonly Problem[] | undefined;
  readonly aftermath?: Aftermath | undefined;
}

/** How things are after a change that failed: told to programs, which cannot read it out of a message. */
export interface Aftermath {
  /** Whether something is other than before, or may be. */
  readonly changed: boolean;
  /** Each failure, and each thing that is neither done nor undone, by itself; the message of the error has them in one. */
  readonly problems: readonly Problem[];
}

/**
 * The one error class: a stable `code`, a message that says what and where, a `hint` that says what to do.
 *
 * @example
 * ```ts
 * import { HostdevError, parsePciAddress } from 'hostdev';
 * try {
 *   parsePciAddress('0002:00:20.0');
 * } catch (error) {
 *   console.log(error instanceof HostdevError && error.code); // → address-range
 * }
 * ```
 */
export class HostdevError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly subject: string | undefined;
  readonly location: SourceLocation | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  /** What else is wrong with the same words; told after this. */
  readonly others: readonly Problem[];
  /** How things are after a change that failed; undefined where they are as before. */
  readonly aftermath: Aftermath | undefined;

  constructor(code: ErrorCode, message: string, options: HostdevErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HostdevError';
    this.code = code;
    this.hint = options.hint;
    this.subject = options.subject;
    this.location = options.location;
    this.details = options.details ?? {};
    this.others = options.others ?? [];
    this.aftermath = options.aftermath;
  }

  /** The same refusal as data. */
  toProblem(): Problem {
    return {
      code: this.code,
      severity: 'error',
      message: this.message,
      ...(this.subject === undefined ? {} : { subject: this.subject }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.location === undefined ? {} : { location: this.location }),
    };
  }

  /** The error that carries a problem, where a caller cannot go on. */
  static from(problem: Problem): HostdevError {
    return new HostdevError(problem.code, problem.message, problem);
  }

  /** One error for all that is wrong with several words, so that one run tells it all; the first gives the exit status. */
  static all(first: Problem, others: readonly Problem[]): HostdevError {
    return new HostdevError(first.code, first.message, { ...first, others });
  }
}

/** For whoever may do without what was refused; a bug is none. */
export function unlessRefused(error: unknown): undefined {
  if (!(error instanceof HostdevError)) throw error;
}

/**
 * Exit status of a command that ends with this code: 1 refused or failed, 2 usage.
 *
 * @example
 * ```ts
 * import { exitStatus } from 'hostdev';
 * console.log(exitStatus('function-in-use'), exitStatus('usage')); // → 1 2
 * ```
 */
export function exitStatus(code: ErrorCode): 1 | 2 {
  return ERROR_CODES[code][0];
}

/** Codes for which a status of HTTP says more than that something was refused (422) or is wrong in what was asked (400). */
const HTTP_STATUSES: Partial<Readonly<Record<ErrorCode, number>>> = {
  'session-missing': 401,
  'sign-in-refused': 401,
  'not-root': 403,
  'origin-refused': 403,
  'tab-missing': 403,
  'read-only': 403,
  'function-unknown': 404,
  'function-standby': 404,
  'guest-unknown': 404,
  'network-unknown': 404,
  'slot-unknown': 404,
  'resource-unknown': 404,
  'plan-unknown': 404,
  'operation-unknown': 404,
  'fleet-absent': 404,
  'fleet-host-unknown': 404,
  'mapping-unknown': 404,
  'method-unknown': 405,
  'request-too-slow': 408,
  busy: 409,
  'recovery-needed': 409,
  'function-held': 409,
  'operation-ended': 409,
  'undo-overtaken': 409,
  'guest-changed': 412,
  'plan-stale': 412,
  'request-too-large': 413,
  'precondition-missing': 428,
  'sign-in-limited': 429,
  internal: 500,
  'libvirt-unreachable': 503,
  'libvirt-closed': 503,
  'server-full': 503,
  'fleet-unreachable': 503,
  'fleet-no-quorum': 503,
  'fleet-unreadable': 503,
  'fleet-directory': 503,
  'fleet-certificate': 503,
  'libvirt-timeout': 504,
};

/** Codes that say nothing of what a plan was made of: somebody, or something, is in the way of carrying it out. */
const IN_THE_WAY: ReadonlySet<ErrorCode> = new Set([
  ...(['plan-stale', 'busy', 'recovery-needed', 'not-root', 'interrupted', 'internal', 'lock-impossible', 'lock-lost'] as const),
  ...(['journal-unreadable', 'journal-unwritable', 'journal-damaged', 'journal-newer'] as const),
  ...(['libvirt-uri', 'libvirt-unreachable', 'libvirt-auth', 'libvirt-closed', 'libvirt-timeout'] as const),
]);

/** Whether a plan that is refused with this code when it is to be carried out is as good as it was, and may be tried again. */
export function leavesPlan(code: ErrorCode): boolean {
  return IN_THE_WAY.has(code);
}

/**
 * Status of HTTP of an answer that is refused with this code.
 *
 * @example
 * ```ts
 * import { httpStatus } from 'hostdev';
 * console.log(httpStatus('plan-stale'), httpStatus('function-in-use'), httpStatus('usage')); // → 412 422 400
 * ```
 */
export function httpStatus(code: ErrorCode): number {
  return HTTP_STATUSES[code] ?? (exitStatus(code) === 2 ? 400 : 422);
}

/**
 * `file:line:column`, as editors and compilers print it.
 *
 * @example
 * ```ts
 * import { formatLocation } from 'hostdev';
 * console.log(formatLocation({ file: 'guest.xml', line: 7, column: 5 })); // → guest.xml:7:5
 * ```
 */
export function formatLocation(location: SourceLocation): string {
  const at = `${location.line}:${location.column}`;
  return location.file === undefined ? at : `${location.file}:${at}`;
}
