/** `hostdev`: the pure core. Runs in Node and in a browser, does no I/O. */
export {
  ERROR_CODES,
  exitStatus,
  formatLocation,
  httpStatus,
  HostdevError,
  type ErrorCode,
  type HostdevErrorOptions,
  type Problem,
  type SourceLocation,
} from './errors.ts';
export {
  comparePciAddress,
  formatNodeDeviceName,
  formatPciAddress,
  formatPciAddressXml,
  PCI_ADDRESS_MAX,
  pciAddress,
  samePciAddress,
  type PciAddress,
} from './pci/address.ts';
export { parsePciAddress } from './pci/notation.ts';
export { numberReadings, parseNumber, type WrittenFor } from './pci/number.ts';
export { checkFid, checkUid, formatFid, formatUid, ZPCI_RANGE, type ZpciIds } from './pci/zpci.ts';
export { parseFid, parseUid } from './pci/zpci-id.ts';
export { parseSource } from './domain/pasted-source.ts';
export { parseFunctionName, parseFunctionNames, type FunctionName } from './domain/function-name.ts';
export { functionNamed, functionsNamed } from './state/named-functions.ts';
export { readDomain, type Domain } from './domain/domain.ts';
export { compareAddition, type Addition } from './addressing/addition.ts';
export { expandDomain, type Expansion } from './addressing/expand.ts';
export type { PlaceOptions } from './addressing/place.ts';
export { compareLibvirts, type Comparison, type Move } from './addressing/between.ts';
export { KNOWN_LIBVIRTS, type KnownLibvirt, type LibvirtVersion } from './addressing/libvirt/known.ts';
export type { Change as LibvirtChange } from './addressing/libvirt/changes.ts';
export type { SpokenFor } from './addressing/libvirt/spoken-for.ts';
export { validateDomain } from './addressing/validate.ts';
export type { Placement } from './addressing/report.ts';
export { presetCapabilities, PRESET_ARCHITECTURES } from './addressing/capabilities/presets.ts';
export { ADDRESS_FLAGS, type Capabilities } from './addressing/capabilities/capabilities.ts';
export { NO_HOST, type HostFacts, type HostFunctionFacts } from './addressing/host-facts.ts';
export { CLASS_WORDS, classWord, type ClassWord } from './state/class-words.ts';
export { listedFunction, type ListedFunction } from './state/listed-function.ts';
export { type ListFilter, matchesFilter } from './state/list-filter.ts';
export { shortUses } from './state/short-use.ts';
export { pciNames, type NameQuery, type PciNames } from './pci/names.ts';
export { readHostdevs, type Hostdev, type VirtualPort } from './domain/hostdev.ts';
export { checkMac, formatHostdev, type HostdevSpec } from './domain/hostdev-xml.ts';
export { addHostdevs, findHostdev, removeHostdevs } from './domain/edit.ts';
export type { GuestAddress } from './domain/guest-address.ts';
export { formatClassic, formatJson, type DeviceObject, type DeviceValue } from './qemu/device-object.ts';
export { vfioPci, zpci, type QemuPciPlace, type VfioPciOptions } from './qemu/vfio.ts';
export { qemuDevices, type QemuDevices } from './qemu/guest-devices.ts';
export { assignHotplug, type HotplugPlace, type HotplugResult } from './addressing/hotplug.ts';
export { guestTopology, type Topology, type TopologyBus, type TopologyResult, type TopologySlot } from './addressing/topology.ts';
export { formatDot, formatMermaid } from './addressing/topology/graph.ts';
export { formatSvg } from './addressing/topology/svg.ts';
export { formatTopology } from './addressing/topology/text.ts';
export { readCapabilities } from './addressing/capabilities/read.ts';
export { parseSnapshot, type Snapshot } from './state/snapshot.ts';
export { readSnapshotState } from './host/snapshot-state.ts';
export type { HostState } from './state/host-state.ts';
export { judge, judgmentOf, type Judgment } from './state/judge.ts';
export { type Companion, formatCompanion, withGroupMates } from './state/companions.ts';
export type { NodeDevice } from './state/node-device.ts';
export { type Evidence, formatEvidence, type Verdict, type VerdictName } from './state/verdict.ts';
export { type Refusal, refusalsToGive } from './plan/assignable.ts';
export { planAttach, type ComingDevice, type GuestName } from './plan/attach.ts';
export { planDetach } from './plan/detach.ts';
export { planSwap, type Exchange } from './plan/swap.ts';
export { planPrepare } from './plan/prepare.ts';
export type { PrepareFacts } from './state/prepare-facts.ts';
export { planRelease } from './plan/release.ts';
export type { Change } from './plan/change.ts';
export { formatStep, type Step } from './plan/step.ts';
export { reverse, type State, type Transition, type Verb } from './plan/transition.ts';
export type { DevicePresence, DeviceSelector, GuestParts, GuestState } from './state/guest-state.ts';
